/** Which rights in Kubernetes each command needs, for docs/cli.md. */
import { markdownTable } from './markdown.ts';

interface Needs {
  commands: readonly string[];
  /** `list ehosnodes`, where one looks. */
  asks?: readonly string[];
  /** The same in the operator's namespace. */
  asksThere?: readonly string[];
  note?: string;
  /** The least of Kubernetes' own roles that has them, with what the chart adds to these. */
  role: string;
}

const each = (verb: string, resources: readonly string[]): string[] =>
  resources.map((resource) => `${verb} ${resource}`);

const KINDS = ['ehosclouds', 'ehosmasters', 'ehosnodepools'];
const ALL_KINDS = [...KINDS, 'ehosnodes'];
/** To what is served on the pods' loopback. A WebSocket is opened by GET; Kubernetes 1.35 asks for create as well (KEP 4006). */
const FORWARD = ['list pods', 'get pods/portforward', 'create pods/portforward'];
const BEFORE = 'before Kubernetes 1.35 without `create`';
const EDIT_THERE = "`edit` in the operator's namespace, or [a Role for it](#a-role-for-those-who-watch)";

export const NEEDS: readonly Needs[] = [
  { commands: ['init', 'migrate', 'plan', 'demo', 'completion'], role: 'none' },
  { commands: ['status'], asks: each('list', ALL_KINDS), role: '`view`' },
  {
    commands: ['status'],
    asksThere: FORWARD,
    note: `for the picture of the last hour, which is left out without; ${BEFORE}`,
    role: EDIT_THERE,
  },
  { commands: ['why'], asks: each('list', ALL_KINDS), role: '`view`' },
  { commands: ['why'], asks: ['list events'], note: 'events are left out without', role: '`view`' },
  { commands: ['nodes'], asks: each('list', ['ehosnodes', 'ehosnodepools']), role: '`view`' },
  { commands: ['drain'], asks: ['list ehosnodes', 'get ehosnodes', 'delete ehosnodes'], role: '`edit`' },
  {
    commands: ['protect'],
    asks: ['get', 'patch'].flatMap((verb) => each(verb, ['ehosnodes', 'ehosnodepools'])),
    role: '`edit`',
  },
  { commands: ['logs'], asksThere: ['list pods', 'get pods/log'], role: "`view` in the operator's namespace" },
  { commands: ['snapshot'], asksThere: FORWARD, note: `none with \`--url\`; ${BEFORE}`, role: EDIT_THERE },
  { commands: ['check'], asks: [...each('list', KINDS), 'get secrets', 'get configmaps'], role: '`edit`' },
  {
    commands: ['check'],
    asks: [
      ...['create', 'patch'].flatMap((verb) => each(verb, [...KINDS, 'secrets', 'configmaps'])),
      ...each('get', ['ehosclouds', 'ehosmasters']),
    ],
    note: 'with `-f`, for what is in the files; it is only tried (dry run)',
    role: '`edit`',
  },
  {
    commands: ['check'],
    asks: each('get', ['namespaces', 'customresourcedefinitions']).concat('create subjectaccessreviews'),
    asksThere: ['list pods', 'get pods/proxy'],
    note: 'what may not be asked is skipped, and said to be',
    role: '`cluster-admin`',
  },
  {
    commands: ['run'],
    note: "[config/rbac.yaml](../config/rbac.yaml), for the operator's own account",
    role: 'a role of its own',
  },
];

/** Resources that are asked with the same verbs stand together. */
function words(asks: readonly string[]): string {
  const verbs = new Map<string, string[]>();
  for (const ask of asks) {
    const [verb = '', resource = ''] = ask.split(' ');
    verbs.set(resource, [...(verbs.get(resource) ?? []), `\`${verb}\``]);
  }
  const groups = new Map<string, string[]>();
  for (const [resource, of] of verbs) groups.set(of.join(', '), [...(groups.get(of.join(', ')) ?? []), resource]);
  return [...groups].map(([of, resources]) => `${of} ${resources.join(', ')}`).join('; ');
}

function rightsOf({ asks = [], asksThere = [], note }: Needs): string {
  const there = asksThere.length === 0 ? '' : `in the operator's namespace: ${words(asksThere)}`;
  const rights = [words(asks), there].filter((part) => part !== '').join('; ');
  if (note === undefined) return rights === '' ? 'none' : rights;
  return rights === '' ? note : `${rights} (${note})`;
}

export const RIGHTS = `## Rights

The commands act as you, with what your kubeconfig may do: in the namespace that is looked at, unless another is named here. The chart adds the
resources of \`ehos.io\` to Kubernetes' own roles ([who may do what](install.md#who-may-do-what)), and adds nothing on pods, which those roles have already. The operator's pods are looked for in all namespaces, and by whoever may not list
pods everywhere in the one of \`-n\` or of the kubeconfig's context and in \`ehos-system\`.

${markdownTable(
  ['command', 'rights', 'role'],
  NEEDS.map((needs) => [needs.commands.map((name) => `\`${name}\``).join(', '), rightsOf(needs), needs.role]),
)}

### A Role for those who watch

\`edit\` in the operator's namespace also lets one read its Secrets and start pods there as the operator. For \`logs\`, the picture and \`snapshot\` this is enough, bound by a RoleBinding; who has it sees names and numbers of
all namespaces that the operator serves, and can change the level of its log:

\`\`\`yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ehos-watcher
  namespace: ehos-system
rules:
  - apiGroups: ['']
    resources: [pods]
    verbs: [list]
  - apiGroups: ['']
    resources: [pods/log]
    verbs: [get]
  - apiGroups: ['']
    resources: [pods/portforward]
    verbs: [get, create]
\`\`\`
`;
