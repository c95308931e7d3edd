import { expect } from 'chai';
import { RESOURCES } from '../../../src/domain/amounts.ts';
import { barrierOf, takesOf } from '../../../src/domain/barriers.ts';
import { plan } from '../../../src/domain/plan.ts';
import { placeOf, type PlanInput } from '../../../src/domain/plan-types.ts';
import { fits } from '../../../src/domain/shapes.ts';
import { chosen, holds, inputArb, unthrottled, withoutLimits } from './arbitraries.ts';
import { afterwards, NOW, type PlanFlavor } from './planning.ts';

const startingAt = (input: PlanInput, cloud: string, place: string): number =>
  input.nodes.filter((n) => n.cloud === cloud && n.state === 'Starting' && placeOf(n.zone, n.flavor) === place).length;

/** Whether nodes of the flavor give room to such a job, or may be found to. */
function mayRun(job: Parameters<typeof fits>[0], one: PlanFlavor): boolean {
  const says = { cpus: one.cores, memory: one.memory, disk: one.disk, gpus: one.gpus };
  return fits(job, one.yields) || (!one.learned && fits(job, says));
}

const sum = (all: readonly { count: number }[]): number => all.reduce((n, group) => n + group.count, 0);

describe('domain/plan properties', () => {
  it('never makes more nodes than maxNodes (or replicas) leaves room for, counting leaving and lost ones', () => {
    holds(inputArb, (input) => {
      const most = Math.min(input.pool.maxNodes, input.pool.replicas ?? Infinity);
      expect(plan(input).creates.length).to.be.at.most(Math.max(0, most - input.nodes.length));
    });
  });

  it('never calls back more nodes than maxNodes (or replicas) leaves room for, and only such as can be', () => {
    holds(inputArb, (input) => {
      const most = Math.min(input.pool.maxNodes, input.pool.replicas ?? Infinity);
      const { recalls, creates } = plan(input);
      const staying = input.nodes.filter(({ state }) => state !== 'Leaving').length;
      expect(recalls.length).to.be.at.most(Math.max(0, most - staying - creates.length));
      expect(new Set(recalls.map((one) => one.node)).size).to.equal(recalls.length);
      for (const { node } of recalls)
        expect(input.nodes.find(({ name }) => name === node)).to.include({ recallable: true, deleteFirst: false });
    });
  });

  it('never goes beyond the headroom of a cloud or of the server group', () => {
    holds(inputArb, (input) => {
      const { creates } = plan(input);
      for (const where of input.clouds) {
        const takes = creates.filter((c) => c.cloud === where.name).map((c) => takesOf(where, chosen(input, c)));
        expect(takes.length).to.be.at.most(where.groupRoom);
        for (const resource of RESOURCES)
          expect(
            takes.reduce((all, one) => all + one[resource], 0),
            resource,
          ).to.be.at.most(where.headroom[resource]);
      }
    });
  });

  it('never goes to a cloud, flavor or zone that cannot be used now, and with one node where it rested', () => {
    holds(inputArb, (input) => {
      const tried = new Map<string, number>();
      for (const create of plan(input).creates) {
        const where = input.clouds.find(({ name }) => name === create.cloud)!;
        expect(where.unavailable).to.equal(undefined);
        expect(barrierOf(where, chosen(input, create))).to.equal(undefined);
        if (where.zones.length > 0) expect(where.zones).to.include(create.zone);
        else expect(create.zone).to.equal(undefined);
        const place = placeOf(create.zone, create.flavor);
        const rest = where.rests.get(place);
        if (!rest) continue;
        expect(rest.until).to.be.at.most(input.now);
        const key = `${where.name} ${place}`;
        tried.set(key, (tried.get(key) ?? startingAt(input, where.name, place)) + 1);
        expect(tried.get(key), key).to.equal(1);
      }
    });
  });

  it('never begins more nodes than maxBooting and maxPerMinute allow', () => {
    holds(inputArb, (input) => {
      const starting = input.nodes.filter((n) => n.state === 'Starting').length;
      const recent = input.recentCreates.filter((at) => at > NOW - 60_000).length;
      const n = plan(input).creates.length;
      expect(n).to.be.at.most(Math.max(0, input.pool.maxBooting - starting));
      expect(n).to.be.at.most(Math.max(0, input.pool.maxPerMinute - recent));
    });
  });

  it('removes only idle nodes without do-not-disrupt, each once, and none when the queue is not known', () => {
    holds(inputArb, (input) => {
      const { removals } = plan(input);
      const names = removals.map((r) => r.node);
      expect(new Set(names).size).to.equal(names.length);
      if (input.demand === undefined) expect(names).to.be.empty;
      for (const name of names) {
        const found = input.nodes.find((n) => n.name === name);
        expect(found?.state).to.equal('Idle');
        expect(found?.doNotDisrupt).to.equal(false);
      }
    });
  });

  it('never removes below minNodes of live nodes, nor more than the surplus of a fixed size', () => {
    holds(inputArb, (input) => {
      const { removals, recalls } = plan(input);
      const n = removals.length;
      const staying = input.nodes.filter((x) => x.state !== 'Leaving').length;
      const live = input.nodes.filter((x) => ['Starting', 'Idle', 'Busy'].includes(x.state)).length + recalls.length;
      if (n === 0) return;
      if (input.pool.replicas !== undefined) expect(n).to.be.at.most(staying - input.pool.replicas);
      else if (staying <= input.pool.maxNodes) expect(live - n).to.be.at.least(input.pool.minNodes);
      else expect(n).to.be.at.most(staying - input.pool.maxNodes);
    });
  });

  it('never removes more than the budgets allow', () => {
    holds(inputArb, (input) => {
      const { removals, recalls } = plan(input);
      const leaving = input.nodes.filter(({ state }) => state === 'Leaving').length - recalls.length;
      for (const budget of input.pool.budgets) {
        const most = budget.endsWith('%')
          ? Math.ceil((parseInt(budget, 10) * input.nodes.length) / 100)
          : Number(budget);
        if (removals.length > 0) expect(removals.length + leaving).to.be.at.most(most);
      }
    });
  });

  it('makes each node for a job that fits into it, or for minNodes, replicas or spareNodes', () => {
    holds(inputArb, (input) => {
      const made = plan(input).creates;
      for (const create of made) {
        if (/^for (minNodes|replicas|spareNodes) \d+$/.test(create.reason)) continue;
        expect(create.reason).to.match(/^(for \d+ jobs? (of|\()|to see what a node of it gives: \d+ jobs? of )/);
        const one = chosen(input, create);
        const isProbe = create.reason.startsWith('to see');
        expect(isProbe && one.learned).to.equal(false);
        const suits = (group: Parameters<typeof fits>[0]): boolean =>
          isProbe ? mayRun(group, one) : fits(group, one.yields);
        expect((input.demand ?? []).some(suits)).to.equal(true);
      }
      const forSize = made.filter((create) => / (minNodes|replicas|spareNodes) /.test(create.reason)).length;
      const { minNodes, spareNodes, replicas } = input.pool;
      expect(forSize).to.be.at.most(replicas ?? minNodes + spareNodes);
    });
  });

  it('makes no node while all jobs fit on what is there', () => {
    holds(inputArb, (input) => {
      const roomy = input.nodes.map((one) =>
        one.state === 'Idle' ? { ...one, free: { cpus: 1e6, memory: 1e9, disk: 1e12, gpus: 1e4 } } : one,
      );
      if (!roomy.some(({ state }) => state === 'Idle')) return;
      const forJobs = plan({ ...input, nodes: roomy }).creates.filter(({ reason }) => /^for \d/.test(reason));
      expect(forJobs).to.deep.equal([]);
    });
  });

  it('gives the same plan for the same input', () => {
    holds(inputArb, (input) => expect(plan(structuredClone(input))).to.deep.equal(plan(input)));
  });

  it('does not depend on the order of nodes, jobs, phantoms, rests and recent creates', () => {
    holds(inputArb, (input) => {
      const turned: PlanInput = {
        ...input,
        nodes: input.nodes.toReversed(),
        demand: input.demand?.toReversed(),
        phantoms: input.phantoms.toReversed(),
        recentCreates: input.recentCreates.toReversed(),
        clouds: input.clouds.map((one) => ({ ...one, rests: new Map([...one.rests].reverse()) })),
      };
      const [a, b] = [plan(input), plan(turned)];
      expect(b.creates).to.deep.equal(a.creates);
      expect(b.removals).to.deep.equal(a.removals);
      expect(b.recalls).to.deep.equal(a.recalls);
      expect(b.decision).to.deep.equal(a.decision);
    });
  });

  it('changes nothing of its input', () => {
    holds(inputArb, (input) => {
      const before = structuredClone(input);
      plan(input);
      expect(input).to.deep.equal(before);
    });
  });

  it('says what it does, and why when it does less than wanted', () => {
    holds(inputArb, (input) => {
      const { creates, recalls, removals, decision, limited, journal } = plan(input);
      expect(decision.what === 'nothing to do').to.equal(creates.length + recalls.length + removals.length === 0);
      if (recalls.length > 0) expect(decision.what).to.match(new RegExp(`^call back ${recalls.length} node`));
      else if (creates.length > 0) expect(decision.what).to.match(new RegExp(`^create ${creates.length} node`));
      if (limited) expect(decision.why).to.contain(limited.message);
      const texts = [decision.what, decision.why, ...journal.map(({ message }) => message)];
      for (const text of texts)
        expect(text)
          .to.match(/\S/)
          .and.not.match(/undefined|NaN|Infinity|\n/);
    });
  });

  it('has a line in the journal for everything that it does', () => {
    holds(inputArb, (input) => {
      const { creates, recalls, removals, limited, journal } = plan(input);
      const of = (kind: string): typeof journal => journal.filter((entry) => entry.kind === kind);
      expect(of('Create').reduce((n, { data }) => n + Number(data.nodes), 0)).to.equal(creates.length);
      expect(of('Recall').map(({ data }) => data.node)).to.deep.equal(recalls.map(({ node }) => node));
      expect(of('Remove').map(({ data }) => data.node)).to.deep.equal(removals.map(({ node }) => node));
      expect(of('Limit').map(({ data }) => data.reason)).to.deep.equal(limited ? [limited.reason] : []);
    });
  });

  it('says the same a moment later when nothing has changed', () => {
    holds(inputArb, (input) => {
      const { recheckAfter } = plan(input);
      const later = Math.min(recheckAfter ?? 1000, 1000) - 1;
      const soon = { ...input, now: input.now + Math.max(0, later) };
      expect(plan(soon).decision).to.deep.equal(plan(input).decision);
    });
  });

  it('rechecks in the future', () => {
    holds(inputArb, (input) => {
      const { recheckAfter } = plan(input);
      if (recheckAfter !== undefined) expect(recheckAfter).to.be.within(1, Number.MAX_SAFE_INTEGER);
    });
  });

  it('wants no more nodes once those it has made are booting, but for one where packing is tightest', () => {
    let passes = 0;
    let repeated = 0;
    holds(
      inputArb.map((input) => unthrottled(input)),
      (input) => {
        const first = plan(input);
        if (first.limited) return;
        const next = plan({ ...input, nodes: afterwards(input, first) });
        passes += 1;
        if (next.creates.length > 0) repeated += 1;
        expect(next.creates.length).to.be.at.most(1);
      },
    );
    expect(passes).to.be.greaterThan(50);
    expect(repeated / passes).to.be.at.most(0.01);
  });

  it('serves or tries every job that fits into some flavor when nothing limits', () => {
    const free = inputArb.map((input) => ({
      ...unthrottled(input),
      phantoms: [],
      clouds: withoutLimits(input.clouds),
    }));
    holds(free, (input) => {
      const { unsatisfiable, limited } = plan(input);
      const flavors = input.clouds.flatMap((c) => c.flavors);
      if (flavors.length > 0) expect(limited).to.equal(undefined);
      const hopeless = (input.demand ?? []).filter((group) => !flavors.some((f) => mayRun(group, f)));
      expect(sum(unsatisfiable)).to.equal(sum(hopeless));
    });
  });
});
