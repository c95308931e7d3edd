/**
 * The rights of the operator as parts of the chart's templates, from config/rbac.yaml, which is their one source:
 * what it needs of the whole cluster, in each namespace that is served, and in its own.
 */
import { isMap, isSeq, parseAllDocuments, stringify, YAMLMap, type Document } from 'yaml';

/** Of the resources in the rules for the cluster, those that are looked at beyond the namespaces that are served: other installations have Leases anywhere. */
const CLUSTER_WIDE = ['namespaces', 'leases'];
/** The Lease in config/rbac.yaml; in the chart it is a value. */
const LEASE = 'ehos-operator';
const LEASE_VALUE = "'{{ .Values.leaderElection.leaseName }}'";

export function renderRules(text: string): string {
  const documents = parseAllDocuments(text);
  const ofAll = documents.filter((document) => document.get('kind') === 'ClusterRole').flatMap(rulesOf);
  const parts = {
    cluster: ofAll.filter(isClusterWide),
    served: ofAll.filter((rule) => !isClusterWide(rule)),
    own: documents.filter((document) => document.get('kind') === 'Role').flatMap(rulesOf),
  };
  const templates = Object.entries(parts).map(([name, rules]) => {
    if (rules.length === 0) throw new Error(`config/rbac.yaml: no rules for the part "${name}" of the chart`);
    return `{{- define "ehos-operator.rules.${name}" -}}\n${stringify(rules, { lineWidth: 0 }).trimEnd().replaceAll(LEASE, LEASE_VALUE)}\n{{- end }}\n`;
  });
  return `{{- /* Made from config/rbac.yaml by "make generate". Do not edit. */}}\n${templates.join('\n')}`;
}

/** The nodes themselves: they keep their comments. */
function rulesOf(document: Document): YAMLMap[] {
  const rules = document.get('rules');
  return isSeq(rules) ? rules.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

function isClusterWide(rule: YAMLMap): boolean {
  const { resources } = rule.toJSON() as { resources: string[] };
  return resources.every((resource) => CLUSTER_WIDE.includes(resource));
}
