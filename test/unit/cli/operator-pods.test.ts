import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import type { Cluster } from '../../../src/cli/connect.ts';
import { operatorPods, type OperatorPod } from '../../../src/cli/operator-pods.ts';
import { operatorCluster, pod } from './operator-cluster.ts';

const only = async (made: object): Promise<OperatorPod> => {
  const [found] = await operatorPods(operatorCluster({}, [made]));
  return found!;
};

describe('pods of the operator', () => {
  it('are told by where they are, of which release, as whom they act, and where they serve', async () =>
    expect(await only(pod('ehos-a'))).to.deep.equal({
      namespace: 'ehos-system',
      name: 'ehos-a',
      release: 'ehos',
      account: 'ehos-operator',
      port: 8080,
      adminPort: 8081,
      lease: { namespace: 'ehos-system', name: 'ehos-operator' },
    }));

  it('without a port for admins are asked at the other one', async () =>
    expect(await only(pod('ehos-a', { ports: [{ name: 'http', containerPort: 9090 }] }))).to.deep.include({
      port: 9090,
      adminPort: undefined,
    }));

  for (const [args, lease] of [
    [['run', '--leader-elect'], { namespace: 'ehos-system', name: 'ehos-operator' }],
    [['run', '--lease-name=ehos-leader', '--lease-namespace=kube'], { namespace: 'kube', name: 'ehos-leader' }],
    [['run', '--lease-name', 'ehos-leader'], { namespace: 'ehos-system', name: 'ehos-leader' }],
    [['run', '--no-leader-elect', '--lease-name=ehos-leader'], undefined],
  ] as const)
    it(`started with ${args.join(' ')} agree on ${lease ? `${lease.namespace}/${lease.name}` : 'nothing'}`, async () =>
      expect((await only(pod('ehos-a', { args: [...args] }))).lease).to.deep.equal(lease));

  describe('are looked for by whoever may not list all', () => {
    /** `seen`: the one namespace whose pods may be listed. */
    const look = async (seen: string | undefined): Promise<{ names: string[]; scopes: (string | undefined)[] }> => {
      const scopes: (string | undefined)[] = [];
      const list = (_type: unknown, scope: string | undefined): Promise<object> => {
        scopes.push(scope);
        if (scope !== undefined && scope === seen)
          return Promise.resolve({ items: [pod('ehos-a')], resourceVersion: '1', continueToken: undefined });
        return Promise.reject(new EhosError('Auth', 'list pods: it is Forbidden', { status: 403 }));
      };
      const cluster = { ...operatorCluster({}), client: { list } as unknown as Cluster['client'] };
      return { names: (await operatorPods(cluster)).map(({ name }) => name), scopes };
    };

    it("in the command's namespace", async () =>
      expect(await look('default')).to.deep.equal({ names: ['ehos-a'], scopes: [undefined, 'default'] }));

    it('then where the operator usually is', async () =>
      expect(await look('ehos-system')).to.deep.equal({
        names: ['ehos-a'],
        scopes: [undefined, 'default', 'ehos-system'],
      }));

    it('and are none where all of it is refused', async () => expect((await look(undefined)).names).to.deep.equal([]));
  });
});
