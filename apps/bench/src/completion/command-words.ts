import type { Command, Option } from "commander";
import { commands } from "../commands.ts";
import type { Surroundings } from "../terminal.ts";

/** An option as a shell completes it. */
export interface OptionWords {
  /** `"--table"`, or `"-k"` where there is no other name. */
  readonly name: string;
  readonly summary: string;
  /** Whether a value comes behind it. */
  readonly takesValue: boolean;
  /** The values, where only some are possible. */
  readonly choices: readonly string[];
}

/** A command, or a command of a command, as a shell completes it. */
export interface CommandWords {
  /** `["bench", "lookup"]` */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: readonly OptionWords[];
  /** What may stand behind it: its own commands, or the values of its first argument where only some are possible. */
  readonly words: readonly string[];
}

/**
 * Lists every command with its options.
 *
 * @param surroundings - What commands are made with.
 * @returns Each command, followed by its own commands; at the end `help`, which the parser brings.
 */
export async function listCommandWords(surroundings: Surroundings): Promise<CommandWords[]> {
  const made = await Promise.all(commands.map(async ({ load }) => (await load())(surroundings)));
  const help = { path: ["help"], summary: "display help for command", options: [], words: commands.map(({ name }) => name) };
  return [...made.flatMap((command) => describe(command, [])), help];
}

function describe(command: Command, above: readonly string[]): CommandWords[] {
  const path = [...above, command.name()];
  const [argument] = command.registeredArguments;
  return [
    {
      path,
      summary: command.summary(),
      options: [
        ...command.options.map(describeOption),
        { name: "--help", summary: "display help for command", takesValue: false, choices: [] },
      ],
      words: [...command.commands.map((one) => one.name()), ...(argument?.argChoices ?? [])],
    },
    ...command.commands.flatMap((one) => describe(one, path)),
  ];
}

function describeOption({ long, short, description, required, optional, argChoices }: Option): OptionWords {
  return { name: long ?? short ?? "", summary: description, takesValue: required || optional, choices: argChoices ?? [] };
}
