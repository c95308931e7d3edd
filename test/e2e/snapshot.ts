/** `ehos snapshot` and `ehos plan`: a file from the running operator, planned without it, gives the decision that its status shows. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ehos } from './operator.ts';
import { MINUTE, type Stage } from './stage.ts';

interface Planned {
  pools: { what: string; why: string }[];
}

/**
 * In mode Observe, with jobs in the queue that nodes would be made for, when the nodes that stand are full: a decision that stays as it is
 * while one looks. Returns how many nodes would be made.
 */
export async function checkSnapshot({ report, cluster, operator, pool }: Stage): Promise<number> {
  const decided = async (): Promise<{ what: string; why: string }> => {
    const { what = '', why = '' } = (await cluster.pool(pool)).status?.lastDecision ?? {};
    return { what, why };
  };
  const file = join(tmpdir(), `ehos-e2e-${process.pid}.yaml`);
  let shown = { what: '', why: '' };
  let found: Planned['pools'][number] | undefined;
  try {
    await operator.until('a snapshot is taken while the decision stays', 2 * MINUTE, async () => {
      shown = await decided();
      if (!shown.what.startsWith('would create') || !shown.why.includes('none are free or booting')) return false;
      await ehos('snapshot', '--url', operator.adminUrl, '--namespace', cluster.namespace, '--output', file);
      const after = await decided();
      return after.what === shown.what && after.why === shown.why;
    });
    const plan = JSON.parse(await ehos('plan', '-f', file, '-o', 'json', '--pool', pool)) as Planned;
    [found] = plan.pools;
    const table = await ehos('plan', '-f', file, '--pool', pool);
    report.section(
      `## What would be done\n\nIn mode Observe, with two more shapes queued: a snapshot of the running operator, planned offline.\n\n\`\`\`\n${table.trimEnd()}\n\`\`\`\n`,
    );
  } finally {
    rmSync(file, { force: true });
  }
  report.check(
    'ehos plan of an ehos snapshot says the same what as the status',
    found?.what === shown.what,
    `${found?.what ?? ''}; status: ${shown.what}`,
  );
  report.check('and the same why', found?.why === shown.why, `${found?.why ?? ''}; status: ${shown.why}`);
  return Number(/^would create (\d+)/.exec(shown.what)?.[1]);
}
