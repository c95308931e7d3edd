/** Nothing may be left: by OpenStack's, HTCondor's and the kube-apiserver's own word. */
import type { Cluster } from './cluster.ts';
import type { Report } from './report.ts';
import { adsOfOurs, belongings, PROJECTS } from './truth.ts';

export async function checkNothingLeft(report: Report, cluster: Cluster): Promise<void> {
  for (const project of PROJECTS) {
    const { servers, ports, volumes, floatingIps } = await belongings(project);
    const found = `${servers.length} servers, ${ports.length} ports, ${volumes.length} volumes, ${floatingIps.length} floating IPs`;
    report.check(
      `nothing of ours in project ${project}`,
      servers.length + ports.length + volumes.length + floatingIps.length === 0,
      found,
    );
  }
  const ads = await adsOfOurs();
  report.check('no ad of ours in the collector', ads.length === 0, ads.length === 0 ? 'none' : ads.join('; '));
  const left = await cluster.nodes();
  report.check('no EhosNode in the kube-apiserver', left.length === 0, String(left.length));
}

export async function checkEvents(report: Report, cluster: Cluster): Promise<void> {
  const each = 'jsonpath={range .items[*]}{.reason}{"\\n"}{end}';
  const events = await cluster.kubectl('get', 'events.events.k8s.io', '-o', each);
  const reasons = new Set(events.split('\n').filter(Boolean));
  const wanted = ['CreatingNodes', 'Launched', 'Joined', 'RemovingNodes', 'Drained'];
  report.check(
    'events say what was done',
    wanted.every((reason) => reasons.has(reason)),
    [...reasons].sort().join(', '),
  );
}

export async function checkKubernetesEmpty(report: Report, cluster: Cluster): Promise<void> {
  const left = (await cluster.kubectl('get', 'ehos', '-o', 'name')).trim();
  report.check('pool, master and clouds are gone', left === '', left || 'none left');
}
