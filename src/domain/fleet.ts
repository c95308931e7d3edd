/**
 * One plan for all pools that share clouds. Each is planned as if it were alone; where they would take more of a cloud than there is,
 * every pool is sure of its fair share (what it has counts, so the one that has least comes first), and what one leaves the others may
 * have. No two of them spend the same quota.
 */
import { NONE, plus, RESOURCES, type Amounts } from './amounts.ts';
import { takesOf } from './barriers.ts';
import { fairShares } from './headroom.ts';
import { PlanMemo } from './memo.ts';
import { planPool, type Planned } from './plan.ts';
import type { Plan, PlanInput } from './plan-types.ts';

/** Plans in the order of `inputs`. Clouds of the same name are the same cloud and have the same headroom. */
export function planFleet(inputs: readonly PlanInput[], memo: PlanMemo = new PlanMemo()): Plan[] {
  memo.keep(new Set(inputs.map(({ pool }) => pool.name)));
  const alone = inputs.map((input) => planPool(input, memo));
  // a pool that only observes takes nothing from the others
  const actors = inputs
    .map((_, i) => i)
    .filter((i) => inputs[i]?.pool.mode === 'Active' && (alone[i]?.taken.size ?? 0) > 0);
  const room = headroomOf(inputs);
  if (
    !isContested(
      room,
      actors.flatMap((i) => alone[i] ?? []),
    )
  )
    return alone.map(({ plan }) => plan);
  const shared = shareOut(inputs, alone, actors, room, memo);
  return alone.map(({ plan }, i) => shared.get(i)?.plan ?? plan);
}

function headroomOf(inputs: readonly PlanInput[]): Map<string, Amounts> {
  const room = new Map<string, Amounts>();
  for (const { clouds } of inputs) for (const { name, headroom } of clouds) room.set(name, headroom);
  return room;
}

function isContested(room: ReadonlyMap<string, Amounts>, plans: readonly Planned[]): boolean {
  return [...room].some(([cloud, left]) => {
    const taken = plans.reduce((sum, { taken: all }) => plus(sum, all.get(cloud) ?? NONE), NONE);
    return RESOURCES.some((resource) => taken[resource] > left[resource]);
  });
}

function shareOut(
  inputs: readonly PlanInput[],
  alone: readonly Planned[],
  actors: readonly number[],
  room: ReadonlyMap<string, Amounts>,
  memo: PlanMemo,
): Map<number, Planned> {
  const held = actors.map((i) => heldBy(inputs[i]));
  const shares = new Map(
    [...room].map(([cloud, left]) => {
      const asked = actors.map((i, n) => ({
        has: held[n]?.get(cloud) ?? NONE,
        wants: alone[i]?.taken.get(cloud) ?? NONE,
      }));
      return [cloud, fairShares(left, asked)] as const;
    }),
  );
  const left = new Map(room);
  const planned = new Map<number, Planned>();
  const book = (taken: ReadonlyMap<string, Amounts>, times: number): void => {
    for (const [cloud, amounts] of taken) left.set(cloud, plus(left.get(cloud) ?? NONE, amounts, -times));
  };
  const replan = (i: number, reserved: (cloud: string) => Amounts): Planned | undefined => {
    const input = inputs[i];
    if (!input) return undefined;
    const budgets = new Map(
      input.clouds.map(({ name }) => [name, atLeastNothing(plus(left.get(name) ?? NONE, reserved(name), -1))]),
    );
    return planPool(input, memo, budgets);
  };
  const order = [...actors.keys()].sort((a, b) =>
    compareHeld(held[a], held[b], inputs[actors[a] ?? 0], inputs[actors[b] ?? 0]),
  );
  for (const [at, n] of order.entries()) {
    const others = order.slice(at + 1);
    const reserved = (cloud: string): Amounts =>
      others.reduce((sum, other) => plus(sum, shares.get(cloud)?.[other] ?? NONE), NONE);
    const i = actors[n] ?? 0;
    const found = replan(i, reserved);
    if (!found) continue;
    book(found.taken, 1);
    planned.set(i, found);
  }
  // what some did not use, because nothing they need fits into it
  for (const n of order) {
    const i = actors[n] ?? 0;
    const before = planned.get(i);
    if (!before || before.unserved === 0) continue;
    book(before.taken, -1);
    const again = replan(i, () => NONE);
    const better = again && again.unserved < before.unserved ? again : before;
    book(better.taken, 1);
    planned.set(i, better);
  }
  return planned;
}

function atLeastNothing(amounts: Amounts): Amounts {
  const positive = { ...amounts };
  for (const resource of RESOURCES) positive[resource] = Math.max(0, amounts[resource]);
  return positive;
}

/** What the nodes of a pool take of each cloud. */
function heldBy(input: PlanInput | undefined): Map<string, Amounts> {
  const held = new Map<string, Amounts>();
  for (const cloud of input?.clouds ?? []) {
    const takes = new Map(cloud.flavors.map((flavor) => [flavor.name, takesOf(cloud, flavor)]));
    let sum = NONE;
    for (const node of input?.nodes ?? [])
      if (node.cloud === cloud.name) sum = plus(sum, takes.get(node.flavor) ?? NONE);
    held.set(cloud.name, sum);
  }
  return held;
}

/** Who has fewer cores comes first. */
function compareHeld(
  a: ReadonlyMap<string, Amounts> | undefined,
  b: ReadonlyMap<string, Amounts> | undefined,
  first: PlanInput | undefined,
  second: PlanInput | undefined,
): number {
  const cores = (held: ReadonlyMap<string, Amounts> | undefined): number =>
    [...(held?.values() ?? [])].reduce((sum, amounts) => sum + amounts.cores, 0);
  return cores(a) - cores(b) || ((first?.pool.name ?? '') < (second?.pool.name ?? '') ? -1 : 1);
}
