/** The completion scripts, made of the commands themselves. */
import type { Command } from 'commander';

export interface CommandWords {
  name: string;
  about: string;
  options: { flags: string[]; about: string; takesValue: boolean; choices: string[] }[];
  /** What its first argument may be, where that is known. */
  choices: string[];
}

export function wordsOf(program: Command): CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    options: command.options.map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      about: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  }));
}

export function completionScript(shell: 'bash' | 'zsh' | 'fish', commands: readonly CommandWords[]): string {
  return { bash, zsh, fish }[shell](commands);
}

const HELP = ['-h', '--help'];

/** Where a file name completes best, the shell's own completion of files is left to work. */
function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ name, options, choices }) => {
    const values = options
      .filter((option) => option.choices.length > 0)
      .map(
        (option) =>
          `      ${option.flags.join('|')}) COMPREPLY=($(compgen -W '${option.choices.join(' ')}' -- "$cur")); return;;`,
      );
    const flags = [...options.flatMap((option) => option.flags), ...HELP].join(' ');
    return [
      `    ${name})`,
      ...(values.length > 0 ? ['      case "$prev" in', ...values.map((line) => `  ${line}`), '      esac'] : []),
      `      words='${flags}'`,
      ...(choices.length > 0 ? [`      [[ "$cur" == -* ]] || words='${choices.join(' ')}'`] : []),
      '      ;;',
    ].join('\n');
  });
  return `# bash completion of ehos
_ehos() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _ehos ehos
`;
}

/** In single quotes, in which only a single quote is special. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** In _arguments and _describe a colon separates. */
const described = (text: string): string => text.replaceAll(':', '\\:').replaceAll('[', '\\[').replaceAll(']', '\\]');

function zsh(commands: readonly CommandWords[]): string {
  const list = commands.map(({ name, about }) => `    ${quoted(`${name}:${described(about)}`)}`);
  const cases = commands.map(({ name, options, choices }) => {
    const specs = options.flatMap((option) =>
      option.flags.map((flag) => {
        const value =
          option.choices.length > 0 ? `:value:(${option.choices.join(' ')})` : option.takesValue ? ':value:_files' : '';
        return quoted(`${flag}[${described(option.about)}]${value}`);
      }),
    );
    const argument = choices.length > 0 ? [quoted(`1:value:(${choices.join(' ')})`)] : [quoted('*:name:_files')];
    return `    ${name}) _arguments ${[...specs, ...argument].join(' ')} ;;`;
  });
  return `#compdef ehos
_ehos() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
# loaded by itself it is called at once; sourced it has to be made known
if [ "$funcstack[1]" = _ehos ]; then _ehos "$@"; else compdef _ehos ehos; fi
`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, about, options, choices }) => {
    const inside = `-n "__fish_seen_subcommand_from ${name}"`;
    return [
      `complete -c ehos -f -n __fish_use_subcommand -a ${name} -d ${fishQuoted(about)}`,
      ...options.map(({ flags, about: text, takesValue, choices: values }) => {
        const names = flags
          .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
          .join(' ');
        const value = values.length > 0 ? ` -x -a ${fishQuoted(values.join(' '))}` : takesValue ? ' -r' : '';
        return `complete -c ehos ${inside} ${names}${value} -d ${fishQuoted(text)}`;
      }),
      ...(choices.length > 0 ? [`complete -c ehos -f ${inside} -a ${fishQuoted(choices.join(' '))}`] : []),
    ];
  });
  return `# fish completion of ehos\n${lines.join('\n')}\n`;
}

/** In fish a backslash, too, is special in single quotes. */
const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
