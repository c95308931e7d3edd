/** Everything that users write wrongly, all at once beside a pool that is right. */
import { expect } from 'chai';
import type { EhosCloud } from '../../src/api/resources.ts';
import { defaultSandboxClouds } from '../../src/sandbox/openstack/clouds.ts';
import { badInputs } from './bad-input-cases.ts';
import { Stage, type BadInput } from './bad-input-stage.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';

/** Simulated seconds in which a mistake must be told, and a mended one must have led to a finished job: boot and negotiation included. */
const TOLD_WITHIN = 60;
const HEALED_WITHIN = 240;

describe('bad input', function () {
  this.timeout(120_000);
  let harness: Harness;
  let stage: Stage;
  let mendedAt: number;
  /** Key -> id of the job that waits for it. */
  const jobs = new Map<string, string>();

  const submit = (poolName: string): string => {
    const spec = { cpus: 1, memory: 512, disk: 1024, runSeconds: 5, pool: poolName };
    return `${harness.sandbox.pool.submit(spec)}.0`;
  };
  const done = (id: string | undefined): boolean => harness.sandbox.pool.history().some((record) => record.id === id);
  const goodPoolWorks = async (): Promise<void> => {
    const ids = [submit('pool-good'), submit('pool-good')];
    await harness.until('the jobs of the good pool are done', 180, () => ids.every(done));
  };
  const poolsOfNodes = async (): Promise<string[]> => (await harness.nodes()).map(({ spec }) => spec.poolRef.name);

  before(async () => {
    const [first, second] = defaultSandboxClouds();
    const twins = [{ name: 'twin' }, { name: 'twin' }];
    const clouds = [{ ...first!, securityGroups: [...first!.securityGroups, ...twins] }, second!];
    harness = await Harness.start({ clouds });
    stage = new Stage(harness);
    await harness.applyPeers();
    await harness.apply(pool({ maxNodes: 2, jobs: {}, template: { flavors: ['m1.small'] } }, 'pool-good'));
    for (const input of badInputs) {
      await input.spoil(stage);
      jobs.set(input.key, submit(`pool-${input.key}`));
    }
  });
  after(async () => {
    await harness.close();
    await stage.close();
  });

  const nameOf = ({ key, told }: BadInput): string => {
    const prefix = { EhosCloud: 'cloud', EhosMaster: 'master', EhosNodePool: 'pool' }[told.by.kind] ?? '';
    return `${prefix}-${key}`;
  };
  /** Conditions have one form in all kinds. */
  const toldBy = async (input: BadInput): Promise<ReturnType<typeof condition>> =>
    condition(await harness.client.get<EhosCloud>(input.told.by, NAMESPACE, nameOf(input)), input.told.type);

  describe('is told', () => {
    for (const input of badInputs)
      it(input.what, async () => {
        const { told } = input;
        const found = await harness.until(`${nameOf(input)} says so`, TOLD_WITHIN, async () => {
          const now = await toldBy(input);
          return now?.status === told.status && now.reason === told.reason ? now : undefined;
        });
        for (const words of told.says) expect(found.message).to.match(words);
        await harness.until(`pool-${input.key} says so too`, TOLD_WITHIN, async () => {
          const ready = condition(await harness.pool(`pool-${input.key}`), 'Ready');
          return ready?.status === 'False' && told.says.every((words) => words.test(ready.message));
        });
      });
  });

  // a describe of its own, since mocha runs what stands in the outer one before all inner ones
  describe('meanwhile', () => {
    it('it holds up no pool that is right, makes no node and no server, and lets no secret out', async () => {
      await goodPoolWorks();
      expect(new Set(await poolsOfNodes())).to.deep.equal(new Set(['pool-good']));
      const events = harness.sandbox.kube.objects('events') as {
        reason?: string;
        involvedObject?: { name?: string };
      }[];
      const creating = events
        .filter(({ reason }) => reason === 'CreatingNodes')
        .map(({ involvedObject }) => involvedObject?.name);
      expect(new Set(creating), 'pools that ever made a node').to.deep.equal(new Set(['pool-good']));
      expect(harness.sandbox.openstack.servers().filter(({ name }) => !name.startsWith('pool-good-'))).to.deep.equal(
        [],
      );
      const everything = ['events', 'ehosclouds', 'ehosmasters', 'ehosnodepools', 'ehosnodes'].map((plural) =>
        JSON.stringify(harness.sandbox.kube.objects(plural)),
      );
      for (const secret of ['wrong-password', 'this is no key', 'unclosed', 'ehos-app-secret'])
        expect(everything.join(), secret).not.to.include(secret);
    });
  });

  describe('heals by itself when it is mended', () => {
    before(async () => {
      for (const input of badInputs) await input.mend(stage);
      mendedAt = harness.clock.now();
    });
    for (const input of badInputs)
      it(input.what, async () => {
        const left = HEALED_WITHIN - (harness.clock.now() - mendedAt) / 1000;
        await harness.until(`the job of pool-${input.key} is done`, Math.max(1, left), () => done(jobs.get(input.key)));
        expect(condition(await harness.pool(`pool-${input.key}`), 'Ready')).to.include({ status: 'True' });
      });
    it('and nothing is left at the end', async () => {
      await harness.allNodesGone();
      harness.checkPromises(badInputs.length + 2);
    });
  });
});
