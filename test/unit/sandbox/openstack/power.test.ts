import { expect } from 'chai';
import { startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

describe('sandbox OpenStack: power', () => {
  let test: TestSandbox;
  let id: string;

  beforeEach(async () => {
    test = await startTestSandbox();
    id = await test.createId();
    await test.clock.advance(5000);
  });
  afterEach(() => test.sandbox.close());

  const act = (body: unknown): ReturnType<TestSandbox['create']> =>
    test.client.nova('POST', `/servers/${id}/action`, body);

  const steps: [
    title: string,
    actions: unknown[],
    status: string,
    powerState: number,
    boots: number,
    destroys: number,
  ][] = [
    ['stop', [{ 'os-stop': null }], 'SHUTOFF', 4, 1, 1],
    ['stop and start', [{ 'os-stop': null }, { 'os-start': null }], 'ACTIVE', 1, 2, 1],
    ['hard reboot', [{ reboot: { type: 'HARD' } }], 'ACTIVE', 1, 2, 1],
    ['soft reboot', [{ reboot: { type: 'soft' } }], 'ACTIVE', 1, 2, 1],
    ['suspend', [{ suspend: null }], 'SUSPENDED', 4, 1, 0],
    ['suspend and resume', [{ suspend: null }, { resume: null }], 'ACTIVE', 1, 1, 0],
    ['pause', [{ pause: null }], 'PAUSED', 3, 1, 0],
    ['pause and unpause', [{ pause: null }, { unpause: null }], 'ACTIVE', 1, 1, 0],
  ];
  for (const [title, actions, status, powerState, boots, destroys] of steps) {
    it(title, async () => {
      for (const action of actions) expect((await act(action)).status).to.equal(202);
      expect(await test.show(id)).to.include({ status, 'OS-EXT-STS:power_state': powerState });
      expect(test.hypervisor.booted).to.have.length(boots);
      expect(test.hypervisor.destroyed).to.have.length(destroys);
    });
  }

  it('destroys the guest of a stopped server no second time when it is deleted', async () => {
    await act({ 'os-stop': null });
    await test.client.nova('DELETE', `/servers/${id}`);
    await test.clock.advance(500);
    expect(test.hypervisor.destroyed).to.deep.equal([id]);
  });

  const refusals: [title: string, before: unknown[], action: unknown, status: number, message: RegExp][] = [
    [
      'start of a running one',
      [],
      { 'os-start': null },
      409,
      /Cannot 'start' instance .* while it is in vm_state active$/,
    ],
    [
      'pause of a suspended one',
      [{ suspend: null }],
      { pause: null },
      409,
      /Cannot 'pause' instance .* in vm_state suspended$/,
    ],
    ['reboot without a type', [], { reboot: {} }, 400, /Value: \{\}\. 'type' is a required property$/],
    ['no action', [], {}, 400, /^Malformed request body$/],
    ['not JSON', [], 'nope', 400, /^Malformed request body$/],
    [
      'console with a bad length',
      [],
      { 'os-getConsoleOutput': { length: 'x' } },
      400,
      /'x' does not match '\^-\?\[0-9\]\+\$'$/,
    ],
    [
      'console with a negative length',
      [],
      { 'os-getConsoleOutput': { length: -2 } },
      400,
      /-2 is less than the minimum of -1$/,
    ],
    ['migration', [], { 'os-migrate': null }, 403, /^Policy doesn't allow os_compute_api:os-migrate-server:migrate/],
  ];
  for (const [title, before, action, status, message] of refusals) {
    it(`refuses ${title} with ${status}`, async () => {
      for (const step of before) await act(step);
      const answer = await act(action);
      expect(answer.status).to.equal(status);
      expect(Object.values(answer.body)[0]!.message).to.match(message);
    });
  }

  const consoles: [options: object, output: string][] = [
    [{}, 'one\ntwo\nthree\n'],
    [{ length: 2 }, 'two\nthree\n'],
    [{ length: '1' }, 'three\n'],
    [{ length: 50 }, 'one\ntwo\nthree\n'],
    [{ length: -1 }, 'one\ntwo\nthree\n'],
    [{ length: 0 }, ''],
  ];
  for (const [options, output] of consoles) {
    it(`shows the console for ${JSON.stringify(options)}`, async () => {
      test.hypervisor.consoleText = 'one\ntwo\nthree\n';
      expect((await act({ 'os-getConsoleOutput': options })).body.output).to.equal(output);
    });
  }

  it("neither deletes nor unlocks what an administrator locked, but the user's own lock binds nobody", async () => {
    test.sandbox.lockServer(id, true);
    for (const answer of [
      await test.client.nova('DELETE', `/servers/${id}`),
      await act({ unlock: null }),
      await act({ 'os-stop': null }),
    ]) {
      expect(answer.status).to.equal(409);
      expect(answer.body.conflictingRequest!.message).to.equal(`Instance ${id} is locked`);
    }
    test.sandbox.lockServer(id, false);
    await act({ lock: { locked_reason: 'mine' } });
    expect(await test.show(id)).to.include({ locked: true, locked_reason: 'mine' });
    expect((await test.client.nova('DELETE', `/servers/${id}`)).status).to.equal(204);
  });
});
