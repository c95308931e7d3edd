/**
 * Objects that are wrong, by hand and by the hundred, all beside a pool that is right: each is refused with the field and what is allowed, or
 * taken and then a condition speaks of it; none makes anything, and none holds the others up.
 */
import { expect } from 'chai';
import { errorClassOf, EhosError } from '../../src/base/errors.ts';
import {
  CLOUDS,
  MASTERS,
  NODES,
  POOLS,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import { UNPRINTABLE } from '../unit/base/hostile.ts';
import type { Manifest } from '../unit/config/admission.ts';
import { handMade } from './bad-crs-cases.ts';
import { generated } from './bad-crs-generated.ts';
import { Harness, NAMESPACE, pool } from './harness.ts';

const GENERATED = 500;
const SEED = 5;
const AT_A_TIME = 25;
const TOLD_WITHIN = 300;
const TYPES: ResourceType[] = [CLOUDS, MASTERS, POOLS, NODES];

interface Outcome {
  object: Manifest;
  refusal: EhosError | undefined;
}
type WithConditions = KubeObject & { status?: EhosNodePool['status'] };

describe('objects that are wrong', function () {
  this.timeout(180_000);
  let harness: Harness;
  let made: Outcome[];
  const jobs: string[] = [];
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);

  const typeOf = ({ kind }: Manifest): ResourceType => TYPES.find((type) => type.kind === kind)!;
  const tried = async (object: Manifest): Promise<Outcome> => {
    try {
      const metadata = { ...object.metadata, namespace: NAMESPACE };
      await harness.client.create(typeOf(object), { ...object, metadata });
      return { object, refusal: undefined };
    } catch (error) {
      if (!(error instanceof EhosError)) throw error;
      return { object, refusal: error };
    }
  };
  const read = async (object: Manifest): Promise<WithConditions | undefined> => {
    try {
      return await harness.client.get<WithConditions>(typeOf(object), NAMESPACE, object.metadata.name);
    } catch (error) {
      if (errorClassOf(error) === 'NotFound') return undefined;
      throw error;
    }
  };
  const submit = (): void => {
    const spec = { cpus: 1, memory: 512, disk: 1024, runSeconds: 5, pool: 'pool-good' };
    jobs.push(`${harness.sandbox.pool.submit(spec)}.0`);
  };
  const done = (): boolean => jobs.every((id) => harness.sandbox.pool.history().some((record) => record.id === id));

  before(async () => {
    process.on('unhandledRejection', note);
    harness = await Harness.start();
    await harness.applyPeers();
    await harness.apply(pool({ maxNodes: 2, jobs: {}, template: { flavors: ['m1.small'] } }, 'pool-good'));
    submit();
    made = [];
    const all = generated(GENERATED, SEED);
    for (let i = 0; i < all.length; i += AT_A_TIME)
      made.push(...(await Promise.all(all.slice(i, i + AT_A_TIME).map(tried))));
  });
  after(async () => {
    process.off('unhandledRejection', note);
    await harness.close();
  });

  describe('by hand', () => {
    it('are sixty', () => expect(handMade.length).to.be.at.least(60));

    for (const { what, object, fate } of handMade)
      it(what, async () => {
        const { refusal } = await tried(object);
        if ('refused' in fate) {
          expect(refusal, 'it is refused').to.be.instanceOf(EhosError);
          expect(refusal?.errorClass).to.equal('Invalid');
          expect(refusal?.message).to.match(fate.refused);
          expect(await read(object), 'nothing is left of it').to.equal(undefined);
          return;
        }
        expect(refusal, refusal?.message).to.equal(undefined);
        const told = await harness.until(`${object.metadata.name} is told of`, TOLD_WITHIN, async () => {
          const conditions = (await read(object))?.status?.conditions ?? [];
          return conditions.find(({ message }) => fate.told.test(message));
        });
        expect(told.message).not.to.match(UNPRINTABLE);
      });
  });

  describe('by the hundred', () => {
    it('are refused with the field and in words, most of them', () => {
      const refused = made.filter(({ refusal }) => refusal !== undefined);
      for (const { object, refusal } of refused) {
        const about = JSON.stringify(object).slice(0, 300);
        expect(refusal?.errorClass, about).to.equal('Invalid');
        expect(refusal?.message, about).to.match(/spec|metadata|unknown field|cannot be handled/);
        expect(refusal?.message, about).not.to.match(UNPRINTABLE);
        expect(refusal?.message.length, about).to.be.below(4_200);
      }
      expect(refused.length).to.be.within(GENERATED / 3, GENERATED);
    });

    it('or taken, and then spoken of by their conditions', async () => {
      const taken = made.filter(({ refusal }) => refusal === undefined);
      expect(taken.length).to.be.greaterThan(20);
      for (const { object } of taken)
        await harness.until(`${object.metadata.name} is spoken of`, TOLD_WITHIN, async () => {
          const now = await read(object);
          // a node of a pool that is not there does not stay
          if (!now) return object.kind === 'EhosNode';
          return (now.status?.conditions ?? []).some(({ type, message }) => type === 'Ready' && message !== '');
        });
    });
  });

  describe('meanwhile', () => {
    it('the pool that is right goes on', async () => {
      submit();
      await harness.until('its jobs are done', 300, done);
    });

    it('nothing was made for the others', async () => {
      const own = harness.sandbox.openstack.events.filter(({ type }) => type === 'requested').length;
      expect(own).to.be.within(1, 2);
      const left = (await harness.nodes()).filter(({ spec }) => spec.poolRef.name !== 'pool-good');
      expect(left.filter(({ metadata }) => !metadata.name.startsWith('node-'))).to.deep.equal([]);
    });

    it('nobody fell over', () => expect(unhandled).to.deep.equal([]));

    it('and all can be deleted again', async () => {
      for (const type of [POOLS, NODES, CLOUDS, MASTERS])
        for (const { metadata } of (await harness.client.list(type, NAMESPACE)).items)
          await harness.client.delete(type, NAMESPACE, metadata.name);
      await harness.until('all is gone', 600, async () => {
        const counts = await Promise.all(
          TYPES.map(async (type) => (await harness.client.list(type, NAMESPACE)).items.length),
        );
        return counts.every((count) => count === 0);
      });
      expect(harness.sandbox.openstack.servers()).to.deep.equal([]);
    });
  });
});
