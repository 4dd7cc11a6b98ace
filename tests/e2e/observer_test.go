package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

// A kube-scheduler that has never heard of Berth places the pods. Berth, with rights to read alone, tells what it would
// have done, and nothing in the cluster shows that it is there.
func TestAnObserverTellsWhatItWouldHaveDoneAndDoesNothing(t *testing.T) {
	w := newWorld(t, budget, setup{observes: true},
		harness.WholeNode("a", 4), harness.WholeNode("b", 4), harness.SharedNode("s", 1))
	before := w.nodeVersions()

	prefers := func(name, node string, asks harness.Resources) harness.Pod {
		pod := harness.NewPod(name, asks)
		pod.Prefers = node
		return pod
	}
	// Whole devices. Of equal nodes Berth takes the first by name, and then fills it.
	w.place(prefers("same", "a", harness.WholeGPUs(1)))
	w.place(prefers("other", "b", harness.WholeGPUs(1)))
	w.place(prefers("refused", "a", harness.WholeGPUs(1)).Annotated("berth.dev/accelerators", "H100"))
	// Berth would have liked a better, but for what the pod says itself.
	selects := harness.NewPod("selects", harness.WholeGPUs(1))
	selects.Only = "b"
	w.place(selects)
	// Shares: nobody writes which device a pod has. The third one has no room left.
	w.place(prefers("share", "s", harness.SharedGPU(20*GiB, 0)))
	w.place(prefers("beside", "s", harness.SharedGPU(30*GiB, 0)))
	w.outcomes(map[string]float64{"same_node": 4, "other_node": 1, "only_berth_refused": 1, "undecided": 0})
	if doubtful := w.metric("berth_ledger_doubtful_pods"); doubtful != 0 {
		t.Errorf("%v pods are charged everywhere, though their node has room for them", doubtful)
	}
	if free := 80*GiB - w.device("s").AllocatedMemoryMiB; free != 30*GiB {
		t.Errorf("Berth believes that %d MiB are left on s, 30 GiB are", free)
	}
	w.place(prefers("beyond", "s", harness.SharedGPU(40*GiB, 0)))
	w.outcomes(map[string]float64{"same_node": 4, "other_node": 1, "only_berth_refused": 2, "undecided": 0})

	// One that nobody has a node for, and one that only something else than devices keeps waiting.
	stuck := harness.NewPod("stuck", harness.WholeGPUs(1))
	stuck.Needs = "nobody-has-this-label"
	w.create(harness.NewPod("wide", harness.WholeGPUs(8)), stuck)
	w.refusedSaying("wide", "Insufficient nvidia.com/gpu")
	w.refusedSaying("stuck", "affinity")
	one := func(v float64) bool { return v == 1 }
	w.metricIs(quick, "berth_observed_waiting_pods", one, "decision=refused")
	w.metricIs(quick, "berth_observed_waiting_pods", one, "decision=fits")

	explained, err := w.berth.Explain(w.ctx, w.namespace, "other")
	w.must(err)
	if !strings.Contains(explained, "Placed on b; Berth would have chosen a") {
		t.Errorf("explain says\n%s", explained)
	}
	w.decisionsAre(map[string][]string{
		"same":    {"fits", "same_node"},
		"other":   {"fits", "other_node"},
		"refused": {"refused", "only_berth_refused"},
		"selects": {"fits", "same_node"},
		"share":   {"fits", "same_node"},
		"beside":  {"fits", "same_node"},
		"beyond":  {"refused", "only_berth_refused"},
		"wide":    {"refused"},
		"stuck":   {"fits"},
	})
	w.nothingWritten(before)
}

// Which nodes volumes, quotas and other pods leave, only kube-scheduler knows. Asked to filter, an observer learns it, and
// passes all.
func TestAnObserverThatIsAskedChoosesAmongWhatWasOffered(t *testing.T) {
	w := newWorld(t, budget, setup{observes: true, asked: true}, harness.WholeNode("a", 4), harness.WholeNode("b", 4))
	before := w.nodeVersions()
	anchor := harness.NewPod("anchor", nil).Labelled("e2e", "anchor")
	anchor.Only = "b"
	w.place(anchor)
	beside := harness.NewPod("beside", harness.WholeGPUs(1))
	beside.Needs = "anchor"
	w.place(beside)
	w.place(harness.NewPod("refused", harness.WholeGPUs(1)).Annotated("berth.dev/accelerators", "H100"))
	w.outcomes(map[string]float64{"same_node": 1, "other_node": 0, "only_berth_refused": 1, "undecided": 0})
	if node := w.bound("beside").Spec.NodeName; node != "b" {
		t.Errorf("the pod went to %s", node)
	}
	w.nothingWritten(before)
}

// outcomes waits until Berth has counted so many pods.
func (w *world) outcomes(want map[string]float64) {
	w.t.Helper()
	for outcome, count := range want {
		w.metricIs(quick, "berth_observed_pods_total", func(v float64) bool { return v == count }, "outcome="+outcome)
	}
}

// device is the first device of the node, as Berth sees it.
func (w *world) device(node string) harness.DeviceView {
	w.t.Helper()
	views, err := w.berth.Nodes(w.ctx)
	w.must(err)
	for _, view := range views {
		if view.Name == node && len(view.Devices) > 0 {
			return view.Devices[0]
		}
	}
	w.t.Fatalf("Berth knows no device of %s", node)
	return harness.DeviceView{}
}

// decisionsAre compares the outcomes in the decision log, by pod and in their order.
func (w *world) decisionsAre(want map[string][]string) {
	w.t.Helper()
	w.eventually(quick, "the decision log is complete", func() error {
		text, err := os.ReadFile(w.decisions)
		if err != nil {
			return err
		}
		got := map[string][]string{}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			var decision struct{ Verb, Outcome, Pod string }
			if err := json.Unmarshal([]byte(line), &decision); err != nil {
				return fmt.Errorf("%w in %q", err, line)
			}
			if pod, ours := strings.CutPrefix(decision.Pod, w.namespace+"/"); ours && decision.Verb == "observe" {
				got[pod] = append(got[pod], decision.Outcome)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("it has\n%v, want\n%v", got, want)
		}
		return nil
	})
}

func (w *world) nodeVersions() map[string]string {
	w.t.Helper()
	nodes, _ := w.lists()
	versions := map[string]string{}
	for _, node := range nodes {
		versions[node.Name] = node.ResourceVersion
	}
	return versions
}

// nothingWritten looks for Berth's hand in every object: who wrote what stands in managedFields, but for a Binding, which
// leaves its annotations.
func (w *world) nothingWritten(nodes map[string]string) {
	w.t.Helper()
	if now := w.nodeVersions(); fmt.Sprint(now) != fmt.Sprint(nodes) {
		w.t.Errorf("nodes were written: their versions were %v and are %v", nodes, now)
	}
	pods, err := w.client.CoreV1().Pods(w.namespace).List(w.ctx, metav1.ListOptions{})
	w.must(err)
	for i := range pods.Items {
		pod := &pods.Items[i]
		for _, entry := range pod.ManagedFields {
			if strings.HasPrefix(entry.Manager, "berth") {
				w.t.Errorf("%s was written by %s (%s)", pod.Name, entry.Manager, entry.Operation)
			}
		}
		for key := range pod.Annotations {
			if strings.HasPrefix(key, "berth.dev/") && key != "berth.dev/accelerators" {
				w.t.Errorf("%s has the annotation %s", pod.Name, key)
			}
		}
	}
	for _, verb := range []string{"create", "patch"} {
		if calls := w.metric("berth_api_requests_total", "verb="+verb); calls != 0 {
			w.t.Errorf("Berth says that it made %v calls to %s", calls, verb)
		}
	}
}
