import { expect } from 'chai';
import { DEFAULT_REQUEST, oldestIdle, parseFactories, parseGroups } from '../../../src/condor/queue.ts';
import type { JobGroup } from '../../../src/domain/snapshots.ts';

const GROUP = { JobStatus: 1, JobCount: 2, RequestCpus: 1, RequestMemory: 512, RequestDisk: 1024 };
const groupOf = (change: Record<string, unknown>): JobGroup | undefined =>
  parseGroups(JSON.stringify([{ ...GROUP, ...change }]))[0];

describe('parseGroups', () => {
  const states: [status: number, state: string][] = [
    [1, 'Idle'],
    [2, 'Running'],
    [3, 'Removed'],
    [4, 'Completed'],
    [5, 'Held'],
    [6, 'TransferringOutput'],
    [7, 'Suspended'],
  ];
  for (const [status, state] of states) {
    it(`names JobStatus ${status} ${state}`, () => {
      expect(groupOf({ JobStatus: status })?.state).to.equal(state);
    });
  }

  const shapes: [title: string, change: Record<string, unknown>, shape: Partial<JobGroup>][] = [
    [
      'a plain request',
      { RequestCpus: 4, RequestMemory: 2048, RequestDisk: 5000, RequestGPUs: 1 },
      { cpus: 4, memory: 2048, disk: 5000, gpus: 1 },
    ],
    ['no request for GPUs', {}, { gpus: 0 }],
    [
      'no request at all',
      { RequestCpus: undefined, RequestMemory: undefined, RequestDisk: undefined },
      DEFAULT_REQUEST,
    ],
    ['DiskUsage', { RequestDisk: '/Expr(DiskUsage)/', DiskUsage: 45 }, { disk: 45 }],
    ['DiskUsage that is unknown', { RequestDisk: '/Expr(DiskUsage)/' }, { disk: DEFAULT_REQUEST.disk }],
    [
      "HTCondor's default memory before the first run",
      {
        RequestMemory: '/Expr(ifthenelse(MemoryUsage isnt undefined,MemoryUsage,(ImageSize + 1023) / 1024))/',
        ImageSize: 3000,
      },
      { memory: 3 },
    ],
    [
      "HTCondor's default memory after a run",
      {
        RequestMemory: '/Expr(ifthenelse(MemoryUsage isnt undefined,MemoryUsage,(ImageSize + 1023) / 1024))/',
        MemoryUsage: 700,
        ImageSize: 3000,
      },
      { memory: 700 },
    ],
    ['fractions, rounded up', { RequestCpus: 1.5, RequestMemory: 100.2 }, { cpus: 2, memory: 101 }],
    ['no cores, as one core', { RequestCpus: 0 }, { cpus: 1 }],
    ['less than nothing, as nothing', { RequestMemory: -5, RequestGPUs: -1 }, { memory: 0, gpus: 0 }],
    ['a text, as the default', { RequestMemory: 'much' }, { memory: DEFAULT_REQUEST.memory }],
    [
      'infinity, as more than anything has',
      { RequestMemory: '/Expr(real("INF"))/' },
      { memory: Number.MAX_SAFE_INTEGER },
    ],
    ['more than a number holds', { RequestMemory: 1e300 }, { memory: Number.MAX_SAFE_INTEGER }],
    ['not a number, as the default', { RequestMemory: '/Expr(real("NaN"))/' }, { memory: DEFAULT_REQUEST.memory }],
    ['an error, as the default', { RequestMemory: '/Expr(1 / 0)/' }, { memory: DEFAULT_REQUEST.memory }],
    ["a node's attribute, as the default", { RequestCpus: '/Expr(TotalCpus)/' }, { cpus: DEFAULT_REQUEST.cpus }],
    ['undefined, as the default', { RequestMemory: null }, { memory: DEFAULT_REQUEST.memory }],
    ['true, as the default', { RequestMemory: true }, { memory: DEFAULT_REQUEST.memory }],
  ];
  for (const [title, change, shape] of shapes) {
    it(`reads ${title}`, () => {
      expect(groupOf(change)).to.include(shape);
    });
  }

  const pools: [title: string, value: unknown, pool: string | undefined][] = [
    ['none', undefined, undefined],
    ['a pool', 'pool-a', 'pool-a'],
    ['a pool in capitals, since START compares without case', 'Pool-A', 'pool-a'],
    ['an unquoted name, which is a subtraction', '/Expr(pool - a)/', '/expr(pool - a)/'],
    ['a number', 3, '3'],
    ['a truth', true, 'true'],
    ['a list', ['a'], '["a"]'],
    ['undefined', null, undefined],
    ['the beginning of a very long name', 'x'.repeat(5000), 'x'.repeat(300)],
    ['an expression that gives a text', '/Expr(ifthenelse(true, "x", "y"))/', 'x'],
  ];
  for (const [title, value, pool] of pools) {
    it(`reads as pool ${title}`, () => {
      expect(groupOf({ EhosPool: value })?.pool).to.equal(pool);
    });
  }

  for (const [title, change] of [
    ['an unknown JobStatus', { JobStatus: 9 }],
    ['no JobStatus', { JobStatus: undefined }],
    ['no count', { JobCount: undefined }],
    ['fewer than no jobs', { JobCount: -1 }],
  ] as const) {
    it(`refuses a group with ${title}`, () => {
      expect(() => groupOf(change)).to.throw(/JobStatus or JobCount/);
    });
  }
});

describe('oldestIdle', () => {
  const WANTED = { pool: undefined, cpus: 1, memory: 512, disk: 1024, gpus: 0 };
  const oldest = (...changes: Record<string, unknown>[]): string | undefined =>
    oldestIdle(JSON.stringify(changes.map((change) => ({ ...GROUP, ...change }))), WANTED);
  const table: [title: string, groups: Record<string, unknown>[], job: string | undefined][] = [
    ['the first of a range', [{ JobIds: '12.3 ... 14.0' }], '12.3'],
    ['the only one', [{ JobIds: '12.0' }], '12.0'],
    ['the oldest of several groups', [{ JobIds: '9.11' }, { JobIds: '10.0' }, { JobIds: '9.2 9.3' }], '9.2'],
    ['one that asks for a fraction of it', [{ JobIds: '1.0', RequestMemory: 511.5 }], '1.0'],
    ['none of another state', [{ JobIds: '1.0', JobStatus: 2 }], undefined],
    ['none of another pool', [{ JobIds: '1.0', EhosPool: 'b' }], undefined],
    [
      'none of another size',
      [
        { JobIds: '1.0', RequestMemory: 513 },
        { JobIds: '1.1', RequestGPUs: 1 },
      ],
      undefined,
    ],
    ['none where ids are missing or odd', [{}, { JobIds: '-better 1.0' }, { JobIds: '1' }, { JobIds: 3 }], undefined],
  ];
  for (const [title, groups, job] of table) {
    it(`finds ${title}`, () => {
      expect(oldest(...groups)).to.equal(job);
    });
  }
});

describe('parseFactories', () => {
  const factory = { EhosPool: 'pool-z', RequestCpus: 1, RequestMemory: 256, RequestDisk: 10 };
  const table: [title: string, change: Record<string, unknown>, counts: number[]][] = [
    ['jobs that are still to come', { JobMaterializeLimit: 100, JobMaterializeNextProcId: 40 }, [60]],
    ['none when all are there', { JobMaterializeLimit: 20, JobMaterializeNextProcId: 20 }, []],
    ['none when it went beyond a limit that was lowered', { JobMaterializeLimit: 5, JobMaterializeNextProcId: 20 }, []],
    [
      'none of a paused factory',
      { JobMaterializeLimit: 100, JobMaterializeNextProcId: 0, JobMaterializePaused: 1 },
      [],
    ],
    [
      'those of a factory that says it runs',
      { JobMaterializeLimit: 100, JobMaterializeNextProcId: 0, JobMaterializePaused: 0 },
      [100],
    ],
    ['none without a limit', {}, []],
  ];
  for (const [title, change, counts] of table) {
    it(`counts ${title}`, () => {
      const groups = parseFactories(JSON.stringify([{ ...factory, ...change }]));
      expect(groups.map((group) => group.count)).to.deep.equal(counts);
      expect(groups.every((group) => group.state === 'Idle' && group.pool === 'pool-z')).to.equal(true);
    });
  }
});
