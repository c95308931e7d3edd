import { expect } from 'chai';
import type { JsonObject, KubeJson } from '../../../../src/sandbox/kube/json.ts';
import { projectCrds, Sandbox } from './harness.ts';

const PATH = '/apis/ehos.io/v1alpha1/namespaces/default/ehosnodes';
const STATUS = { phase: 'Ready', serverID: 'x' };

function node(name: string): KubeJson {
  const spec = {
    poolRef: { name: 'pool' },
    cloudRef: { name: 'cloud' },
    masterRef: { name: 'master' },
    flavor: 'm1.small',
    image: '00000000-0000-4000-8000-000000000000',
    templateHash: '0123456789abcdef',
  };
  return { apiVersion: 'ehos.io/v1alpha1', kind: 'EhosNode', metadata: { name, namespace: 'default' }, spec };
}

/** What differs between any two objects. */
function alike({ metadata, ...rest }: JsonObject): JsonObject {
  const { uid, name, resourceVersion, ...meta } = metadata as JsonObject;
  expect([uid, name, resourceVersion]).to.not.include(undefined);
  return { ...rest, metadata: meta };
}

describe('objects that are seeded', () => {
  let sandbox: Sandbox;
  before(async () => (sandbox = await Sandbox.start(projectCrds())));
  after(async () => await sandbox.api.close());

  it('are as if a client had written them', async () => {
    const headers = { 'user-agent': 'somebody/1' };
    const made = await sandbox.ok('POST', PATH, node('by-request'), headers);
    await sandbox.ok('PUT', `${PATH}/by-request/status`, { ...made, status: STATUS }, headers);
    const seeder = sandbox.api.seeder('somebody');
    seeder.setStatus('ehosnodes', seeder.create('ehosnodes', node('seeded')), STATUS);
    const [asked, seeded] = [await sandbox.ok('GET', `${PATH}/by-request`), await sandbox.ok('GET', `${PATH}/seeded`)];
    expect(alike(seeded)).to.deep.equal(alike(asked));
  });

  it('count as writes, and watches tell of them', async () => {
    const before = sandbox.api.revision();
    const watch = await sandbox.watch(`${PATH}?watch=1&resourceVersion=${before}`);
    sandbox.api.seeder('somebody').create('ehosnodes', node('watched'));
    expect(sandbox.api.revision()).to.equal(before + 1);
    await watch.until(1);
    expect(watch.events[0]).to.have.nested.property('object.metadata.name', 'watched');
    watch.close();
  });

  it('are refused when the server would refuse them', () => {
    const seeder = sandbox.api.seeder('somebody');
    const { apiVersion, kind, metadata } = node('without-spec');
    expect(() => seeder.create('ehosnodes', { apiVersion, kind, metadata })).to.throw(/spec: Required value/);
    expect(() => seeder.create('nothings', node('x'))).to.throw('nothings is not served');
    expect(() => seeder.setStatus('ehosnodes', node('unknown'), {})).to.throw('there is no EhosNode "unknown"');
  });
});
