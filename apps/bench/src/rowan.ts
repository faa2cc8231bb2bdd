#!/usr/bin/env node
import { main } from "./main.ts";
import { Output } from "./output.ts";

const interrupt = new AbortController();
// Once only: a second Ctrl-C ends the program on the spot.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());
const stdout = new Output(process.stdout, interrupt);

process.exitCode = await main(process.argv.slice(2), { stdout, stderr: process.stderr, signal: interrupt.signal });
// What was interrupted has put its files in order by now; what it still waits for, such as a large file that is read, is left.
if (interrupt.signal.aborted) process.exit();
