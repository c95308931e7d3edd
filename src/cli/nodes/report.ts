/** A line for each node. */
import { DELETE_FIRST, DO_NOT_DISRUPT, type EhosNode } from '../../api/resources.ts';
import { isSet } from '../../domain/plan-input.ts';
import { age } from '../age.ts';
import { columns, type Column } from '../columns.ts';
import { memoryWords } from '../../domain/words.ts';

export interface NodeLine {
  namespace: string;
  name: string;
  pool: string;
  phase: string;
  vmState: string;
  nodeState: string;
  cloud: string;
  flavor: string;
  zone?: string;
  cores?: number;
  /** MiB. */
  memory?: number;
  address?: string;
  serverID?: string;
  created?: string;
  /** Since when it has been idle. */
  idleSince?: string;
  /** Protected, leaving, or to go first: in words. */
  marks: string[];
  fault?: string;
}

export function nodeLine({ metadata, spec, status = {} }: EhosNode): NodeLine {
  const { cores, memory, addresses, serverID, idleSince, fault } = status;
  const [address] = addresses ?? [];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    pool: spec.poolRef.name,
    phase: status.phase ?? 'Pending',
    vmState: status.vmState ?? 'Unknown',
    nodeState: status.nodeState ?? '-',
    cloud: spec.cloudRef.name,
    flavor: spec.flavor,
    ...(spec.availabilityZone === undefined ? {} : { zone: spec.availabilityZone }),
    ...(cores === undefined ? {} : { cores }),
    ...(memory === undefined ? {} : { memory }),
    ...(address === undefined ? {} : { address }),
    ...(serverID === undefined ? {} : { serverID }),
    ...(metadata.creationTimestamp === undefined ? {} : { created: metadata.creationTimestamp }),
    ...(idleSince === undefined ? {} : { idleSince }),
    marks: marksOf({ metadata, status }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function marksOf({ metadata, status = {} }: Pick<EhosNode, 'metadata' | 'status'>): string[] {
  const waits = status.conditions?.find(({ type }) => type === 'Drained')?.message;
  return [
    isSet({ metadata }, DO_NOT_DISRUPT) ? 'protected' : '',
    isSet({ metadata }, DELETE_FIRST) ? 'goes first' : '',
    metadata.deletionTimestamp === undefined ? '' : 'deleted by hand',
    status.drainRequested === undefined || waits === undefined ? '' : waits,
  ].filter((mark) => mark !== '');
}

const HEADS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'POOL' },
  { title: 'PHASE' },
  { title: 'SERVER' },
  { title: 'STARTD' },
  { title: 'IDLE', right: true },
  { title: 'CLOUD' },
  { title: 'FLAVOR' },
  { title: 'CORES', right: true },
  { title: 'MEMORY', right: true },
  { title: 'AGE', right: true },
  { title: 'NOTES' },
];

export function nodesText(lines: readonly NodeLine[], now: number): string {
  if (lines.length === 0) return 'there is no node\n';
  const several = new Set(lines.map(({ namespace }) => namespace)).size > 1;
  const rows = lines.map((line) => [
    several ? `${line.namespace}/${line.name}` : line.name,
    line.pool,
    line.phase,
    line.vmState,
    line.nodeState,
    age(line.idleSince, now),
    line.cloud,
    line.flavor,
    line.cores ?? '-',
    line.memory === undefined ? '-' : memoryWords(line.memory),
    age(line.created, now),
    [...line.marks, ...(line.fault === undefined ? [] : [line.fault])].join('; '),
  ]);
  return `${columns(HEADS, rows).join('\n')}\n`;
}
