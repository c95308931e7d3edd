/**
 * Bugs of one line in safety code. `make mutants` puts each into a copy of the project, and the tests that it names must fail.
 * `from` stands exactly once in the file; a unit test says so when the code has moved on.
 */
export interface Mutant {
  /** What goes wrong with it. */
  name: string;
  file: string;
  /** Text within one line. */
  from: string;
  to: string;
  tests: string[];
}

export const MUTANTS: readonly Mutant[] = [
  // promise 1: no job is killed by scaling
  {
    name: `a proof of idleness counts though the startd takes jobs again`,
    file: `src/domain/lifecycle-leave.ts`,
    from: `if (!startd || isDrained(startd)) return`,
    to: `if (startd) return`,
    tests: [`test/unit/domain/lifecycle-leave.test.ts`],
  },
  {
    name: `a drain that was just called off proves that the node runs nothing`,
    file: `src/domain/lifecycle-observe.ts`,
    from: `if (asked && isDrained(startd) && isSinceCalledOff(draft)) {`,
    to: `if (asked && isDrained(startd)) {`,
    tests: ['test/unit/domain/lifecycle-confirm.test.ts'],
  },
  {
    name: `a node begins to leave by what was read before HTCondor was away`,
    file: `src/domain/scale-down.ts`,
    from: `if (input.pool.blind === true) {`,
    to: `if (input.pool.blind === true && idle < 0) {`,
    tests: ['test/unit/domain/scale-down.test.ts'],
  },
  {
    name: `a node that was let in and has not been seen yet is taken for one that cannot join`,
    file: `src/domain/lifecycle-leave.ts`,
    from: `if (seen.joinNeedsApproval && !isApproved(status)) return true;`,
    to: `if (seen.joinNeedsApproval) return true;`,
    tests: ['test/unit/domain/lifecycle-unproved.test.ts'],
  },
  {
    name: `a node that a collector which has just started does not show is deleted as never joined`,
    file: `src/domain/lifecycle-leave.ts`,
    from: `if (left <= 0 && seen.master.collectorWarm) return true;`,
    to: `if (left <= 0) return true;`,
    tests: ['test/unit/domain/lifecycle-unproved.test.ts'],
  },
  {
    name: `a lost node is given up on an old listing of the cloud`,
    file: `src/domain/lifecycle-leave.ts`,
    from: `if (left <= 0) return seen.cloud.fresh ? true : { do: 'None' };`,
    to: `if (left <= 0) return true;`,
    tests: ['test/unit/domain/lifecycle-unproved.test.ts'],
  },
  {
    name: `a job that arrives between the decision and the proof does not keep the node`,
    file: `src/domain/lifecycle-observe.ts`,
    from: `draft.event('Normal', 'DrainCancelled', 'a job arrived: the node stays');`,
    to: `draft.setTime('drainRequested', draft.seen.now);`,
    tests: [`test/unit/domain/lifecycle-leave.test.ts`, `test/unit/domain/lifecycle.test.ts`],
  },
  {
    name: `stale HTCondor data are believed`,
    file: `src/domain/freshness.ts`,
    from: `now - observedAt <= Math.max(3 * intervalMs, 60_000);`,
    to: `now - observedAt <= Math.max(300 * intervalMs, 60_000);`,
    tests: [`test/unit/domain/observations.test.ts`],
  },
  {
    name: `a reading from before the clock was set back is believed`,
    file: `src/domain/freshness.ts`,
    from: `observedAt <= now && `,
    to: ``,
    tests: [`test/unit/domain/observations.test.ts`],
  },
  {
    name: `what is deleted for its silence is not asked for once more`,
    file: `src/domain/lifecycle-leave.ts`,
    from: `if (status.deleted === undefined && !isConfirmed(draft)) return askAgain(draft);`,
    to: ``,
    tests: [`test/unit/domain/lifecycle.test.ts`, `test/unit/controllers/node-silence.test.ts`],
  },
  {
    name: `HTCondor that cannot be asked is taken for silence`,
    file: `src/controllers/node-actions.ts`,
    from: `      doubt = \`HTCondor cannot be asked whether its startd has joined meanwhile: \${messageOf(error)}\`;`,
    to: `      doubt = undefined;`,
    tests: [`test/unit/controllers/node-silence.test.ts`],
  },
  {
    name: `a new leader decides from what it followed as a standby`,
    file: `src/controllers/operator.ts`,
    from: `    await Promise.all(Object.values(this.#reflectors).map(async (one) => await one.refresh()));`,
    to: `    await Promise.resolve();`,
    tests: [`test/unit/controllers/take-over.test.ts`],
  },
  {
    name: `a collector that has just started is evidence`,
    file: `src/domain/freshness.ts`,
    from: `return startedAt !== undefined && now - startedAt > 2 * updateIntervalMs + 30_000;`,
    to: `return startedAt !== undefined;`,
    tests: [`test/unit/domain/observations.test.ts`],
  },
  {
    name: `a slot that drains counts as drained while jobs run`,
    file: `src/domain/node-states.ts`,
    from: `return startd.state === 'Drained' && startd.dynamicSlots === 0 && startd.activity !== 'Retiring';`,
    to: `return startd.state === 'Drained' && startd.activity !== 'Retiring';`,
    tests: ['test/unit/domain/node-states.test.ts'],
  },
  {
    name: `the drain of an admin is taken for ours`,
    file: `src/domain/node-states.ts`,
    from: `return startd.draining && startd.drainReason?.startsWith(DRAIN_MARK) !== true;`,
    to: `return false;`,
    tests: ['test/unit/domain/node-states.test.ts'],
  },
  {
    name: `a fully busy partitionable slot is idle`,
    file: `src/condor/slots.ts`,
    from: `return Math.min(MOST_SLOTS, Math.max(count < 0 ? 1 : Math.ceil(count), ad.texts('ChildState').length));`,
    to: `return 0;`,
    tests: [`test/unit/condor/slots.test.ts`],
  },
  {
    name: `a drain that was refused because a job runs counts as done`,
    file: `src/condor/drain.ts`,
    from: `if (code === '10003') return { kind: 'Busy', message };`,
    to: `if (code === '10003') return { kind: 'Drained' };`,
    tests: [`test/unit/condor/operations.test.ts`],
  },
  {
    name: `a node that jobs need is removed`,
    file: `src/domain/scale-down.ts`,
    from: `const unneeded = leastNeeded.filter((node) => !needed.has(node.name));`,
    to: `const unneeded = leastNeeded.filter((node) => needed.size >= 0 && node);`,
    tests: [`test/unit/domain/scale-down.test.ts`],
  },
  {
    name: `many nodes that fall silent at once are given up`,
    file: `src/domain/mass-lost.ts`,
    from: `const begins = together >= LEAST && together > SHARE * nodes;`,
    to: `const begins = together > nodes;`,
    tests: [`test/unit/domain/mass-lost.test.ts`],
  },
  // promise 2: nothing is leaked, nothing is doubled
  {
    name: `after a lost answer the server is asked for again`,
    file: `src/domain/lifecycle-launch.ts`,
    from: `return { do: 'Find' };`,
    to: `return { do: 'Launch' };`,
    tests: [`test/unit/domain/lifecycle.test.ts`],
  },
  {
    name: `the record goes before a late server could have shown`,
    file: `src/domain/lifecycle-leave.ts`,
    from: `if (left <= 0 && seen.cloud.fresh) return { do: 'RemoveRecord', machine: undefined };`,
    to: `return { do: 'RemoveRecord', machine: undefined };`,
    tests: ['test/unit/domain/lifecycle-unproved.test.ts'],
  },
  {
    name: `a server is gone as soon as a listing from before its deletion lacks it`,
    file: `src/domain/lifecycle-observe.ts`,
    from: `return at !== undefined && (draft.seen.cloud.observedAt ?? 0) > at + lag;`,
    to: `return at !== undefined;`,
    tests: [`test/unit/domain/lifecycle.test.ts`, `test/unit/domain/lifecycle-leave.test.ts`],
  },
  {
    name: `an orphan is let go at the first sight`,
    file: `src/domain/orphans.ts`,
    from: `if (sight.now - sighting.since < grace || sighting.scans < scans) {`,
    to: `if (sighting.scans < 1) {`,
    tests: [`test/unit/domain/orphans.test.ts`],
  },
  {
    name: `a cloud goes without the server groups of its pools`,
    file: `src/controllers/cloud-controller.ts`,
    from: `if (isLeft && (await areGroupsGone(context, cloud, this.#sessions.get(key)))) {`,
    to: `if (isLeft) {`,
    tests: ['test/unit/controllers/cloud-controller.test.ts'],
  },
  {
    name: `nothing brakes a mass deletion of orphans`,
    file: `src/domain/orphans.ts`,
    from: `const tooMany = atOnce > brakeNumber && atOnce > brakeShare * of;`,
    to: `const tooMany = atOnce > of;`,
    tests: [`test/unit/domain/orphans.test.ts`],
  },
  {
    name: `an adopting record takes the server of another namespace`,
    file: `src/domain/node-binding.ts`,
    from: `return vms.filter(({ origin }) => origin?.namespace === metadata.namespace && origin?.pool === spec.poolRef.name);`,
    to: `return vms.filter(({ origin }) => origin?.pool === spec.poolRef.name);`,
    tests: [`test/unit/domain/node-binding.test.ts`],
  },
  // limits
  {
    name: `a pool grows beyond maxNodes`,
    file: `src/domain/scale-up.ts`,
    from: `const room = Math.max(0, survey.size.max - input.nodes.length);`,
    to: `const room = survey.size.max;`,
    tests: [`test/unit/domain/scale-up.test.ts`, `test/unit/domain/limits.test.ts`],
  },
  {
    name: `a budget that is used up lets another node go`,
    file: `src/domain/scale-down.ts`,
    from: `return { left: Math.max(0, most - leaving), limit };`,
    to: `return { left: most, limit };`,
    tests: [`test/unit/domain/scale-down-budgets.test.ts`],
  },
  // security
  {
    name: `a job's token request is approved once its node has joined`,
    file: `src/domain/approval.ts`,
    from: `if (node.joined) return 'the node has joined already: a job may be asking';`,
    to: ``,
    tests: [`test/unit/domain/approval.test.ts`],
  },
  {
    name: `a token request from another machine is approved`,
    file: `src/domain/approval.ts`,
    from: `if (!node.addresses.includes(request.peer))`,
    to: `if (node.addresses.length === 0)`,
    tests: [`test/unit/domain/approval.test.ts`],
  },
];
