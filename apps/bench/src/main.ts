import { readFileSync } from "node:fs";
import { Command } from "commander";
import { commands } from "./commands.ts";
import { OutputError, UsageError, exitCodeHelp, explain } from "./failure.ts";
import { paint } from "./paint.ts";
import type { Surroundings } from "./terminal.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { readonly version: string };

const examples = `
Examples:
  rowan lookup --table vectors.npy --ids ids.npy --out rows.npy
  rowan train --text corpus.txt --objective skipgram --out vectors.rowan
  rowan neighbours vectors.rowan --word whale
  rowan bench lookup --quick
  rowan doctor

${exitCodeHelp}`;

/**
 * Runs the program.
 *
 * @param args - The arguments, without Node and the file.
 * @param surroundings - Where it prints, and what ends it.
 * @returns The exit status. Errors were printed in one line.
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const program = new Command("rowan")
    .description("Embedding tables from the command line: look up, train, convert, measure.")
    .version(manifest.version)
    .option("--verbose", "print where an error came from")
    .addHelpText("after", examples);
  for (const { name, summary, load } of commands) {
    // A command that was not named is only a line in the help: what it needs is not loaded.
    const made = args.includes(name) ? (await load())(surroundings) : new Command(name).summary(summary);
    program.addCommand(made);
  }
  program.helpCommand(false).addCommand(helpCommand(program));
  for (const command of listCommands(program)) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      // Errors are printed below, all in one manner.
      .configureOutput({
        writeOut: (text) => void stdout.write(text),
        writeErr: (text) => void stdout.write(text),
        outputError: () => undefined,
      });
  }
  try {
    // Commander ends the help and the version with an error, too.
    await program.parseAsync([...args], { from: "user" }).catch((error: unknown) => {
      if (explain(error).exitCode !== 0) throw error;
    });
    await stdout.flush?.();
    return 0;
  } catch (error) {
    // Where the output failed, that is why the command was interrupted.
    const { message, exitCode } = explain(surroundings.signal.reason instanceof OutputError ? surroundings.signal.reason : error);
    // Commander has printed the help itself, and calls that "(outputHelp)" or the like.
    if (exitCode !== 0 && !message.startsWith("(output")) stderr.write(`${paint(stderr, "red", "rowan:")} ${message}\n`);
    if (exitCode !== 0 && program.opts<{ verbose?: boolean }>().verbose === true && error instanceof Error)
      stderr.write(`${error.stack ?? ""}\n`);
    return exitCode;
  }
}

/** Commander's own shows the program's help for a command that does not exist, and says nothing of it. */
function helpCommand(program: Command): Command {
  return new Command("help")
    .summary("display help for command")
    .argument("[command]")
    .helpOption(false)
    .action((name: string | undefined) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      if (command === undefined) {
        throw new UsageError(`the command must be one of ${commands.map((one) => one.name).join(", ")}. Received: ${name}.`);
      }
      command.outputHelp();
    });
}

function listCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(listCommands)];
}
