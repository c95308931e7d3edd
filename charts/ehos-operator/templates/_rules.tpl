{{- /* Made from config/rbac.yaml by "make generate". Do not edit. */}}
{{- define "ehos-operator.rules.cluster" -}}
- apiGroups: [ '' ]
  resources: [ namespaces ]
  # its uid tells our servers from those of another cluster
  resourceNames: [ kube-system ]
  verbs: [ get ]
- apiGroups: [ coordination.k8s.io ]
  # those of other installations of the operator, which must not serve the same namespaces; asked for by name only
  resources: [ leases ]
  resourceNames: [ '{{ .Values.leaderElection.leaseName }}' ]
  verbs: [ list, watch ]
{{- end }}

{{- define "ehos-operator.rules.served" -}}
- apiGroups: [ ehos.io ]
  resources: [ ehosclouds, ehosmasters, ehosnodepools ]
  # patch: the finalizer
  verbs: [ list, watch, patch ]
- apiGroups: [ ehos.io ]
  resources: [ ehosnodes ]
  verbs: [ get, list, watch, create, patch, delete ]
- apiGroups: [ ehos.io ]
  resources: [ ehosclouds/status, ehosmasters/status, ehosnodepools/status, ehosnodes/status ]
  verbs: [ patch ]
- apiGroups: [ ehos.io ]
  # owner references with blockOwnerDeletion need this where OwnerReferencesPermissionEnforcement is on
  resources: [ ehosnodepools/finalizers ]
  verbs: [ update ]
- apiGroups: [ '' ]
  # read by name only: no list, no watch
  resources: [ secrets, configmaps ]
  verbs: [ get ]
- apiGroups: [ events.k8s.io ]
  resources: [ events ]
  verbs: [ create, patch ]
{{- end }}

{{- define "ehos-operator.rules.own" -}}
- apiGroups: [ coordination.k8s.io ]
  # a create cannot be bound to a name: the object is not there yet
  resources: [ leases ]
  verbs: [ create ]
- apiGroups: [ coordination.k8s.io ]
  resources: [ leases ]
  resourceNames: [ '{{ .Values.leaderElection.leaseName }}' ]
  verbs: [ get, patch ]
{{- end }}
