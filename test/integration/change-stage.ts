/** For tests about what changes while the operator works: good peers, new for each test, and a pool of one small node. */
import { Stage } from './bad-input-stage.ts';
import { Harness } from './harness.ts';

export const ONE_SMALL = { clouds: [{ name: 'cloud-a' }], maxNodes: 1, template: { flavors: ['m1.small'] } };

/** To be called in a suite: its hooks set the stage, hand it over, and clear it away. */
export function stageForEach(take: (stage: Stage) => void): void {
  let harness: Harness;
  let stage: Stage;
  beforeEach(async () => {
    harness = await Harness.start();
    stage = new Stage(harness);
    take(stage);
    await harness.applyPeers();
  });
  afterEach(async () => {
    await harness.close();
    await stage.close();
  });
}
