import { clusterTag, nodeTag } from '../api/resources.ts';
import type { CallMeter } from '../base/call-meter.ts';
import type { Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { WriteGate } from '../base/write-gate.ts';
import type { NodeAddress } from '../domain/orphan-addresses.ts';
import type { CloudSnapshot, Flavor, Vm } from '../domain/snapshots.ts';
import { credentialExpiry, OpenStack, type Transport } from '../openstack/sdk.ts';
import type {
  AddressRequest,
  CloudBackend,
  NodeTraces,
  ObserveOptions,
  Remnant,
  ResolvedTemplate,
  VmRequest,
  VmTemplate,
} from './backend.ts';
import { Addresses } from './openstack-addresses.ts';
import { Closure } from './openstack-closure.ts';
import { Faults } from './openstack-faults.ts';
import { inTemplateWords, serverOf } from './openstack-request.ts';
import { TemplateResolver } from './openstack-resolver.ts';
import { ServerGroups } from './openstack-server-groups.ts';
import { flavorOf, vmOf } from './openstack-vm.ts';
import { volumeQuota, type VolumeQuota } from './openstack-volumes.ts';
import { TimedCache } from './timed-cache.ts';

export interface OpenStackBackendOptions {
  /** Content of clouds.yaml. */
  cloudsYaml: string;
  /** Which entry below `clouds`. */
  cloudName: string;
  /** Content of the certificate authority's file, PEM. */
  cacert?: string | undefined;
  /** Overrides region_name. */
  region?: string | undefined;
  /** uid of the Kubernetes cluster: marks our servers. */
  clusterUid: string;
  clock: Clock;
  random: Random;
  log?: Log | undefined;
  /** Replaces the network, for tests. */
  transport?: Transport | undefined;
  /** Whatever changes the cloud passes it; absent: it is always open. */
  gate?: WriteGate | undefined;
  /** Where calls are counted, so that a count outlives the credentials. */
  meter?: CallMeter | undefined;
}

const FLAVORS_MS = 10 * 60_000;
/**
 * No console yet, or never: 409 `Instance ... is not ready` before a host has taken the server; 500 `NovaException_Remote` while the
 * host prepares it (observed); 501 when the hypervisor has none (Compute API, "Show Console Output").
 */
const NO_CONSOLE = [409, 500, 501];

const NOT_ASKED: VolumeQuota = { quota: {}, problem: undefined };

interface Parts {
  os: OpenStack;
  resolver: TemplateResolver;
  faults: Faults;
  groups: ServerGroups;
  addresses: Addresses;
  closure: Closure;
}

/** One OpenStack project in one region. A clouds.yaml that cannot be used makes every call reject with `Invalid`, `connect` first. */
export class OpenStackBackend implements CloudBackend {
  readonly #options: OpenStackBackendOptions;
  readonly #flavors: TimedCache;
  #made: Parts | undefined;

  constructor(options: OpenStackBackendOptions) {
    this.#options = options;
    this.#flavors = new TimedCache(options.clock, FLAVORS_MS);
  }

  async connect(signal?: AbortSignal): Promise<{ projectId: string; credentialExpiresAt: number | undefined }> {
    const { os } = this.#parts();
    const { projectId } = await os.session.identity(signal);
    // a cloud that is too old or has no Nova in this region is better known now than at the first create
    await os.compute.microversion({ signal });
    return { projectId, credentialExpiresAt: await credentialExpiry(os.session, { signal }) };
  }

  async observe(signal?: AbortSignal, { volumes }: ObserveOptions = { volumes: false }): Promise<CloudSnapshot> {
    const { os, faults } = this.#parts();
    const observedAt = this.#options.clock.now();
    const [servers, limits, flavors, volume] = await Promise.all([
      os.compute.listServers({}, { signal }),
      os.compute.limits({ signal }),
      this.#flavors.get('flavors', () => this.#listFlavors(os)),
      volumes ? volumeQuota(os, signal) : NOT_ASKED,
    ]);
    const mark = clusterTag(this.#options.clusterUid);
    const ours = servers.filter((server) => server.tags.includes(mark));
    return {
      observedAt,
      vms: (await faults.fill(ours, signal)).map(vmOf),
      foreignInstances: servers.length - ours.length,
      quota: {
        instances: { limit: limits.maxInstances, used: limits.usedInstances },
        cores: { limit: limits.maxCores, used: limits.usedCores },
        memory: { limit: limits.maxRam, used: limits.usedRam },
        ...volume.quota,
      },
      ...(volume.problem === undefined ? {} : { volumesProblem: volume.problem }),
      serverGroupMembers: limits.maxServerGroupMembers,
      serverGroups: { limit: limits.maxServerGroups, used: limits.usedServerGroups },
      flavors,
    };
  }

  async resolve(template: VmTemplate, signal?: AbortSignal): Promise<ResolvedTemplate> {
    const resolved = await this.#parts().resolver.resolve(template);
    if (signal?.aborted) throw new EhosError('Transient', 'the lookup of a template was given up by the caller');
    return resolved;
  }

  async create(request: VmRequest, signal?: AbortSignal): Promise<{ id: string }> {
    const { os, resolver } = this.#parts();
    try {
      return await os.compute.createServer(serverOf(request, this.#options.clusterUid), { signal });
    } catch (error) {
      if (!(error instanceof EhosError) || error.field === undefined) throw error;
      if (error.errorClass === 'Invalid' || error.field === 'availability_zone') {
        // something that was found is there no more; a zone is refused in the same words when it is closed and when it is gone
        resolver.forget();
        this.#flavors.clear();
      }
      throw inTemplateWords(error);
    }
  }

  async ensureServerGroup(
    name: string,
    policy: string,
    signal?: AbortSignal,
  ): Promise<{ id: string; members: number }> {
    try {
      const group = await this.#parts().groups.ensure(name, policy);
      if (signal?.aborted) throw new EhosError('Transient', 'the look for a server group was given up by the caller');
      return group;
    } catch (error) {
      throw error instanceof EhosError ? inTemplateWords(error) : error;
    }
  }

  async deleteServerGroups(name: string, signal?: AbortSignal): Promise<void> {
    await this.#parts().groups.delete(name, signal);
  }

  async findByNode(nodeUid: string, signal?: AbortSignal): Promise<Vm[]> {
    const servers = await this.#parts().os.compute.listServers({ tags: [nodeTag(nodeUid)] }, { signal });
    return servers.map(vmOf);
  }

  async get(id: string, signal?: AbortSignal): Promise<Vm | undefined> {
    return unlessGone(async () => vmOf(await this.#parts().os.compute.getServer(id, { signal })), undefined);
  }

  async delete(id: string, signal?: AbortSignal): Promise<void> {
    await unlessGone(() => this.#parts().os.compute.deleteServer(id, { signal }), undefined);
  }

  async giveAddress(request: AddressRequest, signal?: AbortSignal): Promise<string> {
    try {
      return await this.#parts().addresses.give(request, signal);
    } catch (error) {
      throw error instanceof EhosError ? inTemplateWords(error) : error;
    }
  }

  async remains(traces: NodeTraces, signal?: AbortSignal): Promise<Remnant[]> {
    return await this.#parts().closure.remains(traces, signal);
  }

  async clear(remnant: Remnant, traces: NodeTraces, signal?: AbortSignal): Promise<void> {
    await this.#parts().closure.clear(remnant, traces, signal);
  }

  async addresses(signal?: AbortSignal): Promise<NodeAddress[]> {
    const { os, addresses } = this.#parts();
    return (await os.session.offers('network', signal)) ? await addresses.all(signal) : [];
  }

  async releaseAddress(id: string, signal?: AbortSignal): Promise<void> {
    await unlessGone(() => this.#parts().os.network.deleteFloatingIp(id, { signal }), undefined);
  }

  async console(id: string, lines: number, signal?: AbortSignal): Promise<string> {
    try {
      return await unlessGone(() => this.#parts().os.compute.consoleOutput(id, lines, { signal }), '');
    } catch (error) {
      if (error instanceof EhosError && NO_CONSOLE.includes(error.status ?? 0)) return '';
      throw error;
    }
  }

  calls(): ReadonlyMap<string, number> {
    return this.#made?.os.session.calls() ?? new Map<string, number>();
  }

  async close(): Promise<void> {
    await this.#made?.os.close();
  }

  #parts(): Parts {
    if (this.#made) return this.#made;
    const { cloudsYaml: text, cloudName, cacert, region, clock, random, log, transport, gate, meter } = this.#options;
    const os = OpenStack.fromCloudsYaml(
      { text, cloudName, cacert, region },
      {
        ...{ clock, random },
        ...(log && { log }),
        ...(transport && { transport }),
        ...(gate && { gate }),
        ...(meter && { meter }),
      },
    );
    const addresses = new Addresses(os, this.#options.clusterUid);
    this.#made = {
      os,
      resolver: new TemplateResolver(os, clock),
      faults: new Faults(os),
      groups: new ServerGroups(os.compute),
      addresses,
      closure: new Closure(os, addresses),
    };
    return this.#made;
  }

  async #listFlavors(os: OpenStack): Promise<Map<string, Flavor>> {
    const flavors = (await os.compute.listFlavors()).flatMap((flavor) => flavorOf(flavor) ?? []);
    return new Map(flavors.map((flavor) => [flavor.name, flavor]));
  }
}

async function unlessGone<T, G>(ask: () => Promise<T>, gone: G): Promise<T | G> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof EhosError && error.errorClass === 'NotFound') return gone;
    throw error;
  }
}
