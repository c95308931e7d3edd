/** What every controller is given. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { KubeObject, ResourceType, EhosCloud, EhosMaster, EhosNode, EhosNodePool } from '../api/resources.ts';
import type { CloudBackend } from '../cloud/backend.ts';
import type { CondorMaster } from '../condor/master.ts';
import type { LifecycleSettings } from '../domain/lifecycle-types.ts';
import { defaultOrphanSettings, type OrphanSettings } from '../domain/orphans.ts';
import type { KubeClient, Store } from '../kube/types.ts';

export interface Settings {
  /** Between two listings of a cloud in which nothing is under way, ms. */
  cloudSyncInterval: number;
  /** The same while servers are being made or deleted, ms. */
  cloudBusyInterval: number;
  /** Most time between two looks at pending token requests while nodes boot, ms. */
  joinPollInterval: number;
  /** UPDATE_INTERVAL of worker nodes, seconds. */
  nodeUpdateInterval: number;
  /** Creates under way at the same time in one cloud. */
  createConcurrency: number;
  orphans: OrphanSettings;
  /** `bootTimeout` comes from the pool; `lostAfter` from nodeUpdateInterval. */
  lifecycle: LifecycleSettings;
}

export const defaultSettings = {
  cloudSyncInterval: 60_000,
  cloudBusyInterval: 5_000,
  joinPollInterval: 5_000,
  nodeUpdateInterval: 60,
  createConcurrency: 8,
  orphans: defaultOrphanSettings,
};

/** How to log in to a master; the Secrets' contents, already read. */
export interface MasterAccess {
  host: string;
  port: number;
  user: string;
  privateKey: string;
  /** Text of known_hosts, or one public key line. */
  hostKeys: { knownHosts: string } | { publicKey: string };
}

/** How to log in to a cloud. */
export interface CloudAccess {
  cloudsYaml: string;
  cloudName: string;
  cacert: string | undefined;
  region: string | undefined;
  /** Marks our servers. */
  clusterUid: string;
}

export interface Factories {
  cloud(access: CloudAccess, name: string): CloudBackend;
  master(access: MasterAccess, name: string): CondorMaster;
}

export interface EventSink {
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, note: string): void;
}

export interface Context {
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Log;
  events: EventSink;
  settings: Settings;
  /** uid of namespace kube-system: tells our servers from those of another cluster. */
  clusterUid: string;
  stores: {
    clouds: Store<EhosCloud>;
    masters: Store<EhosMaster>;
    pools: Store<EhosNodePool>;
    nodes: Store<EhosNode>;
  };
  /** Puts what a write returned into the local copy, so that the writer sees it at once. */
  remember(type: ResourceType, object: KubeObject): void;
  /** Asks for another look at an object; `afterMs` absent: now, for a pool soon. */
  wake: Record<'cloud' | 'master' | 'pool' | 'node', (key: string, afterMs?: number) => void>;
  factories: Factories;
  /** Ends all calls when the operator stops. */
  signal: AbortSignal;
}

/**
 * After the first look at a cloud or master the pools are planned before thousands of nodes are looked at: whoever waits in the queue has
 * waited through the start already.
 */
export const AT_ONCE = 0;

/** When to look again; undefined: when something changes. */
export type Requeue = { afterMs: number } | undefined;
