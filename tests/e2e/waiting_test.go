package e2e

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

func TestARefusedPodIsNotAskedAboutInAHotLoop(t *testing.T) {
	w := newWorld(t, budget, setup{tapped: true}, harness.SharedNode("a", 1), harness.SharedNode("b", 1), harness.WholeNode("c", 1))
	w.create(harness.NewPod("wants", harness.SharedGPU(81*GiB, 0)))
	w.refusedSaying("wants", "insufficient device memory")
	w.eventually(quick, "the condition appears", func() error {
		return w.fitsSays("wants", "insufficient device memory")
	})

	// Each of the two conditions, kube-scheduler's and ours, wakes the pod once when it is first written.
	w.quiet(3 * time.Second)
	settled := w.tap.Count("filter", "wants")
	if settled > 6 {
		t.Errorf("%d filter calls before it settled", settled)
	}
	w.quiet(20 * time.Second)
	if more := w.tap.Count("filter", "wants") - settled; more > 1 {
		t.Errorf("%d filter calls in 20 s in which nothing happened", more)
	}
}

// kube-scheduler hears of the deletion at once and asks again, while Berth still believes the device is full. Only
// Berth can know when it is worth asking once more.
func TestAWaitingPodIsBoundThoughBerthsWatchLags(t *testing.T) {
	w := newWorld(t, budget, setup{proxied: true, lag: 2 * time.Second}, harness.SharedNode("a", 1).Memory(40*GiB))
	w.place(harness.NewPod("holder", harness.SharedGPU(40*GiB, 0)))
	w.create(harness.NewPod("waiting", harness.SharedGPU(10*GiB, 0)))
	w.refused("waiting", nobodyFits(1, "insufficient device memory"))
	w.quiet(5 * time.Second) // Every event of the above has arrived and been dealt with.

	deleted := time.Now()
	w.delete("holder")
	w.waitBound(5*time.Second, "waiting")
	binding, _ := w.seen.Binding("waiting")
	t.Logf("bound %v after the deletion", binding.At.Sub(deleted).Round(time.Millisecond))
	w.check()
}

func TestAWaitingPodIsBoundWhenANodeJoins(t *testing.T) {
	w := newWorld(t, budget, setup{}, harness.SharedNode("a", 1).Memory(40*GiB))
	w.create(harness.NewPod("waiting", harness.SharedGPU(60*GiB, 0)))
	w.refused("waiting", nobodyFits(1, "insufficient device memory"))
	w.addNodes(harness.SharedNode("b", 1))
	w.waitBound(quick, "waiting")
	w.check()
}

// quiet lets time pass; what must not happen in it is checked by the caller.
func (w *world) quiet(duration time.Duration) {
	w.t.Helper()
	select {
	case <-time.After(duration):
	case <-w.ctx.Done():
		w.t.Fatal("the test's time is up")
	}
}

// fitsSays checks the condition that Berth writes on pods that wait.
func (w *world) fitsSays(pod, reason string) error {
	for _, condition := range w.pod(pod).Status.Conditions {
		if condition.Type == "berth.dev/Fits" {
			if condition.Status != corev1.ConditionFalse || condition.Message != reason {
				return fmt.Errorf("it is %s, %q", condition.Status, condition.Message)
			}
			return nil
		}
	}
	return fmt.Errorf("no such condition")
}

func (w *world) updateStatus(pod *corev1.Pod) {
	w.t.Helper()
	_, err := w.client.CoreV1().Pods(w.namespace).UpdateStatus(w.ctx, pod, metav1.UpdateOptions{})
	w.must(err)
}

// allAllocated checks that every device of the node has so much memory taken.
func (w *world) allAllocated(node string, mib int64) error {
	nodes, err := w.berth.Nodes(w.ctx)
	if err != nil {
		return err
	}
	for _, view := range nodes {
		for _, device := range view.Devices {
			if view.Name == node && device.AllocatedMemoryMiB != mib {
				return fmt.Errorf("device %s of %s has %d MiB taken, want %d", device.ID, node, device.AllocatedMemoryMiB, mib)
			}
		}
	}
	return nil
}
