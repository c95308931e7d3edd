import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { SnapshotFile } from '../../../src/snapshot/file.ts';
import { toJson, toYaml } from '../../../src/snapshot/render.ts';
import { hostileText, UNPRINTABLE } from '../base/hostile.ts';

const FILE: SnapshotFile = {
  apiVersion: 'ehos.io/v1alpha1',
  kind: 'EhosSnapshot',
  takenAt: '2026-01-31T12:00:00.000Z',
  clouds: [],
  masters: [
    {
      name: 'main',
      queue: [
        { count: 100, cpus: 1, memory: 512 },
        { count: 2, pool: 'true', cpus: 4, memory: 8192 },
      ],
    },
  ],
  pools: [
    {
      metadata: { name: 'general' },
      spec: {
        masterRef: { name: 'main' },
        maxNodes: 5,
        clouds: [{ name: 'east' }],
        scaleDown: { consolidateAfter: '5m' },
      },
    },
  ],
  nodes: {},
};

const FORMS: [write: (file: SnapshotFile) => string, read: (text: string) => unknown][] = [
  [toJson, (text) => JSON.parse(text) as unknown],
  [toYaml, (text) => parse(text) as unknown],
];

describe('a snapshot of hostile words', () => {
  it('drives no terminal, and says them as they were', () => {
    fc.assert(
      fc.property(hostileText, (word) => {
        const text = Buffer.from(word).toString('utf8');
        const file: SnapshotFile = {
          ...FILE,
          masters: [{ name: 'main', queue: [{ count: 1, pool: text, cpus: 1, memory: 1 }] }],
        };
        for (const [form, read] of FORMS) {
          const lines = form(file);
          for (const line of lines.split('\n')) expect(line).not.to.match(UNPRINTABLE);
          const back = read(lines) as SnapshotFile;
          expect(back.masters?.[0]?.queue?.[0]?.pool).to.equal(text);
        }
      }),
    );
  });
});

describe('a snapshot as YAML', () => {
  it('has one line for each thing that there are many of', () =>
    expect(toYaml(FILE)).to.equal(`apiVersion: ehos.io/v1alpha1
kind: EhosSnapshot
takenAt: 2026-01-31T12:00:00.000Z
clouds: []
masters:
  - name: main
    queue:
      - { count: 100, cpus: 1, memory: 512 }
      - { count: 2, pool: "true", cpus: 4, memory: 8192 }
pools:
  - metadata: { name: general }
    spec:
      masterRef: { name: main }
      maxNodes: 5
      clouds:
        - { name: east }
      scaleDown: { consolidateAfter: 5m }
nodes: {}
`));

  it('is read back as it was, whatever the texts are', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'yes',
        'null',
        '~',
        '1e3',
        '0x1f',
        '-',
        ': ',
        '# x',
        '12:30',
        '2026-01-31',
        '.inf',
        '*a',
        '&a',
        '!t',
        'a: b',
        '"',
        "'",
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(texts, texts), texts, fc.array(texts), (map, text, list) => {
        const file = {
          ...FILE,
          nodes: map,
          remembered: {
            a: [
              { ...map, list, text },
              { long: text.repeat(50), list },
            ],
          },
        };
        expect(parse(toYaml(file as unknown as SnapshotFile))).to.deep.equal(JSON.parse(JSON.stringify(file)));
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
