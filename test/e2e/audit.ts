/**
 * What the operator's accounts asked of the real API server, by its own audit log: which rights were used (each that is granted must be, and nothing
 * may be asked for that is not), and that never a replica wrote that did not lead.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Report } from './report.ts';
import { auditLog, root } from './rigs.ts';

/** audit.k8s.io/v1, as far as it is read here. */
interface AuditEvent {
  verb: string;
  user: { username: string; extra?: Record<string, string[]> };
  objectRef?: { resource: string; subresource?: string; apiGroup?: string; namespace?: string; name?: string };
  responseStatus?: { code: number };
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Record<string, string>;
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const WRITES = new Set(['create', 'update', 'patch', 'delete']);
/** Granted to whoever is authenticated, by the role system:basic-user of each cluster. */
const EVERYBODYS = 'authorization.k8s.io';
/** No request of its own: admission asks for it when an owner reference has blockOwnerDeletion. `checkOwnerRight` shows its use. */
const BY_ADMISSION = 'ehos.io/ehosnodepools/finalizers update';

function readAudit(): AuditEvent[] {
  if (!existsSync(auditLog)) return [];
  const lines = readFileSync(auditLog, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}

/** Times between which rights were taken from the operator, ms since 1970. */
export type Uninstalled = readonly { from: number; to: number }[];

/** A refusal counts, but for those while Helm takes rights and pods away at the same time. */
export function checkRights(report: Report, uninstalled: Uninstalled): void {
  const granted = new Set(grants());
  const used = new Map<string, number>();
  const refused = new Set<string>();
  let late = 0;
  for (const event of readAudit()) {
    const { objectRef, verb, annotations } = event;
    if (objectRef === undefined || objectRef.apiGroup === EVERYBODYS) continue;
    const right = `${nameOf(objectRef)} ${verb}`;
    if (annotations?.['authorization.k8s.io/decision'] !== 'forbid') used.set(right, (used.get(right) ?? 0) + 1);
    else if (isWithin(event, uninstalled)) late += 1;
    else refused.add(right);
  }
  report.section(table(granted, used));
  const idle = [...granted].filter((right) => !used.has(right) && right !== BY_ADMISSION);
  const found = `${granted.size} rights, ${[...used.values()].reduce((sum, n) => sum + n, 0)} requests`;
  report.check('each right that is granted was used', used.size > 0 && idle.length === 0, list(idle) || found);
  const beyond = [...used.keys()].filter((right) => !granted.has(right));
  report.check(
    'nothing was asked for that is not granted',
    used.size > 0 && refused.size + beyond.length === 0,
    list([...refused, ...beyond]) || `${found}; ${late} refused while the release was uninstalled`,
  );
}

function isWithin({ requestReceivedTimestamp }: AuditEvent, times: Uninstalled): boolean {
  const at = Date.parse(requestReceivedTimestamp);
  return times.some(({ from, to }) => from <= at && at <= to);
}

/** Of all writes of custom resources: was each by the pod that held the Lease, as the API server saw it? */
export function checkOneWriter(report: Report, account: string): void {
  const events = readAudit().filter(({ user }) => user.username === account);
  const leaders = events
    .filter(({ objectRef, verb, responseStatus }) => {
      const isLease = objectRef?.resource === 'leases' && WRITES.has(verb);
      return isLease && (responseStatus?.code ?? 500) < 300;
    })
    .map((event) => ({ at: Date.parse(event.stageTimestamp), pod: podOf(event) }));
  const writes = events.filter(({ objectRef, verb }) => objectRef?.apiGroup === 'ehos.io' && WRITES.has(verb));
  const wrong = writes.filter((event) => {
    const at = Date.parse(event.requestReceivedTimestamp);
    return leaders.findLast((leader) => leader.at <= at)?.pod !== podOf(event);
  });
  const changes = leaders.filter(({ pod }, i) => pod !== leaders[i - 1]?.pod).length;
  const found = `${writes.length} writes, ${changes} leaders one after the other`;
  const examples = wrong.slice(0, 3).map(({ verb, objectRef, requestReceivedTimestamp }) => {
    return `${requestReceivedTimestamp} ${verb} ${objectRef?.resource ?? ''} ${objectRef?.name ?? ''}`;
  });
  report.check(
    "by the API server's audit log only the pod that held the Lease wrote",
    writes.length > 0 && changes > 1 && wrong.length === 0,
    wrong.length === 0 ? found : `${wrong.length} of ${found}: ${examples.join('; ')}`,
  );
}

/** The account's token says in which pod it was mounted. */
function podOf({ user }: AuditEvent): string {
  return user.extra?.['authentication.kubernetes.io/pod-name']?.[0] ?? '';
}

function nameOf({ apiGroup = '', resource, subresource }: NonNullable<AuditEvent['objectRef']>): string {
  return `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function grants(): string[] {
  const documents = parseAllDocuments(readFileSync(join(root, 'config/rbac.yaml'), 'utf8'));
  const rules = documents.flatMap((document) => (document.toJS() as { rules?: Rule[] } | null)?.rules ?? []);
  const all = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
  );
  return [...new Set(all)].sort();
}

function table(granted: ReadonlySet<string>, used: ReadonlyMap<string, number>): string {
  const row = (right: string): string => {
    const count = right === BY_ADMISSION ? 'by admission, with each EhosNode' : String(used.get(right) ?? 0);
    const [what = '', verb = ''] = right.split(' ');
    return `| ${what.replace(/^\//, '')} | ${verb} | ${count} |`;
  };
  return [
    '## Rights that were used',
    '',
    "By the API server's audit log of this run; what is granted is config/rbac.yaml.",
    '',
    '| resource | verb | requests |',
    '|---|---|---|',
    ...[...granted].map(row),
    '',
  ].join('\n');
}

const list = (rights: readonly string[]): string => rights.join(', ');
