/** A place in line: `taken` resolves when it is one's turn; `release` gives it back, or leaves the line. */
export interface Place {
  taken: Promise<void>;
  release(): void;
}

/** A counted number of places; who finds none free waits in line. */
export class Places {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  take(): Place {
    let held = this.#free > 0;
    let enter: () => void = () => undefined;
    if (held) this.#free -= 1;
    const taken = held
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          enter = () => {
            held = true;
            resolve();
          };
          this.#line.push(enter);
        });
    const release = (): void => {
      const next = held ? this.#line.shift() : undefined;
      if (!held) this.#line.splice(this.#line.indexOf(enter), 1);
      else if (next) next();
      else this.#free += 1;
    };
    return { taken, release };
  }
}
