import type { CommandWords } from "./command-words.ts";

/**
 * Writes the completion of bash.
 *
 * @param commands - What is completed.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  return `${bashFunction(commands)}complete -o default -F _rowan rowan\n`;
}

/**
 * Writes the completion of zsh, which runs bash's function. Where that offers nothing, files are meant; by itself zsh would look for some
 * whose names begin with `--option=`.
 *
 * @param commands - What is completed.
 */
export function zshScript(commands: readonly CommandWords[]): string {
  return `autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bashFunction(commands)}_rowan_or_files() {
  _bash_complete -F _rowan || { compset -P '--*='; _files }
}
compdef _rowan_or_files rowan
`;
}

function bashFunction(commands: readonly CommandWords[]): string {
  const names = commands.filter(({ path }) => path.length === 1).map(({ path }) => path[0]);
  const inner = commands.filter(({ path }) => path.length === 2).map(({ path }) => path.join(" "));
  return `_rowan() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" start= words= command= i=1
  # bash makes three words of --option=value, zsh one
  case "$current" in
    =) current= ;;
    --*=*) before="\${current%%=*}" start="\${current%%=*}=" current="\${current#*=}" ;;
    *) if [ "$before" = "=" ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi ;;
  esac
  # options of the program come before the command
  while [ "$i" -lt "$COMP_CWORD" ]; do
    case "\${COMP_WORDS[i]}" in
      -*) i=$((i+1)) ;;
      *) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  if [ "$((i+1))" -lt "$COMP_CWORD" ]; then
    case "$command \${COMP_WORDS[i+1]}" in
      ${inner.map((path) => `"${path}"`).join("|")}) command="$command \${COMP_WORDS[i+1]}" ;;
    esac
  fi
  case "$command" in
    "") words="${names.join(" ")} --help --version --verbose" ;;
${commands.map(caseOf).join("\n")}
  esac
  case "$command $before" in
${commands.flatMap(choiceCases).join("\n")}
  esac
  COMPREPLY=($(compgen -P "$start" -W "$words" -- "$current"))
}
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
