/** Steps with their times, and what was checked: printed as it goes, and kept as a Markdown report. */
export class Report {
  readonly #start = performance.now();
  readonly #steps: { name: string; seconds: number }[] = [];
  readonly #checks: { what: string; ok: boolean; found: string }[] = [];
  readonly #sections: string[] = [];

  say(text: string): void {
    console.log(`[${((performance.now() - this.#start) / 1000).toFixed(1).padStart(6)} s] ${text}`);
  }

  async step<T>(name: string, task: () => Promise<T>): Promise<T> {
    this.say(name);
    const began = performance.now();
    try {
      return await task();
    } finally {
      const seconds = (performance.now() - began) / 1000;
      this.#steps.push({ name, seconds });
      this.say(`  done in ${seconds.toFixed(1)} s`);
    }
  }

  /** A fact that must hold; a false one fails the run at its end. */
  check(what: string, ok: boolean, found: string): void {
    this.#checks.push({ what, ok, found });
    this.say(`${ok ? 'ok  ' : 'FAIL'} ${what}: ${found}`);
  }

  section(markdown: string): void {
    this.#sections.push(markdown);
  }

  /** Each check that failed, in words. */
  get failures(): string[] {
    return this.#checks.filter(({ ok }) => !ok).map(({ what, found }) => `${what}: ${found}`);
  }

  get passes(): number {
    return this.#checks.filter(({ ok }) => ok).length;
  }

  markdown(): string {
    const total = (performance.now() - this.#start) / 1000;
    return [
      '# End-to-end report',
      '',
      'Written by `make e2e REPORT=docs/e2e-report.md`; every number was measured in that run.',
      '',
      ...this.#sections,
      '## Steps',
      '',
      '| step | seconds |',
      '|---|---|',
      ...this.#steps.map(({ name, seconds }) => `| ${name} | ${seconds.toFixed(1)} |`),
      `| all | ${total.toFixed(1)} |`,
      '',
      '## Checks',
      '',
      '| what | result | found |',
      '|---|---|---|',
      ...this.#checks.map(
        ({ what, ok, found }) => `| ${what} | ${ok ? 'ok' : 'FAIL'} | ${found.replaceAll('|', '\\|')} |`,
      ),
      '',
    ].join('\n');
  }
}
