/**
 * `make bench`: speed and size of the operator on the sandbox, in numbers; nothing passes or fails.
 * The operator runs in this process, its peers in a child process, so that CPU, memory and event loop are the operator's alone.
 * `--quick`: a tenth of everything. `--markdown`: docs/benchmarks.md instead of text. `--only NAME`: queue, fleet, inventory or plan.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { fleetBench } from './fleet.bench.ts';
import { inventoryBench } from './inventory.bench.ts';
import { planBench } from './plan.bench.ts';
import { queueBench } from './queue.bench.ts';
import { FULL, QUICK, type Scale } from './scale.ts';
import { asDocument, asText, type Section } from './table.ts';

/** The fleet first: its memory is to be that of a fresh process. */
const BENCHES: Record<string, (scale: Scale) => Promise<Section[]>> = {
  fleet: fleetBench,
  queue: async (scale) => [await queueBench(scale)],
  inventory: async (scale) => [await inventoryBench(scale)],
  plan: async () => [await planSection()],
};

async function planSection(): Promise<Section> {
  const rows = Object.entries(await planBench()).map(([what, value]) => ({ what, value, how: 'median of 5' }));
  return {
    title: 'One pass of the planner',
    setting: '50 shapes of jobs, 3 clouds, 8 flavors each; a pure function, no I/O',
    rows,
  };
}

function machine(): string {
  const [cpu] = cpus();
  return `${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.version}, shared with other programs`;
}

const load = (): string => (loadavg()[0] ?? Number.NaN).toFixed(1);

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const chosen = Object.entries(BENCHES).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0)
  throw new Error(`--only: there is no bench "${values.only ?? ''}"; there are: ${Object.keys(BENCHES).join(', ')}`);
const began = performance.now();
const loadBefore = load();
const sections: Section[] = [];
for (const [name, bench] of chosen) {
  console.error(`measuring: ${name}`);
  sections.push(...(await bench(values.quick ? QUICK : FULL)));
}
const facts = [
  machine(),
  `load of the machine (one minute): ${loadBefore} before, ${load()} after`,
  `all benches together took ${((performance.now() - began) / 1000).toFixed(0)} s`,
];
console.log(values.markdown ? asDocument(sections, facts) : [asText(sections), ...facts].join('\n\n'));
