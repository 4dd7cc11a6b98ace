package chart

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/action"
	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"
)

func render(t *testing.T, values string, options ...Options) *Rendered {
	t.Helper()
	rendered, err := Render(Parse(values), append(options, Options{})[0])
	if err != nil {
		t.Fatal(err)
	}
	return rendered
}

func find(t *testing.T, rendered *Rendered, kind, name string) Object {
	t.Helper()
	object, err := rendered.Find(kind, name)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func container(t *testing.T, rendered *Rendered, name string) map[string]any {
	t.Helper()
	deployment := find(t, rendered, "Deployment", "berth")
	for _, one := range deployment.At("spec", "template", "spec", "containers").([]any) {
		if one.(map[string]any)["name"] == name {
			return one.(map[string]any)
		}
	}
	t.Fatalf("no container %s", name)
	return nil
}

// ciValues are the files of charts/berth/ci: one feature each, for people to copy and for these tests.
func ciValues(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(Path, "ci", "*-values.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no ci values: %v", err)
	}
	files := map[string]string{"default": ""}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(filepath.Base(path), "-values.yaml")] = string(text)
	}
	return files
}

// mutates tells whether the values want a MutatingAdmissionPolicy, which Kubernetes 1.35 has not.
func mutates(values string) bool {
	return strings.Contains(values, "optIn") || strings.Contains(values, "acceleratorNodes")
}

func TestLintFindsNothing(t *testing.T) {
	for name, values := range ciValues(t) {
		lint := action.NewLint()
		lint.Strict = true
		lint.Namespace = releaseNamespace
		lint.KubeVersion = &chartutil.KubeVersion{Version: newest, Major: "1", Minor: "37"}
		if mutates(values) {
			continue // Lint cannot be told of APIs; the matrix renders these.
		}
		if result := lint.Run([]string{Path}, Parse(values)); len(result.Errors) != 0 || result.TotalChartsLinted != 1 {
			t.Errorf("%s: %v", name, result.Errors)
		}
	}
}

// A release under another name in another namespace, with every pair of settings that may meet.
func TestEveryPairOfSettingsMakesValidObjects(t *testing.T) {
	parameters := []Parameter{
		{"wiring.mode", []any{"bundled", "service", "external", "observe"}},
		{"certificates.source", []any{"selfSigned", "certManager", "existingSecret"}},
		{"monitoring.dashboards.kind", []any{"sidecar", "operator"}},
		{"image.digest", []any{"", "sha256:" + strings.Repeat("0a", 32)}},
		{"fullnameOverride", []any{"", "dock"}},
		{"namespaceOverride", []any{"", "elsewhere"}},
		{"commonLabels", []any{Values{}, Values{"team": "ml"}}},
		{"extraObjects", []any{[]any{}, []any{
			Parse("{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-more', namespace: '{{ .Release.Namespace }}'}}"),
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: text, namespace: '{{ .Release.Namespace }}'}",
		}}},
		{"config", []any{Values{}, Parse("{operations: {authentication: tokenReview, tls: {certFile: /a, keyFile: /b}}}")}},
		{"catalog.existingConfigMap", []any{"", "models"}},
		{"records.existingSecret", []any{"", "record-keys"}},
		{"acceleratorNodes.taint.value", []any{"true", ""}},
		{"certificates.certManager.issuerRef", []any{Values{}, Parse("{name: ours, kind: ClusterIssuer}")}},
		{"networkPolicy.operationsFrom", []any{[]any{}, []any{Parse("podSelector: {}")}}},
		{"networkPolicy.schedulerFrom", []any{[]any{}, []any{Parse("ipBlock: {cidr: 10.0.0.0/8}")}}},
		{"networkPolicy.egress", []any{[]any{}, []any{Values{}}}},
		{"global.imagePullSecrets", []any{[]any{}, []any{"pull"}}},
		{"policies.resultAnnotations.gpushareUsers", []any{[]any{}, []any{"gpushare"}}},
		{"policies.resultAnnotations.hamiUsers", []any{[]any{}, []any{"hami"}}},
		{"extraVolumes", []any{[]any{}, []any{Parse("{name: more, emptyDir: {}}")}}},
		{"extraVolumeMounts", []any{[]any{}, []any{Parse("{name: more, mountPath: /more}")}}},
		{"extraEnv", []any{[]any{}, []any{Parse("{name: A, value: b}")}}},
		{"extraArgs", []any{[]any{}, []any{"--x=y"}}},
		{"extraContainers", []any{[]any{}, []any{Parse("{name: more, image: more}")}}},
		{"affinity", []any{Values{}, Parse("nodeAffinity: {}")}},
		{"tolerations", []any{[]any{}, []any{Parse("operator: Exists")}}},
		{"nodeSelector", []any{Values{}, Values{"a": "b"}}},
		{"podAnnotations", []any{Values{}, Values{"a": "b"}}},
		{"podLabels", []any{Values{}, Values{"a": "b"}}},
	}
	chart, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	chart.Files = append(chart.Files, boards...)
	booleans := booleansOf("", chart.Values)
	if len(booleans) < 15 {
		t.Fatalf("only %d booleans in values.yaml: %v", len(booleans), booleans)
	}
	for _, path := range booleans {
		parameters = append(parameters, Parameter{path, []any{true, false}})
	}
	rows := Pairwise(parameters, possible)
	t.Logf("%d values in %d rows", len(parameters), len(rows))

	conformers := conformersFor(t)
	for index, row := range rows {
		values := Values{"certificates": Values{"existingSecret": "theirs"}, "serviceAccount": Values{"name": "account"}}
		for path, setting := range row {
			set(values, path, setting)
		}
		version := Minors[index%len(Minors)]
		if (row["optIn.enabled"] == true || row["acceleratorNodes.enabled"] == true) && version == Minors[0] {
			version = Minors[1]
		}
		rendered, err := Render(values, Options{Chart: chart, KubeVersion: version, Name: "one"})
		if err != nil {
			t.Errorf("row %d: %v\n%v", index, err, row)
			continue
		}
		check(t, fmt.Sprintf("row %d %s", index, version), rendered, conformers[version], row)
	}
}

// What holds whatever is set.
func check(t *testing.T, where string, rendered *Rendered, conformer *Conformer, row Row) {
	t.Helper()
	seen := map[string]bool{}
	for _, object := range rendered.Objects {
		key := object.Kind() + " " + object.Namespace() + "/" + object.Name()
		if seen[key] {
			t.Errorf("%s: %s is rendered twice", where, key)
		}
		seen[key] = true
		if strings.HasSuffix(object.Name(), "more") || object.Name() == "text" {
			continue // extraObjects are the user's.
		}
		labels, _ := object.At("metadata", "labels").(map[string]any)
		for _, label := range []string{"helm.sh/chart", "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"} {
			if labels[label] == nil {
				t.Errorf("%s: %s has no label %s", where, key, label)
			}
		}
		if wanted, _ := row["commonLabels"].(Values); len(wanted) != 0 && labels["team"] != "ml" {
			t.Errorf("%s: %s has no common label", where, key)
		}
		if namespace := row["namespaceOverride"]; namespace == "elsewhere" && object.Namespace() == releaseNamespace {
			t.Errorf("%s: %s is not where namespaceOverride says", where, key)
		}
		if conformer != nil {
			if err := conformer.Check(object); err != nil {
				t.Errorf("%s: %v", where, err)
			}
		}
	}
	if row["wiring.mode"] == "external" && (strings.Contains(rendered.YAML, "kind: Deployment") || strings.Contains(rendered.YAML, "kind: Service\n")) {
		t.Errorf("%s: external runs something", where)
	}
	if rendered.Notes == "" {
		t.Errorf("%s: no notes", where)
	}
}

// possible leaves out what the chart refuses (TestWhatCannotBeIsRefusedByName).
func possible(row Row) bool {
	on := func(path string) bool { value, _ := row[path].(bool); return value }
	is := func(path string, values ...string) bool {
		setting, ok := row[path]
		if !ok {
			return true
		}
		for _, value := range values {
			if setting == value {
				return true
			}
		}
		return false
	}
	off := func(path string) bool { value, ok := row[path].(bool); return ok && !value }
	if on("monitoring.podMonitor.enabled") && on("monitoring.serviceMonitor.enabled") {
		return false
	}
	if on("monitoring.serviceMonitor.enabled") && !is("wiring.mode", "bundled", "service", "observe") {
		return false
	}
	if on("monitoring.scheduler.enabled") && (!is("wiring.mode", "bundled") || off("monitoring.serviceMonitor.enabled") || on("monitoring.podMonitor.enabled")) {
		return false
	}
	return !on("optIn.enabled") && !on("acceleratorNodes.enabled") || is("wiring.mode", "bundled")
}

func booleansOf(prefix string, values Values) []string {
	var paths []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		switch value := values[key].(type) {
		case bool:
			paths = append(paths, prefix+key)
		case Values:
			paths = append(paths, booleansOf(prefix+key+".", value)...)
		}
	}
	return paths
}

func set(values Values, path string, setting any) {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		if values[key] == nil {
			values[key] = Values{}
		}
		values = values[key].(Values)
	}
	values[keys[len(keys)-1]] = setting
}

func conformersFor(t *testing.T) map[string]*Conformer {
	t.Helper()
	conformers := map[string]*Conformer{}
	for _, version := range Minors {
		conformer, err := NewConformer(version, t.TempDir())
		if err != nil {
			if version == newest { // It is among the modules of the end-to-end tests.
				t.Fatal(err)
			}
			t.Logf("not checked against %s: its module cannot be had: %v", version, err)
			continue
		}
		conformers[version] = conformer
	}
	// A check that cannot fail would check nothing.
	wrong := Object{Text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {nam: x}\n", Map: Parse("kind: ConfigMap")}
	for version, conformer := range conformers {
		if err := conformer.Check(wrong); err == nil {
			t.Fatalf("%s: an unknown field passes", version)
		}
	}
	return conformers
}

func TestExamplesConformToEveryRelease(t *testing.T) {
	conformers := conformersFor(t)
	for name, values := range ciValues(t) {
		for version, conformer := range conformers {
			if mutates(values) && version == Minors[0] {
				continue
			}
			check(t, name+" "+version, render(t, values, Options{KubeVersion: version}), conformer, Row{})
		}
	}
}

func TestWhatCannotBeIsRefusedByName(t *testing.T) {
	for _, test := range []struct{ values, version, want string }{
		{"", "v1.38.0", "kubernetes.allowUntested: this chart is tested with Kubernetes 1.35 to 1.37, the cluster has v1.38.0"},
		{"", "v1.34.9", "requires kubeVersion: >=1.35.0-0"},
		{"config: {scheduler: {listen: ':1'}}", "", "config.scheduler.listen: the chart sets it"},
		{"config: {scheduler: {tls: {}}}", "", "config.scheduler.tls: the chart sets it"},
		{"config: {operations: {listen: ':1'}}", "", "config.operations.listen: the chart sets it"},
		{"config: {leadership: {mode: none}}", "", "config.leadership.mode: the chart sets it"},
		{"config: {records: {keyFile: /k}}", "", "config.records.keyFile: the chart sets it"},
		{"{wiring: {mode: service}, acceleratorNodes: {enabled: true}}", "", "acceleratorNodes.enabled: needs wiring.mode bundled"},
		{"acceleratorNodes: {enabled: true}", "v1.35.4", "acceleratorNodes.enabled: the cluster has no MutatingAdmissionPolicy"},
		{"acceleratorNodes: {taint: {effect: Never}}", "", "/acceleratorNodes/taint/effect"},
		{"scheduler: {leaderElection: {leaseDuration: 6s, renewDeadline: 4s, retryPeriod: 1s}}", "",
			"scheduler.leaderElection.leaseDuration: 6s leaves no time to bind: 15/16 of it is less than config.kubernetes.bindTimeout 4s and twice retryPeriod 1s"},
		{"scheduler: {leaderElection: {renewDeadline: 8s}}", "", "scheduler.leaderElection.renewDeadline: 8s is not below leaseDuration 8s"},
		{"{wiring: {mode: service}, config: {leadership: {retryPeriod: 9s}}}", "", "config.leadership.retryPeriod: 1.2 times 9s is not below renewDeadline 5s"},
		{"{wiring: {mode: service}, config: {leadership: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}}}", "", "config.leadership.leaseDuration: 3s leaves no time"},
		{"config: {kind: X}", "", "config.kind: the chart sets it"},
		{"config: {modelCatalog: {file: x}}", "", "config.modelCatalog: the chart sets it; models belong in catalog.models"},
		{"catalog: {models: [{name: a}], existingConfigMap: b}", "", "catalog: set models or existingConfigMap, not both"},
		{"monitoring: {podMonitor: {enabled: true}, serviceMonitor: {enabled: true}}", "", "monitoring: enable podMonitor or serviceMonitor"},
		{"{wiring: {mode: external}, monitoring: {serviceMonitor: {enabled: true}}}", "", "monitoring.serviceMonitor.enabled: wiring.mode external has no Service"},
		{"monitoring: {scheduler: {enabled: true}}", "", "monitoring.scheduler.enabled: needs monitoring.serviceMonitor.enabled"},
		{"{wiring: {mode: observe}, optIn: {enabled: true}}", "", "optIn.enabled: needs wiring.mode bundled"},
		{"config: {scheduler: {mode: observe}}", "", "config.scheduler.mode: the chart sets it"},
		{"{wiring: {mode: service}, optIn: {enabled: true}}", "", "optIn.enabled: needs wiring.mode bundled"},
		{"optIn: {enabled: true}", "v1.35.4", "optIn.enabled: the cluster has no MutatingAdmissionPolicy"},
		{"{wiring: {mode: service}, certificates: {source: existingSecret}}", "", "certificates.existingSecret: name the Secret"},
		{"serviceAccount: {create: false}", "", "serviceAccount.name: name the ServiceAccount"},
		{"scheduler: {name: default-scheduler}", "", "/scheduler/name"},
		{"scheduler: {weight: 0}", "", "/scheduler/weight"},
		{"scheduler: {httpTimeout: soon}", "", "/scheduler/httpTimeout"},
		{"image: {digest: sha256:12}", "", "/image/digest"},
		{"wiring: {mode: sidecar}", "", "/wiring/mode"},
	} {
		_, err := Render(Parse(test.values), Options{KubeVersion: test.version})
		if err == nil || !strings.Contains(err.Error(), test.want) && !strings.Contains(err.Error(), "chart "+test.want) {
			t.Errorf("%s %s: %v, want %q", test.values, test.version, err, test.want)
		}
	}
	if _, err := Render(Parse("kubernetes: {allowUntested: true}"), Options{KubeVersion: "v1.38.0"}); err != nil {
		t.Errorf("allowUntested: %v", err)
	}
	for _, version := range []string{"v1.35.0-eks-123abc", "v1.36.3-gke.1100", "v1.37.2+k3s1"} {
		if _, err := Render(nil, Options{KubeVersion: version}); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
}

// values.yaml and values.schema.json name the same values, and nothing else is taken.
func TestSchemaAndValuesAreInStep(t *testing.T) {
	chart, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := yaml.Unmarshal(chart.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	log.SetOutput(io.Discard) // Helm warns of each wrong type too.
	defer log.SetOutput(os.Stderr)
	tried := 0
	var walk func(path string, schema map[string]any, value any)
	walk = func(path string, schema map[string]any, value any) {
		below, isMap := value.(map[string]any)
		properties, closed := schema["properties"].(map[string]any)
		if !isMap || !closed {
			return
		}
		for key := range properties {
			if _, ok := below[key]; !ok {
				t.Errorf("%s.%s is in the schema only", path, key)
			}
		}
		for key, value := range below {
			property, ok := properties[key].(map[string]any)
			if !ok {
				t.Errorf("%s.%s is in values.yaml only", path, key)
				continue
			}
			walk(path+"."+key, property, value)
			wrong := Values{}
			if _, isList := value.([]any); isList {
				set(wrong, strings.TrimPrefix(path+"."+key, "."), Values{"a": 1})
			} else {
				set(wrong, strings.TrimPrefix(path+"."+key, "."), []any{1})
			}
			if _, err := Render(wrong, Options{Chart: chart}); err == nil {
				t.Errorf("%s.%s takes a value of another type", path, key)
			}
		}
		if open, _ := schema["additionalProperties"].(bool); open {
			return // global, which Helm shares with other charts.
		}
		tried++
		unknown := Values{}
		set(unknown, strings.TrimPrefix(path+".unknown", "."), 1)
		if _, err := Render(unknown, Options{Chart: chart}); err == nil || !strings.Contains(err.Error(), "'unknown' not allowed") {
			t.Errorf("%s takes an unknown value: %v", path, err)
		}
	}
	walk("", schema, map[string]any(chart.Values))
	if tried < 20 {
		t.Errorf("only %d maps were tried", tried)
	}
}

// The chart's times are those of the Lease, whoever holds it; in mode service one's own configuration goes before.
func TestTheLeaseIsShort(t *testing.T) {
	for values, want := range map[string]string{
		"":                        "8s 5s 1s",
		"wiring: {mode: service}": "8s 5s 1s",
		"scheduler: {leaderElection: {leaseDuration: 20s}}":                     "20s 5s 1s",
		"{wiring: {mode: service}, config: {leadership: {leaseDuration: 30s}}}": "30s 5s 1s",
	} {
		leadership, _ := Parse(configurations(t, render(t, values, Options{}))["berth.yaml"])["leadership"].(Values)
		if got := fmt.Sprint(leadership["leaseDuration"], " ", leadership["renewDeadline"], " ", leadership["retryPeriod"]); got != want {
			t.Errorf("%q: %s, want %s", values, got, want)
		}
	}
}

func TestImages(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for _, test := range []struct{ values, version, berth, scheduler string }{
		{"", "v1.37.2", "ghcr.io/berth-dev/berth:0.1.0", "registry.k8s.io/kube-scheduler:v1.37.2"},
		{"", "v1.36.3-eks-1a2b", "ghcr.io/berth-dev/berth:0.1.0", "registry.k8s.io/kube-scheduler:v1.36.3"},
		{"", "v1.35.4+k3s1", "ghcr.io/berth-dev/berth:0.1.0", "registry.k8s.io/kube-scheduler:v1.35.4"},
		{"global: {imageRegistry: r.example:5000}", "", "r.example:5000/berth-dev/berth:0.1.0", "r.example:5000/kube-scheduler:v1.37.2"},
		{"{image: {tag: t, registry: ''}, scheduler: {image: {tag: v1}}}", "", "berth-dev/berth:t", "registry.k8s.io/kube-scheduler:v1"},
		{"{image: {tag: t, digest: '" + digest + "'}}", "", "ghcr.io/berth-dev/berth@" + digest, "registry.k8s.io/kube-scheduler:v1.37.2"},
	} {
		rendered := render(t, test.values, Options{KubeVersion: test.version})
		for name, want := range map[string]string{"berth": test.berth, "kube-scheduler": test.scheduler} {
			if got := container(t, rendered, name)["image"]; got != want {
				t.Errorf("%s %s: image of %s is %v, want %s", test.values, test.version, name, got, want)
			}
		}
	}
	pod := render(t, "{imagePullSecrets: [a, b], global: {imagePullSecrets: [b]}}")
	if got := fmt.Sprint(find(t, pod, "Deployment", "berth").At("spec", "template", "spec", "imagePullSecrets")); got != "[map[name:b] map[name:a]]" {
		t.Errorf("pull secrets: %s", got)
	}
}

func TestNotesWarnOfWhatIsRiskyAndOfNothingElse(t *testing.T) {
	sound := "monitoring: {podMonitor: {enabled: true}}"
	if notes := render(t, sound).Notes; strings.Contains(notes, "WARNING") || !strings.Contains(notes, "schedulerName: berth") || !strings.Contains(notes, "helm test berth") {
		t.Errorf("notes of a sound installation:\n%s", notes)
	}
	for _, test := range []struct{ values, version, want string }{
		{"replicas: 1", "", "replicas is 1"},
		{"kubernetes: {allowUntested: true}", "v1.39.0", "Kubernetes v1.39.0 was not tested"},
		{"", "", "nothing reads Berth's metrics"},
		{"policies: {resultAnnotations: {enabled: false}}", "", "policies.resultAnnotations is off"},
		{"records: {signed: false}", "", "records.signed is off"},
		{"policies: {nodeName: {enabled: false}}", "", "policies.nodeName is off"},
		{"networkPolicy: {enabled: false}", "", "networkPolicy is off"},
		{"scheduler: {weight: 140}", "", "scheduler.weight is 140"},
		{"scheduler: {percentageOfNodesToScore: 99}", "", "scheduler.percentageOfNodesToScore is 99"},
		{"wiring: {mode: service}", "", "the certificates end after 365 days"},
	} {
		if notes := render(t, test.values, Options{KubeVersion: test.version}).Notes; !strings.Contains(notes, "WARNING: "+test.want) {
			t.Errorf("%s: no warning %q in\n%s", test.values, test.want, notes)
		}
	}
	for _, want := range []string{"extenders:\n  - urlPrefix: https://berth.berth-system.svc:7480", "secret berth-client-tls"} {
		if notes := render(t, "wiring: {mode: service}").Notes; !strings.Contains(notes, want) {
			t.Errorf("no %q in\n%s", want, notes)
		}
	}
}

func TestNotesSayHowToTaintNodes(t *testing.T) {
	for values, want := range map[string]string{
		"acceleratorNodes: {enabled: true}": "kubectl taint nodes NODE berth.dev/accelerator=true:NoSchedule\n",
		"acceleratorNodes: {enabled: true, taint: {key: a.example/b, value: '', effect: NoExecute}}": "kubectl taint nodes NODE a.example/b:NoExecute\n",
	} {
		if notes := render(t, values).Notes; !strings.Contains(notes, want) {
			t.Errorf("%s: no %q in\n%s", values, want, notes)
		}
	}
	if notes := render(t, "").Notes; strings.Contains(notes, "taint") {
		t.Errorf("notes of an installation without them:\n%s", notes)
	}
}

// The file that Berth reads is the Secret's, whoever made it.
func TestReplicasShareTheRecordKeys(t *testing.T) {
	secretOf := func(rendered *Rendered) string {
		for _, one := range find(t, rendered, "Deployment", "berth").At("spec", "template", "spec", "volumes").([]any) {
			if volume := one.(map[string]any); volume["name"] == "record-keys" {
				return fmt.Sprint(volume["secret"].(map[string]any)["secretName"])
			}
		}
		return ""
	}
	made := render(t, "")
	secret := find(t, made, "Secret", "berth-record-keys")
	if secretOf(made) != "berth-record-keys" || secret.At("metadata", "annotations", "helm.sh/resource-policy") != "keep" {
		t.Errorf("mounted is %q, made is %v", secretOf(made), secret.At("metadata"))
	}
	keys, err := base64.StdEncoding.DecodeString(fmt.Sprint(secret.At("data", "keys")))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, keys, 0o600); err != nil {
		t.Fatal(err)
	}
	configuration := configurations(t, made)["berth.yaml"]
	if !strings.Contains(configuration, "keyFile: /etc/berth/records/keys") {
		t.Errorf("the keys are not read:\n%s", configuration)
	}
	// Berth checks the keys of a configuration that it can read.
	if said, err := validate(t, "keys", strings.Replace(configuration, "/etc/berth/records/keys", path, 1)); err != nil {
		t.Errorf("Berth refuses the keys that Helm makes: %s", said)
	}
	if err := os.WriteFile(path, keys[:20], 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := validate(t, "keys", strings.Replace(configuration, "/etc/berth/records/keys", path, 1)); err == nil {
		t.Errorf("Berth takes half a key: %s", said)
	}

	theirs := render(t, "records: {existingSecret: theirs}")
	if secretOf(theirs) != "theirs" || strings.Contains(theirs.YAML, "kind: Secret\n") {
		t.Errorf("mounted is %q, and a Secret may be made", secretOf(theirs))
	}
	unsigned := render(t, "records: {signed: false}")
	if strings.Contains(unsigned.YAML, "record-keys") || strings.Contains(configurations(t, unsigned)["berth.yaml"], "keyFile") {
		t.Error("records.signed: false leaves keys")
	}
}

// configurations are the files that the Pods would read.
func configurations(t *testing.T, rendered *Rendered) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, object := range rendered.Objects {
		if data, ok := object.At("data").(map[string]any); ok && object.Kind() == "ConfigMap" {
			for name, text := range data {
				if strings.HasSuffix(name, ".yaml") {
					files[name] = text.(string)
				}
			}
		}
	}
	if len(files) == 0 {
		t.Fatal("no files were rendered")
	}
	return files
}

func validate(t *testing.T, name, text string) (string, error) {
	t.Helper()
	binary := os.Getenv("BERTH_BINARY")
	if binary == "" {
		t.Fatal("BERTH_BINARY is not set: run scripts/e2e --chart")
	}
	command := exec.Command(binary, "validate", "-")
	command.Stdin = strings.NewReader(text)
	output, err := command.CombinedOutput()
	return name + "\n" + string(output), err
}

func TestBerthTakesWhatTheChartWrites(t *testing.T) {
	for name, values := range ciValues(t) {
		if strings.Contains(values, "mode: external") {
			continue
		}
		for file, text := range configurations(t, render(t, values)) {
			if said, err := validate(t, file, text); err != nil {
				t.Errorf("%s: %s%v in\n%s", name, said, err, text)
			}
		}
	}
	wrong := configurations(t, render(t, "config: {polcy: {}}"))["berth.yaml"]
	if said, err := validate(t, "wrong", wrong); err == nil || !strings.Contains(said, "polcy") {
		t.Errorf("a misspelt section passes: %s", said)
	}
}

// boards stand for files that are made elsewhere, and hold what Helm must not take for templates of its own.
var boards = []*helmchart.File{
	{Name: "files/dashboards/gpu_fleet.json", Data: []byte(`{"title": "{{ node }}"}`)},
	{Name: "files/rules.yaml", Data: []byte("groups:\n  - name: x\n    rules:\n      - {alert: A, expr: up, annotations: {summary: \"{{ $labels.node }} {{ $value }}\"}}\n")},
}

func TestDashboardsAndRulesAreInstalledAsTheyAre(t *testing.T) {
	chart, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var files []*helmchart.File
	for _, file := range chart.Files {
		if !strings.HasPrefix(file.Name, "files/") {
			files = append(files, file)
		}
	}
	values := "monitoring: {rules: {enabled: true, labels: {release: p}}, dashboards: {enabled: true}}"
	chart.Files = files
	if rendered := render(t, values, Options{Chart: chart}); strings.Contains(rendered.YAML, "PrometheusRule") || strings.Contains(rendered.YAML, "grafana") {
		t.Error("something is made of no files")
	}

	chart.Files = append(files, boards...)
	rendered := render(t, values, Options{Chart: chart})
	board := find(t, rendered, "ConfigMap", "berth-dashboard-gpu-fleet")
	if got := fmt.Sprint(board.At("data", "gpu_fleet.json")); !strings.Contains(got, `{"title": "{{ node }}"}`) || board.At("metadata", "labels", "grafana_dashboard") != "1" {
		t.Errorf("dashboard: %v", board.Map)
	}
	rule := find(t, rendered, "PrometheusRule", "berth")
	if got := fmt.Sprint(rule.At("spec", "groups")); !strings.Contains(got, "{{ $labels.node }} {{ $value }}") || rule.At("metadata", "labels", "release") != "p" {
		t.Errorf("rule: %v", rule.Map)
	}
	operator := render(t, "monitoring: {dashboards: {enabled: true, kind: operator}}", Options{Chart: chart})
	if got := find(t, operator, "GrafanaDashboard", "berth-dashboard-gpu-fleet").At("spec", "configMapRef", "name"); got != "berth-dashboard-gpu-fleet" {
		t.Errorf("GrafanaDashboard of %v", got)
	}
}

func TestMonitorsHaveALimitForEachPage(t *testing.T) {
	rendered := render(t, "monitoring: {serviceMonitor: {enabled: true}, scheduler: {enabled: true}, labels: {release: p}}")
	service := find(t, rendered, "Service", "berth-operations")
	for name, want := range map[string]string{
		"berth": "/metrics 2000", "berth-resources": "/metrics/resources 200000", "berth-scheduler": "/metrics 20000",
	} {
		monitor := find(t, rendered, "ServiceMonitor", name)
		endpoint := monitor.At("spec", "endpoints").([]any)[0].(map[string]any)
		if got := fmt.Sprint(endpoint["path"], " ", monitor.At("spec", "sampleLimit")); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		// One address, three pages: what is not the first has a job of its own.
		suffix := strings.TrimPrefix(name, "berth")
		if got := fmt.Sprint(endpoint["relabelings"]); strings.Contains(got, "${1}"+suffix) != (suffix != "") {
			t.Errorf("%s: relabelings %s", name, got)
		}
		for label, value := range monitor.At("spec", "selector", "matchLabels").(map[string]any) {
			if service.At("metadata", "labels", label) != value {
				t.Errorf("%s selects %s=%v, the Service has %v", name, label, value, service.At("metadata", "labels", label))
			}
		}
		if !strings.Contains(fmt.Sprint(service.At("spec", "ports")), "name:"+fmt.Sprint(endpoint["port"])) {
			t.Errorf("%s reads port %v, which the Service has not", name, endpoint["port"])
		}
	}
}

func TestRightsFollowTheRelease(t *testing.T) {
	for version, want := range map[string]string{
		"v1.35.4": "update patch | resourceclaims/status | ",
		"v1.36.3": "update patch create delete | resourceclaims/status resourceclaims/binding | ",
		"v1.37.2": "update patch create delete | resourceclaims/status resourceclaims/binding | devicetaintrules",
	} {
		role := find(t, render(t, "", Options{KubeVersion: version}), "ClusterRole", "berth-system-berth-scheduler-additions")
		rules := role.At("rules").([]any)
		join := func(at any) string { return strings.Trim(fmt.Sprint(at), "[]") }
		claims, status := rules[3].(map[string]any), rules[4].(map[string]any)
		got := join(claims["verbs"]) + " | " + join(status["resources"]) + " | "
		if len(rules) == 7 {
			got += join(rules[6].(map[string]any)["resources"])
		}
		if got != want {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
	rendered := render(t, "rbac: {modelSources: false}")
	if strings.Contains(rendered.YAML, "persistentvolumes") || strings.Contains(rendered.YAML, "tokenreviews") {
		t.Error("rights that nothing needs")
	}
	if rendered := render(t, "config: {operations: {authentication: tokenReview}}"); !strings.Contains(rendered.YAML, "tokenreviews") {
		t.Error("no right to review tokens")
	}
	if rendered := render(t, "{rbac: {create: false}, serviceAccount: {create: false, name: theirs}}"); strings.Contains(rendered.YAML, "rbac.authorization") || strings.Contains(rendered.YAML, "kind: ServiceAccount\n") {
		t.Error("rbac.create: false makes rights")
	}
}

func TestAnObserverMayOnlyRead(t *testing.T) {
	rendered := render(t, "{wiring: {mode: observe}, replicas: 3}")
	roles := 0
	for _, object := range rendered.Objects {
		switch object.Kind() {
		case "ClusterRole", "Role":
			roles++
			for _, rule := range object.At("rules").([]any) {
				for _, verb := range rule.(map[string]any)["verbs"].([]any) {
					if !slices.Contains([]string{"get", "list", "watch"}, verb.(string)) {
						t.Errorf("%s %s may %s", object.Kind(), object.Name(), verb)
					}
				}
			}
		case "ClusterRoleBinding", "RoleBinding":
			if role := fmt.Sprint(object.At("roleRef", "name")); strings.HasPrefix(role, "system:") {
				t.Errorf("%s gives it %s", object.Name(), role)
			}
		case "ValidatingAdmissionPolicy", "MutatingAdmissionPolicy", "Secret", "Pod":
			t.Errorf("it comes with the %s %s", object.Kind(), object.Name())
		}
	}
	if roles != 2 {
		t.Errorf("%d roles, want one for the cluster and one for its namespace", roles)
	}
	deployment := find(t, rendered, "Deployment", "berth")
	if replicas := fmt.Sprint(deployment.At("spec", "replicas")); replicas != "1" {
		t.Errorf("%s replicas: each would count every pod", replicas)
	}
	if containers := deployment.At("spec", "template", "spec", "containers").([]any); len(containers) != 1 {
		t.Errorf("%d containers, want Berth alone", len(containers))
	}
	configuration := configurations(t, rendered)["berth.yaml"]
	for _, want := range []string{"mode: observe", "file: '-'"} {
		if !strings.Contains(strings.ReplaceAll(configuration, `"`, "'"), want) {
			t.Errorf("no %q in\n%s", want, configuration)
		}
	}
	if strings.Contains(rendered.Notes, "schedulerName") || strings.Contains(rendered.Notes, "policies.") || !strings.Contains(rendered.Notes, "binds nothing") {
		t.Errorf("notes:\n%s", rendered.Notes)
	}
	if rendered := render(t, "{wiring: {mode: observe}, rbac: {modelSources: false}}"); strings.Contains(rendered.YAML, "kind: Role\n") {
		t.Error("an empty role")
	}
}

func TestOnlyWhatIsReadAtTheStartReplacesPods(t *testing.T) {
	annotations := func(values string) string {
		return fmt.Sprint(find(t, render(t, values), "Deployment", "berth").At("spec", "template", "metadata", "annotations"))
	}
	for _, values := range []string{"config: {log: {format: text}}", "config: {scheduler: {shortlist: 0}}", "config: {profiles: [{name: own}]}", "scheduler: {weight: 200}"} {
		if annotations(values) == annotations("") {
			t.Errorf("the Pods would go on without %s", values)
		}
	}
	for _, values := range []string{"config: {log: {level: debug}}", "config: {policy: {gpuMemory: {node: spread}}}", "catalog: {models: [{name: a}]}"} {
		if annotations(values) != annotations("") {
			t.Errorf("%s is read again without a restart", values)
		}
	}
}

// A selector cannot be changed on upgrade, whatever is set.
func TestSelectorIsAlwaysTheSame(t *testing.T) {
	const want = "map[app.kubernetes.io/component:scheduler app.kubernetes.io/instance:berth app.kubernetes.io/name:berth]"
	for name, values := range ciValues(t) {
		if strings.Contains(values, "mode: external") {
			continue
		}
		rendered := render(t, values)
		deployment := find(t, rendered, "Deployment", "berth")
		if got := fmt.Sprint(deployment.At("spec", "selector", "matchLabels")); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Not of kube-score's taste, and why.
var scoreExceptions = []string{
	"ImagePullPolicy is not set to Always",                     // Tags and digests are fixed; a registry that is away must not stop a restart.
	"(explain) The pod does not have a matching NetworkPolicy", // The Pod of helm test lives for seconds and serves nothing.
	"berth-test", // The same.
	"The services selector does not match any pods", // The Service selects by berth.dev/leader, which Berth sets on itself.
}

func TestKubeScoreFindsNothingCritical(t *testing.T) {
	binary := os.Getenv("KUBE_SCORE")
	if binary == "" {
		t.Fatal("KUBE_SCORE is not set: run scripts/e2e --chart")
	}
	score := func(rendered *Rendered) (critical []string, lines int) {
		var text strings.Builder
		for _, object := range rendered.Objects {
			text.WriteString("---\n" + object.Text + "\n")
		}
		command := exec.Command(binary, "score", "--output-format=ci", "--ignore-container-cpu-limit", "--kubernetes-version=v1.37", "-")
		command.Stdin = strings.NewReader(text.String())
		output, _ := command.Output() // Its exit code says only that there are findings.
		for line := range strings.Lines(string(output)) {
			lines++
			excepted := slices.ContainsFunc(scoreExceptions, func(e string) bool { return strings.Contains(line, e) })
			if strings.HasPrefix(line, "[CRITICAL]") && !excepted {
				critical = append(critical, line)
			}
		}
		return critical, lines
	}
	for name, values := range ciValues(t) {
		if strings.Contains(values, "mode: external") {
			continue // It scores what runs.
		}
		critical, lines := score(render(t, values))
		if lines < 10 {
			t.Errorf("%s: kube-score said %d lines", name, lines)
		}
		if len(critical) != 0 {
			t.Errorf("%s: %s", name, strings.Join(critical, ""))
		}
	}
	if critical, _ := score(render(t, "networkPolicy: {enabled: false}")); len(critical) == 0 {
		t.Error("kube-score finds nothing where there is something")
	}
}

// deploy/base is what the default values make, for those without Helm; without keys, which no file can hold.
func TestKustomizeBaseIsTheDefault(t *testing.T) {
	var text strings.Builder
	text.WriteString("# Made of charts/berth by tests/chart; UPDATE_GOLDEN=1 scripts/e2e --chart -run TestKustomizeBase writes it.\n")
	for _, object := range render(t, "{test: {enabled: false}, records: {signed: false}}").Objects {
		text.WriteString("---\n" + strings.TrimSpace(strings.ReplaceAll(object.Text, "managed-by: Helm", "managed-by: kustomize")) + "\n")
	}
	const path = "../../deploy/base/berth.yaml"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text.String() {
		t.Errorf("%s is out of date (%v): UPDATE_GOLDEN=1 scripts/e2e --chart -run TestKustomizeBase", path, err)
	}
}
