/** Instances, cores and memory of a project: what is used, and Nova's words when it is too much. */
import type { SandboxFlavor } from '../clouds.ts';
import type { Project, Server } from '../state.ts';

export interface Usage {
  instances: number;
  cores: number;
  /** MiB. */
  ram: number;
}

/** ERROR servers count, build requests do not yet (measured). */
export function usageOf(project: Project, except?: Server): Usage {
  const usage: Usage = { instances: 0, cores: 0, ram: 0 };
  for (const server of project.servers.values()) {
    if (server.buildRequest || server === except) continue;
    usage.instances++;
    usage.cores += server.flavor.vcpus;
    usage.ram += server.flavor.ram;
  }
  return usage;
}

/**
 * Undefined when `count` more servers of the flavor fit.
 * The API asks before it accepts, the conductor again with `count` 0 once the server is counted (nova.compute.utils.check_num_instances_quota).
 */
export function quotaError(project: Project, flavor: SandboxFlavor, count: number): string | undefined {
  const used = usageOf(project);
  const wanted: Usage = { instances: count, cores: count * flavor.vcpus, ram: count * flavor.ram };
  const over = (['cores', 'instances', 'ram'] as const).filter((kind) => {
    const limit = project.quota[kind];
    return limit >= 0 && used[kind] + wanted[kind] > limit;
  });
  if (over.length === 0) return undefined;
  const list = (of: (kind: keyof Usage) => number | string): string => over.map(of).join(', ');
  const names = list((kind) => kind);
  return `Quota exceeded for ${names}: Requested ${list((kind) => wanted[kind])}, but already used ${list((kind) => used[kind])} of ${list((kind) => project.quota[kind])} ${names}`;
}
