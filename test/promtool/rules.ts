/** The rule file, as far as tests look into it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const FILES = new URL('../../charts/ehos-operator/files/', import.meta.url);
export const RULES = new URL('alerts.yaml', FILES);

export interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook_url: string };
}

export function readRules(): Rule[] {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}
