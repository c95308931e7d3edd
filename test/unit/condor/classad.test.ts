import { expect } from 'chai';
import { Ad, parseAds, quoteString } from '../../../src/condor/classad.ts';

describe('Ad', () => {
  it('knows no case in names', () => {
    expect(new Ad({ RequestCpus: 2 }).number('REQUESTCPUS')).to.equal(2);
  });

  it('evaluates expressions with the other attributes', () => {
    const ad = new Ad({ RequestDisk: '/Expr(DiskUsage)/', DiskUsage: 45 });
    expect(ad.number('RequestDisk')).to.equal(45);
    expect(ad.raw('RequestDisk')).to.equal('/Expr(DiskUsage)/');
  });

  it('follows expressions through expressions', () => {
    expect(new Ad({ A: '/Expr(B + 1)/', B: '/Expr(C + 1)/', C: 1 }).number('A')).to.equal(3);
  });

  it('does not follow a circle', () => {
    expect(new Ad({ A: '/Expr(B)/', B: '/Expr(A)/' }).get('A')).to.equal(undefined);
  });

  it('gives a value only in the form that is asked for', () => {
    const ad = new Ad({ Text: 'x', Number: 1, List: ['a', 2], Null: null, Nested: { a: 1 } });
    expect(ad.number('Text')).to.equal(undefined);
    expect(ad.text('Number')).to.equal(undefined);
    expect(ad.texts('List')).to.deep.equal(['a', '2']);
    expect(ad.texts('Text')).to.deep.equal([]);
    expect(ad.get('Null')).to.equal(undefined);
    expect(ad.get('Nested')).to.equal(undefined);
  });
});

describe('parseAds', () => {
  for (const [title, output] of [
    ['nothing', ''],
    ['empty lines', '\n\n'],
    ['an empty list', '[]'],
  ] as const) {
    it(`reads ${title} as no ads`, () => {
      expect(parseAds(output)).to.deep.equal([]);
    });
  }

  for (const [title, output] of [
    ['a message', 'All queues are empty'],
    ['output that was cut short', '[{"A": 1}\n,{"B"'],
    ['a single ad', '{"A": 1}'],
    ['a list of something else', '[1, 2]'],
    ['a list of lists', '[[]]'],
  ] as const) {
    it(`refuses ${title}`, () => {
      expect(() => parseAds(output)).to.throw(Error);
    });
  }
});

describe('quoteString', () => {
  const table: [text: string, literal: string][] = [
    ['plain', '"plain"'],
    ['', '""'],
    ['a"b', String.raw`"a\"b"`],
    ['a\\', String.raw`"a\\"`],
    ['"} || true || {"', String.raw`"\"} || true || {\""`],
    ['line\nbreak', String.raw`"line\012break"`],
    ['nul\0', String.raw`"nul\000"`],
  ];
  for (const [text, literal] of table) {
    it(`writes ${JSON.stringify(text)} as ${literal}`, () => {
      expect(quoteString(text)).to.equal(literal);
    });
  }
});
