import { expect } from 'chai';
import { NODES, type EhosNode } from '../../../src/api/resources.ts';
import { isExpired, watchError } from '../../../src/kube/errors.ts';
import type { WatchEvent } from '../../../src/kube/types.ts';
import { type Cluster, eventually, failureOf } from './target.ts';

interface WatchOptions {
  resourceVersion?: string;
  timeoutSeconds?: number;
  labelSelector?: string;
}

/** Collects the events of a watch until it ends or is ended. */
class Watching {
  readonly events: WatchEvent<EhosNode>[] = [];
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();

  constructor(cluster: Cluster, options: WatchOptions) {
    const watch = cluster.client.watch<EhosNode>(
      NODES,
      cluster.namespace,
      { resourceVersion: '', timeoutSeconds: 60, ...options },
      this.#abort.signal,
    );
    this.ended = (async () => {
      for await (const event of watch) this.events.push(event);
    })();
    this.ended.catch(() => undefined);
  }

  async until(count: number): Promise<string[]> {
    await eventually(`${count} events, got ${this.said().join(', ')}`, () => this.said().length >= count);
    return this.said();
  }

  /** `ADDED name`, without bookmarks. */
  said(): string[] {
    const told = this.events.filter((event) => event.type !== 'BOOKMARK');
    return told.map((event) => `${event.type} ${event.object.metadata.name}`);
  }

  async end(): Promise<void> {
    this.#abort.abort();
    await this.ended.catch(() => undefined);
  }
}

export function watches(use: () => Cluster): void {
  describe('watch', () => {
    let open: Watching[] = [];
    const watch = (options: WatchOptions): Watching => {
      const watching = new Watching(use(), options);
      open.push(watching);
      return watching;
    };
    const now = async (): Promise<string> => (await use().client.list(NODES, use().namespace)).resourceVersion;

    afterEach(async () => {
      for (const watching of open) await watching.end();
      open = [];
    });

    it('tells what happens after a version, in order', async () => {
      const { client, namespace } = use();
      const watching = watch({ resourceVersion: await now() });
      await client.create(NODES, use().node('seen'));
      await client.patchStatus(NODES, namespace, 'seen', { status: { phase: 'Ready' } });
      await client.delete(NODES, namespace, 'seen');
      expect(await watching.until(3)).to.deep.equal(['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
      const versions = watching.events.map((event) => Number(event.object.metadata.resourceVersion));
      expect(versions).to.deep.equal([...new Set(versions)].sort((a, b) => a - b));
      expect(watching.events[1]?.object.status?.phase).to.equal('Ready');
      // the last state, under the version of the deletion
      expect(watching.events[2]?.object.status?.phase).to.equal('Ready');
    });

    it('goes on from the version of a deletion without telling it again', async () => {
      const { client, namespace } = use();
      await client.create(NODES, use().node('seen-once'));
      const first = watch({ resourceVersion: await now() });
      await client.delete(NODES, namespace, 'seen-once');
      await first.until(1);
      const version = first.events[0]?.object.metadata.resourceVersion ?? '';
      const second = watch({ resourceVersion: version });
      await client.create(NODES, use().node('seen-after'));
      expect((await second.until(1))[0]).to.equal('ADDED seen-after');
    });

    it('catches up on what happened before it began', async () => {
      const { client, namespace } = use();
      const version = await now();
      await client.create(NODES, use().node('caught'));
      await client.patch(NODES, namespace, 'caught', { metadata: { labels: { a: 'b' } } });
      const watching = watch({ resourceVersion: version });
      expect(await watching.until(2)).to.deep.equal(['ADDED caught', 'MODIFIED caught']);
      expect(watching.events[0]?.object.metadata.labels).to.equal(undefined);
    });

    it('tells nothing of a write that changes nothing', async () => {
      const { client, namespace } = use();
      await client.create(NODES, use().node('quiet', {}, { labels: { a: 'b' } }));
      const watching = watch({ resourceVersion: await now() });
      await client.patch(NODES, namespace, 'quiet', { metadata: { labels: { a: 'b' } } });
      await client.patch(NODES, namespace, 'quiet', { metadata: { labels: { a: 'c' } } });
      await watching.until(1);
      expect(watching.events[0]?.object.metadata.labels).to.deep.equal({ a: 'c' });
    });

    it('tells a deletion with finalizers as a change first', async () => {
      const { client, namespace } = use();
      await client.create(NODES, use().node('slow-end', {}, { finalizers: ['ehos.io/cleanup'] }));
      const watching = watch({ resourceVersion: await now() });
      await client.delete(NODES, namespace, 'slow-end');
      await client.patch(NODES, namespace, 'slow-end', { metadata: { finalizers: null } });
      const [first, last] = await watching.until(2);
      expect([first, last]).to.deep.equal(['MODIFIED slow-end', 'DELETED slow-end']);
      expect(watching.events[0]?.object.metadata.deletionTimestamp).to.be.a('string');
    });

    it('by label tells of leaving the selection as of a deletion', async () => {
      const { client, namespace } = use();
      await client.create(NODES, use().node('leaver', {}, { labels: { team: 'a' } }));
      const watching = watch({ resourceVersion: await now(), labelSelector: 'team=a' });
      await client.patch(NODES, namespace, 'leaver', { metadata: { labels: { team: 'b' } } });
      await client.patch(NODES, namespace, 'leaver', { metadata: { labels: { team: 'a' } } });
      expect(await watching.until(2)).to.deep.equal(['DELETED leaver', 'ADDED leaver']);
    });

    it('ends by its timeout, with a bookmark of how far it has come', async () => {
      const { client, namespace } = use();
      const began = Date.now();
      const watching = watch({ resourceVersion: await now(), timeoutSeconds: 6 });
      await client.create(NODES, use().node('bookmarked'));
      await watching.until(1);
      // a real server sends none as long as nothing has happened since the watch began (measured)
      const { metadata } = await client.patch(NODES, namespace, 'bookmarked', { metadata: { labels: { a: 'b' } } });
      await watching.ended;
      expect(Date.now() - began).to.be.within(4_000, 20_000);
      const last = watching.events.at(-1);
      expect(last?.type).to.equal('BOOKMARK');
      expect(last?.object.kind).to.equal('EhosNode');
      expect(Number(last?.object.metadata.resourceVersion)).to.be.at.least(Number(metadata.resourceVersion));
    });

    it('can begin with all that is there', async () => {
      await use().client.create(NODES, use().node('initial', {}, { labels: { initial: '' } }));
      const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const path = `${use().path('ehosnodes')}?${query}&labelSelector=initial&timeoutSeconds=2`;
      const answer = await use().raw('GET', path);
      const events = answer.text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as WatchEvent<EhosNode>);
      expect(events[0]).to.have.nested.property('object.metadata.name', 'initial');
      expect(events[1]?.type).to.equal('BOOKMARK');
      expect(events[1]?.object.metadata.annotations).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
    });

    it('ends when the caller gives up', async () => {
      const watching = watch({ resourceVersion: await now() });
      await use().client.create(NODES, use().node('before-the-end'));
      await watching.until(1);
      await watching.end();
      const { errorClass } = await failureOf(watching.ended);
      expect(errorClass).to.equal('Transient');
    });

    it('from a version that is no longer kept says so', async function () {
      const { expiredVersion } = use();
      if (expiredVersion === undefined) this.skip();
      const watching = watch({ resourceVersion: expiredVersion });
      await watching.ended;
      expect(watching.events.map((event) => event.type)).to.deep.equal(['ERROR']);
      const error = watchError('watch', watching.events[0]?.object);
      expect(isExpired(error)).to.equal(true);
      expect(error.reason).to.equal('Expired');
    });
  });
}
