import { Argument, Command } from "commander";
import type { Surroundings } from "../terminal.ts";
import { bashScript, zshScript } from "./bash-script.ts";
import { listCommandWords } from "./command-words.ts";
import type { CommandWords } from "./command-words.ts";
import { fishScript } from "./fish-script.ts";

const examples = `
Examples:
  rowan completion bash >> ~/.bashrc
  rowan completion zsh >> ~/.zshrc
  rowan completion fish > ~/.config/fish/completions/rowan.fish`;

const scripts: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * Makes `rowan completion`.
 *
 * @param surroundings - Where it prints, and what the options of commands are asked with.
 */
export function completionCommand(surroundings: Surroundings): Command {
  return new Command("completion")
    .summary("print what completes commands and options in a shell")
    .description("Print a script that completes this program's commands, their options and the values of these.")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(scripts)))
    .addHelpText("after", examples)
    .action(async (shell: string) => {
      surroundings.stdout.write(scripts[shell]?.(await listCommandWords(surroundings)) ?? "");
    });
}
