/** Which namespaces an operator serves. */
import { expect } from 'chai';
import { silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { NAMESPACES, POOLS, type EhosNodePool } from '../../src/api/resources.ts';
import { startOperator } from '../../src/main.ts';
import { Harness, pool } from './harness.ts';

describe('an operator for some namespaces', function () {
  this.timeout(120_000);

  it('serves each that is named, and leaves the others alone', async () => {
    const harness = await Harness.start();
    for (const name of ['one', 'two', 'three']) await harness.client.create(NAMESPACES, { metadata: { name } });
    await harness.stopOperator();
    const operator = await startOperator({
      config: { text: harness.sandbox.kube.kubeconfig() },
      namespaces: ['one', 'two'],
      log: silentLog,
      http: undefined,
      clock: harness.clock,
      random: seededRandom(3),
    });
    try {
      for (const namespace of ['one', 'two', 'three'])
        await operator.client.create(POOLS, { ...pool(), metadata: { name: 'pool-a', namespace } });
      const read = async (namespace: string): Promise<EhosNodePool> =>
        await operator.client.get<EhosNodePool>(POOLS, namespace, 'pool-a');
      const told = async (namespace: string): Promise<boolean> =>
        (await read(namespace)).status?.conditions !== undefined;
      await harness.until('both are told what is missing', 60, async () => (await told('one')) && (await told('two')));
      await harness.pass(10);
      expect((await read('three')).status).to.equal(undefined);
      expect((await read('three')).metadata.finalizers).to.equal(undefined);
      expect(operator.readiness()).to.deep.equal({ ready: true, role: 'alone', missing: [] });
    } finally {
      await operator.stop();
      await harness.close();
    }
  });
});
