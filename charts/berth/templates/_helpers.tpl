{{- define "berth.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "berth.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{- $name := include "berth.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "berth.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- /* Names of cluster-wide objects: two releases of one name in two namespaces must not meet. */ -}}
{{- define "berth.clusterName" -}}
{{- printf "%s-%s" (include "berth.namespace" .) (include "berth.fullname" .) }}
{{- end }}

{{- /* They never change: a Deployment's selector cannot. */ -}}
{{- define "berth.selectorLabels" -}}
app.kubernetes.io/name: {{ include "berth.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: scheduler
{{- end }}

{{- define "berth.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ include "berth.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: berth
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Metadata of a namespaced object: (list . "suffix") */ -}}
{{- define "berth.metadata" -}}
{{- $root := index . 0 -}}
name: {{ include "berth.fullname" $root }}{{ index . 1 }}
namespace: {{ include "berth.namespace" $root }}
labels:
  {{- include "berth.labels" $root | nindent 2 }}
{{- end }}

{{- define "berth.clusterMetadata" -}}
{{- $root := index . 0 -}}
name: {{ include "berth.clusterName" $root }}{{ index . 1 }}
labels:
  {{- include "berth.labels" $root | nindent 2 }}
{{- end }}

{{- define "berth.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "berth.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{- required "serviceAccount.name: name the ServiceAccount, or let serviceAccount.create make one" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "berth.userName" -}}
system:serviceaccount:{{ include "berth.namespace" . }}:{{ include "berth.serviceAccountName" . }}
{{- end }}

{{- define "berth.subjects" -}}
- kind: ServiceAccount
  name: {{ include "berth.serviceAccountName" . }}
  namespace: {{ include "berth.namespace" . }}
{{- end }}

{{- /* (list . image default-tag) */ -}}
{{- define "berth.imageOf" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $registry := default $image.registry $root.Values.global.imageRegistry -}}
{{- $name := $image.repository -}}
{{- with $registry }}{{ $name = printf "%s/%s" . $image.repository }}{{ end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $name $image.digest }}
{{- else -}}
{{- printf "%s:%s" $name (default (index . 2) $image.tag) }}
{{- end }}
{{- end }}

{{- define "berth.image" -}}
{{- include "berth.imageOf" (list . .Values.image .Chart.AppVersion) }}
{{- end }}

{{- /* EKS, GKE and k3s add suffixes to the version; the image has none. */ -}}
{{- define "berth.schedulerImage" -}}
{{- include "berth.imageOf" (list . .Values.scheduler.image (regexFind "^v[0-9]+\\.[0-9]+\\.[0-9]+" .Capabilities.KubeVersion.Version)) }}
{{- end }}

{{- define "berth.pullSecrets" -}}
{{- $names := concat (default list .Values.global.imagePullSecrets) .Values.imagePullSecrets | uniq -}}
{{- with $names }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "berth.minor" -}}
{{- regexFind "^v?1\\.[0-9]+" .Capabilities.KubeVersion.Version | trimPrefix "v" | trimPrefix "1." }}
{{- end }}

{{- define "berth.tested" -}}
{{- if has (include "berth.minor" .) (list "35" "36" "37") }}yes{{ end }}
{{- end }}

{{- /* kube-scheduler's own Lease in mode bundled, Berth's in mode service. */ -}}
{{- define "berth.leaseName" -}}
{{- include "berth.fullname" . }}{{ if eq .Values.wiring.mode "bundled" }}-scheduler{{ end }}
{{- end }}

{{- define "berth.tlsDirectory" -}}/etc/berth/tls{{- end }}

{{- define "berth.recordsDirectory" -}}/etc/berth/records{{- end }}

{{- define "berth.recordsSecret" -}}
{{- default (printf "%s-record-keys" (include "berth.fullname" .)) .Values.records.existingSecret }}
{{- end }}

{{- /* Whether keys are wanted that are not there yet. */ -}}
{{- define "berth.newRecordKeys" -}}
{{- if and (include "berth.signs" .) (not .Values.records.existingSecret) -}}
{{- if not (lookup "v1" "Secret" (include "berth.namespace" .) (include "berth.recordsSecret" .)) }}yes{{ end }}
{{- end }}
{{- end }}

{{- define "berth.serverSecret" -}}
{{- if eq .Values.certificates.source "existingSecret" -}}
{{- required "certificates.existingSecret: name the Secret, or choose another certificates.source" .Values.certificates.existingSecret }}
{{- else -}}
{{- include "berth.fullname" . }}-server-tls
{{- end }}
{{- end }}

{{- define "berth.dnsNames" -}}
{{- $service := include "berth.fullname" . -}}
{{- $namespace := include "berth.namespace" . -}}
- {{ $service }}.{{ $namespace }}.svc
- {{ $service }}.{{ $namespace }}.svc.cluster.local
- {{ $service }}.{{ $namespace }}
- {{ $service }}
{{- end }}

{{- /* http or https, by what config says of the operations port. */ -}}
{{- define "berth.operationsScheme" -}}
{{- $operations := default dict .Values.config.operations -}}
{{- if (default dict $operations.tls).certFile }}https{{ else }}http{{ end }}
{{- end }}

{{- define "berth.reviewsTokens" -}}
{{- if eq (default "none" (default dict .Values.config.operations).authentication) "tokenReview" }}yes{{ end }}
{{- end }}

{{- /* Not empty where the Pods write records, and sign them. */ -}}
{{- define "berth.signs" -}}
{{- if and .Values.records.signed (has .Values.wiring.mode (list "bundled" "service")) }}yes{{ end -}}
{{- end }}

{{- /* How long the Lease stands, and how often it is renewed: kube-scheduler's (bundled) or Berth's own. */ -}}
{{- define "berth.election" -}}
{{- $election := pick .Values.scheduler.leaderElection "leaseDuration" "renewDeadline" "retryPeriod" -}}
{{- if ne .Values.wiring.mode "bundled" -}}
{{- $election = mergeOverwrite $election (default dict .Values.config.leadership) -}}
{{- end -}}
{{- toYaml $election }}
{{- end }}

{{- define "berth.configuration" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := mergeOverwrite $config (dict "apiVersion" "berth.dev/v1alpha1" "kind" "BerthConfiguration") -}}
{{- $lease := dict "leaseNamespace" (include "berth.namespace" .) "leaseName" (include "berth.leaseName" .) -}}
{{- $_ := mergeOverwrite $config (dict "operations" (dict "listen" ":7481")) -}}
{{- if include "berth.signs" . -}}
{{- $_ := mergeOverwrite $config (dict "records" (dict "keyFile" (printf "%s/keys" (include "berth.recordsDirectory" .)))) -}}
{{- end -}}
{{- if eq .Values.wiring.mode "bundled" -}}
{{- /* kube-scheduler calls its leaseholder after the host name, which is the Pod's name. */ -}}
{{- $_ := mergeOverwrite $config (dict "scheduler" (dict "listen" "127.0.0.1:7480")
      "leadership" (mergeOverwrite $lease (include "berth.election" . | fromYaml) (dict "mode" "follow"))) -}}
{{- else if eq .Values.wiring.mode "observe" -}}
{{- /* What an observer tells is all that there is of it: standard output, unless another place is named. */ -}}
{{- $config = mergeOverwrite (dict "decisionLog" (dict "file" "-")) $config -}}
{{- $_ := mergeOverwrite $config (dict "scheduler" (dict "mode" "observe" "listen" "127.0.0.1:7480")) -}}
{{- else -}}
{{- $directory := include "berth.tlsDirectory" . -}}
{{- $_ := mergeOverwrite $config (dict "scheduler" (dict "listen" ":7480" "tls" (dict
      "certFile" (printf "%s/tls.crt" $directory) "keyFile" (printf "%s/tls.key" $directory)
      "clientCAFile" (printf "%s/ca.crt" $directory) "allowedClientNames" (list .Values.certificates.clientName)))
      "leadership" (mergeOverwrite $lease (include "berth.election" . | fromYaml) (dict "mode" "elect"))) -}}
{{- end -}}
{{- toYaml $config }}
{{- end }}

{{- /* What of the configuration counts after a restart only; Berth reads the rest again by itself. */ -}}
{{- define "berth.fixedConfiguration" -}}
{{- $config := unset (include "berth.configuration" . | fromYaml) "policy" -}}
{{- $log := unset (default dict $config.log) "level" -}}
{{- $config = unset $config "log" -}}
{{- with $log }}{{ $config = set $config "log" . }}{{ end -}}
{{- toYaml $config }}
{{- end }}

{{- define "berth.extenderURL" -}}
{{- if eq .Values.wiring.mode "bundled" -}}
http://127.0.0.1:7480
{{- else if .Values.service.url -}}
{{- .Values.service.url }}
{{- else -}}
https://{{ default (printf "%s.%s.svc" (include "berth.fullname" .) (include "berth.namespace" .)) .Values.service.clusterIP }}:7480
{{- end }}
{{- end }}

{{- /* The entry of extenders, and the resources that send a pod to Berth. */ -}}
{{- define "berth.extender" -}}
- urlPrefix: {{ include "berth.extenderURL" . }}
  filterVerb: filter
  prioritizeVerb: prioritize
  preemptVerb: preempt
  bindVerb: bind
  weight: {{ .Values.scheduler.weight }}
  httpTimeout: {{ .Values.scheduler.httpTimeout }}
  # Names instead of whole nodes: many times faster, and kube-scheduler's own scores stay right.
  nodeCacheCapable: true
  # A pod must not be bound without its devices while Berth is away.
  ignorable: false
{{- if eq .Values.wiring.mode "service" }}
  enableHTTPS: true
  tlsConfig:
    serverName: {{ include "berth.fullname" . }}.{{ include "berth.namespace" . }}.svc
    caFile: {{ .Values.service.clientFiles }}/ca.crt
    certFile: {{ .Values.service.clientFiles }}/tls.crt
    keyFile: {{ .Values.service.clientFiles }}/tls.key
{{- end }}
{{- $resources := .Values.scheduler.managedResources }}
{{- if and (not $resources) (eq .Values.wiring.mode "service") }}
{{- $resources = list "nvidia.com/gpu" }}
{{- end }}
{{- with $resources }}
  managedResources:
    {{- range without . "berth.dev/gpu-memory" "berth.dev/gpu-cores" "berth.dev/gpu-count" }}
    - name: {{ . }}
    {{- end }}
    {{- range list "berth.dev/gpu-memory" "berth.dev/gpu-cores" "berth.dev/gpu-count" }}
    - name: {{ . }}
      ignoredByScheduler: true
    {{- end }}
{{- end }}
{{- end }}

{{- define "berth.schedulerConfiguration" -}}
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
percentageOfNodesToScore: {{ .Values.scheduler.percentageOfNodesToScore }}
{{- if eq .Values.wiring.mode "bundled" }}
leaderElection:
  leaderElect: true
  resourceLock: leases
  resourceNamespace: {{ include "berth.namespace" . }}
  resourceName: {{ include "berth.leaseName" . }}
  {{- toYaml .Values.scheduler.leaderElection | nindent 2 }}
clientConnection:
  qps: {{ .Values.scheduler.qps }}
  burst: {{ .Values.scheduler.burst }}
profiles:
  - schedulerName: {{ .Values.scheduler.name }}
    pluginConfig:
      - name: NodeResourcesFit
        args:
          apiVersion: kubescheduler.config.k8s.io/v1
          kind: NodeResourcesFitArgs
          # No node advertises them: Berth counts them.
          ignoredResourceGroups: [berth.dev]
{{- end }}
extenders:
  {{- include "berth.extender" . | nindent 2 }}
{{- end }}

{{- /* Of "4s", "500ms" or "1m". */ -}}
{{- define "berth.milliseconds" -}}
{{- if hasSuffix "ms" . }}{{ trimSuffix "ms" . }}{{ else if hasSuffix "m" . }}{{ mul 60000 (trimSuffix "m" .) }}{{ else }}{{ mul 1000 (trimSuffix "s" .) }}{{ end }}
{{- end }}

{{- /* Whoever leads must find time to bind between two renewals (docs/ha.md): Berth would refuse to start. */ -}}
{{- define "berth.validateElection" -}}
{{- $bundled := eq .Values.wiring.mode "bundled" -}}
{{- $where := ternary "scheduler.leaderElection" "config.leadership" $bundled -}}
{{- $election := include "berth.election" . | fromYaml -}}
{{- $bind := default "4s" (default dict .Values.config.kubernetes).bindTimeout -}}
{{- $lease := include "berth.milliseconds" $election.leaseDuration | int64 -}}
{{- $renew := include "berth.milliseconds" $election.renewDeadline | int64 -}}
{{- $retry := include "berth.milliseconds" $election.retryPeriod | int64 -}}
{{- if ge $renew $lease }}{{ fail (printf "%s.renewDeadline: %s is not below leaseDuration %s" $where $election.renewDeadline $election.leaseDuration) }}{{ end }}
{{- if ge (mul $retry 6) (mul $renew 5) }}{{ fail (printf "%s.retryPeriod: 1.2 times %s is not below renewDeadline %s" $where $election.retryPeriod $election.renewDeadline) }}{{ end }}
{{- if lt (mul $lease 15) (mul 16 (add (include "berth.milliseconds" $bind | int64) (mul 2 $retry))) }}{{ fail (printf "%s.leaseDuration: %s leaves no time to bind: 15/16 of it is less than config.kubernetes.bindTimeout %s and twice retryPeriod %s" $where $election.leaseDuration $bind $election.retryPeriod) }}{{ end }}
{{- end }}

{{- /* Everything that no schema can say. Included by templates that are always rendered. */ -}}
{{- define "berth.validate" -}}
{{- if not (or .Values.kubernetes.allowUntested (include "berth.tested" .)) -}}
{{- fail (printf "kubernetes.allowUntested: this chart is tested with Kubernetes 1.35 to 1.37, the cluster has %s; set it to true to install anyhow" .Capabilities.KubeVersion.Version) }}
{{- end -}}
{{- range $key := list "apiVersion" "kind" "modelCatalog" }}
{{- if hasKey $.Values.config $key }}{{ fail (printf "config.%s: the chart sets it; models belong in catalog.models" $key) }}{{ end }}
{{- end }}
{{- range $section, $keys := dict "scheduler" (list "mode" "listen" "tls" "allowPlain") "operations" (list "listen") "records" (list "keyFile") "leadership" (list "mode" "leaseNamespace" "leaseName" "identity") }}
{{- range $key := $keys }}
{{- if hasKey (default dict (get $.Values.config $section)) $key }}{{ fail (printf "config.%s.%s: the chart sets it" $section $key) }}{{ end }}
{{- end }}
{{- end }}
{{- if has .Values.wiring.mode (list "bundled" "service") }}{{ include "berth.validateElection" . }}{{ end }}
{{- if and .Values.catalog.models .Values.catalog.existingConfigMap }}{{ fail "catalog: set models or existingConfigMap, not both" }}{{ end }}
{{- if and .Values.monitoring.podMonitor.enabled .Values.monitoring.serviceMonitor.enabled }}{{ fail "monitoring: enable podMonitor or serviceMonitor; both would count everything twice" }}{{ end }}
{{- if and .Values.monitoring.serviceMonitor.enabled (eq .Values.wiring.mode "external") }}{{ fail "monitoring.serviceMonitor.enabled: wiring.mode external has no Service; use podMonitor" }}{{ end }}
{{- if and .Values.monitoring.scheduler.enabled (not (and .Values.monitoring.serviceMonitor.enabled (eq .Values.wiring.mode "bundled"))) }}{{ fail "monitoring.scheduler.enabled: needs monitoring.serviceMonitor.enabled and wiring.mode bundled (a PodMonitor cannot send Prometheus' own token)" }}{{ end }}
{{- if and .Values.optIn.enabled (ne .Values.wiring.mode "bundled") }}{{ fail "optIn.enabled: needs wiring.mode bundled, elsewhere there is no scheduler of ours to name" }}{{ end }}
{{- if and .Values.optIn.enabled (not (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")) }}{{ fail "optIn.enabled: the cluster has no MutatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.36); set schedulerName in the pods instead" }}{{ end }}
{{- if and .Values.acceleratorNodes.enabled (ne .Values.wiring.mode "bundled") }}{{ fail "acceleratorNodes.enabled: needs wiring.mode bundled, elsewhere it is not known which pods are ours" }}{{ end }}
{{- if and .Values.acceleratorNodes.enabled (not (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy")) }}{{ fail "acceleratorNodes.enabled: the cluster has no MutatingAdmissionPolicy (admissionregistration.k8s.io/v1, Kubernetes 1.36); write the toleration into the pods instead" }}{{ end }}
{{- end }}

{{- define "berth.containerSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}
