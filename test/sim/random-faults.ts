/** Faults by chance: each call has its own draw, so that what happens to one does not depend on how many came before it elsewhere. */
import type { Fault, FaultSource, Site } from './faults.ts';
import type { Rates } from './scenario.ts';
import { Draw, randomOf } from './seeds.ts';

const SECOND = 1_000;

const STATUSES = {
  kube: { reads: [401, 403, 404, 429, 500, 503, 504], writes: [401, 403, 404, 409, 429, 500, 503, 504] },
  cloud: { reads: [401, 403, 404, 429, 500, 502, 503, 504], writes: [401, 403, 404, 409, 429, 500, 502, 503, 504] },
  condor: { reads: [401, 500], writes: [401, 500] },
} as const;

export class RandomFaults implements FaultSource {
  constructor(
    private readonly seed: number,
    private readonly rates: Rates,
  ) {}

  faultOf(site: Site, call: number): Fault | undefined {
    const { crash, network, refusal, watch } = this.rates;
    const random = randomOf(this.seed, site.name, call);
    const dice = random.next();
    const draw = new Draw(random);
    if (dice < crash) return crashAt(draw);
    if (dice < crash + network) return networkFault(site, draw);
    if (dice < crash + network + refusal) return refusalOf(site, draw);
    if (site.watch && dice > 1 - watch) return watchFault(draw);
    return undefined;
  }
}

function crashAt(draw: Draw): Fault {
  // a pod is back in seconds; now and then its node is gone as well
  const restartAfterMs = draw.chance(0.1) ? draw.span(30 * SECOND, 600 * SECOND) : draw.span(SECOND, 20 * SECOND);
  return { kind: 'crash', when: draw.chance(0.5) ? 'before' : 'after', restartAfterMs };
}

function networkFault(site: Site, draw: Draw): Fault {
  const kind = draw.weighted([
    [2, 'unreachable'],
    [2, 'request-lost'],
    [3, 'reply-lost'],
    [2, 'slow-request'],
    [1, 'slow-reply'],
    [site.repeatable ? 1 : 0, 'duplicate'],
    [site.peer === 'cloud' && !site.mutates ? 2 : 0, 'stale'],
    [site.peer === 'condor' ? 2 : 0, 'half'],
  ] as const);
  switch (kind) {
    case 'request-lost':
    case 'reply-lost':
      return { kind, silent: draw.chance(0.3) };
    case 'slow-request':
    case 'slow-reply':
      return { kind, ms: draw.span(SECOND, 120 * SECOND) };
    case 'duplicate':
      return { kind, second: draw.chance(0.5) };
    case 'unreachable':
    case 'stale':
    case 'half':
      return { kind };
  }
}

function refusalOf({ peer, mutates }: Site, draw: Draw): Fault {
  const status = draw.one(mutates ? STATUSES[peer].writes : STATUSES[peer].reads);
  // a proxy that gives up waiting says so although the change is made
  const afterEffect = peer !== 'condor' && mutates && status >= 500 && draw.chance(0.4);
  return { kind: 'status', status, afterEffect };
}

function watchFault(draw: Draw): Fault {
  const kind = draw.one(['watch-closed', 'watch-silent', 'watch-expired'] as const);
  return { kind, ms: draw.span(SECOND / 10, 240 * SECOND) };
}
