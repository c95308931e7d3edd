/** What belongs to a node beside its servers: it is given its address, and nothing of it is left when its record goes. */
import { errorClassOf, messageOf } from '../base/errors.ts';
import { keyOf, nodeIdOf, NODES, type EhosNode } from '../api/resources.ts';
import type { CloudBackend, NodeTraces, Remnant } from '../cloud/backend.ts';
import { serversOf } from '../domain/node-binding.ts';
import type { Context } from './context.ts';
import type { Surroundings } from './node-surroundings.ts';
import { writeStatus } from './objects.ts';

/** Between two tries to give an address, and between two looks at what is left, ms. */
const FIRST_PAUSE = 15_000;
const LONGEST_PAUSE = 5 * 60_000;

/** Numbers that are returned say when to look again, ms. */
export class NodeClosure {
  /** uid -> why the node is not whole, or not gone, in words. */
  readonly #problems = new Map<string, { message: string; pause: number; until: number }>();

  constructor(private readonly context: Context) {}

  /** Why it has no address yet, or what is left of it, in words. */
  problem(uid: string): string | undefined {
    return this.#problems.get(uid)?.message;
  }

  forget(uid: string): void {
    this.#problems.delete(uid);
  }

  async giveAddress(node: EhosNode, { cloud, pool }: Surroundings): Promise<number | undefined> {
    const { floatingIP } = node.spec;
    const { serverID: serverId } = node.status ?? {};
    if (!cloud?.backend || !floatingIP || serverId === undefined) return undefined;
    const rest = this.#rest(node);
    if (rest > 0) return rest;
    const { context } = this;
    let address: string;
    try {
      address = await cloud.backend.giveAddress(
        {
          serverId,
          namespace: node.metadata.namespace ?? '',
          nodeUid: nodeIdOf(node),
          mode: floatingIP.mode,
          networkId: floatingIP.networkID,
          portNetworkId: floatingIP.portNetworkID,
        },
        context.signal,
      );
    } catch (error) {
      const message = `it has no floating IP yet: ${messageOf(error)}`;
      if (this.problem(uidOf(node)) !== message) {
        context.events.event(node, 'Warning', 'NoFloatingIP', message);
        if (pool) context.events.event(pool, 'Warning', 'NoFloatingIP', `${node.metadata.name}: ${message}`);
      }
      return this.#wait(node, message);
    }
    this.forget(uidOf(node));
    context.events.event(node, 'Normal', 'FloatingIPGiven', `${address} (${floatingIP.mode})`);
    await writeStatus(context, NODES, node, { ...node.status, floatingIP: address });
    return undefined;
  }

  /** Of these servers, those that are this node's own as the cloud says, whatever stands in its record: no others are deleted for it. */
  async own(node: EhosNode, { cloud }: Surroundings, ids: readonly string[]): Promise<string[]> {
    const listed = new Map((cloud?.snapshot?.vms ?? []).map((vm) => [vm.id, vm]));
    const own: string[] = [];
    for (const id of ids) {
      const vm = listed.get(id) ?? (await cloud?.backend?.get(id, this.context.signal));
      // one that is gone is asked for once more by its id before anybody relies on it
      if (!vm) continue;
      const isOwn = vm.nodeUid === nodeIdOf(node) && serversOf(node, [vm]).length > 0;
      if (isOwn) own.push(id);
      else {
        const note = `server ${id} does not carry the tag of this node: it is not touched`;
        this.context.events.event(node, 'Warning', 'ForeignServer', note);
        this.context.log.warn(note, { node: keyOf(node) });
      }
    }
    return own;
  }

  /** Looks what is left of a node whose servers are gone, and has it removed. undefined: nothing is left. */
  async clear(node: EhosNode, { cloud }: Surroundings): Promise<number | undefined> {
    const traces = tracesOf(node);
    const backend = cloud?.backend;
    if (!backend) return 10_000;
    if (traces.serverId === undefined && !traces.hasAddress) return undefined;
    const rest = this.#rest(node);
    if (rest > 0) return rest;
    let remnants: Remnant[];
    try {
      remnants = await backend.remains(traces, this.context.signal);
    } catch (error) {
      return this.#wait(node, `its server is gone; whether anything of it is left cannot be seen: ${messageOf(error)}`);
    }
    if (remnants.length === 0) {
      this.forget(uidOf(node));
      return undefined;
    }
    const what = await Promise.all(remnants.map(async (one) => await this.#clear(backend, traces, one)));
    const message = `its server is gone and left behind: ${what.join('; ')}`;
    if (this.problem(uidOf(node)) === undefined)
      this.context.events.event(node, 'Warning', 'LeftBehind', `${message}; it is being removed`);
    return this.#wait(node, message);
  }

  /** Says in words what it is, and what the cloud says against its removal. */
  async #clear(backend: CloudBackend, traces: NodeTraces, remnant: Remnant): Promise<string> {
    const what = `${remnant.kind} ${remnant.id} (${remnant.state})`;
    try {
      await backend.clear(remnant, traces, this.context.signal);
      return what;
    } catch (error) {
      const gone = errorClassOf(error) === 'NotFound';
      return gone ? what : `${what}: ${messageOf(error)}`;
    }
  }

  #rest(node: EhosNode): number {
    return Math.max(0, (this.#problems.get(uidOf(node))?.until ?? 0) - this.context.clock.now());
  }

  /** The first look again comes soon: what was asked for takes a moment. */
  #wait(node: EhosNode, message: string): number {
    const before = this.#problems.get(uidOf(node));
    const pause = before ? Math.min(LONGEST_PAUSE, before.pause * 2) : FIRST_PAUSE;
    this.#problems.set(uidOf(node), { message, pause, until: this.context.clock.now() + pause });
    // its record tells it
    return before?.message === message ? pause : 1_000;
  }
}

function uidOf({ metadata }: EhosNode): string {
  return metadata.uid ?? '';
}

/** A record that took over a server does not know what was made with it. */
function tracesOf(node: EhosNode): NodeTraces {
  const { spec, status } = node;
  const adopted = spec.adopts !== undefined;
  return {
    namespace: node.metadata.namespace ?? '',
    nodeUid: nodeIdOf(node),
    serverId: status?.serverID,
    volumeIds: status?.volumes ?? [],
    hasVolumes: adopted || spec.volumes !== undefined,
    hasAddress: adopted || spec.floatingIP?.mode === 'Purge',
  };
}
