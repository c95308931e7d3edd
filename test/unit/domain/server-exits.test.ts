import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { EhosNodeStatus } from '../../../src/api/resources.ts';
import { STATES as NOVA_STATES } from '../../../src/cloud/openstack-vm.ts';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import { defaultLifecycleSettings as settings } from '../../../src/domain/lifecycle-types.ts';
import { exitAfter, EXITS, type StartdView } from '../../../src/domain/server-exits.ts';
import type { VmState } from '../../../src/domain/snapshots.ts';
import { ago, bootingStatus, MINUTE, node, NOW, readyStatus, seen, startd, vm } from './lifecycle-fixture.ts';

const STATES = Object.keys(EXITS) as VmState[];
const VIEWS: readonly StartdView[] = ['NotJoined', 'Heard', 'Lost'];

/** A node whose server has been in this state for so long, and its startd too. */
function decided(state: VmState, view: StartdView, age: number): ReturnType<typeof decideNode> {
  const launched = ago(age);
  const status: Record<StartdView, EhosNodeStatus> = {
    NotJoined: { ...bootingStatus, requested: launched, launched },
    Heard: { ...readyStatus, requested: ago(30 * 24 * 60 * MINUTE), launched: ago(30 * 24 * 60 * MINUTE) },
    Lost: { ...readyStatus, nodeState: 'Lost', lostSince: launched },
  };
  const heard = { startd: startd({ lastHeardFrom: NOW - 1_000 }) };
  const master = view === 'Heard' ? heard : { startd: undefined };
  return decideNode(seen(status[view], { master, cloud: { vms: [vm({ state })] } }));
}

const leaves = ({ action: { do: act } }: ReturnType<typeof decideNode>): boolean =>
  act === 'DeleteServers' || act === 'ConfirmGone';

describe('every state of a server has a way out', () => {
  for (const state of STATES)
    for (const view of VIEWS) {
      const exit = EXITS[state][view];
      const after = exitAfter(exit, settings);
      if (exit.act === 'Keep')
        it(`I6: ${state} and ${view}: it stays`, () => {
          const { action, status } = decided(state, view, 365 * 24 * 60 * MINUTE);
          expect(action.do).to.equal('None');
          expect(status.drainRequested).to.equal(undefined);
        });
      else if (after === 0)
        it(`I6: ${state} and ${view}: it leaves at once`, () => {
          expect(leaves(decided(state, view, 2 * MINUTE))).to.equal(true);
        });
      else
        it(`I6: ${state} and ${view}: it leaves after ${after / MINUTE} min, and not before`, () => {
          expect(decided(state, view, after - MINUTE).action.do).to.equal('None');
          expect(leaves(decided(state, view, after + MINUTE))).to.equal(true);
        });
    }

  it('nothing that may run a job leaves before any usual job lease is over', () => {
    for (const state of STATES)
      if (state !== 'Stopping' && state !== 'Deleted')
        expect(exitAfter(EXITS[state].Lost, settings), state).to.be.at.least(60 * MINUTE);
  });

  it('a suspended server is given up no later than others where an admin deleted its node', () => {
    const status = { ...readyStatus, lostSince: ago(61 * MINUTE) };
    const view = { master: { startd: undefined }, cloud: { vms: [vm({ state: 'Suspended' })] } };
    expect(decideNode(seen(status, view)).action.do).to.equal('None');
    const deleted = { ...view, node: node(status, { deletionTimestamp: ago(MINUTE) }), mustLeave: 'deleted' };
    expect(decideNode(seen(status, deleted)).action.do).to.equal('DeleteServers');
  });
});

describe('docs/node-states.md', () => {
  const document = readFileSync(new URL('../../../docs/node-states.md', import.meta.url), 'utf8');
  const rows = document.split('\n').filter((line) => line.startsWith('| '));
  const cells = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());

  it("has Nova's statuses as the code reads them", () => {
    for (const [status, state] of NOVA_STATES) {
      const found = rows.map(cells).filter(([statuses]) => statuses?.split(', ').includes(status));
      expect(
        found.map(([, shown]) => shown),
        status,
      ).to.deep.equal([state]);
    }
    const named = rows.map(cells).flatMap(([statuses = '']) => statuses.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g) ?? []);
    const unknown = named.filter((status) => !NOVA_STATES.has(status));
    expect(unknown).to.deep.equal(['RESCUE', 'UNKNOWN']);
  });

  it('has the same table as the code, row by row', () => {
    const words = { bootTimeout: '`bootTimeout`', lostTimeout: '1 h', suspendedTimeout: '24 h' };
    for (const state of STATES)
      for (const view of VIEWS) {
        const { act, after, why } = EXITS[state][view];
        const done = act === 'Keep' ? 'stays' : 'leaves';
        const when = act === 'Keep' ? '' : after === 0 ? 'at once' : `after ${words[after]}`;
        const wanted = [state, view, done, when, why];
        const found = rows.map(cells).filter(([a, b]) => a === state && b === view);
        expect(found, `${state} ${view}`).to.deep.equal([wanted]);
      }
    expect(rows.map(cells).filter(([state]) => STATES.some((one) => one === state))).to.have.length(
      STATES.length * VIEWS.length,
    );
    expect(settings.lostTimeout).to.equal(60 * MINUTE);
    expect(settings.suspendedTimeout).to.equal(24 * 60 * MINUTE);
  });
});
