/** Metrics in Prometheus's text format, as far as the bench reads them. */

interface Sample {
  labels: Record<string, string>;
  value: number;
}

export class Samples {
  readonly #samples = new Map<string, Sample[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!match) continue;
      const [, name = '', list = '', value = ''] = match;
      const labels: Record<string, string> = {};
      for (const [, key = '', quoted = ''] of list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = quoted;
      const known = this.#samples.get(name) ?? [];
      known.push({ labels, value: Number(value) });
      this.#samples.set(name, known);
    }
  }

  /** NaN when there is none. */
  value(name: string): number {
    return this.#samples.get(name)?.[0]?.value ?? Number.NaN;
  }

  /** Over all labels. */
  sum(name: string): number {
    return this.all(name).reduce((sum, { value }) => sum + value, 0);
  }

  all(name: string): readonly Sample[] {
    return this.#samples.get(name) ?? [];
  }
}
