import { expect } from 'chai';
import { howFarItCame } from '../../../src/controllers/console-tail.ts';

describe('how far a server came', () => {
  it('is the last step that our part told', () => {
    const console =
      'Linux\nehos: asking for a token\nehos: token received\nci-info: +---+\n-----END SSH HOST KEY-----\n';
    expect(howFarItCame(console)).to.equal('the last that its console tells: "ehos: token received"');
  });
  it('is the last line where our part told nothing', () => {
    expect(howFarItCame('Booting\nKernel panic - not syncing\n\n')).to.contain('Kernel panic');
  });
  it('says so when there is nothing', () => expect(howFarItCame('\n \n')).to.equal('its console is empty'));
  it('holds no control characters, and is bounded', () => {
    const told = howFarItCame(`ehos: \x1b[31mred\u202e\x07${'x'.repeat(1000)}`);
    expect(told).to.not.match(/[\p{Cc}\p{Cf}]/u);
    expect(told).to.have.length.below(400);
  });
});
