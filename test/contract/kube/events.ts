import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { NODES, type KubeObject } from '../../../src/api/resources.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import type { Cluster } from './target.ts';

interface EventObject extends KubeObject {
  note: string;
  reason: string;
  type: string;
  eventTime: string;
  regarding: { uid: string; kind: string; name: string; apiVersion: string };
  series?: { count: number; lastObservedTime: string };
}

interface CoreEvent extends KubeObject {
  message: string;
  involvedObject: { uid: string; kind: string; name: string };
  reportingComponent: string;
}

/** What the recorder writes, as others read it. */
export function events(use: () => Cluster): void {
  describe('events', () => {
    const record = (): EventRecorder =>
      new EventRecorder({
        client: use().client,
        clock: systemClock,
        random: systemRandom,
        log: silentLog,
        component: 'ehos-operator',
      });
    const eventsOf = async (node: KubeObject): Promise<EventObject[]> => {
      const path = `/apis/events.k8s.io/v1/namespaces/${use().namespace}/events`;
      const { items } = (await use().raw<{ items: EventObject[] }>('GET', path)).json();
      return items.filter((item) => item.regarding.uid === node.metadata.uid);
    };

    it('are written with what they are about', async () => {
      const node = await use().client.create(NODES, use().node('told'));
      const recorder = record();
      recorder.event(node, 'Warning', 'LaunchFailed', 'No valid host was found.');
      await recorder.flush();
      const [event, ...more] = await eventsOf(node);
      expect(more).to.deep.equal([]);
      expect(event).to.include({ type: 'Warning', reason: 'LaunchFailed', note: 'No valid host was found.' });
      expect(event?.regarding).to.include({ kind: 'EhosNode', name: 'told', apiVersion: 'ehos.io/v1alpha1' });
      expect(event?.eventTime).to.match(/\.\d{6}Z$/);
    });

    it('are read through the core group, too, as kubectl does', async () => {
      const node = await use().client.create(NODES, use().node('told-core'));
      const recorder = record();
      recorder.event(node, 'Normal', 'Launched', 'It runs.');
      await recorder.flush();
      const { uid = '' } = node.metadata;
      const path = `/api/v1/namespaces/${use().namespace}/events?fieldSelector=involvedObject.uid%3D${uid}`;
      const { items } = (await use().raw<{ items: CoreEvent[] }>('GET', path)).json();
      expect(items).to.have.lengthOf(1);
      expect(items[0]).to.include({ message: 'It runs.', reportingComponent: 'ehos-operator' });
      expect(items[0]?.involvedObject).to.include({ uid, kind: 'EhosNode', name: 'told-core' });
    });

    it('that repeat become one with a count', async () => {
      const node = await use().client.create(NODES, use().node('told-often'));
      const recorder = record();
      for (let i = 0; i < 5; i++) recorder.event(node, 'Warning', 'QuotaExceeded', 'no more cores');
      await recorder.flush();
      const found = await eventsOf(node);
      expect(found.map((event) => event.series?.count)).to.deep.equal([5]);
    });

    it('of the longest note, in letters of several bytes, are taken', async () => {
      const node = await use().client.create(NODES, use().node('told-long'));
      const recorder = record();
      recorder.event(node, 'Normal', 'Long', 'ü'.repeat(2000));
      await recorder.flush();
      const [event] = await eventsOf(node);
      expect(event?.note).to.match(/^ü{500,512}\.\.\.$/);
      expect(recorder.metrics()).to.deep.equal({ written: 1, dropped: 0 });
    });

    it('in a namespace that is not there are dropped without harm', async () => {
      const recorder = record();
      recorder.event(
        use().node('nowhere', {}, { namespace: 'kt-absent', uid: 'x' }),
        'Normal',
        'Lost',
        'nobody reads it',
      );
      await recorder.flush();
      expect(recorder.metrics()).to.deep.equal({ written: 0, dropped: 1 });
    });

    it('that are incomplete are refused', async () => {
      const body = { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'incomplete' }, note: 'x' };
      const answer = await use().raw('POST', `/apis/events.k8s.io/v1/namespaces/${use().namespace}/events`, body);
      expect([answer.status, answer.json().reason]).to.deep.equal([422, 'Invalid']);
    });
  });
}
