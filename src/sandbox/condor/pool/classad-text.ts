/** The printed forms of ClassAds: `-json`, `-long`, `-autoformat` (measured: fixtures condor_status-*.json, *.long.txt, condor_q-held-af.txt). */
import { Expression, Real, type Ad, type AdValue } from './classad.ts';

/** `-json`: attributes in case-insensitive order, no ad at all prints nothing (0 bytes, not `[]`). */
export function renderJson(ads: readonly Ad[], attributes?: readonly string[]): string {
  if (ads.length === 0) return '';
  return `[\n${ads.map((ad) => renderJsonAd(ad, attributes)).join(',\n')}]\n`;
}

function renderJsonAd(ad: Ad, attributes: readonly string[] | undefined): string {
  const lines: string[] = [];
  for (const name of orderedNames(ad, attributes)) {
    const value = ad.get(name);
    if (value !== undefined) lines.push(`  ${JSON.stringify(ad.spell(name))}: ${jsonValue(value)}`);
  }
  return `{\n${lines.join(',\n')}\n}\n`;
}

const orders = new WeakMap<readonly string[], string[]>();

/** The attributes asked for as they were spelled, sorted; the sorting is done once per query, not per ad. */
function orderedNames(ad: Ad, attributes: readonly string[] | undefined): string[] {
  if (!attributes) return sortNames(ad.names());
  const known = orders.get(attributes);
  if (known) return known;
  const sorted = sortNames([...new Set(attributes)]);
  orders.set(attributes, sorted);
  return sorted;
}

function sortNames(names: string[]): string[] {
  return names
    .map((name) => [name.toLowerCase(), name] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, name]) => name);
}

function jsonValue(value: AdValue, indent = '  '): string {
  if (value instanceof Real) return realText(value.value);
  if (value instanceof Expression) return `"\\/Expr(${JSON.stringify(value.text).slice(1, -1)})\\/"`;
  if (isList(value)) {
    const items = value.map((item) => `${indent}  ${jsonValue(item, `${indent}  `)}`);
    return items.length === 0 ? `[\n${indent}]` : `[\n${items.join(',\n')}\n${indent}]`;
  }
  return JSON.stringify(value);
}

/** `-long`: one `Name = value` a line, an empty line after each ad. */
export function renderLong(ads: readonly Ad[], attributes?: readonly string[]): string {
  return ads
    .map((ad) => {
      const lines = orderedNames(ad, attributes).flatMap((name) => {
        const value = ad.get(name);
        return value === undefined ? [] : [`${ad.spell(name)} = ${classadText(value)}\n`];
      });
      return `${lines.join('')}\n`;
    })
    .join('');
}

/** A value in ClassAd's own syntax: `"text"`, `4.0`, `{ "a","b" }`. */
export function classadText(value: AdValue | undefined): string {
  if (value === undefined || value === null) return 'undefined';
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  if (value instanceof Real) return realText(value.value);
  if (value instanceof Expression) return value.text;
  if (isList(value)) return value.length === 0 ? '{  }' : `{ ${value.map(classadText).join(',')} }`;
  return String(value);
}

/** A value as `-af` prints it: strings bare, unless `V` asks for quotes. */
export function autoformatValue(value: AdValue | undefined, quoted: boolean): string {
  return typeof value === 'string' && !quoted ? value : classadText(value);
}

function realText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function isList(value: AdValue): value is readonly AdValue[] {
  return Array.isArray(value);
}
