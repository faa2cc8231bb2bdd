import { Argument, Command } from "commander";
import { commands } from "../commands.ts";
import type { Surroundings } from "../terminal.ts";

const examples = `
Examples:
  rowan completion bash >> ~/.bashrc
  rowan completion zsh >> ~/.zshrc`;

/**
 * Makes `rowan completion`.
 *
 * @param surroundings - Where it prints, and what the options of commands are asked with.
 */
export function completionCommand(surroundings: Surroundings): Command {
  return new Command("completion")
    .summary("print what completes commands and options in a shell")
    .description("Print a script that completes this program's commands and their options.")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh"]))
    .addHelpText("after", examples)
    .action(async (shell: string) => {
      const cases: string[] = [];
      for (const { name, load } of commands) {
        const options = (await load())(surroundings).options.flatMap(({ long }) => (long ? [long] : []));
        cases.push(`    ${name}) words="${[...options, "--help"].join(" ")}" ;;`);
      }
      surroundings.stdout.write(`${shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : ""}_rowan() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map(({ name }) => name).join(" ")} --help --version"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rowan rowan
`);
    });
}
