import { expect } from 'chai';
import { startTestSandbox, type TestSandbox } from './harness.ts';

describe('a server that is cloned', () => {
  let test: TestSandbox;
  beforeEach(async () => (test = await startTestSandbox()));
  afterEach(async () => await test.sandbox.close());

  const marks = { name: 'node-2', metadata: { k: 'other' }, tags: ['other'] };

  async function original(): Promise<string> {
    const id = await test.createId({ metadata: { k: 'v' }, tags: ['t'], config_drive: true, key_name: 'ehos-key' });
    await test.clock.advance(6_000);
    return id;
  }

  it('is there at once, like the other but for its marks, without a guest', async () => {
    const id = await original();
    const clone = test.sandbox.cloneServer(id, marks);
    expect(test.hypervisor.booted).to.have.length(1);
    const [shown, like] = [await test.show(clone.id), await test.show(id)];
    expect(shown).to.deep.include({ status: 'ACTIVE', name: 'node-2', tags: ['other'], metadata: { k: 'other' } });
    for (const field of ['flavor', 'image', 'key_name', 'config_drive', 'created', 'security_groups'])
      expect(shown[field], field).to.deep.equal(like[field]);
  });

  it('has an address of its own and counts against the quota', async () => {
    const clone = test.sandbox.cloneServer(await original(), marks);
    expect(clone.addresses).to.deep.equal(['10.20.0.3']);
    const { limits } = (await test.client.nova('GET', '/limits')).body;
    expect(limits).to.have.nested.property('absolute.totalInstancesUsed', 2);
  });

  it('is deleted like any other', async () => {
    const id = await original();
    const clone = test.sandbox.cloneServer(id, marks);
    await test.client.nova('DELETE', `/servers/${clone.id}`);
    await test.clock.advance(500);
    expect(test.sandbox.servers().map((server) => server.id)).to.deep.equal([id]);
  });

  it('must have something to be like', () => {
    expect(() => test.sandbox.cloneServer('nope', marks)).to.throw('no sandbox server has the id nope');
  });
});
