import { EhosError } from '../base/errors.ts';
import type { ComputeClient, ServerGroup } from '../openstack/sdk.ts';

interface Ensured {
  id: string;
  members: number;
}

/** Server groups by name. Nova knows them by id alone: names are not unique, and the answer to a POST may be lost (both observed). */
export class ServerGroups {
  readonly #compute: ComputeClient;
  readonly #underWay = new Map<string, Promise<Ensured>>();

  constructor(compute: ComputeClient) {
    this.#compute = compute;
  }

  /** Those who ask at the same time get the same group: each would find none and make one. So nobody's signal ends the search. */
  async ensure(name: string, policy: string): Promise<Ensured> {
    const key = JSON.stringify([name, policy]);
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    const begun = ensure(this.#compute, name, policy).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, begun);
    return begun;
  }

  async delete(name: string, signal: AbortSignal | undefined): Promise<void> {
    await remove(this.#compute, await named(this.#compute, name, signal), signal);
  }
}

/** The one that is in use, else the first by id: whoever looks chooses the same. */
async function ensure(compute: ComputeClient, name: string, policy: string): Promise<Ensured> {
  const same = await named(compute, name);
  const [kept, ...twins] = same.filter((group) => group.policy === policy).sort(byUseThenId);
  // the policy of a group cannot be changed: one with another policy is left from an earlier template
  const unused = [...twins, ...same.filter((group) => group.policy !== policy)].filter(isEmpty);
  await remove(compute, unused);
  const group = kept ?? (await compute.createServerGroup(name, policy));
  return { id: group.id, members: group.members.length };
}

async function named(compute: ComputeClient, name: string, signal?: AbortSignal): Promise<ServerGroup[]> {
  const groups = await compute.listServerGroups({ signal });
  return groups.filter((group) => group.name === name);
}

function byUseThenId(a: ServerGroup, b: ServerGroup): number {
  return Number(isEmpty(a)) - Number(isEmpty(b)) || (a.id < b.id ? -1 : 1);
}

function isEmpty(group: ServerGroup): boolean {
  return group.members.length === 0;
}

async function remove(compute: ComputeClient, groups: ServerGroup[], signal?: AbortSignal): Promise<void> {
  await Promise.all(
    groups.map(async ({ id }) => {
      try {
        await compute.deleteServerGroup(id, { signal });
      } catch (error) {
        if (!(error instanceof EhosError) || error.errorClass !== 'NotFound') throw error;
      }
    }),
  );
}
