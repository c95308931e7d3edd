import { expect } from 'chai';
import { stageForEach, type Replica } from './election-stage.ts';

describe('another installation', () => {
  const { replica, kill, pass } = stageForEach();

  it('with the same namespaces does not begin beside one that leads, and says why', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b', { namespace: 'two', release: 'second', scope: ['science'] });
    await pass(120_000);
    expect([a.told, b.told]).to.deep.equal([['elected'], []]);
    expect(b.election.problem).to.equal(
      'namespace science: served already by the release "ehos" in namespace ehos-system (a): uninstall one of them, or give them different namespaces',
    );
    expect(b.warned, 'said once').to.have.length(1);
  });

  it('with other namespaces does', async () => {
    const a = replica('a', { scope: ['one'] });
    const b = replica('b', { namespace: 'two', release: 'second', scope: ['two'] });
    await pass(20_000);
    expect([a.told, b.told]).to.deep.equal([['elected'], ['elected']]);
  });

  it('does not use the fail-over of the first to begin', async () => {
    const a = replica('a');
    await pass(1);
    const a2 = replica('a2');
    const b = replica('b', { namespace: 'two', release: 'second' });
    await pass(5_000);
    kill(a);
    await pass(120_000);
    expect([a2.told, b.told]).to.deep.equal([['elected'], []]);
  });

  it('of the same namespace, with the same Lease, does not use the fail-over of the first either', async () => {
    const first = replica('a');
    await pass(1);
    const second = replica('a2');
    const b = replica('b', { release: 'second', scope: ['science'] });
    await pass(5_000);
    kill(first);
    await pass(120_000);
    expect([second.told, b.told]).to.deep.equal([['elected'], []]);
    expect(b.election.problem).to.include('is that of the release "ehos" (a2), and this is "second"');
  });

  it('takes over when the first is gone', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b', { namespace: 'two', release: 'second' });
    await pass(5_000);
    const stopping = a.election.stop();
    await pass(1);
    await stopping;
    await pass(70_000);
    expect(b.told).to.deep.equal(['elected']);
    expect(b.election.problem).to.equal(undefined);
  });

  it('that begins in the same moment: one of them acts in the end, and never both', async () => {
    const numbers = [0.1, 0.9];
    const [a, b] = [0, 1].map((i) =>
      replica(`r${i}`, { namespace: `n${i}`, release: `r${i}`, random: { next: () => numbers[i] ?? 0 } }),
    ) as [Replica, Replica];
    for (let i = 0; i < 300; i++) {
      await pass(1_000);
      expect(a.gate.isOpen && b.gate.isOpen).to.equal(false);
    }
    expect([...a.told, ...b.told]).to.deep.equal(['elected']);
  });
});
