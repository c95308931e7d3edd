import { expect } from 'chai';
import { EhosError, errorClassOf } from '../../../src/base/errors.ts';
import {
  CLOUDS,
  CONFIG_MAPS,
  FINALIZER,
  SECRETS,
  type EhosCloud,
  type KubeObject,
} from '../../../src/api/resources.ts';
import {
  ensureFinalizer,
  readKey,
  readSecret,
  removeFinalizer,
  writeStatus,
} from '../../../src/controllers/objects.ts';
import { base64, ehosCloud, Fixture } from './fixture.ts';

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('objects', () => {
  let fixture: Fixture;
  let remembered: KubeObject[];
  beforeEach(() => {
    fixture = new Fixture();
    remembered = [];
    fixture.context.remember = (_type, object) => void remembered.push(object);
  });
  const put = (metadata: object = {}, status?: EhosCloud['status']): EhosCloud =>
    fixture.kube.put(CLOUDS, { ...ehosCloud({}, metadata), ...(status ? { status } : {}) });
  const there = (): EhosCloud | undefined => fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud | undefined;

  describe('writeStatus', () => {
    it('writes only what differs, and remembers what came back', async () => {
      const cloud = put({}, { foreignInstances: 1, observedGeneration: 1 });
      const written = await writeStatus(fixture.context, CLOUDS, cloud, { foreignInstances: 2, observedGeneration: 1 });
      expect(there()?.status).to.deep.equal({ foreignInstances: 2, observedGeneration: 1 });
      expect(written).to.deep.equal(there());
      expect(remembered).to.deep.equal([there()]);
    });

    it('removes what is no longer so', async () => {
      const cloud = put({}, { foreignInstances: 1, lastSyncTime: '2026-11-24T12:00:00Z' });
      await writeStatus(fixture.context, CLOUDS, cloud, { foreignInstances: 1 });
      expect(there()?.status).to.deep.equal({ foreignInstances: 1 });
    });

    it('writes nothing when nothing differs', async () => {
      const cloud = put({}, { foreignInstances: 1 });
      expect(await writeStatus(fixture.context, CLOUDS, cloud, { foreignInstances: 1 })).to.equal(cloud);
      expect(fixture.kube.writes).to.deep.equal([]);
    });

    it('is refused when somebody wrote since the object was read, and leaves what they wrote', async () => {
      const stale = put({}, { foreignInstances: 1 });
      await writeStatus(fixture.context, CLOUDS, stale, { foreignInstances: 2 });
      const error = await rejection(writeStatus(fixture.context, CLOUDS, stale, { foreignInstances: 3 }));
      expect(errorClassOf(error)).to.equal('Conflict');
      expect(there()?.status).to.deep.equal({ foreignInstances: 2 });
    });
  });

  describe('ensureFinalizer', () => {
    it('puts it beside those of others', async () => {
      const held = await ensureFinalizer(fixture.context, CLOUDS, put({ finalizers: ['others.example/x'] }));
      expect(held.metadata.finalizers).to.deep.equal(['others.example/x', FINALIZER]);
      expect(there()?.metadata.finalizers).to.deep.equal(['others.example/x', FINALIZER]);
    });

    it('writes nothing when it is there', async () => {
      const cloud = put({ finalizers: [FINALIZER] });
      expect(await ensureFinalizer(fixture.context, CLOUDS, cloud)).to.equal(cloud);
      expect(fixture.kube.writes).to.deep.equal([]);
    });

    it('does not take away the finalizer that somebody added meanwhile', async () => {
      const stale = put();
      await fixture.kube.patch(CLOUDS, 'ns', 'cloud-a', { metadata: { finalizers: ['others.example/x'] } });
      expect(errorClassOf(await rejection(ensureFinalizer(fixture.context, CLOUDS, stale)))).to.equal('Conflict');
      expect(there()?.metadata.finalizers).to.deep.equal(['others.example/x']);
    });

    it('says when the object is gone: nothing may be made in its name', async () => {
      const cloud = put();
      fixture.kube.remove(CLOUDS, 'cloud-a');
      expect(errorClassOf(await rejection(ensureFinalizer(fixture.context, CLOUDS, cloud)))).to.equal('NotFound');
    });
  });

  describe('removeFinalizer', () => {
    it('takes ours only', async () => {
      await removeFinalizer(fixture.context, CLOUDS, put({ finalizers: ['others.example/x', FINALIZER] }));
      expect(there()?.metadata.finalizers).to.deep.equal(['others.example/x']);
    });

    it('writes nothing when it is not there', async () => {
      await removeFinalizer(fixture.context, CLOUDS, put({ finalizers: ['others.example/x'] }));
      expect(fixture.kube.writes).to.deep.equal([]);
    });

    it('is content when the object is gone', async () => {
      const cloud = put({ finalizers: [FINALIZER] });
      fixture.kube.remove(CLOUDS, 'cloud-a');
      expect(await rejection(removeFinalizer(fixture.context, CLOUDS, cloud))).to.equal(undefined);
    });

    it('is refused when the list has changed, and takes nothing away', async () => {
      const stale = put({ finalizers: [FINALIZER] });
      const finalizers = [FINALIZER, 'others.example/x'];
      await fixture.kube.patch(CLOUDS, 'ns', 'cloud-a', { metadata: { finalizers } });
      expect(errorClassOf(await rejection(removeFinalizer(fixture.context, CLOUDS, stale)))).to.equal('Conflict');
      expect(there()?.metadata.finalizers).to.deep.equal(finalizers);
    });
  });

  describe('readKey', () => {
    const bytes = Buffer.from([0x1f, 0x8b, 0xff, 0x00]);
    beforeEach(() => {
      fixture.secret('secret', { b: 'two', a: 'one' });
      fixture.kube.put(CONFIG_MAPS, {
        metadata: { name: 'map' },
        data: { text: 'Grüße' },
        binaryData: { gz: bytes.toString('base64') },
      } as KubeObject);
      fixture.kube.put(SECRETS, { metadata: { name: 'binary' }, data: { gz: bytes.toString('base64') } } as KubeObject);
      fixture.kube.put(SECRETS, { metadata: { name: 'empty' } });
    });

    for (const [what, type, name, key, expected] of [
      ['the text of a Secret', SECRETS, 'secret', 'a', Buffer.from('one')],
      ['the bytes of a Secret, as they are', SECRETS, 'binary', 'gz', bytes],
      ['the text of a ConfigMap', CONFIG_MAPS, 'map', 'text', Buffer.from('Grüße')],
      ['the binary data of a ConfigMap', CONFIG_MAPS, 'map', 'gz', bytes],
    ] as const)
      it(`gives ${what}`, async () =>
        expect(await readKey(fixture.context, type, 'ns', { name, key }, 'spec.x')).to.deep.equal(expected));

    for (const [what, type, name, message] of [
      ['a key that is not there', SECRETS, 'secret', 'spec.x: Secret "secret" has no key "k"; it has: a, b'],
      ['a Secret without data', SECRETS, 'empty', 'spec.x: Secret "empty" has no key "k"; it is empty'],
      ['a Secret that is not there', SECRETS, 'none', 'spec.x: there is no Secret "none" in namespace "ns"'],
      ['a ConfigMap that is not there', CONFIG_MAPS, 'none', 'spec.x: there is no ConfigMap "none" in namespace "ns"'],
    ] as const)
      it(`refuses ${what}, naming the field and what there is`, async () => {
        const error = await rejection(readKey(fixture.context, type, 'ns', { name, key: 'k' }, 'spec.x'));
        expect(error).to.include({ errorClass: 'Invalid', field: 'spec.x', message });
      });

    it('passes other failures on: they are no mistake of the user', async () => {
      const failure = new EhosError('Transient', 'no connection');
      fixture.kube.failing = { line: /^get secrets/, error: failure };
      expect(await rejection(readKey(fixture.context, SECRETS, 'ns', { name: 'secret', key: 'a' }, 'f'))).to.equal(
        failure,
      );
    });

    it('never repeats a value', async () => {
      const error = await rejection(readKey(fixture.context, SECRETS, 'ns', { name: 'secret', key: 'k' }, 'f'));
      for (const value of ['one', base64('one')]) expect((error as Error).message).not.to.include(value);
    });

    it('gives a whole Secret as text', async () => {
      const data = await readSecret(fixture.context, 'ns', 'secret', 'f');
      expect([...data].sort()).to.deep.equal([
        ['a', 'one'],
        ['b', 'two'],
      ]);
    });
  });
});
