/** Shows the demo: on a terminal one live picture, elsewhere a line whenever something changed. */
import type { WriteStream } from 'node:tty';
import type { DemoState } from './observer.ts';

const PHASES = ['Pending', 'Launching', 'Booting', 'Ready', 'Lost', 'Draining', 'Deleting'];
/** Columns of the bar that stands for all jobs. */
const BAR = 40;
/** Head, decision, and the line that the cursor waits on. */
const LINES_BESIDE_NODES = 6;

export class Display {
  readonly #live: boolean;
  #height = 0;
  #last = '';

  constructor(private readonly out: NodeJS.WriteStream | WriteStream) {
    this.#live = out.isTTY && process.env.TERM !== 'dumb';
  }

  show(state: DemoState): void {
    if (this.#live) this.#paint(state);
    else this.#line(state);
  }

  /** Leaves the last picture where it is. */
  end(): void {
    this.#height = 0;
  }

  #line(state: DemoState): void {
    const phases = PHASES.map((phase) => [phase, state.nodes.filter((node) => node.phase === phase).length] as const);
    const nodes = phases.flatMap(([phase, count]) => (count > 0 ? [`${count} ${phase}`] : [])).join(', ');
    const text = `jobs: ${state.idle} idle, ${state.running} running, ${state.completed} done; nodes: ${nodes || 'none'} | ${state.decision}: ${state.why}`;
    if (text === this.#last) return;
    this.#last = text;
    this.out.write(`${time(state)} ${text}\n`);
  }

  #paint(state: DemoState): void {
    const total = Math.max(1, state.idle + state.running + state.completed);
    const done = Math.round((BAR * state.completed) / total);
    const run = Math.round((BAR * state.running) / total);
    // the cursor cannot go back above the screen
    const room = Math.max(1, this.out.rows - LINES_BESIDE_NODES);
    const hidden = Math.max(0, state.nodes.length - room);
    const rows = state.nodes
      .slice(0, room)
      .map(
        ({ name, phase, node, cloud, flavor }) =>
          `  ${name.padEnd(14)} ${phase.padEnd(10)} ${node.padEnd(9)} ${cloud.padEnd(9)} ${flavor}`,
      );
    const lines = [
      `${time(state)} jobs  [${'#'.repeat(done)}${'+'.repeat(run)}${'.'.repeat(Math.max(0, BAR - done - run))}] ${state.completed} done, ${state.running} running, ${state.idle} idle`,
      `        decided: ${state.decision}`,
      `        because: ${state.why}`,
      `  ${'NODE'.padEnd(14)} ${'PHASE'.padEnd(10)} ${'STATE'.padEnd(9)} ${'CLOUD'.padEnd(9)} FLAVOR`,
      ...rows,
      ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    ];
    const width = this.out.columns;
    // back to the top of the last picture, and clear what is below
    const up = this.#height > 0 ? `\x1b[${this.#height}A\x1b[J` : '';
    this.out.write(up + lines.map((line) => `${line.slice(0, width)}\n`).join(''));
    this.#height = lines.length;
  }
}

const time = (state: DemoState): string => `${state.seconds.toFixed(1).padStart(5)} s`;
