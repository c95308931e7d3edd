/** Options of the commands that speak to a Kubernetes cluster. */
import { Option, type Command } from 'commander';
import { namespace } from './options.ts';

export interface ClusterOptions {
  kubeconfig?: string;
  namespace?: string;
  allNamespaces?: boolean;
}

export const kubeconfigOption = (): Option =>
  new Option('--kubeconfig <file>', "which cluster; else KUBECONFIG, the pod's own account, ~/.kube/config");

export function withCluster(command: Command): Command {
  return command
    .addOption(kubeconfigOption())
    .addOption(
      new Option('-n, --namespace <name>', "this namespace (default: that of the kubeconfig's context)").argParser(
        namespace,
      ),
    );
}

export function withNamespaces(command: Command): Command {
  return withCluster(command).addOption(new Option('-A, --all-namespaces', 'all namespaces').conflicts('namespace'));
}

/** What the chart puts on the operator's pods. */
export const OPERATOR_LABELS = 'app.kubernetes.io/name=ehos-operator';

/** Where it is installed unless somebody chose another place (config/rbac.yaml). */
export const OPERATOR_NAMESPACE = 'ehos-system';

/** What the operator calls its Lease unless it is told otherwise. */
export const LEASE_NAME = 'ehos-operator';

export const selectorOption = (): Option =>
  new Option('--selector <labels>', "labels of the operator's pods").default(OPERATOR_LABELS);
