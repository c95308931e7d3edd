/** Entry point of the SDK for users of its own: everything that is meant to be used from outside. See README.md. */
import type { CallMeter } from '../base/call-meter.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { WriteGate } from '../base/write-gate.ts';
import { readCloudsYaml, type CloudsYamlInput } from './clouds-yaml.ts';
import type { CloudConfig } from './cloud-config.ts';
import { ComputeClient } from './compute.ts';
import type { Transport } from './http.ts';
import { ImageClient } from './image.ts';
import { NetworkClient } from './network.ts';
import { Session } from './session.ts';
import { VolumeClient } from './volume.ts';

export interface OpenStackOptions {
  clock?: Clock;
  random?: Random;
  log?: Log;
  /** Replaces the network, for tests. */
  transport?: Transport;
  /** Deadline of a call that names none, milliseconds (default 60,000). */
  timeoutMs?: number;
  /** Everything but reads passes it; absent: it is always open. */
  gate?: WriteGate;
  /** Where calls are counted. */
  meter?: CallMeter;
}

/** One project of one cloud: a session and a client for each service. */
export class OpenStack {
  readonly session: Session;
  readonly compute: ComputeClient;
  readonly image: ImageClient;
  readonly network: NetworkClient;
  readonly volume: VolumeClient;

  constructor(cloud: CloudConfig, options: OpenStackOptions = {}) {
    this.session = new Session({ cloud, ...options });
    this.compute = new ComputeClient(this.session);
    this.image = new ImageClient(this.session);
    this.network = new NetworkClient(this.session);
    this.volume = new VolumeClient(this.session);
  }

  /** From the content of a clouds.yaml. Throws EhosError `Invalid` naming the field; nothing is called yet. */
  static fromCloudsYaml(input: CloudsYamlInput, options: OpenStackOptions = {}): OpenStack {
    return new OpenStack(readCloudsYaml(input), options);
  }

  /** Ends the connections. */
  async close(): Promise<void> {
    await this.session.close();
  }
}

export { EhosError, type ErrorClass } from '../base/errors.ts';
export type { WriteGate } from '../base/write-gate.ts';
export { credentialExpiry } from './application-credential.ts';
export { faultClass } from './errors.ts';
export { MAX_USER_DATA_BYTES } from './server-create.ts';
export { readCloudsYaml, type CloudsYamlInput } from './clouds-yaml.ts';
export type * from './cloud-config.ts';
export type * from './compute-types.ts';
export { ComputeClient, type ServerFilter } from './compute.ts';
export { ImageClient, type Image, type ImageFilter } from './image.ts';
export { NetworkClient } from './network.ts';
export type * from './network-types.ts';
export { Session, type Answer, type Call, type CallOptions, type Identity, type SessionOptions } from './session.ts';
export { VolumeClient, type Volume, type VolumeCreate, type VolumeLimits, type VolumeType } from './volume.ts';
export type { HttpAnswer, HttpRequest, Transport } from './http.ts';
