import type { Command } from "commander";
import type { Surroundings } from "./terminal.ts";

/** A command as the program's help lists it, and how it is made once it is called. */
export interface KnownCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(surroundings: Surroundings) => Command>;
}

/** Every command. They load when they are called, so that the help is there at once. */
export const commands: readonly KnownCommand[] = [
  {
    name: "lookup",
    summary: "look ids up in a table, from file to file",
    load: async () => (await import("./lookup/lookup-command.ts")).lookupCommand,
  },
  {
    name: "train",
    summary: "train word vectors or a text classifier from a file",
    load: async () => (await import("./train/train-command.ts")).trainCommand,
  },
  {
    name: "inspect",
    summary: "list what a checkpoint or a file of vectors holds",
    load: async () => (await import("./inspect/inspect-command.ts")).inspectCommand,
  },
  {
    name: "convert",
    summary: "turn vectors of one format into another",
    load: async () => (await import("./convert/convert-command.ts")).convertCommand,
  },
  {
    name: "neighbours",
    summary: "find the rows nearest to a word or an id",
    load: async () => (await import("./neighbours/neighbours-command.ts")).neighboursCommand,
  },
  {
    name: "encode",
    summary: "turn texts into vectors by the words of a table",
    load: async () => (await import("./encode/encode-command.ts")).encodeCommand,
  },
  {
    name: "plot",
    summary: "draw rows of a table as points",
    load: async () => (await import("./plot/plot-command.ts")).plotCommand,
  },
  {
    name: "bench",
    summary: "run a benchmark",
    load: async () => (await import("./bench/bench-command.ts")).benchCommand,
  },
  {
    name: "doctor",
    summary: "list the backends: there or not, why not, what to do, how fast",
    load: async () => (await import("./doctor/doctor-command.ts")).doctorCommand,
  },
  {
    name: "completion",
    summary: "print what completes commands and options in a shell",
    load: async () => (await import("./completion/completion-command.ts")).completionCommand,
  },
];
