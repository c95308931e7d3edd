/** Which rights in Kubernetes each command needs, for docs/cli.md. */
import { markdownTable } from './markdown.ts';

interface Needs {
  commands: readonly string[];
  /** Of whoever calls it. */
  rights: string;
  /** The least of Kubernetes' own roles that has them, with what the chart adds to these. */
  role: string;
}

const KINDS = 'clouds, masters, pools and nodes';
/** Of what is served on the pods' loopback. A WebSocket is opened by GET; Kubernetes 1.35 asks for create as well (KEP 4006). */
const FORWARD =
  "`list` pods; `get` and `create` pods/portforward in the operator's namespace (`get` alone before Kubernetes 1.35)";
const EDIT_THERE = "`edit` in the operator's namespace, or [a Role for it](#a-role-for-those-who-watch)";

export const NEEDS: readonly Needs[] = [
  { commands: ['init', 'migrate', 'plan', 'demo', 'completion'], rights: 'none', role: 'none' },
  { commands: ['status'], rights: `\`list\` ${KINDS}`, role: '`view`' },
  {
    commands: ['status'],
    rights: `for the picture of the last hour, which is left out without: ${FORWARD}`,
    role: EDIT_THERE,
  },
  { commands: ['why'], rights: `\`list\` ${KINDS}; \`list\` events, which are left out without`, role: '`view`' },
  { commands: ['nodes'], rights: '`list` nodes and pools', role: '`view`' },
  { commands: ['drain'], rights: '`list`, `get` and `delete` nodes', role: '`edit`' },
  { commands: ['protect'], rights: '`get` and `patch` nodes and pools', role: '`edit`' },
  {
    commands: ['logs'],
    rights: "`list` pods; `get` pods/log in the operator's namespace",
    role: "`view` in the operator's namespace",
  },
  { commands: ['snapshot'], rights: `${FORWARD}; none with \`--url\``, role: EDIT_THERE },
  {
    commands: ['check'],
    rights:
      '`list` and `get` clouds, masters and pools; `get` the Secrets and ConfigMaps that they name; with `-f` also `create` and `patch` what is in the files, which is only tried (dry run)',
    role: '`edit`',
  },
  {
    commands: ['check'],
    rights:
      "each of these is skipped, and said to be, without its right: `get` the namespace and customresourcedefinitions; `list` pods and `get` pods/proxy in the operator's namespace; `create` subjectaccessreviews",
    role: '`cluster-admin`',
  },
  {
    commands: ['run'],
    rights: "those in [config/rbac.yaml](../config/rbac.yaml), for the operator's own account",
    role: 'a role of its own',
  },
];

export const RIGHTS = `## Rights

The commands act as you, with what your kubeconfig may do: in the namespace that is looked at, unless another is named here. "Clouds, masters, pools and nodes" are the resources of \`ehos.io\`; the chart
adds them to Kubernetes' own roles ([who may do what](install.md#who-may-do-what)), and adds nothing on pods, which those roles have already. The operator's pods are looked for in all namespaces, and by whoever may not list
pods everywhere in the one of \`-n\` or of the kubeconfig's context and in \`ehos-system\`.

${markdownTable(
  ['command', 'rights', 'role'],
  NEEDS.map(({ commands, rights, role }) => [commands.map((name) => `\`${name}\``).join(', '), rights, role]),
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
