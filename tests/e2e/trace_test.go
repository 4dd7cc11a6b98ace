package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"berth.dev/berth/tests/e2e/harness"
)

// A device of the trace is a thousand parts; here it has so many MiB.
const wholeDevice = 1000

// openb is the trace of that name: nodes, pods, and one order of their coming.
type openb struct {
	files map[string]string // Flags of berth simulate.
	nodes []map[string]string
	pods  []map[string]string
	order []int // Rows of pods.
	ranks []int // By row of nodes: of equal nodes the first is taken.
}

func readOpenb(t *testing.T, seed int) *openb {
	t.Helper()
	traces := os.Getenv("BERTH_TRACES")
	if traces == "" {
		t.Skip("BERTH_TRACES does not say where the trace is (docs/quality.md)")
	}
	dir := filepath.Join(traces, "openb")
	trace := &openb{files: map[string]string{
		"--nodes":     filepath.Join(dir, "openb_node_list_gpu_node.csv"),
		"--pods":      filepath.Join(dir, "openb_pod_list_default.csv"),
		"--order":     filepath.Join(dir, "orders", fmt.Sprintf("default.%d.arrival.txt", seed)),
		"--node-rank": filepath.Join(dir, "orders", fmt.Sprintf("default.%d.nodes.txt", seed)),
	}}
	trace.nodes, trace.pods = readRows(t, trace.files["--nodes"]), readRows(t, trace.files["--pods"])
	trace.order, trace.ranks = readNumbers(t, trace.files["--order"]), readNumbers(t, trace.files["--node-rank"])
	return trace
}

func readRows(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func readNumbers(t *testing.T, path string) []int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, word := range strings.Fields(string(text)) {
		numbers = append(numbers, number(t, word))
	}
	return numbers
}

func number(t *testing.T, text string) int {
	t.Helper()
	value, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// nodeObject is named by its rank, as Berth tells equal nodes apart by name.
func (o *openb) nodeObject(t *testing.T, row int) *corev1.Node {
	node := o.nodes[row]
	object := harness.SharedNode(fmt.Sprintf("node-%010d", o.ranks[row]), number(t, node["gpu"])).Memory(wholeDevice).Object()
	object.Labels["nvidia.com/gpu.product"] = node["model"]
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse(node["cpu_milli"] + "m"),
		corev1.ResourceMemory: resource.MustParse(node["memory_mib"] + "Mi"),
		corev1.ResourcePods:   resource.MustParse("1000"),
	}
	object.Status.Capacity, object.Status.Allocatable = capacity, capacity
	return object
}

func (o *openb) podObject(t *testing.T, event int) *corev1.Pod {
	pod := o.pods[o.order[event]]
	asks := harness.Resources{}
	switch devices := number(t, pod["num_gpu"]); {
	case devices == 0:
		asks = nil
	case number(t, pod["gpu_milli"]) == wholeDevice:
		asks["berth.dev/gpu-cores"] = 100
		asks = asks.On(int64(devices))
	default:
		asks["berth.dev/gpu-memory"] = int64(number(t, pod["gpu_milli"]))
	}
	object := harness.NewPod(fmt.Sprintf("pod-%05d", event), asks).Object()
	resources := &object.Spec.Containers[0].Resources
	if resources.Requests == nil {
		resources.Requests = corev1.ResourceList{}
	}
	resources.Requests[corev1.ResourceCPU] = resource.MustParse(pod["cpu_milli"] + "m")
	resources.Requests[corev1.ResourceMemory] = resource.MustParse(pod["memory_mib"] + "Mi")
	return object
}

// simulated says on which node each pod docks in `berth simulate`, by event; pods without room are not in it.
func (o *openb) simulated(t *testing.T, policy string) map[int]string {
	t.Helper()
	arguments := []string{"simulate", "--policy", policy, "-o", "json"}
	for flag, path := range o.files {
		arguments = append(arguments, flag, path)
	}
	output, err := exec.CommandContext(t.Context(), os.Getenv("BERTH_BINARY"), arguments...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var runs []struct {
		Placements []struct {
			Event int    `json:"event"`
			Node  string `json:"node"`
		} `json:"placements"`
	}
	if err := json.Unmarshal(output, &runs); err != nil || len(runs) != 1 {
		t.Fatalf("berth simulate: %d runs, %v", len(runs), err)
	}
	names := map[string]string{}
	for row, node := range o.nodes {
		names[node["sn"]] = fmt.Sprintf("node-%010d", o.ranks[row])
	}
	docked := map[int]string{}
	for _, placement := range runs[0].Placements {
		docked[placement.Event] = names[placement.Node]
	}
	return docked
}

// outcome waits for what becomes of the pod: the name of its node, or empty when kube-scheduler finds none.
func outcome(ctx context.Context, pods watch.Interface, name string) (string, error) {
	for {
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s: %w", name, ctx.Err())
		case event, ok := <-pods.ResultChan():
			if !ok {
				return "", fmt.Errorf("%s: the watch has ended", name)
			}
			pod, isPod := event.Object.(*corev1.Pod)
			if !isPod || pod.Name != name {
				continue
			}
			if pod.Spec.NodeName != "" {
				return pod.Spec.NodeName, nil
			}
			for _, condition := range pod.Status.Conditions {
				if condition.Type == corev1.PodScheduled && condition.Reason == corev1.PodReasonUnschedulable {
					return "", nil
				}
			}
		}
	}
}

// Pod by pod a real kube-scheduler takes the node that the simulator takes: what is measured there is what clusters get.
// scripts/e2e --trace runs it to the end, where the cluster is full.
func TestTheTraceDocksAsTheSimulatorSays(t *testing.T) {
	trace := readOpenb(t, 42)
	events := 1000
	if os.Getenv("BERTH_WHOLE_TRACE") != "" {
		events = len(trace.order)
	}
	const policy = "fragmentation"
	want := trace.simulated(t, policy)
	w := newWorld(t, 40*time.Minute, setup{policy: fmt.Sprintf("{gpuMemory: {node: %s, device: %s}}", policy, policy)})
	var nodes []*corev1.Node
	for row := range trace.nodes {
		nodes = append(nodes, trace.nodeObject(t, row))
	}
	w.must(harness.CreateNodes(w.ctx, w.client, nodes...))
	w.eventually(time.Minute, "Berth knows the nodes", func() error {
		known, err := w.berth.Nodes(w.ctx)
		if err == nil && len(known) != len(nodes) {
			err = fmt.Errorf("it knows %d of %d", len(known), len(nodes))
		}
		return err
	})
	pods, err := w.client.CoreV1().Pods(w.namespace).Watch(w.ctx, metav1.ListOptions{})
	w.must(err)
	defer pods.Stop()

	allocated, refused, others := 0, 0, 0
	learnt := false
	for event := range events {
		object := trace.podObject(t, event)
		// Before the first pod with devices Berth knows nothing of what is asked, and leaves pods without them to
		// kube-scheduler, which draws.
		if learnt = learnt || trace.pods[trace.order[event]]["num_gpu"] != "0"; !learnt {
			object.Spec.NodeName = want[event]
		}
		_, err := w.client.CoreV1().Pods(w.namespace).Create(w.ctx, object, metav1.CreateOptions{})
		w.must(err)
		node, err := outcome(w.ctx, pods, object.Name)
		w.must(err)
		if node != want[event] {
			others++
			t.Logf("%s: kube-scheduler %q, simulator %q", object.Name, node, want[event])
			if others > 20 {
				t.Fatal("the two have parted")
			}
		}
		if node == "" { // It is gone for good, as in the trace's own runs.
			refused++
			w.must(w.client.CoreV1().Pods(w.namespace).Delete(w.ctx, object.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64)}))
			continue
		}
		pod := trace.pods[trace.order[event]]
		allocated += number(t, pod["num_gpu"]) * number(t, pod["gpu_milli"])
	}
	capacity := 0
	for _, node := range trace.nodes {
		capacity += number(t, node["gpu"]) * wholeDevice
	}
	t.Logf("%d pods came, %d found no room, %d went elsewhere than in the simulator; %.2f %% of the devices are allocated",
		events, refused, others, 100*float64(allocated)/float64(capacity))
	if others > 0 {
		t.Errorf("%d pods went elsewhere than in the simulator", others)
	}
}
