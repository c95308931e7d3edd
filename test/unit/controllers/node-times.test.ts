import { expect } from 'chai';
import type { EhosNode, EhosNodeStatus } from '../../../src/api/resources.ts';
import { NodeTimes } from '../../../src/controllers/node-times.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

function node(status: EhosNodeStatus, spec: Partial<EhosNode['spec']> = {}): EhosNode {
  return {
    metadata: { name: 'n', namespace: 'ns', creationTimestamp: at(0) },
    spec: {
      poolRef: { name: 'p' },
      cloudRef: { name: 'c' },
      masterRef: { name: 'm' },
      flavor: 'f',
      image: 'i',
      templateHash: 'h',
      ...spec,
    },
    status,
  };
}

const asked: EhosNodeStatus = { requested: at(2), launched: at(3) };
const booted: EhosNodeStatus = { ...asked, booted: at(33) };
const joined: EhosNodeStatus = { ...booted, joined: at(62) };
const draining: EhosNodeStatus = { ...joined, drainRequested: at(1_000) };

describe('times of nodes', () => {
  let times: NodeTimes;
  beforeEach(() => {
    times = new NodeTimes();
  });

  const sums = (): Record<string, [count: number, sum: number]> => {
    const [steps] = [...times.all()];
    if (!steps) return {};
    const { boot, join, capacity, drain } = steps;
    return Object.fromEntries(
      Object.entries({ boot, join, capacity, drain }).map(([step, { count, sum }]) => [step, [count, sum]]),
    );
  };

  it('are those of each step, told at its end', () => {
    times.observe(node({}), asked);
    expect(sums()).to.deep.equal({});
    times.observe(node(asked), booted);
    times.observe(node(booted), joined);
    expect(sums()).to.deep.equal({ boot: [1, 30], join: [1, 60], capacity: [1, 62], drain: [0, 0] });
    times.observe(node(joined), draining);
    times.observe(node(draining), { ...draining, drained: at(1_010) });
    expect(sums().drain).to.deep.equal([1, 10]);
  });

  it('are told once, however often the status is written', () => {
    for (let i = 0; i < 3; i++) times.observe(node(joined), joined);
    expect(sums()).to.deep.equal({});
  });

  it('are not those of a server that was taken over: it joined before its record was made', () => {
    const adopted = { adopts: 'some-uid' };
    times.observe(node(asked, adopted), joined);
    expect(sums()).to.deep.equal({ boot: [0, 0], join: [0, 0], capacity: [0, 0], drain: [0, 0] });
    times.observe(node(draining, adopted), { ...draining, drained: at(1_004) });
    expect(sums().drain).to.deep.equal([1, 4]);
  });

  it('are never below zero, whatever the clocks say', () => {
    times.observe(node({ requested: at(70), launched: at(71) }), { ...joined, requested: at(70) });
    expect(sums().join).to.deep.equal([1, 0]);
  });

  it('are kept by pool and cloud, and forgotten with the pool', () => {
    times.observe(node(booted), joined);
    times.observe(node(booted, { poolRef: { name: 'q' } }), joined);
    times.observe(node(booted, { cloudRef: { name: 'd' } }), joined);
    const told = (): string[] => [...times.all()].map(({ namespace, pool, cloud }) => `${namespace} ${pool} ${cloud}`);
    expect(told()).to.deep.equal(['ns p c', 'ns q c', 'ns p d']);
    times.keep((_namespace, pool) => pool === 'q');
    expect(told()).to.deep.equal(['ns q c']);
  });
});
