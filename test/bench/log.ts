/** What the operator's log says: counted, not kept. */

/** How `whatWords` of src/domain/journal.ts begins the decision of a plan that makes nodes. */
const CREATING = 'create ';

export class CountingLog {
  /** Message -> how often. */
  readonly problems = new Map<string, number>();
  /** Plans that made nodes. */
  creatingPlans = 0;
  /** When the first of them was made, ms since the epoch. */
  firstCreatingPlanAt: number | undefined;
  /** The last line. */
  last = '';

  /** One line of the operator's JSON log. */
  read(line: string): void {
    this.last = line;
    let record: { time: string; level: string; message: string };
    try {
      record = JSON.parse(line) as typeof record;
    } catch {
      // what Node itself prints, such as a warning of its own or an exception
      this.#count(line);
      return;
    }
    const { time, level, message } = record;
    if (level === 'warn' || level === 'error') this.#count(message);
    if (level !== 'info' || !message.startsWith(CREATING)) return;
    this.creatingPlans += 1;
    this.firstCreatingPlanAt ??= Date.parse(time);
  }

  #count(message: string): void {
    this.problems.set(message, (this.problems.get(message) ?? 0) + 1);
  }
}
