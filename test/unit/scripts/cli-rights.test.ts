import { expect } from 'chai';
import { NEEDS } from '../../../scripts/cli-rights.ts';
import { makeProgram } from '../../../src/cli/program.ts';

describe('the rights that docs/cli.md tells', () => {
  it('are told of each command, and of nothing else', () => {
    const told = new Set(NEEDS.flatMap(({ commands }) => commands));
    expect([...told].sort()).to.deep.equal(
      makeProgram()
        .commands.map((command) => command.name())
        .sort(),
    );
  });
});
