/** What owners of jobs and of machines may write into ads, and what a master that is not ours may answer. */
import { expect } from 'chai';
import fc from 'fast-check';
import { messageOf } from '../../../src/base/errors.ts';
import { Ad, parseAds, quoteString } from '../../../src/condor/classad.ts';
import { parseCollectorStart } from '../../../src/condor/collector.ts';
import { isSlotName } from '../../../src/condor/drain.ts';
import { parseNegotiation } from '../../../src/condor/negotiation.ts';
import { parseFactories, parseGroups, poolOf } from '../../../src/condor/queue.ts';
import { parseSlots } from '../../../src/condor/slots.ts';
import { MasterTime, parseEpochSeconds } from '../../../src/condor/times.ts';
import { isRequestId, parseTokenRequests, tokenOf } from '../../../src/condor/token-requests.ts';
import { hostileText, megabyteOf, UNPRINTABLE } from '../base/hostile.ts';

const TIME = new MasterTime(1_800_000_000, 1_800_000_000_000);

/** Each parser of an answer. */
const parsers: [name: string, parse: (output: string) => unknown][] = [
  ['groups of jobs', parseGroups],
  ['factories', parseFactories],
  ['slots', (output) => parseSlots(output, TIME)],
  ['token requests', parseTokenRequests],
  ['the age of the collector', parseCollectorStart],
  ['negotiation cycles', (output) => parseNegotiation(output, TIME)],
  ['the time', parseEpochSeconds],
];

const outputs: [name: string, output: string][] = [
  ['cut short', '[{\n  "JobStatus": 1,\n  "JobCo'],
  ['an object', '{"JobStatus": 1}'],
  ['a list of numbers', '[1, 2]'],
  ['a list of null', '[null]'],
  ['a message', 'Error: communication error'],
  ['100,000 brackets', '['.repeat(100_000)],
  ['an ad of 100,000 braces', `[{\n"A": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}\n}\n]`],
  ['an ad that ends a million times and never is one', `[{\n${'"x\n}\n'.repeat(1_000_000)}`],
  ['an ad of megabytes', `[{\n"A": "${'x'.repeat(8 * 1024 * 1024)}"\n}\n]`],
  ['millions of empty ads', `[${'{},'.repeat(3_000_000)}{}]`],
  ['a million line breaks and a word', `${'\n'.repeat(1_000_000)}x`],
];

describe('an answer that is none', () => {
  for (const [name, parse] of parsers)
    for (const [what, output] of outputs)
      it(`is no ${name}: ${what}`, () => {
        const started = performance.now();
        let error: unknown;
        try {
          parse(output);
        } catch (thrown) {
          error = thrown;
        }
        expect(error, 'it is refused').to.be.instanceOf(Error);
        expect(error).not.to.be.instanceOf(RangeError);
        expect(messageOf(error).length).to.be.below(400);
        expect(performance.now() - started).to.be.below(5_000);
      });
});

describe('ads of any content', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    hostileText,
    hostileText.map((text) => `/Expr(${text})/`),
    fc.constantFrom(1, 5, -1, 1e308, 'JobStatus', '/Expr(A+A)/'),
  );
  const names = [
    'JobStatus',
    'JobCount',
    'EhosPool',
    'RequestMemory',
    'Name',
    'State',
    'LastHeardFrom',
    'RequestId',
    'A',
  ];
  const ads = fc.array(fc.dictionary(fc.oneof(fc.constantFrom(...names), hostileText), value), { maxLength: 3 });
  for (const [name, parse] of parsers)
    it(`are read as ${name} or refused in words`, () => {
      fc.assert(
        fc.property(ads, (list) => {
          try {
            parse(JSON.stringify(list));
          } catch (error) {
            expect(error).to.be.instanceOf(Error).and.not.be.instanceOf(TypeError);
            expect(messageOf(error)).not.to.match(UNPRINTABLE);
          }
        }),
      );
    });
});

describe('the expression of a job', () => {
  const bombs: [name: string, expression: string][] = [
    ['that refers to itself a thousand times', Array(1_000).fill('A').join('+')],
    ['in a thousand parentheses', `${'('.repeat(1_000)}1${')'.repeat(1_000)}`],
    ['denied a thousand times', `${'!'.repeat(1_000)}true`],
    ['less than nothing a thousand times', `${'-'.repeat(1_000)}1`],
    ['of a thousand questions', `${'true?'.repeat(300)}1${':1'.repeat(300)}`],
    ['of lists in lists', `${'max({'.repeat(300)}1${'})'.repeat(300)}`],
  ];
  for (const [name, expression] of bombs)
    it(`has an end: one ${name}`, () => {
      const started = performance.now();
      expect(new Ad({ A: `/Expr(${expression})/` }).get('A')).to.be.oneOf([undefined, 1]);
      expect(performance.now() - started).to.be.below(1_000);
    });

  it('has an end also where each refers to all others', () => {
    const names = 'ABCDEFGH'.split('');
    const all = `/Expr(${Array(30).fill(names.join('+')).join('+')})/`;
    const started = performance.now();
    expect(new Ad(Object.fromEntries(names.map((name) => [name, all]))).get('A')).to.equal(undefined);
    expect(performance.now() - started).to.be.below(1_000);
  });
});

describe('names that others chose', () => {
  it('of a pool are bounded, and one that is none stays one that nobody has', () => {
    expect(poolOf(new Ad({ EhosPool: megabyteOf('𝒳') }))?.length).to.equal(300);
    fc.assert(
      fc.property(hostileText, (text) => {
        const name = poolOf(new Ad({ EhosPool: text }));
        expect((name ?? '').length).to.be.at.most(300);
      }),
    );
  });

  it('of a slot are used for commands only if they are names', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        if (isSlotName(text)) expect(text).to.match(/^[\w.:@-]+$/);
      }),
    );
    for (const name of [
      '-fast',
      '--help',
      '',
      'slot1@',
      '@host',
      'slot1@a b',
      'slot1@$(id)',
      `slot1@${'a'.repeat(600)}`,
    ])
      expect(isSlotName(name), name).to.equal(false);
  });

  it('of a request are used for commands only if they are numbers', () => {
    fc.assert(fc.property(hostileText, (text) => !isRequestId(text) || /^\d+$/.test(text)));
  });

  it('in an expression stay one text literal', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const literal = quoteString(text);
        expect(literal).not.to.match(/\p{Cc}/u);
        expect(literal.slice(1, -1).replace(/\\(?:[\\"]|[0-7]{3})/g, '')).not.to.match(/["\\]/);
      }),
    );
  });

  it('are no token unless they have the form of one', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const token = tokenOf(text);
        if (token !== undefined) expect(token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      }),
    );
  });
});

describe('an ad with a key that means something to JavaScript', () => {
  it('is read like any other', () => {
    const [ad] = parseAds('[{"__proto__": {"JobStatus": 5}, "constructor": 7, "A": "/Expr(__proto__ + toString)/"}]');
    expect(ad?.get('JobStatus')).to.equal(undefined);
    expect(ad?.number('constructor')).to.equal(7);
    expect(ad?.get('A')).to.equal(undefined);
    expect(ad?.get('toString')).to.equal(undefined);
  });
});
