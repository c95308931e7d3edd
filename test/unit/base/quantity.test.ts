import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { formatMemory, parseMemory } from '../../../src/base/quantity.ts';

describe('parseMemory', () => {
  const good: [text: string, mib: number][] = [
    ['0Mi', 0],
    ['512Mi', 512],
    ['1Gi', 1024],
    ['64Gi', 65_536],
    ['2Ti', 2_097_152],
    ['0064Gi', 65_536],
  ];
  for (const [text, mib] of good) {
    it(`reads ${text} as ${mib} MiB`, () => expect(parseMemory(text)).to.equal(mib));
  }

  for (const text of ['', '64', '64G', '64 Gi', '1.5Gi', '-1Gi', '64gi', '1Ki', '64Gi\n', '9999999999999999Ti']) {
    it(`refuses ${JSON.stringify(text)} and names the field, the value and the form`, () => {
      expect(() => parseMemory(text, 'spec.limits.memory'))
        .to.throw(
          EhosError,
          `spec.limits.memory: ${JSON.stringify(text)} is not an amount of memory: write it like 512Mi, 64Gi or 2Ti`,
        )
        .that.includes({ errorClass: 'Invalid', field: 'spec.limits.memory' });
    });
  }
});

describe('formatMemory', () => {
  const table: [mib: number, text: string][] = [
    [0, '0Mi'],
    [1, '1Mi'],
    [1536, '1536Mi'],
    [1024, '1Gi'],
    [65_536, '64Gi'],
    [1_048_576, '1Ti'],
    [1_049_600, '1025Gi'],
  ];
  for (const [mib, text] of table) {
    it(`writes ${mib} MiB as ${text}, and reads it back`, () => {
      expect(formatMemory(mib)).to.equal(text);
      expect(parseMemory(text)).to.equal(mib);
    });
  }
});
