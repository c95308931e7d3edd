import { expect } from 'chai';
import { EhosError } from '../../../../src/base/errors.ts';
import { OPERATOR_LABELS } from '../../../../src/cli/cluster.ts';
import { snapshotOfLeader } from '../../../../src/cli/snapshot/leader.ts';
import { operatorCluster, type Asked, type PodAnswer } from '../operator-cluster.ts';

const PATH = '/snapshot.json?namespace=science';
const taken = (namespace: string): PodAnswer => JSON.stringify({ kind: 'EhosSnapshot', namespace });
const refuses = (pod: string, status: number, words: string): PodAnswer =>
  new EhosError('Transient', `pod ${pod} answers ${PATH} with ${status}: ${words}`, { status });
const standby = (pod: string): PodAnswer => refuses(pod, 503, 'a standby plans nothing: ask the leader');

describe('the snapshot of the leader', () => {
  let asked: Asked[];
  const ask = async (answers: Record<string, PodAnswer>): Promise<unknown> => {
    const cluster = operatorCluster(answers);
    ({ asked } = cluster);
    return await snapshotOfLeader(cluster, OPERATOR_LABELS, PATH).catch((error: unknown) => error);
  };
  const words = async (answers: Record<string, PodAnswer>): Promise<string> => {
    const error = await ask(answers);
    expect(error).to.be.instanceOf(EhosError);
    return (error as EhosError).message;
  };

  it('is taken through the port for admins, from whichever pod has one, with time and room for a large one', async () => {
    const found = await ask({ 'ehos-a': standby('ehos-a'), 'ehos-b': taken('science') });
    expect(found).to.deep.include({ kind: 'EhosSnapshot', namespace: 'science' });
    const how = { port: 8081, path: PATH, bounds: { patienceMs: 30_000, mostBytes: 64 * 1024 * 1024 } };
    expect(asked).to.deep.equal([
      { pod: 'ehos-system/ehos-a', ...how },
      { pod: 'ehos-system/ehos-b', ...how },
    ]);
  });

  it('is taken although another pod cannot be reached', async () => {
    const gone = new EhosError('Transient', 'port-forward to pod ehos-a: no answer within 30 s');
    expect(await ask({ 'ehos-a': gone, 'ehos-b': taken('science') })).to.deep.include({ namespace: 'science' });
  });

  it('is not there where nobody leads, and each pod says why', async () =>
    expect(await words({ 'ehos-a': standby('ehos-a'), 'ehos-b': refuses('ehos-b', 503, 'not listed yet') })).to.equal(
      `no pod of the operator leads: pod ehos-a answers ${PATH} with 503: a standby plans nothing: ask the leader; pod ehos-b answers ${PATH} with 503: not listed yet`,
    ));

  it('is refused by a leader in its own words, and what the others say does not matter', async () =>
    expect(
      await words({ 'ehos-a': standby('ehos-a'), 'ehos-b': refuses('ehos-b', 400, 'name one of science, teaching') }),
    ).to.equal(`pod ehos-b answers ${PATH} with 400: name one of science, teaching`));

  it('is that of the release that has pools in the namespace, where another has none there', async () =>
    expect(
      await ask({ 'ehos-a': refuses('ehos-a', 404, 'there is no EhosNodePool'), 'ehos-b': taken('science') }),
    ).to.deep.include({ namespace: 'science' }));

  it('is not chosen at will where two releases have one', async () =>
    expect(await words({ 'ehos-a': taken('science'), 'ehos-b': taken('teaching') })).to.equal(
      'several operators have a snapshot: ehos-system/ehos-a (of namespace science), ehos-system/ehos-b (of namespace teaching): name a namespace with -n, or one of them with --selector',
    ));

  it('is nothing else that answers there', async () =>
    expect(await words({ 'ehos-a': '<html>welcome</html>' })).to.match(/what pod ehos-a answers is no snapshot/));

  it('cannot be asked for where no pod is found', async () =>
    expect(await words({})).to.equal(
      'no pod has the labels app.kubernetes.io/name=ehos-operator, or you may not list pods: see --selector, or give --url',
    ));
});
