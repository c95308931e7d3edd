/** Scenarios that have failed once, as small as they could be made: they are run every time. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Violation } from './invariants.ts';
import type { Scenario } from './scenario.ts';

export interface Known {
  /** What went wrong, in words. */
  name: string;
  invariant: Violation['invariant'];
  scenario: Scenario;
}

const FILE = new URL('corpus.json', import.meta.url);

export function readCorpus(): Known[] {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Known[]) : [];
}

export function addToCorpus(known: Known): void {
  writeFileSync(FILE, `${JSON.stringify([...readCorpus(), known], null, 1)}\n`);
}
