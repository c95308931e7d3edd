/** Over which clouds new nodes are spread. Asked once for each node, with the clouds that can give it at that moment. */
import type { Allocation, PlanCloud } from './plan-types.ts';

export interface CloudChooser {
  /** One of `candidates` (indexes of clouds, ascending, at least one); undefined leaves the choice to the best fit over all of them. */
  choose(candidates: readonly number[]): number | undefined;
}

export function cloudChooser(
  allocation: Allocation,
  clouds: readonly PlanCloud[],
  roundRobin: number,
  random: () => number,
): CloudChooser {
  switch (allocation) {
    case 'RoundRobin':
      return inTurn(clouds.length, roundRobin);
    case 'FillFirst':
      return { choose: (candidates) => candidates[0] };
    case 'Random':
      return { choose: (candidates) => candidates[Math.floor(random() * candidates.length)] };
    case 'Weighted':
      return { choose: (candidates) => byWeight(candidates, clouds, random) };
    case 'LeastWaste':
      return { choose: () => undefined };
  }
}

/** Clouds may have come and gone since the position was written down: it is taken modulo what there is. */
function inTurn(clouds: number, position: number): CloudChooser {
  let next = clouds > 0 ? position % clouds : 0;
  return {
    choose: (candidates) => {
      const chosen = candidates.find((cloud) => cloud >= next) ?? candidates[0];
      if (chosen !== undefined) next = chosen + 1;
      return chosen;
    },
  };
}

function byWeight(
  candidates: readonly number[],
  clouds: readonly PlanCloud[],
  random: () => number,
): number | undefined {
  const weightOf = (cloud: number): number => Math.max(0, clouds[cloud]?.weight ?? 0);
  let point = random() * candidates.reduce((sum, cloud) => sum + weightOf(cloud), 0);
  for (const cloud of candidates) {
    point -= weightOf(cloud);
    if (point < 0) return cloud;
  }
  return candidates.at(-1);
}
