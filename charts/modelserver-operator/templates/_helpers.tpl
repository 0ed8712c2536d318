{{/* What the objects are called: the release, with the chart's name unless that is part of it. */}}
{{- define "modelserver-operator.fullname" -}}
{{- $both := printf "%s-%s" .Release.Name .Chart.Name -}}
{{- $release := ternary .Release.Name $both (contains .Chart.Name .Release.Name) -}}
{{- default $release .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The labels that the operator's pods are selected by; they can never change. */}}
{{- define "modelserver-operator.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The labels of every object. */}}
{{- define "modelserver-operator.labels" -}}
{{ include "modelserver-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The name and the labels of an object in the release's namespace. */}}
{{- define "modelserver-operator.metadata" -}}
name: {{ include "modelserver-operator.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "modelserver-operator.labels" . | nindent 2 }}
{{- end -}}

{{- define "modelserver-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "modelserver-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "modelserver-operator.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "modelserver-operator.adapterRuleName" -}}
{{- default (printf "%s-adapter-rule" (include "modelserver-operator.fullname" .)) .Values.adapterRule.name -}}
{{- end -}}

{{/* A setting as the operator reads it from its environment; nothing where it is left empty. */}}
{{- define "modelserver-operator.setting" -}}
{{- if kindIs "slice" . -}}
{{- join "," . -}}
{{- else if kindIs "map" . -}}
{{- $pairs := list -}}
{{- range $key, $value := . }}{{ $pairs = append $pairs (printf "%s=%s" $key $value) }}{{ end -}}
{{- join "," $pairs -}}
{{- else if kindIs "float64" . -}}
{{- /* so comes a number from a file, and a large one would be written with an exponent */ -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}
