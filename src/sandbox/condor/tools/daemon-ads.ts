/** The ads that the collector has, by kind, and the negotiator's own. */
import { plainAd, type Ad } from '../pool/classad.ts';
import { JobStatus } from '../pool/jobs.ts';
import type { CondorPool } from '../pool/pool.ts';
import { masterAd, slotAds } from '../pool/slot-ads.ts';
import { CONDOR_PLATFORM, CONDOR_VERSION } from '../pool/version.ts';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** NEGOTIATOR_UPDATE_INTERVAL: NEGOTIATOR_UPDATE_AFTER_CYCLE is false, so that the collector knows of cycles so much later (measured). */
const NEGOTIATOR_UPDATE_MS = 300_000;

export function allSlots(pool: CondorPool): Ad[] {
  const now = pool.clock.now();
  return pool.collector
    .visible(now)
    .flatMap((startd) => slotAds({ startd, report: startd.report, heardAt: startd.lastHeardAt(now) }));
}

/** What it last told the collector; nothing once that is older than CLASSAD_LIFETIME, or the collector has started since (measured). */
export function negotiatorAds(pool: CondorPool): Ad[] {
  const now = pool.clock.now();
  const age = (now - pool.startedAt) % NEGOTIATOR_UPDATE_MS;
  const told = now - age;
  const known = age <= pool.settings.adLifetimeSeconds * 1000 && told >= pool.collector.startedAt;
  return known ? [negotiatorAd(pool, told)] : [];
}

/** Its state at a time. */
export function negotiatorAd(pool: CondorPool, at: number): Ad {
  const cycles = pool.cycleTimes
    .recent(at)
    .flatMap((begun, i) => [
      [`LastNegotiationCycleTime${i}`, seconds(begun)] as const,
      [`LastNegotiationCycleEnd${i}`, seconds(begun)] as const,
      [`LastNegotiationCycleDuration${i}`, 0] as const,
    ]);
  return plainAd({
    ...daemon(pool, 'Negotiator'),
    DaemonStartTime: seconds(pool.startedAt),
    LastHeardFrom: seconds(at),
    MyCurrentTime: seconds(at),
    Name: pool.settings.hostname,
    ...Object.fromEntries<number>(cycles),
  });
}

export function masterAds(pool: CondorPool): Ad[] {
  const now = pool.clock.now();
  const nodes = pool.collector.all(now).filter((startd) => pool.collector.hasMasterAd(startd, now));
  const own = plainAd({
    ...daemon(pool, 'DaemonMaster'),
    Name: pool.settings.hostname,
    DaemonStartTime: seconds(pool.collector.startedAt),
  });
  return [
    own,
    ...nodes.map((startd) => masterAd({ startd, report: startd.report, heardAt: startd.masterHeardAt(now) })),
  ];
}

/** Its MyCurrentTime stays at its start and DaemonStartTime is missing (measured). */
export function collectorAds(pool: CondorPool): Ad[] {
  const { collector, settings, clock } = pool;
  const started = seconds(collector.startedAt);
  const now = seconds(clock.now());
  return [
    plainAd({
      ...daemon(pool, 'Collector'),
      HostsTotal: collector.visible(clock.now()).length,
      MyCurrentTime: started,
      Name: `My Pool - ${settings.collector.host}@${settings.hostname}`,
      StatsLastUpdateTime: now,
      StatsLifetime: now - started,
    }),
  ];
}

export function scheddAd(pool: CondorPool): Ad {
  const { schedd, settings } = pool;
  return plainAd({
    ...daemon(pool, 'Scheduler'),
    Name: settings.hostname,
    TotalHeldJobs: schedd.count(JobStatus.Held),
    TotalIdleJobs: schedd.count(JobStatus.Idle),
    TotalRunningJobs: schedd.count(JobStatus.Running),
  });
}

export function submitterAds(pool: CondorPool): Ad[] {
  const counts = new Map<string, Uint32Array>();
  for (const { shape, counts: own } of pool.schedd.clusters.values()) {
    const sum = counts.get(shape.owner) ?? new Uint32Array(8);
    own.forEach((count, status) => (sum[status] = (sum[status] ?? 0) + count));
    counts.set(shape.owner, sum);
  }
  return [...counts].map(([owner, sum]) =>
    plainAd({
      ...daemon(pool, 'Submitter'),
      HeldJobs: sum[JobStatus.Held] ?? 0,
      IdleJobs: sum[JobStatus.Idle] ?? 0,
      Name: `${owner}@${pool.settings.trustDomain}`,
      RunningJobs: sum[JobStatus.Running] ?? 0,
    }),
  );
}

function daemon(pool: CondorPool, type: string): Record<string, string | number> {
  const { hostname, collector } = pool.settings;
  return {
    CondorPlatform: CONDOR_PLATFORM,
    CondorVersion: CONDOR_VERSION,
    LastHeardFrom: seconds(pool.clock.now()),
    Machine: hostname,
    MyAddress: `<${collector.host}:${collector.port}?addrs=${collector.host}-${collector.port}&alias=${hostname}&noUDP&sock=${type.toLowerCase()}>`,
    MyType: type,
  };
}
