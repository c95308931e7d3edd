/**
 * ClassAds: values, and the forms in which HTCondor's tools print them (measured on 23.9.6: fixtures condor_q-*.json, condor_status-*).
 * An ad is asked for single attributes, so that a query of 20 attributes on 1000 slots computes 20,000 values and not 1000 ads.
 */

/** A ClassAd real: printed with a fraction also when it is whole (`TotalCpus = 4.0`). */
export class Real {
  constructor(readonly value: number) {}
}

/** An attribute that is not a literal, as its text: `DiskUsage`, `7 * 24 * 3600`. */
export class Expression {
  constructor(readonly text: string) {}
}

/** `null` inside a list is ClassAd's `undefined`; an attribute that is undefined is absent. */
export type AdValue = string | number | boolean | null | Real | Expression | readonly AdValue[];

/** What the tools and expressions need of an ad. Attribute names are case-insensitive. */
export interface Ad {
  /** Names in the spelling of the ad. */
  names(): string[];
  get(name: string): AdValue | undefined;
  /** The ad's own spelling of an attribute's name: that is what is printed, whatever was asked for (measured). */
  spell(name: string): string;
}

/** How to compute the attributes of one kind of ad. */
export type AdSchema<T> = ReadonlyMap<string, { name: string; of: (subject: T) => AdValue | undefined }>;

export function adSchema<T>(attributes: Record<string, (subject: T) => AdValue | undefined>): AdSchema<T> {
  return new Map(Object.entries(attributes).map(([name, of]) => [name.toLowerCase(), { name, of }]));
}

/** A scalar attribute for people; empty when it is absent or a list. */
export function textOf(ad: Ad, name: string): string {
  const value = ad.get(name);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const NO_ATTRIBUTES: ReadonlyMap<string, { name: string; value: AdValue }> = new Map();

/** Attributes of one object beyond its kind's: `STARTD_ATTRS`, `+Name` of a submit file. Keys in lower case. */
export type ExtraAttributes = ReadonlyMap<string, { name: string; value: AdValue }>;

export function extraAttributes(values: Readonly<Record<string, AdValue>>): ExtraAttributes {
  return new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), { name, value }]));
}

/** An ad over a live object. */
export class SchemaAd<T> implements Ad {
  readonly #schema: AdSchema<T>;
  readonly #subject: T;
  readonly #extra: ExtraAttributes;

  constructor(schema: AdSchema<T>, subject: T, extra: ExtraAttributes = NO_ATTRIBUTES) {
    this.#schema = schema;
    this.#subject = subject;
    this.#extra = extra;
  }

  names(): string[] {
    const own = [...this.#schema.values()].filter(({ of }) => of(this.#subject) !== undefined).map(({ name }) => name);
    const more = [...this.#extra].filter(([key]) => !this.#schema.has(key)).map(([, { name }]) => name);
    return [...own, ...more];
  }

  get(name: string): AdValue | undefined {
    const key = name.toLowerCase();
    const computed = this.#schema.get(key)?.of(this.#subject);
    return computed ?? this.#extra.get(key)?.value;
  }

  spell(name: string): string {
    const key = name.toLowerCase();
    return this.#schema.get(key)?.name ?? this.#extra.get(key)?.name ?? name;
  }
}

/** An ad of fixed values. */
export function plainAd(values: Readonly<Record<string, AdValue | undefined>>): Ad {
  const byKey = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), { name, value }]));
  return {
    names: () => [...byKey.values()].filter(({ value }) => value !== undefined).map(({ name }) => name),
    get: (name) => byKey.get(name.toLowerCase())?.value,
    spell: (name) => byKey.get(name.toLowerCase())?.name ?? name,
  };
}
