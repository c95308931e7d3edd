import { expect } from 'chai';
import { lineJson, lineText, parseLine, passes } from '../../../../src/cli/logs/line.ts';
import { merged } from '../../../../src/cli/logs/show.ts';
import { plain } from '../../../../src/cli/style.ts';

const JSON_LINE =
  '{"time":"2026-01-01T12:00:00.000Z","level":"warn","message":"cloud cannot be listed","cloud":"science/east","error":"a b"}';
const TEXT_LINE = '2026-01-01T11:59:59.000Z INFO  pool planned pool=science/general';

describe('ehos logs', () => {
  it('reads lines in JSON and as text, and shows both alike', () => {
    expect(lineText(parseLine('p-1', JSON_LINE), plain)).to.equal(
      '2026-01-01T12:00:00.000Z WARN  p-1 cloud cannot be listed cloud=science/east error="a b"',
    );
    expect(lineText(parseLine('p-1', TEXT_LINE), plain)).to.equal(
      '2026-01-01T11:59:59.000Z INFO  p-1 pool planned pool=science/general',
    );
    expect(JSON.parse(lineJson(parseLine('p-1', JSON_LINE)))).to.deep.include({
      pod: 'p-1',
      level: 'warn',
      cloud: 'science/east',
    });
  });

  it('shows what is no line of a log as it is, without what would drive a terminal', () => {
    const line = parseLine('p', 'Error: \u001b[2Jboom');
    expect(line).to.include({ time: undefined, level: undefined });
    expect(lineText(line, plain)).to.equal('p Error: [2Jboom');
    expect(parseLine('p', '{broken').message).to.equal('{broken');
  });

  it('keeps lines of a level or a more serious one, and what a crash leaves', () => {
    const filter = { level: 'warn', object: undefined } as const;
    expect(passes(parseLine('p', JSON_LINE), filter)).to.equal(true);
    expect(passes(parseLine('p', TEXT_LINE), filter)).to.equal(false);
    expect(passes(parseLine('p', 'at x.js:1'), filter)).to.equal(true);
  });

  for (const [object, json, text] of [
    ['east', true, false],
    ['science/east', true, false],
    ['general', false, true],
    ['eas', false, false],
  ] as const)
    it(`keeps lines about ${object}`, () => {
      const filter = { level: 'debug', object } as const;
      expect(passes(parseLine('p', JSON_LINE), filter)).to.equal(json);
      expect(passes(parseLine('p', TEXT_LINE), filter)).to.equal(text);
    });

  it('puts the lines of all replicas in the order of time, with what follows a line behind it', () => {
    const one = [JSON_LINE, 'at x.js:1'].map((line) => parseLine('one', line));
    const two = [TEXT_LINE, TEXT_LINE.replace('11:59:59', '12:00:01')].map((line) => parseLine('two', line));
    expect(merged([one, two]).map(({ pod, message }) => `${pod} ${message.slice(0, 5)}`)).to.deep.equal([
      'two pool ',
      'one cloud',
      'one at x.',
      'two pool ',
    ]);
  });
});
