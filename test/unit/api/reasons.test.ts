/** What docs/conditions.md lists is what the code gives, and the reverse. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONDITION_TEXTS } from '../../../src/api/condition-reasons.ts';
import { DECISION_TEXTS, EVENT_TEXTS } from '../../../src/api/event-reasons.ts';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));
const read = (path: string): string => readFileSync(`${SRC}${path}`, 'utf8');
const code = ['controllers', 'domain']
  .flatMap((folder) =>
    readdirSync(`${SRC}${folder}`, { recursive: true, encoding: 'utf8' }).map((n) => `${folder}/${n}`),
  )
  .filter((name) => name.endsWith('.ts'))
  .map(read)
  .join('\n');

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

/** The members of a union of words. */
function union(path: string, pattern: RegExp): string[] {
  return matches(pattern.exec(read(path))?.[1] ?? '', /'(\w+)'/g);
}

const limits = union('domain/plan-types.ts', /type LimitReason =([^;]*);/);
const decisions = [...limits, ...union('domain/plan-types.ts', /type DecisionReason =([^;]*);/)];
const doubts = union('domain/identities.ts', /reason: ('SharedIdentity'[^;]*);/);
const phases = union('api/generated/ehosnode.ts', /phase\?: ([^;]*);/);
const modes = ['Observe', 'Paused'];

const unique = (words: readonly string[]): string[] => [...new Set(words)].sort();

describe('the reasons that are documented', () => {
  it('of decisions are those there are', () =>
    expect(unique(DECISION_TEXTS.map(({ reason }) => reason))).to.deep.equal(unique(decisions)));

  it('of events are those that are told', () => {
    const plainly = matches(code, /(?:\.event\(|tell\()[^;]*?'(?:Normal|Warning)',\s*'([A-Z]\w+)'/g);
    // one of two, by what came of it
    const chosen = [...code.matchAll(/'(?:Normal|Warning)',\s*[^,;]*\?\s*'(\w+)' : '(\w+)'/g)].flatMap(([, a, b]) => [
      a ?? '',
      b ?? '',
    ]);
    const alternating = [...code.matchAll(/\? 'Warning' : 'Normal', \w+ \? '(\w+)' : '(\w+)'/g)].flatMap(([, a, b]) => [
      a ?? '',
      b ?? '',
    ]);
    expect(unique(EVENT_TEXTS.map(({ reason }) => reason))).to.deep.equal(
      unique([...plainly, ...chosen, ...alternating, ...doubts]),
    );
  });

  it('of conditions are those that are given', () => {
    const given = [
      ...matches(code, /reason: '([A-Z][A-Za-z]+)'/g),
      // chosen from two, or returned by a function that names them
      ...[...code.matchAll(/reason: [^,\n]*\? (?:'(\w+)'|[A-Z_]+) : '(\w+)'/g)].flatMap(([, a, b]) => [
        a ?? b ?? '',
        b ?? '',
      ]),
      ...matches(code, /(?:return|\?|:) '((?:InvalidConfiguration|AuthenticationFailed|ConnectionFailed))'/g),
      ...matches(code, /drifted\('(\w+)'/g),
      ...matches(code, /(?:TOKEN_APPROVED|BLACK_HOLE) = '(\w+)'/g),
      ...[...limits, ...doubts, ...phases, ...modes],
    ];
    // a decision is no condition, though it has a reason, too
    const only = given.filter(
      (reason) => !decisions.includes(reason) || limits.includes(reason) || CONDITION_WORDS.has(reason),
    );
    expect(unique(CONDITION_TEXTS.flatMap(({ reasons }) => reasons.map(({ reason }) => reason)))).to.deep.equal(
      unique(only),
    );
  });

  it('of a condition are each there once for a status', () => {
    for (const { kind, type, reasons } of CONDITION_TEXTS) {
      const keys = reasons.map(({ reason, status }) => `${reason} ${status}`);
      expect(new Set(keys).size, `${kind} ${type}`).to.equal(keys.length);
    }
  });

  it('are CamelCase, and say what they mean in a sentence', () => {
    const all = [...CONDITION_TEXTS.flatMap(({ reasons }) => reasons), ...EVENT_TEXTS, ...DECISION_TEXTS];
    for (const one of all) {
      expect(one.reason).to.match(/^[A-Z][A-Za-z]+$/);
      expect(one.meaning, one.reason).to.match(/^[A-Za-z].*\.$/);
    }
  });

  it('have all the types that the CRDs name', () => {
    for (const kind of ['EhosCloud', 'EhosMaster', 'EhosNodePool', 'EhosNode']) {
      const described = /in the standard form of Kubernetes conditions; (.*)/.exec(
        readFileSync(new URL(`../../../crds/${kind.toLowerCase()}s.yaml`, import.meta.url), 'utf8'),
      )?.[1];
      const types = CONDITION_TEXTS.filter((one) => one.kind === kind).map(({ type }) => type);
      const named = (described ?? '').match(/\b(?:[A-Z][a-z]+)+\b/g) ?? [];
      expect(named).to.not.have.length(0);
      for (const type of named) expect(types, `${kind} ${type}`).to.include(type);
    }
  });
});

/** Both a decision and the reason of a condition. */
const CONDITION_WORDS = new Set(['Enough', 'Deleting', 'Paused']);
