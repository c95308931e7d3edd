/** `ehos completion SHELL`: a script that completes commands and options. */
import { Argument, Command } from 'commander';
import { withNotes } from './help.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function completionCommand(program: () => Command): Command {
  const command = new Command('completion')
    .description('Print a script that completes commands, options and their choices in your shell.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript, wordsOf } = await import('./completion-script.ts');
      process.stdout.write(completionScript(shell, wordsOf(program())));
    });
  return withNotes(command, {
    examples: [
      ['completion bash > /etc/bash_completion.d/ehos', 'for all users of bash'],
      ['completion zsh > "${fpath[1]}/_ehos"', 'for zsh; begin a new shell afterwards'],
      ['completion fish > ~/.config/fish/completions/ehos.fish', 'for fish'],
    ],
  });
}
