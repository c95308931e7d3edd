import { expect } from 'chai';
import fc from 'fast-check';
import type { Schema } from '../../../scripts/schema.ts';
import { fitStatus } from '../../../src/api/fit-status.ts';
import { hostileText, megabyteOf, UNPRINTABLE } from '../base/hostile.ts';
import { crds, kindOf, refusals, schemaOf } from '../config/admission.ts';
import { manifest } from '../config/manifests.ts';

/** Longer than there is room for, by some characters, whatever a character counts: much more takes time and shows nothing else. */
const text = ({ maxLength = 4_096 }: Schema): fc.Arbitrary<string> =>
  fc.oneof(
    hostileText,
    fc.constantFrom('x', '𝒳', '\x1b[2J').map((piece) => piece.repeat(maxLength + 3)),
  );
const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(1e300, -1e300, 2 ** 31, 2 ** 53, -0.5, Infinity, -Infinity),
);

/** A status of the right form with whatever peers may have said in it. What is in our own hands (words of a list, times, reasons) is right. */
function saidBy(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.format === 'date-time') return fc.constant('2026-01-01T00:00:00Z');
  if (schema.pattern !== undefined) return fc.constant('Word');
  if (schema.type === 'string') return text(schema);
  if (schema.type === 'integer') return number;
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.items) {
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const selector = (item: unknown): unknown => (item as Record<string, unknown>)[keys[0] ?? ''];
    const items = saidBy(schema.items);
    const longer = (schema.maxItems ?? 10) + 3;
    if (keys.length > 0) return fc.uniqueArray(items, { selector, maxLength: 3 });
    return fc.oneof(
      fc.array(items, { maxLength: 2 }),
      items.map((item) => Array<unknown>(longer).fill(item)),
    );
  }
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([key, child]) => [key, saidBy(child)]),
  );
  return fc.record(properties, { requiredKeys: schema.required ?? [] });
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

for (const crd of crds)
  describe(`the status of an ${kindOf(crd)}`, () => {
    const status = schemaOf(crd).properties?.status;
    const any = status ? (saidBy(status) as fc.Arbitrary<Record<string, unknown>>) : fc.constant({});

    it('is taken by the API server whatever peers said in it', () => {
      fc.assert(
        fc.property(any, (said) => {
          const fitting = JSON.parse(JSON.stringify(fitStatus(kindOf(crd), said))) as Record<string, unknown>;
          const taken = { ...manifest(kindOf(crd)), status: fitting };
          expect(refusals(taken)).to.deep.equal([]);
          expect(textsOf(fitting).filter((shown) => UNPRINTABLE.test(shown))).to.deep.equal([]);
        }),
        { numRuns: 60 },
      );
    });
  });

describe('fitStatus', () => {
  it('changes nothing that fits', () => {
    const status = {
      phase: 'Ready',
      fault: 'No valid host was found.',
      cores: 8,
      addresses: ['10.0.0.1'],
      conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: 'naïve ☃', lastTransitionTime: 'x' }],
    };
    expect(fitStatus('EhosNode', status)).to.deep.equal(status);
  });

  it('shows no secret', () => {
    expect(fitStatus('EhosNode', { fault: 'sent {"adminPass": "Zx9Zx9"}' })).to.deep.equal({
      fault: 'sent {"adminPass": [redacted]}',
    });
  });

  it('takes a megabyte', () => {
    expect(fitStatus('EhosNode', { fault: megabyteOf('𝒳') }).fault).to.have.length(4096);
  });

  it('keeps as much of a list, a text and a number as there is room for', () => {
    const fitting = fitStatus('EhosNode', {
      addresses: Array.from({ length: 40 }, (_, i) => `10.0.0.${i}`),
      cores: 1e300,
      memory: -5,
      slotName: 'slot1@'.padEnd(600, 'x'),
    });
    expect(fitting.addresses).to.have.length(32);
    expect([fitting.cores, fitting.memory]).to.deep.equal([2 ** 31 - 1, 0]);
    expect(fitting.slotName).to.have.length(512);
  });
});
