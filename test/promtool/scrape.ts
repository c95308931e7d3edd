/** The metrics of an operator that has made nodes in the sandbox. */
import type { Figures } from '../../src/controllers/figures.ts';
import { createMetrics } from '../../src/server/metrics.ts';
import { Harness, pool } from '../integration/harness.ts';

export async function scrape(): Promise<string> {
  const harness = await Harness.start();
  try {
    const { operator } = harness.operator;
    const metrics = createMetrics((): Figures => operator.figures());
    await harness.applyPeers();
    await harness.apply(pool({ minNodes: 2 }));
    // every kind of sample is there only once a node has joined
    const joined = (): number => operator.figures().steps.reduce((sum, { join }) => sum + join.count, 0);
    await harness.until('nodes have joined', 300, () => joined() >= 2);
    return await metrics.text();
  } finally {
    await harness.close();
  }
}
