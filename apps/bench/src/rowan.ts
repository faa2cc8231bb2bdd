#!/usr/bin/env node
import { main } from "./main.ts";

const interrupt = new AbortController();
// Once only: a second Ctrl-C ends the program on the spot.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());
// `rowan bench | head` closes the pipe: nobody is left to tell.
process.stdout.on("error", () => process.exit(0));

process.exitCode = await main(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal });
