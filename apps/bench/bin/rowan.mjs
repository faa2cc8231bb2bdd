#!/usr/bin/env node
// npm links a program when it installs, and that is before anything is built: this file is there by then, the bundle is not.
import { existsSync } from "node:fs";

const program = new URL("../dist/rowan.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error("rowan: it is not built yet. Build it with: npm run build");
  process.exitCode = 1;
}
