{{/* A role and its binding to the operator: (list context kind namespace name rules). */}}
{{- define "modelserver-operator.role" -}}
{{- $context := index . 0 }}
{{- $kind := index . 1 }}
{{- $namespace := index . 2 }}
{{- $name := index . 3 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "modelserver-operator.roleMetadata" (list $context $namespace $name) | nindent 2 }}
rules:
  {{- toYaml (index . 4) | replace "@LEASE@" (include "modelserver-operator.fullname" $context) | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "modelserver-operator.roleMetadata" (list $context $namespace $name) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "modelserver-operator.serviceAccountName" $context }}
    namespace: {{ $context.Release.Namespace }}
{{ end -}}

{{- define "modelserver-operator.roleMetadata" -}}
name: {{ index . 2 }}
{{- with index . 1 }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "modelserver-operator.labels" (index . 0) | nindent 2 }}
{{- end -}}
