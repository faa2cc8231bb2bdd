import type { CommandWords } from "./command-words.ts";

/**
 * Writes the completion of bash, which zsh understands through `bashcompinit`.
 *
 * @param commands - What is completed.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
  return `_rowan() {
  local words= command="\${COMP_WORDS[1]}"
  case "$command \${COMP_WORDS[2]}" in
${commands
  .filter(({ path }) => path.length === 2)
  .map(({ path }) => `    "${path.join(" ")}") command="${path.join(" ")}" ;;`)
  .join("\n")}
  esac
  case "$command" in
${commands.map(caseOf).join("\n")}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD-1]}" in
${commands.flatMap(choiceCases).join("\n")}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${names.join(" ")} --help --version --verbose"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _rowan rowan
`;
}

function caseOf({ path, words, options }: CommandWords): string {
  return `    "${path.join(" ")}") words="${[...words, ...options.map(({ name }) => name)].join(" ")}" ;;`;
}

function choiceCases({ path, options }: CommandWords): string[] {
  // Where any value may stand bash offers files.
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ name, choices }) => `    "${path.join(" ")} ${name}") words="${choices.join(" ")}" ;;`);
}
