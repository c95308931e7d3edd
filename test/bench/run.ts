import { fleetBench } from './fleet.bench.ts';
import { asText } from './table.ts';
import { QUICK, FULL } from './scale.ts';
console.log(asText(await fleetBench(process.argv.includes('--quick') ? QUICK : FULL)));
