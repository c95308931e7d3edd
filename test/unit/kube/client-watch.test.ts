import { expect } from 'chai';
import { ManualClock, systemClock } from '../../../src/base/clock.ts';
import type { LogFields } from '../../../src/base/log.ts';
import { NODES, type KubeObject } from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { failure, quickClient } from './client-fixture.ts';
import { ApiStub, status } from './api-stub.ts';

describe('RestKubeClient.watch', () => {
  let api: ApiStub;
  let client: RestKubeClient;
  let clock: ManualClock;
  let warnings: LogFields[];

  const make = (options: Parameters<typeof quickClient>[3] = {}): RestKubeClient =>
    quickClient(api, clock, warnings, options);

  beforeEach(async () => {
    api = new ApiStub();
    await api.listen();
    clock = new ManualClock();
    warnings = [];
    client = make();
  });

  afterEach(async () => {
    await client.close();
    await api.close();
  });

  describe('watch', () => {
    const line = (type: string, name: string): string =>
      `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;
    const options = { resourceVersion: '5', timeoutSeconds: 60 };

    const collect = async (signal = new AbortController().signal, labelSelector?: string): Promise<string[]> => {
      const said: string[] = [];
      const all = { ...options, ...(labelSelector === undefined ? {} : { labelSelector }) };
      for await (const event of client.watch<KubeObject>(NODES, 'ns', all, signal))
        said.push(`${event.type} ${event.object.metadata.name}`);
      return said;
    };

    it('asks with bookmarks, and yields events as they come', async () => {
      api.answers = [(response) => void response.writeHead(200).end(line('ADDED', 'a') + line('DELETED', 'a'))];
      expect(await collect(undefined, 'x=y')).to.deep.equal(['ADDED a', 'DELETED a']);
      const url = new URL(api.asked[0]?.url ?? '', 'http://x');
      expect(url.pathname).to.equal('/apis/ehos.io/v1alpha1/namespaces/ns/ehosnodes');
      expect(Object.fromEntries(url.searchParams)).to.deep.equal({
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: '5',
        timeoutSeconds: '60',
        labelSelector: 'x=y',
      });
      expect(client.requests().get('watch ehosnodes')).to.equal(1);
    });

    it('rejects with the class of the answer', async () => {
      api.answers = [status(403, 'Forbidden')];
      expect(await failure(collect())).to.include({ errorClass: 'Auth', status: 403, reason: 'Forbidden' });
    });

    it('is not tried again by itself', async () => {
      api.answers = [status(500, 'InternalError')];
      expect((await failure(collect())).errorClass).to.equal('Transient');
      expect(api.asked).to.have.lengthOf(1);
    });

    it('takes fresh credentials after 401', async () => {
      api.answers = [status(401, 'Unauthorized'), (response) => void response.writeHead(200).end(line('ADDED', 'a'))];
      expect(await collect()).to.deep.equal(['ADDED a']);
      expect(api.fresh).to.deep.equal([false, true]);
    });

    it('rejects when the connection breaks within', async () => {
      api.answers = [
        (response) => {
          response.writeHead(200).write(line('ADDED', 'a'));
          setImmediate(() => response.destroy());
        },
      ];
      expect(await failure(collect())).to.include({ errorClass: 'Transient', maybeDone: false });
    });

    it('has a deadline for its beginning', async () => {
      await client.close();
      client = make({ clock: systemClock, timeoutMs: 50 });
      api.answers = [() => undefined];
      expect((await failure(collect())).errorClass).to.equal('Timeout');
    });

    it('has none for its course', async () => {
      await client.close();
      client = make({ clock: systemClock, timeoutMs: 50 });
      api.answers = [
        (response) => {
          response.writeHead(200).write(line('ADDED', 'a'));
          setTimeout(() => response.end(line('ADDED', 'b')), 120);
        },
      ];
      expect(await collect()).to.deep.equal(['ADDED a', 'ADDED b']);
    });

    it('ends its connection when the caller gives up, before the answer', async () => {
      const abort = new AbortController();
      const gone = new Promise((resolve) => {
        api.answers = [
          (response) => {
            response.on('close', resolve);
            abort.abort();
          },
        ];
      });
      expect((await failure(collect(abort.signal))).message).to.include('given up by the caller');
      await gone;
    });

    it('ends its connection when the caller gives up, in its course', async () => {
      const abort = new AbortController();
      const gone = new Promise((resolve) => {
        api.answers = [
          (response) => {
            response.on('close', resolve);
            response.writeHead(200).write(line('ADDED', 'a'));
          },
        ];
      });
      const events = client.watch<KubeObject>(NODES, 'ns', options, abort.signal)[Symbol.asyncIterator]();
      expect((await events.next()).value).to.have.property('type', 'ADDED');
      const next = failure(events.next());
      abort.abort();
      expect((await next).message).to.include('given up by the caller');
      await gone;
    });

    it('ends its connection when the reader leaves', async () => {
      const gone = new Promise((resolve) => {
        api.answers = [
          (response) => {
            response.on('close', resolve);
            response.writeHead(200).write(line('ADDED', 'a'));
          },
        ];
      });
      for await (const event of client.watch<KubeObject>(NODES, 'ns', options, new AbortController().signal)) {
        expect(event.type).to.equal('ADDED');
        break;
      }
      await gone;
    });
  });
});
