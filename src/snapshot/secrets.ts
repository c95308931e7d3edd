/**
 * What of the resources goes into a snapshot. Only fields that the form knows, so that nothing unforeseen gets in; of what an admin may
 * have written anything into, user data is left out whole and the rest goes through the same filter as the log.
 */
import type { EhosCloudSpec, EhosNodePoolSpec } from '../api/resources.ts';
import { redactText } from '../base/redact.ts';
import { schemaAt, type Schema } from './schema.ts';

const LEFT_OUT = '(left out of the snapshot)';
/** What fits into every field for words. */
const LONGEST = 4000;

/** A sentence from a peer or a person. */
export function words(text: string): string {
  return redactText(text, LONGEST) || 'no words';
}

export function publicCloudSpec(spec: EhosCloudSpec): Partial<EhosCloudSpec> {
  return known(schemaAt('clouds', '*', 'spec'), spec) as Partial<EhosCloudSpec>;
}

export function publicPoolSpec(spec: EhosNodePoolSpec): EhosNodePoolSpec {
  const copy = known(schemaAt('pools', '*', 'spec'), spec) as EhosNodePoolSpec;
  const { template } = copy;
  if (!template) return copy;
  if (template.userData?.inline !== undefined) template.userData = { inline: LEFT_OUT };
  if (template.metadata) template.metadata = filtered(template.metadata);
  if (template.startdAttributes) template.startdAttributes = filtered(template.startdAttributes);
  return copy;
}

/** Those annotations that are for the operator. */
export function publicAnnotations(annotations: Record<string, string> = {}): Record<string, string> | undefined {
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith('ehos.io/'));
  return ours.length === 0 ? undefined : filtered(Object.fromEntries(ours));
}

function filtered(texts: Record<string, string>): Record<string, string> {
  // the key says what a value is: without it a password is a word like others
  const line = ([key, text]: [string, string]): [string, string] => [key, safe(`${key}=${text}`).slice(key.length + 1)];
  return Object.fromEntries(Object.entries(texts).map(line));
}

const safe = (text: string): string => redactText(text, LONGEST);

/** A copy of those parts of a value that its schema names. */
function known(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => known(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return value;
  const { properties, additionalProperties: each } = schema;
  const parts = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const child =
      (properties && Object.hasOwn(properties, key) ? properties[key] : undefined) ??
      (typeof each === 'object' ? each : undefined);
    return child && item !== undefined ? [[key, known(child, item)]] : [];
  });
  return Object.fromEntries(parts);
}
