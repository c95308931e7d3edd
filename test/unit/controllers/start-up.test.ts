import { expect } from 'chai';
import type { KubeObject } from '../../../src/api/resources.ts';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError, messageOf } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { StartUp } from '../../../src/controllers/start-up.ts';
import type { KubeClient } from '../../../src/kube/types.ts';

type Get = (name: string) => KubeObject;

const refused = new EhosError('Transient', 'get namespaces "kube-system": connect ECONNREFUSED');

describe('the start', () => {
  let clock: ManualClock;
  let get: Get;
  let asked: string[];
  let warned: unknown[];
  let abort: AbortController;
  let startUp: StartUp;

  beforeEach(() => {
    clock = new ManualClock();
    asked = [];
    warned = [];
    abort = new AbortController();
    get = (name) => ({ metadata: { name, uid: `uid-of-${name}` } });
    const client = {
      get: (_type: unknown, _namespace: string, name: string) => {
        asked.push(name);
        return new Promise((resolve) => resolve(get(name)));
      },
    } as unknown as KubeClient;
    const log = { ...silentLog, warn: (_message: string, fields?: object) => warned.push(fields) };
    startUp = new StartUp({ client, clock, random: { next: () => 0.5 }, log, signal: abort.signal });
  });

  it('knows the cluster by kube-system', async () => {
    expect(await startUp.findClusterUid()).to.equal('uid-of-kube-system');
    expect(startUp.obstacle).to.equal(undefined);
  });

  it('asks until the API answers, ever more seldom, and says meanwhile what is in the way', async () => {
    get = () => {
      throw refused;
    };
    const found = startUp.findClusterUid();
    await clock.advance(3_000);
    expect(asked).to.have.length(3);
    expect(messageOf(startUp.obstacle)).to.include('ECONNREFUSED');
    expect(warned[0]).to.deep.include({ reason: refused.message, retryInMs: 1_000 });
    await clock.advance(60_000);
    expect(asked.length, 'every 15 s at the most').to.be.within(6, 9);
    get = (name) => ({ metadata: { name, uid: 'u' } });
    await clock.advance(15_000);
    expect(await found).to.equal('u');
    expect(startUp.obstacle).to.equal(undefined);
  });

  it('ends when the operator is stopped', async () => {
    get = () => {
      throw refused;
    };
    const found = startUp.findClusterUid().catch(messageOf);
    await clock.advance(0);
    abort.abort(new EhosError('Transient', 'stopping'));
    expect(await found).to.equal('stopping');
  });

  it('waits for a namespace that does not exist: it may be misspelt', async () => {
    get = () => {
      throw new EhosError('NotFound', 'not found', { status: 404 });
    };
    let there = false;
    const waiting = startUp.requireNamespace('scince').then(() => (there = true));
    await clock.advance(1_000);
    expect(messageOf(startUp.obstacle)).to.equal('--namespace: there is no namespace "scince" in this cluster');
    expect(there).to.equal(false);
    get = (name) => ({ metadata: { name } });
    await clock.advance(15_000);
    await waiting;
  });

  it('needs no right to look whether the namespace exists', async () => {
    get = () => {
      throw new EhosError('Auth', 'forbidden', { status: 403 });
    };
    await startUp.requireNamespace('science');
    expect(startUp.obstacle).to.equal(undefined);
  });
});
