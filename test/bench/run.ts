import { queueBench } from './queue.bench.ts';
import { asText } from './table.ts';
import { QUICK } from './scale.ts';
console.log(asText([await queueBench(QUICK)]));
