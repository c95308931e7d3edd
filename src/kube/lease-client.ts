/** The requests about one Lease. Each write is conditional on the version that was read, so that of two at once one is refused. */
import type { Clock } from '../base/clock.ts';
import { errorClassOf } from '../base/errors.ts';
import type { Step } from './election.ts';
import { LEASES, releasedLease, renewedLease, takenLease, type Lease, type Tenure } from './lease.ts';
import type { KubeClient } from './types.ts';

/** A write of ours that was given up may still arrive between reading and letting go. */
const RELEASE_TRIES = 3;

export class LeaseClient {
  constructor(
    private readonly client: KubeClient,
    /** What is written into it, for people. */
    private readonly clock: Clock,
    private readonly where: { namespace: string; name: string },
    private readonly tenure: Tenure,
  ) {}

  async read(signal?: AbortSignal): Promise<Lease | undefined> {
    const { namespace, name } = this.where;
    try {
      return await this.client.get<Lease>(LEASES, namespace, name, signal);
    } catch (error) {
      if (errorClassOf(error) === 'NotFound') return undefined;
      throw error;
    }
  }

  /** Those of the same name in all namespaces. */
  async readAll(signal?: AbortSignal): Promise<Lease[]> {
    const fieldSelector = `metadata.name=${this.where.name}`;
    return (await this.client.list<Lease>(LEASES, undefined, { fieldSelector }, signal)).items;
  }

  async carryOut(step: Exclude<Step, { kind: 'Wait' }>, signal?: AbortSignal): Promise<Lease> {
    const { client, clock, where, tenure } = this;
    if (step.kind === 'Create') {
      const { spec, metadata } = takenLease(tenure, clock.now(), 0);
      return await client.create<Lease>(LEASES, { metadata: { ...metadata, ...where }, spec }, signal);
    }
    const { resourceVersion } = step;
    const { spec, metadata = {} } =
      step.kind === 'Renew' ? renewedLease(clock.now()) : takenLease(tenure, clock.now(), step.transitions);
    const patch = { metadata: { ...metadata, resourceVersion }, spec };
    return await client.patch<Lease>(LEASES, where.namespace, where.name, patch, signal);
  }

  /** Nobody holds it afterwards, or somebody else does. */
  async release(): Promise<void> {
    const { namespace, name } = this.where;
    for (let tried = 1; ; tried++) {
      const lease = await this.read();
      if (lease?.spec?.holderIdentity !== this.tenure.identity) return;
      const metadata = { resourceVersion: lease.metadata.resourceVersion };
      try {
        await this.client.patch(LEASES, namespace, name, { metadata, ...releasedLease(this.clock.now()) });
        return;
      } catch (error) {
        if (errorClassOf(error) !== 'Conflict' || tried === RELEASE_TRIES) throw error;
      }
    }
  }
}
