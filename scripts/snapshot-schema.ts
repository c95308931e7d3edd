/**
 * Renders config/snapshots/snapshot.schema.json: the form of snapshot files as JSON Schema (draft 7), for `ehos plan` and for editors.
 * Pools and the specs of clouds are taken from crds/, all else is written here.
 */
import { format } from 'prettier';
import {
  amount,
  duration,
  flag,
  type Json,
  list,
  map,
  MOST,
  name,
  number,
  object,
  text,
  time,
  whole,
} from './json-schema.ts';
import { servedVersion, type Crd, type Schema } from './schema.ts';

export const SNAPSHOT_SCHEMA = 'config/snapshots/snapshot.schema.json';

const STATES = ['Idle', 'Running', 'Removed', 'Completed', 'Held', 'TransferringOutput', 'Suspended'];
const NODE_STATES = ['Starting', 'Idle', 'Busy', 'Blocked', 'Leaving', 'Lost'];

const shape = (more: Record<'cpus' | 'memory' | 'disk' | 'gpus', Json>): Json => ({
  cpus: number('Cores.', more.cpus),
  memory: amount('Memory, MiB.', more.memory),
  disk: amount('Disk, KiB.', more.disk),
  gpus: number('GPUs.', more.gpus),
});
const offered = (description: string): Json =>
  object(description, shape({ cpus: {}, memory: {}, disk: {}, gpus: { default: 0 } }));
/** What a job that says nothing takes of a machine: the least that a startd carves out. */
const requested = shape({
  cpus: { default: 1 },
  memory: { default: 128 },
  disk: { default: 1024 },
  gpus: { default: 0 },
});

const jobGroup = object('Jobs of one shape.', {
  count: whole('How many they are.', 0, MOST, { default: 1 }),
  pool: text('The pool that they name with +EhosPool; absent: they name none.', 1024, { minLength: 0 }),
  state: { description: 'What they do. Only idle jobs are demand.', type: 'string', enum: STATES, default: 'Idle' },
  ...requested,
});

const master = object(
  'One EhosMaster as it was last read.',
  {
    name: name('Name of the EhosMaster.'),
    queue: list('What is queued, by shape; [] is an empty queue. Absent: the queue is not known.', jobGroup),
    problem: text('Why the queue is not known, in words.', 4096),
  },
  ['name'],
);

const flavor = object(
  'One flavor.',
  {
    name: text('Its name.'),
    id: text('Its id; the name when absent.'),
    cores: whole('Virtual cores.', 1, 1e6),
    memory: amount('Memory, MiB.', { exclusiveMinimum: 0, minimum: undefined }),
    disk: amount('Root plus ephemeral disk, KiB; 0: it has none of its own.', { default: 0 }),
    gpus: whole('GPUs.', 0, 1e6, { default: 0 }),
  },
  ['name', 'cores', 'memory'],
);

const seen = object(
  'Nodes of one flavor with one image.',
  {
    flavor: text('Name of the flavor.'),
    image: text('Id of the image. Absent: the image of pools whose image the snapshot does not name.', 64),
    cores: whole('Cores that its startd offers.', 0, 1e6),
    memory: amount('Memory that its startd offers, MiB.'),
    disk: amount('Disk that its startd offers, KiB.'),
    bootSeconds: whole('Seconds from the launch of a server to its startd in the pool.', 0, 1e9),
  },
  ['flavor', 'cores', 'memory', 'disk'],
);

const limit = (what: string, memory: boolean): Json =>
  object(
    what,
    {
      limit: {
        description: `The most that may be used${memory ? ', MiB or an amount such as 64Gi' : ''}; -1 or unlimited: there is no limit.`,
        type: ['integer', 'string'],
        minimum: -1,
        maximum: MOST,
        pattern: memory ? '^(unlimited|[0-9]+(Mi|Gi|Ti))$' : '^unlimited$',
        examples: memory ? ['64Gi', 'unlimited'] : ['unlimited'],
      },
      used: used(memory),
    },
    ['limit'],
  );
const used = (memory: boolean): Json => {
  const description = 'What is in use, by whomever, or under way. Absent: what the nodes of this snapshot take.';
  return memory ? amount(`${description} MiB.`) : whole(description, 0);
};

const cloud = (spec: Json): Json =>
  object(
    'One EhosCloud as it was last listed.',
    {
      name: name('Name of the EhosCloud.'),
      spec,
      flavors: list('All flavors that the project may use. Absent: the cloud was not seen.', flavor, 10_000),
      quota: object("The project's quota and what of it is in use. What is absent has no limit.", {
        instances: limit('Servers.', false),
        cores: limit('Virtual cores.', false),
        memory: limit('Memory.', true),
        volumes: limit('Volumes.', false),
        gigabytes: limit('Size of all volumes together, GiB.', false),
      }),
      ours: object('What our own servers take, for spec.limits. Absent: what the nodes of this snapshot take.', {
        instances: whole('Servers.', 0),
        cores: whole('Virtual cores.', 0),
        memory: amount('Memory, MiB.'),
      }),
      serverGroupMembers: whole('Members that a server group may have; -1: there is no limit.', -1, MOST, {
        default: -1,
      }),
      seen: list('What nodes of its flavors were seen to give to jobs.', seen, 10_000),
    },
    ['name'],
  );

const node = object(
  'One node, or several that are alike.',
  {
    name: name('Its name. With count: followed by -1, -2 and so on.'),
    count: whole('So many that are alike.', 1, 10_000),
    cloud: text('Name of its EhosCloud.', 253),
    flavor: text('Name of its flavor.'),
    zone: text('Availability zone; absent where the cloud chose.'),
    state: {
      description:
        'Starting: asked for or booting. Blocked: takes no job whoever asks. Leaving: being emptied or deleted. Lost: not heard of.',
      type: 'string',
      enum: NODE_STATES,
    },
    free: offered('What is free. Absent: all when it is idle or booting, else nothing.'),
    total: offered('What it offers altogether. Absent: what nodes of its flavor are expected to give.'),
    createdAt: time('When it was created. Absent: when the snapshot was taken.'),
    idleSince: time('Since when it runs nothing. Absent: not known, so that it is kept.'),
    idleFor: duration('The same as a time before takenAt.'),
    deleteFirst: flag('It has the annotation ehos.io/delete-first.'),
    doNotDisrupt: flag('It has the annotation ehos.io/do-not-disrupt.'),
    recallable: flag('It is only being drained because it was not needed, and can be called back.'),
    outdated: text('Why it is to be replaced: it expired, or was made from what the pool does not say any more.', 4096),
    released: flag('It was to be replaced, and is not outdated any more.'),
  },
  ['name', 'cloud', 'flavor', 'state'],
);

const rest = object(
  'One place that rests.',
  {
    zone: text('Availability zone; absent: the cloud chooses.'),
    flavor: text('Name of the flavor.'),
    reason: text("Why, in the cloud's own words.", 4096),
    until: time('Until then nothing is made there.'),
  },
  ['flavor', 'reason', 'until'],
);

const phantom = object(
  'Jobs of one shape that HTCondor did not start although room stood free.',
  {
    count: whole('How many do not count.', 0),
    ...requested,
    since: time('Since when they do not count.'),
    until: time('When one of them counts again.'),
    tries: whole('How often they were given up in a row.', 1, MOST, { default: 1 }),
    retrying: flag('That time has come, and it is not known yet what came of it.'),
    refusedBy: list('Where room for them stood free: "FLAVOR on CLOUD".', text('A kind of node.', 600), 10_000),
    example: object(
      'One of these jobs and what HTCondor says of it.',
      { job: text('cluster.proc', 64), analysis: text('In words.', 4096) },
      ['job', 'analysis'],
    ),
  },
  ['count', 'since', 'until'],
);

const remembered = object('What the operator knows of one pool beside its nodes.', {
  claimed: whole('Jobs for which a slot is claimed already, though they do not run yet.', 0, MOST, { default: 0 }),
  recentCreates: list('When nodes were begun in the last minute.', time('When.')),
  roundRobin: whole('Index of the cloud that RoundRobin takes next.', 0, MOST, { default: 0 }),
  seed: number('Seed of the choices of Random and Weighted.', { default: 1 }),
  phantoms: list('Jobs that do not count for a while.', phantom),
  unproven: flag('Nodes are outdated, and none that was made as the pool says now has joined yet.'),
  oneAtATime: text('Why only one node may be on its way at a time.', 4096),
  blind: flag('The last attempt to read queue and nodes failed: what is known of them is older.'),
  clouds: list(
    'One entry for each cloud of the pool of which there is something to say.',
    object(
      'One cloud.',
      {
        name: text('Name of the EhosCloud.', 253),
        problem: text('Why it can take no new nodes of this pool, in words.', 4096),
        image: object(
          'The image that the nodes boot.',
          {
            id: text('Its id.', 64),
            minRam: whole('Memory that it needs, MiB.', 0, MOST, { default: 0 }),
            minDisk: whole('Disk that it needs, GiB.', 0, MOST, { default: 0 }),
          },
          ['id'],
        ),
        rests: list('Where creating failed lately.', rest),
        canary: object(
          'Its last servers did not join here.',
          {
            room: whole('How many may be made now.', 0, 1),
            reason: text('Why, with the end of the console.', 4096),
            until: time('When the next one may be made; absent: when the one on its way has joined, or has not.'),
          },
          ['room', 'reason'],
        ),
      },
      ['name'],
    ),
  ),
});

const pool = (spec: Json): Json =>
  object(
    'An EhosNodePool as `kubectl get epool NAME -o yaml` prints it; its status is ignored.',
    {
      apiVersion: { description: 'ehos.io/v1alpha1', type: 'string', enum: ['ehos.io/v1alpha1'] },
      kind: { description: 'EhosNodePool', type: 'string', enum: ['EhosNodePool'] },
      metadata: {
        description: 'As Kubernetes has it; name, deletionTimestamp and annotations of ehos.io count.',
        type: 'object',
        required: ['name'],
        properties: {
          name: name('Name of the pool.'),
          namespace: text('Its namespace, that of the snapshot.', 63),
          deletionTimestamp: time('The pool is being deleted.'),
          annotations: { description: 'Annotations.', type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      spec,
      status: { description: 'Ignored.', type: 'object' },
    },
    ['metadata', 'spec'],
  );

/** A structural schema of Kubernetes as plain JSON Schema, every object closed. */
function plain(schema: Schema): Json {
  const { items, properties, additionalProperties } = schema;
  // "format" is a word of Kubernetes here: int32
  const own = Object.entries(schema).filter(([key]) => !key.startsWith('x-') && key !== 'format');
  return {
    ...Object.fromEntries(own),
    ...(schema['x-kubernetes-list-type'] === 'set' && { uniqueItems: true }),
    ...(items && { items: plain(items) }),
    ...(additionalProperties && { additionalProperties: plain(additionalProperties) }),
    ...(properties && {
      additionalProperties: false,
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, plain(child)])),
    }),
  };
}

function specOf(crds: readonly Crd[], kind: string): Schema {
  const crd = crds.find(({ spec }) => spec.names.kind === kind);
  const spec = crd && servedVersion(crd).schema.openAPIV3Schema.properties?.spec;
  if (!spec) throw new Error(`crds/ has no spec of ${kind}`);
  return spec;
}

export async function renderSnapshotSchema(crds: readonly Crd[]): Promise<string> {
  // a person who asks "what if" need not say how the cloud is reached
  const cloudSpec = { ...plain(specOf(crds, 'EhosCloud')), required: [] };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Made by "make generate" from scripts/snapshot-schema.ts and crds/. Do not edit.',
    title: 'EhosSnapshot',
    ...object(
      'Everything that the pools of one namespace are planned from.',
      {
        apiVersion: { description: 'Version of this form.', type: 'string', enum: ['ehos.io/v1alpha1'] },
        kind: { description: 'What it is.', type: 'string', enum: ['EhosSnapshot'] },
        takenAt: time('When it was taken. Absent: now.'),
        version: text('Version of the operator that took it.', 64),
        namespace: text('Namespace of all that follows.', 63, { default: 'default' }),
        clouds: list('The clouds.', cloud(cloudSpec), 1000),
        masters: list('The masters.', master, 1000),
        pools: list(
          'The pools: all that share these masters and clouds.',
          pool(plain(specOf(crds, 'EhosNodePool'))),
          10_000,
        ),
        nodes: map('Nodes, by the name of their pool.', list('Nodes of one pool.', node)),
        remembered: map('What else the operator knows, by the name of the pool.', remembered),
      },
      ['apiVersion', 'kind', 'pools'],
    ),
  };
  return await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 });
}
