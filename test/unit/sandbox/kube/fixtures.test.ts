/** The sandbox answers as the real API server did: every recorded exchange that applies is replayed, in the order of the recording. */
import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { readFixture, Replay, type Fixture } from './fixture-replay.ts';
import type { JsonObject } from '../../../../src/sandbox/kube/json.ts';
import { FIXTURES, Sandbox, steppedUntil, type WatchedEvent } from './harness.ts';

const POOLS = '/apis/rig.example.com/v1alpha1/namespaces/cap/pools';

/** Recorded exchanges that say nothing about the sandbox, and why. */
const NOT_REPLAYED: Record<string, string> = {
  'admission-policy-denied-403': 'the sandbox has no admission policies',
  'anonymous-403': 'the sandbox has no RBAC',
  'api-aggregated': 'lists all core kinds; the form is compared in discovery.test.ts',
  'api-v1-resources': 'lists all core kinds; the form is compared in discovery.test.ts',
  apis: 'lists all groups; the form is compared in discovery.test.ts',
  'apis-aggregated': 'lists all groups; the form is compared in discovery.test.ts',
  'bad-token-401': 'the sandbox asks for no credentials',
  'crd-bad-rule-422':
    "cel-go's type checker and its words; that a bad rule is refused is tested in definitions.test.ts",
  'crd-not-yet-served-429': 'the sandbox serves a CRD at once',
  'forbidden-403': 'the sandbox has no RBAC',
  'forbidden-create-403': 'the sandbox has no RBAC',
  'forbidden-one-403': 'the sandbox has no RBAC',
  'list-continue-compacted-still-cached': 'compact() forgets at once, as after a restart of the server',
  'openapi-v3-group':
    'all texts and parameters of the real document; what kubectl reads of it is tested in openapi.test.ts',
  'openapi-v3-index': 'lists all groups; the form is compared in openapi.test.ts',
  'pod-security-403': 'the sandbox has no pods',
  'pod-security-deployment-warning-201': 'the sandbox has no deployments',
  'quota-exceeded-403': 'the sandbox has no quotas',
  'self-subject-access-review': 'the sandbox allows everything',
  'self-subject-review': 'another user',
  'secret-too-large-422': 'its body was cut in the recording; tested in builtins.test.ts',
  'too-large-413': 'its body was cut in the recording; tested in server.test.ts',
  'too-large-for-etcd-500': 'its body was cut in the recording; tested in server.test.ts',
  'too-many-requests-429': 'no flow control; faults.add() gives this answer: server.test.ts',
  version: 'the sandbox says what it is',
  'watch-after-restart-410': 'a restart; the same answer after compact() is watch-expired-410',
  'watch-compacted-still-cached': 'compact() forgets at once, as after a restart of the server',
  'webhook-unreachable-500': 'the sandbox has no webhooks',
};

/** What happens between the recorded exchanges, in the recording's order. */
type Step = string | { before: string; run: (sandbox: Sandbox) => Promise<JsonObject> };
const pool = (name: string, metadata: object = {}): object => ({
  apiVersion: 'rig.example.com/v1alpha1',
  kind: 'Pool',
  metadata: { name, ...metadata },
  spec: { cloud: 'east' },
});

const MERGE = { 'content-type': 'application/merge-patch+json' };
const POD_SECURITY = {
  metadata: {
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' },
  },
};

const STEPS: Step[] = [
  'crd-create-201',
  'crd-established',
  'api',
  'apis-group',
  'apis-group-version',
  'apis-coordination-v1',
  'group-unknown-404',
  'resource-unknown-404',
  'create-201',
  'create-already-exists-409',
  'create-generate-name-201',
  'create-dry-run-201',
  'create-cel-422',
  'create-schema-422',
  'create-type-and-required-422',
  'create-name-422',
  'create-unknown-field-strict-400',
  'create-unknown-field-warn-201',
  'create-broken-json-400',
  'create-wrong-kind-400',
  'create-no-namespace-404',
  'get-404',
  'get-table',
  'list',
  'list-table',
  'list-metadata-only',
  'list-field-selector',
  'list-field-selector-400',
  'list-limit-1',
  'list-continue',
  'list-bad-continue-400',
  'list-future-resource-version-504',
  'update-200',
  'update-conflict-409',
  'update-no-resource-version-422',
  'update-other-uid-409',
  'update-absent-404',
  'patch-merge-200',
  'patch-merge-no-change-200',
  'patch-merge-stale-resource-version-409',
  'patch-immutable-cel-422',
  'patch-json-200',
  'patch-json-test-failed-422',
  'patch-json-missing-path-422',
  'patch-strategic-415',
  'patch-absent-404',
  'apply-create-201',
  'apply-again-200',
  'apply-conflict-409',
  'apply-forced-200',
  'apply-no-manager-422',
  'apply-managed-fields-400',
  'status-patch-200',
  'status-patch-spec-ignored-200',
  'status-by-main-endpoint-ignored-200',
  'status-patch-invalid-422',
  'status-put-200',
  'status-put-conflict-409',
  'status-apply-200',
  'scale-get',
  'scale-put-200',
  'scale-patch-200',
  'scale-negative-422',
  {
    before: 'delete-with-finalizer-200',
    run: (s) => s.ok('POST', POOLS, pool('held', { finalizers: ['rig.example.com/hold'] })),
  },
  'delete-with-finalizer-200',
  'delete-again-200',
  'finalizer-add-while-deleting-422',
  'create-while-deleting-409',
  'finalizer-remove-200',
  'delete-precondition-409',
  'delete-200',
  'delete-absent-404',
  { before: 'delete-foreground-200', run: makeFamily },
  'delete-foreground-200',
  {
    before: 'token-request-201',
    run: (s) => s.ok('POST', '/api/v1/namespaces/cap/serviceaccounts', { metadata: { name: 'robot' } }),
  },
  'token-request-201',
  'token-request-too-short-422',
  'lease-milliseconds-400',
  'lease-create-201',
  'lease-renew-200',
  'lease-lost-409',
  'event-create-201',
  'event-incomplete-422',
  'event-series-patch-200',
  'event-as-core-v1',
  { before: 'watch-events-and-bookmark', run: (s) => s.ok('DELETE', `${POOLS}/applied`) },
  'watch-events-and-bookmark',
  'watch-no-resource-version',
  'watch-list',
  'watch-list-forbidden-combination-422',
  'watch-table',
  'watch-field-selector-leaves',
  'watch-bad-resource-version-500',
  'watch-future-resource-version',
  'watch-expired-410',
  'list-continue-expired-410',
  'list-exact-compacted-410',
  {
    before: 'namespace-delete-200',
    run: (s) => s.ok('POST', POOLS, pool('last', { finalizers: ['rig.example.com/hold'] })),
  },
  { before: 'namespace-delete-200, too', run: (s) => s.ok('PATCH', '/api/v1/namespaces/cap', POD_SECURITY, MERGE) },
  'namespace-delete-200',
  'namespace-terminating-create-403',
  'namespace-waits-for-finalizers',
];

async function makeFamily(sandbox: Sandbox): Promise<JsonObject> {
  const parent = await sandbox.ok('POST', POOLS, pool('parent'));
  const { uid } = parent.metadata as { uid: string };
  const owner = {
    apiVersion: parent.apiVersion,
    kind: 'Pool',
    name: 'parent',
    uid,
    blockOwnerDeletion: true,
    controller: true,
  };
  return sandbox.ok('POST', POOLS, pool('child', { ownerReferences: [owner] }));
}

describe('recorded exchanges of a real API server', () => {
  let sandbox: Sandbox;
  let replay: Replay;

  before(async () => {
    sandbox = await Sandbox.start();
    replay = new Replay(sandbox);
    await sandbox.ok('POST', '/api/v1/namespaces', { metadata: { name: 'cap' } });
  });
  after(() => sandbox.api.close());

  it('covers every recording, by a replay or by a reason', () => {
    const recorded = readdirSync(FIXTURES).map((file) => file.replace(/\.json$/, ''));
    const replayed = STEPS.filter((step) => typeof step === 'string');
    expect([...replayed, ...Object.keys(NOT_REPLAYED)].sort()).to.deep.equal(recorded.sort());
  });

  for (const step of STEPS) {
    if (typeof step !== 'string') {
      it(`can prepare ${step.before}`, async () => {
        expect(await step.run(sandbox)).to.be.an('object');
      });
    } else if (step.startsWith('watch-')) it(step, () => replayWatch(step));
    else it(step, () => replayOne(step));
  }

  async function replayOne(name: string): Promise<void> {
    const fixture = readFixture(name);
    const token = await startOver(name, fixture);
    replay.compare(token ?? fixture, await steppedUntil(sandbox.clock, replay.send(token ?? fixture)));
    // what the collectors do meanwhile
    if (name === 'delete-foreground-200' || name === 'namespace-terminating-create-403')
      await sandbox.clock.advance(1000);
  }

  /** Requests that begin with a version or token of which the recording does not tell where it comes from. */
  async function startOver(name: string, fixture: Fixture): Promise<Fixture | undefined> {
    const page = (): Promise<JsonObject> => sandbox.ok('GET', `${POOLS}?limit=1`);
    const from = (key: string, value: string): Fixture => {
      const url = new URL(fixture.request.path, 'http://x');
      url.searchParams.set(key, value);
      return { ...fixture, request: { ...fixture.request, path: `${url.pathname}${url.search}` } };
    };
    if (name === 'list-continue-expired-410' || name === 'list-exact-compacted-410') {
      await sandbox.ok('POST', POOLS, pool(name));
      const { continue: token, resourceVersion } = (await page()).metadata as {
        continue: string;
        resourceVersion: string;
      };
      sandbox.api.compact();
      return name === 'list-continue-expired-410' ? from('continue', token) : from('resourceVersion', resourceVersion);
    }
    if (name === 'watch-events-and-bookmark' || name === 'watch-field-selector-leaves') {
      return from('resourceVersion', ((await page()).metadata as { resourceVersion: string }).resourceVersion);
    }
    return undefined;
  }

  async function replayWatch(name: string): Promise<void> {
    const recorded = readFixture(name);
    const fixture = (await startOver(name, recorded)) ?? recorded;
    const expected = (fixture.response.events ?? []).map(withoutTime);
    const { path, headers } = replay.request(fixture);
    if (fixture.response.status !== 200) {
      replay.compare(
        { ...fixture, response: { ...fixture.response, body: expected[0] ?? {} } },
        await sandbox.send('GET', path, undefined, headers),
      );
      return;
    }
    const watch = await sandbox.watch(path, headers);
    expect(watch.status).to.equal(200);
    await DURING[name]?.(sandbox);
    await steppedUntil(sandbox.clock, watch.ended);
    replay.same(inOrder(name, expected), inOrder(name, watch.events), '');
  }
});

function withoutTime(event: WatchedEvent): JsonObject {
  const copy: JsonObject = { ...event };
  delete copy.atMs;
  return copy;
}

/** A watch without a version promises no order of what is there. */
function inOrder(name: string, events: JsonObject[]): JsonObject[] {
  if (name !== 'watch-no-resource-version') return events;
  const nameOf = (event: JsonObject): string => (event.object as { metadata: { name: string } }).metadata.name;
  return [...events].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

const DURING: Record<string, (sandbox: Sandbox) => Promise<void>> = {
  'watch-events-and-bookmark': async (sandbox) => {
    await sandbox.ok('POST', POOLS, {
      ...pool('w', { finalizers: ['rig.example.com/hold'] }),
      spec: { cloud: 'east', maxNodes: 1 },
    });
    await sandbox.merge(`${POOLS}/w/status`, { status: { nodes: 1 } });
    await sandbox.ok('DELETE', `${POOLS}/w`);
    await sandbox.merge(`${POOLS}/w`, { metadata: { finalizers: null } });
  },
  'watch-field-selector-leaves': async (sandbox) => {
    await sandbox.merge(`${POOLS}/a`, { metadata: { labels: { tier: 'iron' } } });
  },
};
