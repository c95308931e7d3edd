{{- define "ehos-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of the Deployment and of what belongs to it; 52 characters, its pods' names need 11 more. A release that is called "ehos" says enough. */}}
{{- define "ehos-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if or (contains (include "ehos-operator.name" .) .Release.Name) (hasPrefix .Release.Name (include "ehos-operator.name" .)) }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "ehos-operator.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What belongs to no namespace bears the release's in its name: releases of one name in several namespaces must not meet. */}}
{{- define "ehos-operator.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "ehos-operator.fullname" .) }}
{{- end }}

{{- define "ehos-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "ehos-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name: must be given when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "ehos-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ehos-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{/* Labels of everything but pods and what selects them. */}}
{{- define "ehos-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "ehos-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ehos-operator.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* Fields of the level "restricted" of the Pod Security Standards, of the pod; uid and gid are those of the image. */}}
{{- define "ehos-operator.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* The same of the container. */}}
{{- define "ehos-operator.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
