import type { CommandWords, OptionWords } from "./command-words.ts";

/**
 * Writes the completion of fish, which shows what each word means.
 *
 * @param commands - What is completed.
 */
export function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => [describeCommand(command), ...describeWords(command, commands), ...describeOptions(command)]);
  const own = ["-l help -d 'display help for command'", "-l version -d 'output the version number'"];
  return `${[
    "complete -c rowan -e",
    ...own.map((option) => `complete -c rowan -n __fish_use_subcommand ${option}`),
    "complete -c rowan -l verbose -d 'print where an error came from'",
    ...lines,
  ].join("\n")}\n`;
}

function describeCommand({ path, summary }: CommandWords): string {
  const [command, inner] = path;
  return inner === undefined
    ? `complete -c rowan -f -n __fish_use_subcommand -a ${command} -d ${quote(summary)}`
    : `complete -c rowan -f -n ${quote(`__fish_seen_subcommand_from ${command}`)} -a ${inner} -d ${quote(summary)}`;
}

/** Values of an argument; commands of a command are described with themselves. */
function describeWords({ path, words }: CommandWords, commands: readonly CommandWords[]): string[] {
  const values = words.filter(
    (word) => !commands.some((other) => other.path.length === 2 && other.path[0] === path[0] && other.path[1] === word),
  );
  return values.length === 0 ? [] : [`complete -c rowan -f -n ${condition(path)} -a ${quote(values.join(" "))}`];
}

function describeOptions({ path, options }: CommandWords): string[] {
  return options.map((option) => `complete -c rowan -n ${condition(path)} ${describeOption(option)}`);
}

function describeOption({ name, summary, takesValue, choices }: OptionWords): string {
  const flag = name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
  const value = choices.length > 0 ? ` -x -a ${quote(choices.join(" "))}` : takesValue ? " -r" : "";
  return `${flag}${value} -d ${quote(summary)}`;
}

/** Options of a command within a command are only its own. */
function condition(path: readonly string[]): string {
  return quote(path.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and "));
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
