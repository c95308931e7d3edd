/**
 * Real kubectl against the sandbox: what an admin types. EHOS_KUBECTL is the path of the binary.
 * What kubectl prints here it prints for a real cluster too (compared by hand with kube-apiserver 1.37.2 and kubectl 1.36.3).
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { parse } from 'yaml';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { startKubeApi, type KubeApiSandbox } from '../../src/sandbox/kube/api.ts';

const KUBECTL = process.env.EHOS_KUBECTL ?? '';
const CRDS = new URL('../../crds/', import.meta.url);

const POOL = `apiVersion: ehos.io/v1alpha1
kind: EhosNodePool
metadata: { name: general }
spec:
  masterRef: { name: main }
  maxNodes: 5
  clouds: [{ name: east }]
  template: { flavors: [m1.small] }
`;
const NODE = `apiVersion: ehos.io/v1alpha1
kind: EhosNode
metadata: { name: node-1 }
spec: { poolRef: { name: general }, cloudRef: { name: east }, masterRef: { name: main }, flavor: m1.small, image: i, templateHash: h }
`;
const READY = {
  status: {
    nodes: 2,
    selector: 'ehos.io/pool=general',
    conditions: [
      { type: 'Ready', status: 'True', reason: 'AllWell', message: 'fine', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  },
};

interface Outcome {
  code: number;
  /** Standard output and standard error, one after the other. */
  text: string;
}

if (KUBECTL === '') {
  console.warn('NOT RUN: real kubectl against the sandbox (EHOS_KUBECTL names no kubectl)');
} else {
  describe('real kubectl against the sandbox', function () {
    // kubectl starts in a second or two on a busy machine, and some commands wait
    this.timeout(60_000);
    let api: KubeApiSandbox;
    let folder: string;
    let config: string;

    const start = (args: string[]): ChildProcessByStdio<Writable, Readable, Readable> =>
      spawn(KUBECTL, [
        '--kubeconfig',
        config,
        '--cache-dir',
        join(folder, 'cache'),
        '--request-timeout',
        '20s',
        ...args,
      ]);

    const kubectl = async (args: string, input = ''): Promise<Outcome> => {
      const child = start(words(args));
      child.stdin.end(input);
      const [out, err] = [collect(child.stdout), collect(child.stderr)];
      const [code] = (await once(child, 'close')) as [number];
      return { code, text: `${await out}${await err}`.trim() };
    };

    before(async () => {
      const crds = readdirSync(CRDS).map((file) => parse(readFileSync(new URL(file, CRDS), 'utf8')) as object);
      api = await startKubeApi({ clock: systemClock, random: systemRandom, crds });
      folder = mkdtempSync(join(tmpdir(), 'ehos-kubectl-'));
      config = join(folder, 'config');
      writeFileSync(config, api.kubeconfig());
    });
    after(async () => {
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** What is typed, what is given on standard input, the exit code, and what the output must contain. In this order. */
    const session: [args: string, output: string | RegExp, input?: string, code?: number][] = [
      ['version', /Server Version: v[\d.]+-ehos-sandbox/],
      ['api-versions', /^ehos\.io\/v1alpha1$/m],
      ['api-resources --categories ehos', /^ehosnodepools +epool +ehos\.io\/v1alpha1 +true +EhosNodePool$/m],
      ['auth whoami', /Username +sandbox-admin/],
      ['auth can-i delete ehosnodes', 'yes'],
      ['explain epool.spec.maxNodes', /FIELD: maxNodes <integer>/],
      ['explain enode --recursive', /poolRef\t<Object> -required-\n +name\t<string> -required-/],
      ['explain secret.data', /FIELD: data <map\[string\]string>/],
      ['create namespace shop', 'namespace/shop created'],
      ['create -f -', 'ehosnodepool.ehos.io/general created', POOL],
      ['create -f -', 'ehosnodepools.ehos.io "general" already exists', POOL, 1],
      ['apply -f -', 'ehosnodepool.ehos.io/general configured', POOL],
      ['apply -f -', 'ehosnodepool.ehos.io/general unchanged', POOL],
      ['diff -f -', '', POOL],
      ['diff -f -', /\+ {2}maxNodes: 6/, POOL.replace('maxNodes: 5', 'maxNodes: 6'), 1],
      ['apply -f -', 'unknown field "spec.maxNode"', POOL.replace('maxNodes', 'maxNode'), 1],
      [
        'apply -f -',
        'spec.minNodes: Invalid value: minNodes (9) must not exceed maxNodes (5)',
        POOL.replace('maxNodes: 5', 'maxNodes: 5\n  minNodes: 9'),
        1,
      ],
      ['apply --server-side --field-manager=gitops -f -', 'ehosnodepool.ehos.io/general serverside-applied', POOL],
      [
        'apply --server-side --field-manager=other -f -',
        'conflicts with "gitops":',
        POOL.replace('maxNodes: 5', 'maxNodes: 6'),
        1,
      ],
      [
        'apply --server-side --field-manager=other --force-conflicts -f -',
        'serverside-applied',
        POOL.replace('maxNodes: 5', 'maxNodes: 6'),
      ],
      ['get ehos', /^NAME +READY +NODES +DESIRED +BUSY +IDLE +QUEUED +AGE\nehosnodepool\.ehos\.io\/general /],
      ['get epool -o wide', /STARTING +DRAINING +LOST +QUEUED +MIN +MAX +MODE +DECISION +WHY +AGE/],
      ['get epool general -o jsonpath={.spec.maxNodes}', '6'],
      ['get epool general -o json', '"kind": "EhosNodePool"'],
      ['patch epool general --type=merge -p {"spec":{"spareNodes":1}}', 'patched'],
      ['patch epool general --type=json -p [{"op":"replace","path":"/spec/spareNodes","value":0}]', 'patched'],
      [
        'patch epool general -p {"spec":{"spareNodes":2}}',
        'application/strategic-merge-patch+json is not supported',
        '',
        1,
      ],
      [`patch epool general --subresource=status --type=merge -p ${JSON.stringify(READY)}`, 'patched'],
      ['wait --for=condition=Ready epool/general --timeout=10s', 'condition met'],
      ['wait --for=jsonpath={.status.nodes}=2 epool/general --timeout=10s', 'condition met'],
      ['wait --for=condition=Synced epool/general --timeout=1s', 'timed out waiting for the condition', '', 1],
      ['get epool', /^general +True +2 /m],
      ['annotate epool general ehos.io/do-not-disrupt=true', 'annotated'],
      ['label epool general tier=gold', 'labeled'],
      ['get epool -l tier=gold --show-labels', /tier=gold$/m],
      ['get epool -l tier!=gold', 'No resources found'],
      ['scale epool general --replicas=3', 'scaled'],
      ['scale epool general --replicas=4 --current-replicas=9', 'Expected replicas to be 9, was 3', '', 1],
      ['scale epool general --replicas=7', 'replicas (7) must not exceed maxNodes (6)', '', 1],
      ['get epool general --subresource=scale -o jsonpath={.spec.replicas}/{.status.replicas}', '3/2'],
      ['describe epool general', /Kind: +EhosNodePool[\s\S]*Events: +<none>/],
      ['create -f -', 'ehosnode.ehos.io/node-1 created', NODE],
      ['get enode --field-selector spec.poolRef.name=general -o name', 'ehosnode.ehos.io/node-1'],
      ['get enode --field-selector spec.flavor=x', 'field label not supported: spec.flavor', '', 1],
      ['patch enode node-1 --type=merge -p {"spec":{"flavor":"x"}}', 'the spec of a node is immutable', '', 1],
      ['create configmap settings --from-literal=a=b', 'configmap/settings created'],
      ['create secret generic token --from-literal=token=abc', 'secret/token created'],
      ['get secret token -o jsonpath={.data.token}', Buffer.from('abc').toString('base64')],
      [
        'apply -f -',
        'secret/plain created',
        'apiVersion: v1\nkind: Secret\nmetadata: { name: plain }\nstringData: { a: b }\n',
      ],
      ['label secret plain a=b', 'labeled'],
      ['get secrets,configmaps', /secret\/plain +Opaque +1 [\s\S]*|configmap\/settings +1 /],
      ['create serviceaccount robot', 'serviceaccount/robot created'],
      ['create token robot', /^sandbox\./],
      ['get nothing', `the server doesn't have a resource type "nothing"`, '', 1],
      ['get epool absent', 'ehosnodepools.ehos.io "absent" not found', '', 1],
      ['get crd ehosnodes.ehos.io -o jsonpath={.status.conditions[?(@.type=="Established")].status}', 'True'],
      ['delete namespace default', 'this namespace may not be deleted', '', 1],
      ['delete enode node-1 --timeout=20s', 'deleted'],
      ['delete configmap settings --dry-run=server', /"settings" deleted.*\(server dry run\)/],
      ['get configmap settings -o name', 'configmap/settings'],
      ['delete configmap --all', 'configmap "settings" deleted'],
      ['delete namespace shop --timeout=30s', 'namespace "shop" deleted'],
    ];
    for (const [args, output, input = '', code = 0] of session) {
      it(`kubectl ${args.slice(0, 100)}`, async () => {
        const outcome = await kubectl(args, input);
        if (typeof output === 'string') expect(outcome.text).to.include(output);
        else expect(outcome.text).to.match(output);
        expect(outcome.code, outcome.text).to.equal(code);
      });
    }

    it('shows events in describe, in kubectl events and in kubectl get events', async () => {
      const uid = api.objects('ehosnodepools')[0]?.metadata.uid ?? '';
      const regarding = {
        apiVersion: 'ehos.io/v1alpha1',
        kind: 'EhosNodePool',
        namespace: 'default',
        name: 'general',
        uid,
      };
      const time = `${new Date().toISOString().slice(0, 19)}.000000Z`;
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'general.1' },
        eventTime: time,
        type: 'Normal',
      };
      const more = {
        reason: 'ScaledUp',
        action: 'ScaleUp',
        note: 'asked for 2 nodes',
        reportingController: 'ehos.io/operator',
        reportingInstance: 'o',
      };
      await kubectl('create -f -', JSON.stringify({ ...event, ...more, regarding }));
      expect((await kubectl('describe epool general')).text).to.match(/Normal +ScaledUp +\S+ .*asked for 2 nodes/);
      expect((await kubectl('events --for ehosnodepool.ehos.io/general')).text).to.match(
        /Normal +ScaledUp +EhosNodePool\/general +asked for 2 nodes/,
      );
      expect((await kubectl('get events')).text).to.match(/Normal +ScaledUp +ehosnodepool\/general +asked for 2 nodes/);
    });

    it('watches: get --watch prints what changes', async () => {
      const child = start(['get', 'epool', '--watch']);
      const output = lines(child.stdout);
      await output.next();
      expect((await output.next()).value).to.match(/^general +True +2 /);
      await kubectl(`patch epool general --subresource=status --type=merge -p {"status":{"nodes":3}}`);
      expect((await output.next()).value).to.match(/^general +True +3 /);
      child.kill();
      await once(child, 'close');
    });

    it('delete waits for finalizers, and wait --for=delete sees the end', async () => {
      await kubectl('patch epool general --type=merge -p {"metadata":{"finalizers":["ehos.io/cleanup"]}}');
      expect((await kubectl('delete epool general --timeout=1s')).code).to.equal(1);
      const waiting = kubectl('wait --for=delete epool/general --timeout=20s');
      await kubectl('patch epool general --type=merge -p {"metadata":{"finalizers":null}}');
      expect((await waiting).code).to.equal(0);
    });
  });
}

/** Words as a shell parts them; none of ours needs quotes. */
const words = (args: string): string[] => args.split(' ').filter((word) => word !== '');

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function* lines(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
