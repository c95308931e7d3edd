/** How often something had which size: counts by upper bound, as Prometheus adds them up. */
export class Histogram {
  /** One for each bound, and one for what is beyond the last. */
  readonly counts: number[];
  sum = 0;

  /** `bounds`: ascending, each inclusive. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  get count(): number {
    return this.counts.reduce((sum, n) => sum + n, 0);
  }

  observe(value: number): void {
    const within = this.bounds.findIndex((bound) => value <= bound);
    const at = within === -1 ? this.bounds.length : within;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}
