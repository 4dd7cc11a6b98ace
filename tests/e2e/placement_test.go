package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"berth.dev/berth/tests/e2e/harness"
)

const (
	budget  = time.Minute      // For a test that restarts nothing.
	patient = 2 * time.Minute  // For one that breaks things.
	quick   = 10 * time.Second // For one pod.
)

func TestSharedAndWholePodsDockWhereTheirDevicesAre(t *testing.T) {
	w := newWorld(t, budget, setup{},
		harness.SharedNode("shared-a", 2).Memory(40*GiB),
		harness.SharedNode("shared-b", 4),
		harness.WholeNode("whole-a", 4),
		harness.Node{Name: "plain"})
	shared := []harness.Pod{
		harness.NewPod("half", harness.SharedGPU(20*GiB, 50)),
		harness.NewPod("quarter", harness.SharedGPU(10*GiB, 25)),
		harness.NewPod("memory-only", harness.SharedGPU(5*GiB, 0)),
		harness.NewPod("cores-only", harness.Resources{"berth.dev/gpu-cores": 40}),
		harness.NewPod("two-devices", harness.SharedGPU(60*GiB, 60).On(2)),
		harness.NewPod("exclusive", harness.SharedGPU(1*GiB, 100)),
	}
	whole := []harness.Pod{
		harness.NewPod("one-gpu", harness.WholeGPUs(1)),
		harness.NewPod("three-gpus", harness.WholeGPUs(3)),
	}
	w.place(shared...)
	w.place(whole...)
	w.place(harness.NewPod("no-gpu", nil))

	for _, pod := range shared {
		if node := w.bound(pod.Name).Spec.NodeName; !strings.HasPrefix(node, "shared-") {
			t.Errorf("%s asks for a share and runs on %s", pod.Name, node)
		}
	}
	for _, pod := range whole {
		if bound := w.bound(pod.Name); bound.Spec.NodeName != "whole-a" || harness.DeviceIDs(bound) != nil {
			t.Errorf("%s asks for whole devices, runs on %s and is told devices %q, which are the kubelet's to choose",
				pod.Name, bound.Spec.NodeName, harness.DeviceIDs(bound))
		}
	}
	w.check()
}

func TestBinpackAndSpreadChooseTheSecondPodsDevice(t *testing.T) {
	for _, test := range []struct {
		name, policy         string
		sameNode, sameDevice bool
	}{
		{"binpack puts it beside the first", "{gpuMemory: {node: binpack, device: binpack}}", true, true},
		{"device spread puts it on another device", "{gpuMemory: {node: binpack, device: spread}}", true, false},
		{"node spread puts it on another node", "{gpuMemory: {node: spread, device: binpack}}", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, budget, setup{policy: test.policy},
				harness.SharedNode("a", 4), harness.SharedNode("b", 4), harness.SharedNode("c", 4))
			w.place(harness.NewPod("first", harness.SharedGPU(8*GiB, 0)))
			w.place(harness.NewPod("second", harness.SharedGPU(8*GiB, 0)))

			first, second := w.bound("first"), w.bound("second")
			sameNode := first.Spec.NodeName == second.Spec.NodeName
			sameDevice := sameNode && slices.Equal(harness.DeviceIDs(first), harness.DeviceIDs(second))
			if sameNode != test.sameNode || sameDevice != test.sameDevice {
				t.Errorf("first on %s %q, second on %s %q", first.Spec.NodeName, harness.DeviceIDs(first),
					second.Spec.NodeName, harness.DeviceIDs(second))
			}
			w.check()
		})
	}
}

func TestDevicesAreNamedByTheirUUIDWhereItIsKnown(t *testing.T) {
	node := harness.SharedNode("a", 2)
	node.IDs = []string{"GPU-5f1c2a30-0000-4000-8000-000000000001", "GPU-5f1c2a30-0000-4000-8000-000000000002"}
	w := newWorld(t, budget, setup{}, node)
	w.place(harness.NewPod("both", harness.SharedGPU(8*GiB, 10).On(2)))

	ids := harness.DeviceIDs(w.bound("both"))
	slices.Sort(ids)
	if !slices.Equal(ids, node.IDs) {
		t.Errorf("the pod is told devices %q, the node has %q", ids, node.IDs)
	}
	w.check()
}

func TestARefusedPodIsToldWhyInConstantWords(t *testing.T) {
	fill := harness.Pods(6, "fill", harness.SharedGPU(10*GiB, 70)) // One on each device: 30 GiB and 30 percent are left.
	for _, test := range []struct {
		name   string
		pod    harness.Pod
		reason string
	}{
		{"memory", harness.NewPod("wants", harness.SharedGPU(31*GiB, 0)), "insufficient device memory"},
		{"cores", harness.NewPod("wants", harness.SharedGPU(1*GiB, 31)), "insufficient device cores"},
		{"devices", harness.NewPod("wants", harness.SharedGPU(1*GiB, 0).On(3)), "insufficient devices"},
		{"memory out of all reason", harness.NewPod("wants", harness.SharedGPU(1<<50, 0)),
			"malformed device request: berth.dev/gpu-memory is out of range"},
		{"cores out of range", harness.NewPod("wants", harness.SharedGPU(1*GiB, 101)),
			"malformed device request: berth.dev/gpu-cores must be 1 to 100"},
		{"count out of range", harness.NewPod("wants", harness.SharedGPU(1*GiB, 0).On(17)),
			"malformed device request: berth.dev/gpu-count must be 1 to 16"},
		{"count alone", harness.NewPod("wants", harness.Resources{"berth.dev/gpu-count": 1}),
			"malformed device request: berth.dev/gpu-count needs berth.dev/gpu-memory, berth.dev/gpu-cores or a model"},
		{"unknown accelerator", harness.NewPod("wants", harness.SharedGPU(1*GiB, 0)).Annotated("berth.dev/accelerators", "H100"),
			"no device of the wanted accelerators"},
		{"unknown model", harness.NewPod("wants", nil).Annotated("berth.dev/model", "nobody-knows-this"),
			"model is not in the catalog"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, budget, setup{}, harness.SharedNode("a", 2).Memory(40*GiB),
				harness.SharedNode("b", 2).Memory(40*GiB), harness.SharedNode("c", 2).Memory(40*GiB))
			w.place(fill...)
			w.create(test.pod)
			w.refused("wants", nobodyFits(3, test.reason))
			w.eventually(quick, "the pod's condition berth.dev/Fits says the same", func() error {
				return w.fitsSays("wants", test.reason)
			})
			w.check()
		})
	}
}

func TestAMislabelledNodeGetsNothing(t *testing.T) {
	mixed := harness.WholeNode("mixed", 8)
	mixed.Shared = true
	w := newWorld(t, budget, setup{}, mixed, harness.SharedNode("shared", 1))

	w.place(harness.Pods(4, "share", harness.SharedGPU(20*GiB, 0))...) // They fill the good node to the brim.
	for _, pod := range []harness.Pod{
		harness.NewPod("one-more", harness.SharedGPU(1*GiB, 0)),
		harness.NewPod("whole", harness.WholeGPUs(1)),
	} {
		w.create(pod)
		w.refusedSaying(pod.Name, "1 node mixes whole and shared devices")
	}
	w.check()
}

func TestInitAndSidecarContainersAreCharged(t *testing.T) {
	share := func(mib int64) harness.Resources { return harness.SharedGPU(mib, 0) }
	for _, test := range []struct {
		name  string
		pod   harness.Pod
		takes int64
	}{
		{"a large init container", harness.Pod{Containers: []harness.Resources{share(10 * GiB)}, Inits: []harness.Resources{share(30 * GiB)}}, 30 * GiB},
		{"a small init container", harness.Pod{Containers: []harness.Resources{share(10 * GiB)}, Inits: []harness.Resources{share(5 * GiB)}}, 10 * GiB},
		{"a sidecar", harness.Pod{Containers: []harness.Resources{share(10 * GiB)}, Sidecars: []harness.Resources{share(15 * GiB)}}, 25 * GiB},
		{"two containers", harness.Pod{Containers: []harness.Resources{share(10 * GiB), share(7 * GiB)}}, 17 * GiB},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, budget, setup{}, harness.SharedNode("a", 1).Memory(40*GiB))
			test.pod.Name = "first"
			w.place(test.pod)
			w.check()
			rest := 40*GiB - test.takes
			w.create(harness.NewPod("too-large", share(rest+1)))
			w.refused("too-large", nobodyFits(1, "insufficient device memory"))
			w.place(harness.NewPod("fits-exactly", share(rest)))
			w.check()
		})
	}
}

func TestAPodBoundPastBerthIsChargedOnEveryDeviceItCouldBeOn(t *testing.T) {
	w := newWorld(t, budget, setup{}, harness.SharedNode("a", 2).Memory(40*GiB))
	static := harness.NewPod("static", harness.SharedGPU(30*GiB, 0))
	static.Node = "a"
	w.create(static)
	w.eventually(quick, "Berth charges it", func() error { return w.allAllocated("a", 30*GiB) })

	w.create(harness.NewPod("too-large", harness.SharedGPU(10*GiB+1, 0)))
	w.refused("too-large", nobodyFits(1, "insufficient device memory"))
	w.place(harness.NewPod("fits", harness.SharedGPU(10*GiB, 0)))
	w.delete("static")
	w.waitBound(quick, "too-large")
	w.check()
}

func TestATerminatingPodHoldsItsRoomUntilItsContainersHaveEnded(t *testing.T) {
	w := newWorld(t, budget, setup{}, harness.SharedNode("a", 1).Memory(40*GiB))
	lingering := harness.NewPod("lingering", harness.SharedGPU(40*GiB, 0))
	lingering.Lingers = true
	w.place(lingering)
	w.delete("lingering")
	w.create(harness.NewPod("waiting", harness.SharedGPU(10*GiB, 0)))
	w.refused("waiting", nobodyFits(1, "insufficient device memory"))
	w.check()

	w.endContainers("lingering")
	w.waitBound(quick, "waiting")
	w.check()
	if w.pod("lingering").DeletionTimestamp == nil {
		t.Error("the pod was to be terminating still")
	}
}

// endContainers reports, as a kubelet would, that the pod's containers have exited.
func (w *world) endContainers(name string) {
	w.t.Helper()
	pod := w.pod(name)
	for _, container := range pod.Spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{
			Name:  container.Name,
			State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}},
		})
	}
	w.updateStatus(pod)
}
