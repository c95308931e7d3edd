/** Renders docs/cli.md from the help of the commands themselves. */
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { makeProgram } from '../src/cli/program.ts';
import { RIGHTS } from './cli-rights.ts';

/** Columns: what a page shows without scrolling. */
const WIDTH = 120;

const HEAD = `# The \`ehos\` command

Made from the help of the commands by \`make generate\`.

\`ehos\` is also a plugin of kubectl: with \`kubectl-ehos\` in \`PATH\` every command below is \`kubectl ehos COMMAND\` as well.

- **Which cluster**: \`--kubeconfig\`, else \`KUBECONFIG\`, else the pod's own account, else \`~/.kube/config\`; **which namespace**: \`-n\`, else that of the kubeconfig's context.
- **Exit codes**: 0 success; 1 wrong options, or the cluster cannot be reached or asked; 2 what was asked for is refused or has failed, where the command says so.
- **Answers** go to standard output, everything else to standard error. \`-o json\` and \`-o yaml\` are for programs; what stands in a table may change.
- **Colours** are used on a terminal only, and not when \`NO_COLOR\` is set or \`TERM\` is \`dumb\`.
- **Secrets** are never shown.
- **Rights**: [which command needs which](#rights).
`;

export async function renderCli(): Promise<string> {
  const program = makeProgram();
  program.configureOutput({ getOutHelpWidth: () => WIDTH });
  const contents = program.commands.map(
    (command) => `- [\`ehos ${command.name()}\`](#ehos-${command.name()}): ${command.description()}`,
  );
  const sections = program.commands.map(
    (command) => `## ehos ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\`\`\``,
  );
  const text = [HEAD, contents.join('\n'), RIGHTS, ...sections].join('\n\n');
  const file = fileURLToPath(new URL('../docs/cli.md', import.meta.url));
  return await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}

/** With what follows the list of options, which only printing the help adds. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => WIDTH });
  command.outputHelp();
  return text.replace(/ +$/gm, '');
}
