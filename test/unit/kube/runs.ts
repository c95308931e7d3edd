import type { WorkHandler } from '../../../src/kube/work-queue.ts';

/** A handler whose runs begin when the queue says so and end when the test says so. */
export class Runs {
  readonly started: string[] = [];
  readonly #open: { key: string; end: (error?: Error) => void }[] = [];

  readonly handler: WorkHandler = (key) => {
    this.started.push(key);
    return new Promise((resolve, reject) => {
      this.#open.push({ key, end: (error) => (error ? reject(error) : resolve({})) });
    });
  };

  get open(): string[] {
    return this.#open.map(({ key }) => key);
  }

  end(key: string, error?: Error): void {
    const index = this.#open.findIndex((run) => run.key === key);
    this.#open.splice(index, 1)[0]?.end(error);
  }
}
