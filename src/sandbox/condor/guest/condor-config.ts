/** HTCondor's configuration language, as far as a worker's files use it (manual, "Introduction to Configuration"). */

export class CondorConfig {
  /** Raw values by name in lower case. */
  readonly #raw = new Map<string, string>();

  /** Reads one file; later ones win. A name that refers to itself means its value so far. */
  read(text: string): void {
    for (const line of text.replace(/\s*\\\r?\n\s*/g, ' ').split(/\r?\n/)) {
      const definition = /^\s*([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/.exec(line);
      if (!definition) continue;
      const [, name = '', value = ''] = definition;
      const key = name.toLowerCase();
      const self = new RegExp(`\\$\\(${key}\\)`, 'gi');
      this.#raw.set(
        key,
        value.replace(self, () => this.#raw.get(key) ?? ''),
      );
    }
  }

  /** The value with its `$(MACRO)` references replaced; undefined when it is not defined or empty. */
  get(name: string): string | undefined {
    const value = this.#expand(this.#raw.get(name.toLowerCase()) ?? '', 0);
    return value === '' ? undefined : value;
  }

  /** A list of words. */
  list(name: string): string[] {
    return (this.get(name) ?? '').split(/[\s,]+/).filter((word) => word !== '');
  }

  #expand(value: string, depth: number): string {
    // definitions may refer to each other in a circle
    if (depth > 20) return '';
    return value
      .replace(/\$\(([A-Za-z_][\w.]*)(?::([^)]*))?\)/g, (_, name: string, fallback: string | undefined) => {
        const found = this.#raw.get(name.toLowerCase());
        return this.#expand(found ?? fallback ?? '', depth + 1);
      })
      .trim();
  }
}
