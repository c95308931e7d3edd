/** What the operator relies on in a Kubernetes API: one suite for the real one and for the sandbox's. */
import { Cluster, type KubeTarget } from './target.ts';
import { deletion } from './deletion.ts';
import { events } from './events.ts';
import { leases } from './leases.ts';
import { lists } from './lists.ts';
import { reflector } from './reflector.ts';
import { refusals } from './refusals.ts';
import { rules } from './rules.ts';
import { verbs } from './verbs.ts';
import { views } from './views.ts';
import { watches } from './watches.ts';
import { writes } from './writes.ts';

export function kubeContract(getTarget: () => Promise<KubeTarget>): void {
  describe('Kubernetes API', function () {
    this.timeout(60_000);
    let cluster: Cluster;
    const use = (): Cluster => cluster;

    before(async () => {
      cluster = new Cluster(await getTarget());
      await cluster.prepare();
    });

    after(async () => {
      await cluster.dispose();
    });

    verbs(use);
    refusals(use);
    rules(use);
    writes(use);
    deletion(use);
    lists(use);
    views(use);
    watches(use);
    events(use);
    leases(use);
    reflector(use);
  });
}
