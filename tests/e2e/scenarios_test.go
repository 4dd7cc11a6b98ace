package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"berth.dev/berth/tests/e2e/harness"
)

const scenarioDirectory = "../../examples/scenarios"

// landing is what is to become of a pod of a scenario. The numbers behind `because` are worked out in the comments from
// docs/models.md and docs/configuration.md, not copied from a run.
type landing struct {
	pod     string // namespace/name; the pods of a scenario in the order of its file
	node    string // empty: none
	devices string // as the pod reads them; empty: the kubelet picks
	variant string
	because string         // part of what explain says
	refused map[string]int // nodes that did not fit, by reason; nil: none
}

type scenario struct {
	name    string
	landing []landing
}

func scenarios() []scenario {
	memory := func(nodes int) map[string]int { return map[string]int{"insufficient_device_memory": nodes} }
	return []scenario{
		// Devices of 80 GiB; latency: tight, 1.5 s.
		{"recommendation", []landing{
			// 30 GB: 10 s from the disk at 3 GB/s, 150 s from afar at 200 MB/s.
			{pod: "shop/recommend-0", node: "shop-gpu-2", devices: "0", variant: "fp16",
				because: "model-placement decides: 30.0 GB of fp16 from the local disk: 10.0 s"},
			// 20 % stay on a device in use (1/3) instead of 70 % on one that would be opened (2.3/3).
			{pod: "shop/search-0", node: "shop-gpu-2", devices: "0", because: "gpu-memory decides"},
			// Nothing stays: 40 + 24 + 16 GiB.
			{pod: "shop/purchase-0", node: "shop-gpu-2", devices: "0", because: "gpu-memory decides"},
			// A device is to be opened anyway: on the emptier node.
			{pod: "shop/search-1", node: "shop-gpu-1", devices: "0", because: "gpu-memory decides"},
			{pod: "shop/purchase-1", node: "shop-gpu-1", devices: "0", because: "gpu-memory decides"},
			{pod: "shop/search-rebuild", because: "no node fits: insufficient device memory", refused: memory(2)},
		}},
		// 48 GB: nothing where they lie, 240 s from afar. What is left of the node costs up to 1.5 s.
		{"data-parallel-training", []landing{
			{pod: "ml/worker-0", node: "train-2", because: "train-2 and train-3 cost the same; the name decides"},
			{pod: "ml/worker-1", node: "train-2", because: "gpu-memory decides"},
			{pod: "ml/worker-2", node: "train-3", because: "model-placement decides: 48.0 GB of imagenet from the local disk: 0.0 s"},
			{pod: "ml/worker-3", node: "train-3", because: "model-placement decides: 48.0 GB of imagenet from the local disk: 0.0 s"},
			// kube-scheduler itself drops nodes whose devices are all taken.
			{pod: "ml/worker-4", node: "train-1", because: "train-1 is the only node that fits"},
			{pod: "ml/worker-wide", because: "no node fits: insufficient devices", refused: map[string]int{"insufficient_devices": 3}},
		}},
		{"medical-imaging", []landing{
			{pod: "patients/segment-0", node: "clinic-cc", devices: "0", because: "clinic-cc is the only node that fits",
				refused: map[string]int{"requirement_not_met": 3}},
			// Spread: 87 % stay free on clinic-plain, 15 % on clinic-cc.
			{pod: "patients/triage-0", node: "clinic-plain", devices: "0", because: "gpu-memory decides",
				refused: map[string]int{"requirement_not_met": 2}},
			// 94 % of four devices; 87 % of cloud-eu's two.
			{pod: "research/public-atlas", node: "cloud-us", devices: "0", because: "gpu-memory decides"},
			// Beside triage-0, on the other device.
			{pod: "research/cohort-study", node: "clinic-plain", devices: "1", because: "gpu-memory decides",
				refused: map[string]int{"requirement_not_met": 2}},
			{pod: "patients/segment-1", because: "no node fits: node does not meet the pod's requirements",
				refused: map[string]int{"requirement_not_met": 3, "insufficient_device_memory": 1}},
			{pod: "patients/segment-moon", because: "no node fits: unknown requirement: berth.dev/residency",
				refused: map[string]int{"unknown_residency": 4}},
		}},
		{"factory-edge", []landing{
			// 8 GB from the disk; over 100 Mbit/s they would take more than ten minutes. 20 GiB of fp16 fit neither.
			{pod: "plant-7/inspector-0", node: "edge-2", devices: "0", variant: "int8",
				because: "model-placement decides: 8.0 GB of int8 from the local disk: 2.7 s",
				refused: map[string]int{"requirement_not_met": 1}},
			// 3 GiB are left on edge-2, int4 wants 7.
			{pod: "plant-7/inspector-1", node: "edge-1", devices: "0", variant: "int8", because: "edge-1 is the only node that fits",
				refused: map[string]int{"requirement_not_met": 1, "insufficient_device_memory": 1}},
			{pod: "plant-7/inspector-exact", because: "no node fits: insufficient device memory",
				refused: map[string]int{"requirement_not_met": 1, "insufficient_device_memory": 2}},
			{pod: "quality/reference", node: "core-1", devices: "0", variant: "fp16", because: "core-1 is the only node that fits",
				refused: map[string]int{"wrong_accelerator": 2}},
		}},
		{"finance-low-latency", []landing{
			// A device that is taken whole leaves nothing anywhere; then the emptier node: a quarter of desk-2, half of desk-1.
			{pod: "trading/pricing-0", node: "desk-2", devices: "0", because: "gpu-memory decides"},
			// Binpack: 71 % stay free on desk-2, 91 % on desk-1; never on the device that pricing has.
			{pod: "risk/report-0", node: "desk-2", devices: "1", because: "gpu-memory decides"},
			// 54 % of desk-2 would be taken, 50 % of desk-1.
			{pod: "trading/pricing-1", node: "desk-1", devices: "0", because: "gpu-memory decides"},
			{pod: "trading/pricing-2", node: "desk-2", devices: "2", because: "gpu-memory decides"},
			{pod: "risk/report-1", node: "desk-1", devices: "1", because: "gpu-memory decides"},
			{pod: "trading/pricing-pair", because: "no node fits: insufficient device cores",
				refused: map[string]int{"insufficient_device_cores": 2}},
		}},
		// Devices of 23,034 MiB, streams of 5,632: four leave 506, which is nothing (2.5 %).
		{"smart-city", []landing{
			{pod: "traffic/camera-0", node: "city-1", devices: "0", because: "city-1 and city-2 cost the same; the name decides"},
			{pod: "traffic/camera-1", node: "city-1", devices: "0", because: "gpu-memory decides"},
			{pod: "traffic/camera-2", node: "city-1", devices: "0", because: "gpu-memory decides"},
			{pod: "traffic/camera-3", node: "city-1", devices: "0", because: "gpu-memory decides"},
			{pod: "archive/nightly-0", node: "city-1", devices: "1", because: "gpu-memory decides"},
			{pod: "archive/nightly-1", node: "city-2", devices: "0", because: "city-2 is the only node that fits", refused: memory(1)},
			{pod: "archive/nightly-2", node: "city-2", devices: "1", because: "city-2 is the only node that fits", refused: memory(1)},
			// Beside a job on either node; 97 % of city-1 would be taken, 83 % of city-2.
			{pod: "traffic/camera-4", node: "city-2", devices: "0", because: "gpu-memory decides"},
			{pod: "archive/nightly-3", because: "no node fits: insufficient device memory", refused: memory(2)},
		}},
	}
}

// The examples are what they say they are: each is installed as it lies there, on a cluster of its own nodes.
func TestScenariosLandAsTheirReadmeSays(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(scenarioDirectory, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	directories, err := filepath.Glob(filepath.Join(scenarioDirectory, "*", "pods.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(directories) != len(scenarios()) {
		t.Errorf("there are %d scenarios in %s, and %d are tried", len(directories), scenarioDirectory, len(scenarios()))
	}
	for _, scenario := range scenarios() {
		t.Run(scenario.name, func(t *testing.T) {
			if !strings.Contains(string(readme), "["+scenario.name+"]("+scenario.name+")") {
				t.Errorf("the table in %s/README.md does not name it", scenarioDirectory)
			}
			runScenario(t, scenario)
		})
	}
}

func runScenario(t *testing.T, scenario scenario) {
	directory := filepath.Join(scenarioDirectory, scenario.name)
	read := func(file string) string {
		text, err := os.ReadFile(filepath.Join(directory, file))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(text)
	}
	var nodes corev1.NodeList
	var pods corev1.PodList
	decode(t, read("nodes.yaml"), &nodes)
	decode(t, read("pods.yaml"), &pods)

	w := newWorld(t, budget, setup{configuration: read("berth.yaml"), catalog: read("catalog.yaml")})
	w.addScenarioNodes(nodes.Items)
	var said []string
	for i := range pods.Items {
		pod := &pods.Items[i]
		name := pod.Namespace + "/" + pod.Name
		said = append(said, name)
		at := slices.IndexFunc(scenario.landing, func(l landing) bool { return l.pod == name })
		if at < 0 {
			t.Fatalf("nothing is expected of %s", name)
		}
		w.addNamespace(pod.Namespace)
		_, err := w.client.CoreV1().Pods(pod.Namespace).Create(w.ctx, pod, metav1.CreateOptions{})
		w.must(err)
		w.lands(pod, scenario.landing[at])
	}
	if len(said) != len(scenario.landing) {
		t.Errorf("the file has the pods %v, expected are %d", said, len(scenario.landing))
	}
	if over := w.metric("berth_overcommitted_devices"); over != 0 {
		t.Errorf("Berth counts %v devices over capacity", over)
	}
}

func decode(t *testing.T, text string, list any) {
	t.Helper()
	if err := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096).Decode(list); err != nil {
		t.Fatal(err)
	}
}

// addScenarioNodes also waits until Berth knows what their labels say of weights and data.
func (w *world) addScenarioNodes(nodes []corev1.Node) {
	w.t.Helper()
	var objects []*corev1.Node
	var holders []string
	for i := range nodes {
		objects = append(objects, &nodes[i])
		for label := range nodes[i].Labels {
			if strings.HasPrefix(label, "model.berth.dev/") || strings.HasPrefix(label, "fluid.io/s-") {
				holders = append(holders, nodes[i].Name)
			}
		}
	}
	w.must(harness.CreateNodes(w.ctx, w.client, objects...))
	w.eventually(quick, "Berth knows the nodes and what they hold", func() error {
		known, err := w.berth.Nodes(w.ctx)
		if err != nil {
			return err
		}
		if len(known) != len(nodes) {
			return fmt.Errorf("it knows %d of %d", len(known), len(nodes))
		}
		models, err := w.berth.Page(w.ctx, "/api/v1/models")
		for _, holder := range holders {
			if err == nil && !strings.Contains(models, `"`+holder+`"`) {
				err = fmt.Errorf("%s is not among the models' holders: %s", holder, models)
			}
		}
		return err
	})
}

// addNamespace makes it unless it is there; its pods are wiped after the test.
func (w *world) addNamespace(name string) {
	w.t.Helper()
	if slices.Contains(w.further, name) {
		return
	}
	w.further = append(w.further, name)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := w.client.CoreV1().Namespaces().Create(w.ctx, namespace, metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		w.must(err)
	}
}

// explained is what /api/v1/pods/{namespace}/{name}/explain tells, as far as the tests look at it.
type explained struct {
	Decided         bool           `json:"decided"`
	Node            string         `json:"node"`
	Why             string         `json:"why"`
	RefusedByReason map[string]int `json:"refusedByReason"`
}

// lands waits for what is to become of the pod, and compares what the pod and Berth say of it.
func (w *world) lands(posted *corev1.Pod, want landing) {
	w.t.Helper()
	var pod *corev1.Pod
	w.eventually(quick, want.pod+" is placed or refused", func() (err error) {
		pod, err = w.client.CoreV1().Pods(posted.Namespace).Get(w.ctx, posted.Name, metav1.GetOptions{})
		if err == nil && pod.Spec.NodeName == "" && unschedulable(pod) == "" {
			err = fmt.Errorf("nobody has decided")
		}
		return err
	})
	page, err := w.berth.Page(w.ctx, "/api/v1/pods/"+want.pod+"/explain")
	w.must(err)
	var got explained
	w.must(json.Unmarshal([]byte(page), &got))

	if pod.Spec.NodeName != want.node {
		w.t.Fatalf("%s went to %q, want %q: %s; %s", want.pod, pod.Spec.NodeName, want.node, got.Why, unschedulable(pod))
	}
	if devices := pod.Annotations["berth.dev/devices"]; devices != want.devices {
		w.t.Errorf("%s has devices %q, want %q", want.pod, devices, want.devices)
	}
	if variant := pod.Annotations["berth.dev/model-variant"]; variant != want.variant {
		w.t.Errorf("%s serves variant %q, want %q", want.pod, variant, want.variant)
	}
	if got.Decided != (want.node != "") || got.Node != want.node {
		w.t.Errorf("explain of %s says node %q, decided %v", want.pod, got.Node, got.Decided)
	}
	if !strings.Contains(got.Why, want.because) {
		w.t.Errorf("explain of %s says %q, want %q in it", want.pod, got.Why, want.because)
	}
	if fmt.Sprint(got.RefusedByReason) != fmt.Sprint(want.refused) {
		w.t.Errorf("explain of %s refuses %v, want %v", want.pod, got.RefusedByReason, want.refused)
	}
}

// unschedulable is what kube-scheduler says of a pod that it could not place; empty: nothing.
func unschedulable(pod *corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Message
		}
	}
	return ""
}
