#!/usr/bin/env node
import { leave, listenForSignals } from "./interruption/signals.ts";
import { main } from "./main.ts";
import { Output } from "./output.ts";

const interrupt = new AbortController();
listenForSignals(interrupt);
// Where nobody can be told, the exit status still says how it ended.
process.stderr.on("error", () => undefined);
const stdout = new Output(process.stdout, interrupt);

process.exitCode = await main(process.argv.slice(2), { stdout, stderr: process.stderr, signal: interrupt.signal });
if (interrupt.signal.aborted) await leave();
