package e2e

import (
	"fmt"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

func TestManagedResourcesSendOnlyDevicePodsToBerth(t *testing.T) {
	w := newWorld(t, budget, setup{wiring: harness.ManagedResources, tapped: true},
		harness.SharedNode("shared", 2), harness.WholeNode("whole", 2))
	w.place(
		harness.NewPod("plain", nil),
		harness.NewPod("share", harness.SharedGPU(8*GiB, 10)),
		harness.NewPod("gpu", harness.WholeGPUs(1)))

	// A pod is seen bound before the answer to its bind has passed the tap.
	w.eventually(5*time.Second, "each device pod is filtered and bound by Berth", func() error {
		for pod, want := range map[string]int{"plain": 0, "share": 1, "gpu": 1} {
			for _, verb := range []string{"filter", "bind"} {
				if got := w.tap.Count(verb, pod); got != want {
					return fmt.Errorf("%s for %s: %d calls, want %d", verb, pod, got, want)
				}
			}
		}
		return nil
	})
	w.check()
}

func TestFullNodeModePlacesPodsToo(t *testing.T) {
	w := newWorld(t, budget, setup{fullNodes: true}, harness.SharedNode("a", 2), harness.SharedNode("b", 2), harness.WholeNode("c", 2))
	w.place(harness.Pods(6, "share", harness.SharedGPU(40*GiB, 0))...)
	w.place(harness.NewPod("gpu", harness.WholeGPUs(2)))
	w.create(harness.NewPod("too-large", harness.SharedGPU(81*GiB, 0)))
	w.refused("too-large", "0/3 nodes are available: 1 no matching devices, 2 insufficient device memory. "+
		"preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.")
	w.check()
}

// Node a is the better dock for Berth, which packs; kube-scheduler's own scores are all for node b.
func TestTheDefaultWeightDecidesAndASmallOneAdvises(t *testing.T) {
	for _, test := range []struct {
		name   string
		weight int64
		node   string
	}{
		{"150 decides", 150, "a"},
		{"1 advises", 1, "b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := harness.SharedNode("a", 2), harness.SharedNode("b", 2)
			a.Shunned = true
			b.Images = []string{harness.Image}
			w := newWorld(t, budget, setup{weight: test.weight}, a, b)
			first := harness.NewPod("first", harness.SharedGPU(8*GiB, 0))
			first.Only = "a"
			first.Containers[0]["cpu"] = 48 // LeastAllocated and BalancedAllocation see a loaded node.
			w.place(first)

			second := harness.NewPod("second", harness.SharedGPU(8*GiB, 0))
			second.Prefers = "b"
			w.place(second)
			if node := w.bound("second").Spec.NodeName; node != test.node {
				t.Errorf("the pod went to %s, want %s", node, test.node)
			}
			w.check()
		})
	}
}
