/**
 * `make bench`: speed and size of the operator on the sandbox, in numbers, with what they must be; a missed goal is told, not failed.
 * The operator is the bundle in a process of its own, its peers run in another, so that CPU, memory and event loop are the operator's alone.
 * `--quick`: a tenth of everything. `--markdown`: docs/benchmarks.md instead of text. `--only NAME,NAME`: some of BENCHES.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/errors.ts';
import { capacityBench } from '../e2e/capacity.ts';
import { fleetBench } from './fleet.bench.ts';
import { inventoryBench } from './inventory.bench.ts';
import { largeFleetBench } from './large-fleet.bench.ts';
import { buildBundle, leaveOperatorsCore, useAllCores } from './operator-process.ts';
import { packingBench } from './packing.bench.ts';
import { planBench } from './plan.bench.ts';
import { queueBench } from './queue.bench.ts';
import { FULL, QUICK, type Scale } from './scale.ts';
import { asDocument, asText, verdict, type Section } from './table.ts';

const BENCHES: Record<string, (scale: Scale) => Promise<Section[]>> = {
  large: largeFleetBench,
  fleet: fleetBench,
  queue: async (scale) => [await queueBench(scale)],
  inventory: async (scale) => [await inventoryBench(scale)],
  plan: planBench,
  packing: async () => [await packingBench()],
  capacity: async () => {
    useAllCores();
    return [await capacityBench()];
  },
};

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.version}, shared with other programs`;
}

const load = (): string => (loadavg()[0] ?? Number.NaN).toFixed(1);

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const only = values.only?.split(',');
const unknown = only?.filter((name) => !(name in BENCHES)) ?? [];
if (unknown.length > 0)
  throw new Error(`--only: there is no bench "${unknown.join(', ')}"; there are: ${Object.keys(BENCHES).join(', ')}`);
const chosen = Object.entries(BENCHES).filter(([name]) => only?.includes(name) ?? true);
const began = performance.now();
const loadBefore = load();
const sections: Section[] = [];
leaveOperatorsCore();
console.error('bundling the operator');
buildBundle();
for (const [name, bench] of chosen) {
  console.error(`measuring: ${name}`);
  try {
    sections.push(...(await bench(values.quick ? QUICK : FULL)));
  } catch (error) {
    // what the others have measured is not lost
    sections.push({ title: `The bench "${name}"`, setting: `not measured: ${messageOf(error)}`, rows: [] });
    process.exitCode = 1;
  }
}
const facts = [
  machine(),
  `load of the machine (one minute): ${loadBefore} before, ${load()} after`,
  `all benches together took ${((performance.now() - began) / 1000).toFixed(0)} s`,
  verdict(sections),
];
console.log(values.markdown ? asDocument(sections, facts) : [asText(sections), ...facts].join('\n\n'));
