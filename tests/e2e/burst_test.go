package e2e

import (
	"fmt"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

// sharedNodes are so many equal shared nodes.
func sharedNodes(count, gpus int, memory int64) []harness.Node {
	var nodes []harness.Node
	for i := range count {
		nodes = append(nodes, harness.SharedNode(fmt.Sprintf("node-%03d", i), gpus).Memory(memory))
	}
	return nodes
}

func TestABurstOfPodsIsBoundWithoutAConflict(t *testing.T) {
	w := newWorld(t, patient, setup{tapped: true}, sharedNodes(50, 4, 40*GiB)...)
	before := w.metric("berth_placements_total", "outcome=conflict")
	w.create(harness.Pods(500, "pod", harness.SharedGPU(12*GiB, 25))...) // 500 of 600 places.
	w.waitCount(time.Minute, 500)
	t.Logf("%.0f pods/s", 499/w.seen.Span().Seconds())

	for _, call := range w.tap.Calls(func(c harness.Call) bool { return c.Verb == "bind" && (c.Error != "" || c.Status != 200) }) {
		t.Fatalf("bind of %s answered %d %q", call.Pod, call.Status, call.Error)
	}
	w.complain(w.failures(""))
	if conflicts := w.metric("berth_placements_total", "outcome=conflict") - before; conflicts != 0 {
		t.Errorf("Berth counts %v conflicts", conflicts)
	}
	w.check()
}

// The last pods of the burst find exactly one place each. Conflicts are allowed on the way, losses are not.
func TestABurstFillsTheClusterToTheLastMiB(t *testing.T) {
	w := newWorld(t, patient, setup{}, sharedNodes(20, 4, 40*GiB)...)
	var pods []harness.Pod
	for i := range 80 { // Per device: 24 + 10 + 6 = 40 GiB.
		pods = append(pods,
			harness.NewPod(fmt.Sprintf("large-%d", i), harness.SharedGPU(24*GiB, 50)),
			harness.NewPod(fmt.Sprintf("middle-%d", i), harness.SharedGPU(10*GiB, 30)),
			harness.NewPod(fmt.Sprintf("small-%d", i), harness.SharedGPU(6*GiB, 20)))
	}
	// Largest first: packing in any other order may rightly leave holes.
	for size := range 3 {
		var batch []harness.Pod
		for i := size; i < len(pods); i += 3 {
			batch = append(batch, pods[i])
		}
		w.create(batch...)
		w.waitCount(time.Minute, 80*(size+1))
	}
	w.check()
	w.create(harness.NewPod("one-too-many", harness.SharedGPU(1, 0)))
	w.refused("one-too-many", nobodyFits(20, "insufficient device memory"))
}

// metric reads one number of Berth; a metric that does not exist fails the test.
func (w *world) metric(name string, labels ...string) float64 {
	w.t.Helper()
	metrics, err := w.berth.Metrics(w.ctx)
	w.must(err)
	if !metrics.Has(name) {
		w.t.Fatalf("Berth has no metric %s", name)
	}
	return metrics.Sum(name, labels...)
}
