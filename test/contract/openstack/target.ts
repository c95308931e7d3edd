import { parse, stringify } from 'yaml';
import type { VmTemplate } from '../../../src/cloud/backend.ts';
import { OpenStackBackend } from '../../../src/cloud/openstack.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { sleep, systemClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { UndiciTransport } from '../../../src/openstack/http.ts';
import { OpenStack, type HttpAnswer, type HttpRequest, type Transport } from '../../../src/openstack/sdk.ts';

/** An OpenStack to run the contract against: a project with at least one free instance, and names of things that exist in it. */
export interface ContractTarget {
  /** Content of a clouds.yaml whose entry authenticates by password. */
  cloudsYaml: string;
  cloudName: string;
  imageName: string;
  networkName: string;
  /** The smallest flavor that boots the image. */
  flavorName: string;
  keyName: string;
  /** Another one than `default`. */
  securityGroup: string;
}

export function sdkOf(target: ContractTarget): OpenStack {
  return OpenStack.fromCloudsYaml({ text: target.cloudsYaml, cloudName: target.cloudName });
}

export function backendOf(
  target: ContractTarget,
  clusterUid: string,
  cloudsYaml = target.cloudsYaml,
): OpenStackBackend {
  const { cloudName } = target;
  return new OpenStackBackend({ cloudsYaml, cloudName, clusterUid, clock: systemClock, random: seededRandom(1) });
}

/** A template that boots on the target. */
export function templateOf(target: ContractTarget): VmTemplate {
  return {
    image: { name: target.imageName },
    networks: [{ name: target.networkName }],
    securityGroups: [target.securityGroup],
    keyName: target.keyName,
    availabilityZones: [],
    rootVolume: undefined,
    serverGroupPolicy: undefined,
    metadata: { owner: 'contract' },
  };
}

/** The target's clouds.yaml with other values in `auth`. */
export function withAuth(
  target: ContractTarget,
  auth: Record<string, string>,
  cloud: Record<string, string> = {},
): string {
  const file = parse(target.cloudsYaml) as { clouds: Record<string, { auth: Record<string, string> }> };
  const entry = file.clouds[target.cloudName]!;
  return stringify({ clouds: { [target.cloudName]: { ...entry, ...cloud, auth: { ...entry.auth, ...auth } } } });
}

/** The error that `promise` rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<EhosError> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    if (error instanceof EhosError) return error;
    throw error;
  }
  throw new Error(`was not refused: ${JSON.stringify(result)}`);
}

/** Asks every half second until `done` holds, at most for `seconds`; returns the last answer. */
export async function eventually<T>(ask: () => Promise<T>, done: (value: T) => boolean, seconds: number): Promise<T> {
  const until = systemClock.now() + seconds * 1000;
  for (;;) {
    const value = await ask();
    if (done(value) || systemClock.now() > until) return value;
    await sleep(systemClock, 500);
  }
}

/** The real network, with the last token that Keystone gave left open to the test. */
export class TokenSpy implements Transport {
  readonly #inner = new UndiciTransport({ clock: systemClock });
  token = '';

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#inner.send(request);
    this.token = answer.header('x-subject-token') ?? this.token;
    return answer;
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
