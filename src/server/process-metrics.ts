/** What each replica tells of itself. The source of docs/metrics.md. */
import type { Figures } from '../controllers/figures.ts';
import { VERSION } from '../version.ts';
import type { Metric, Sample } from './exposition.ts';

const CALL = ['service', 'namespace', 'cloud', 'request', 'code'] as const;
const COMMAND = ['namespace', 'master', 'command', 'outcome'] as const;

type Queue = Figures['queues'] extends Map<string, infer Q> ? Q : never;

function ofQueues(value: (queue: Queue) => Sample[1]): (figures: Figures) => Sample[] {
  return ({ queues }) => [...queues].map(([name, queue]) => [[name], value(queue)]);
}

const self: Metric<Figures>[] = [
  {
    name: 'ehos_build_info',
    type: 'gauge',
    help: '1, with the version of the operator and of Node.js.',
    labels: ['version', 'node_version'],
    samples: () => [[[VERSION, process.version], 1]],
  },
  {
    name: 'ehos_leader',
    type: 'gauge',
    help: '1 while this replica is the one that acts, 0 while it stands by.',
    labels: [],
    samples: ({ leader }) => [[[], leader ? 1 : 0]],
  },
];

const reconciles: Metric<Figures>[] = [
  {
    name: 'ehos_queue_depth',
    type: 'gauge',
    help: 'Objects that wait for a worker, by queue: cloud, master, node, and fleet for all pools of a namespace.',
    labels: ['queue'],
    samples: ofQueues(({ depth }) => depth),
  },
  {
    name: 'ehos_queue_delayed',
    type: 'gauge',
    help: 'Objects that are looked at again when their time comes.',
    labels: ['queue'],
    samples: ofQueues(({ delayed }) => delayed),
  },
  {
    name: 'ehos_queue_running',
    type: 'gauge',
    help: 'Objects that are being looked at now.',
    labels: ['queue'],
    samples: ofQueues(({ running }) => running),
  },
  {
    name: 'ehos_queue_longest_run_seconds',
    type: 'gauge',
    help: 'For how long the look that runs longest has been running: one that never ends shows here.',
    labels: ['queue'],
    samples: ofQueues(({ longestRunMs }) => longestRunMs / 1000),
  },
  {
    name: 'ehos_reconciles_total',
    type: 'counter',
    help: 'Looks at objects that have ended, failed ones included.',
    labels: ['queue'],
    samples: ofQueues(({ processed }) => processed),
  },
  {
    name: 'ehos_reconcile_errors_total',
    type: 'counter',
    help: 'Looks that failed and are tried again; those that another write overtook are among them.',
    labels: ['queue'],
    samples: ofQueues(({ failures }) => failures),
  },
  {
    name: 'ehos_reconcile_duration_seconds',
    type: 'histogram',
    help: 'How long looks at objects took.',
    labels: ['queue'],
    samples: ofQueues(({ times }) => times),
  },
];

const peers: Metric<Figures>[] = [
  {
    name: 'ehos_api_requests_total',
    type: 'counter',
    help: 'Requests by service (kubernetes, compute, network, image, volume, identity), request and HTTP status; code "none": no answer. Without namespace and cloud for kubernetes.',
    labels: CALL,
    samples: ({ calls }) =>
      calls.map(({ kind, namespace = '', cloud = '', request, code, count }) => [
        [kind, namespace, cloud, request, code],
        count,
      ]),
  },
  {
    name: 'ehos_api_request_duration_seconds',
    type: 'histogram',
    help: 'How long requests took until their answer was read; of a watch until it was open.',
    labels: CALL.filter((label) => label !== 'request'),
    samples: ({ callTimes }) =>
      callTimes.map(({ kind, namespace = '', cloud = '', code, times }) => [[kind, namespace, cloud, code], times]),
  },
  {
    name: 'ehos_condor_commands_total',
    type: 'counter',
    help: 'Round trips to a master by kind and outcome: ok (it answered, whatever it said), timeout, error.',
    labels: COMMAND,
    samples: ({ commands }) =>
      commands.map(({ namespace, master, request, code, count }) => [[namespace, master, request, code], count]),
  },
  {
    name: 'ehos_condor_command_duration_seconds',
    type: 'histogram',
    help: 'How long round trips to a master took, the login included where one was needed.',
    labels: COMMAND,
    samples: ({ commandTimes }) =>
      commandTimes.map(({ namespace, master, kind, code, times }) => [[namespace, master, kind, code], times]),
  },
];

export const PROCESS_METRICS: readonly Metric<Figures>[] = [...self, ...reconciles, ...peers];
