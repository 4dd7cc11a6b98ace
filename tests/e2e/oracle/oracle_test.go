package oracle

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"berth.dev/berth/tests/e2e/harness"
)

func TestCount(t *testing.T) {
	shared := harness.SharedNode("shared", 2).Memory(100)
	whole := harness.WholeNode("whole", 2)
	mixed := whole
	mixed.Name, mixed.Shared = "mixed", true

	on := func(node, devices string, pod harness.Pod) harness.Pod {
		pod.Node = node
		return pod.Annotated("berth.dev/devices", devices)
	}
	share := func(name string, memory, cores int64) harness.Pod {
		return harness.NewPod(name, harness.SharedGPU(memory, cores))
	}
	for _, test := range []struct {
		name   string
		pods   []harness.Pod
		broken string // Part of the one complaint; empty: none.
	}{
		{"nothing", nil, ""},
		{"exactly full", []harness.Pod{on("shared", "0", share("a", 60, 50)), on("shared", "0", share("b", 40, 50))}, ""},
		{"memory over", []harness.Pod{on("shared", "0", share("a", 60, 0)), on("shared", "0", share("b", 41, 0))}, "101 of 100 MiB"},
		{"cores over", []harness.Pod{on("shared", "1", share("a", 1, 60)), on("shared", "1", share("b", 1, 41))}, "101 of 100 percent"},
		{"not alone on a whole device", []harness.Pod{on("shared", "1", share("a", 1, 100)), on("shared", "1", share("b", 1, 0))}, "device 1"},
		{"two devices", []harness.Pod{on("shared", "0,1", harness.NewPod("a", harness.SharedGPU(100, 0).On(2)))}, ""},
		{"one device twice", []harness.Pod{on("shared", "0,0", harness.NewPod("a", harness.SharedGPU(10, 0).On(2)))}, "twice"},
		{"no device named", []harness.Pod{on("shared", "", share("a", 1, 0))}, "has []"},
		{"unknown device", []harness.Pod{on("shared", "2", share("a", 1, 0))}, `no device "2"`},
		{"unknown node", []harness.Pod{on("elsewhere", "0", share("a", 1, 0))}, "no such node"},
		{"whole devices", []harness.Pod{on("whole", "", harness.NewPod("a", harness.WholeGPUs(2)))}, ""},
		{"whole devices over", []harness.Pod{on("whole", "", harness.NewPod("a", harness.WholeGPUs(3)))}, "3 of 2 whole"},
		{"mixed node", []harness.Pod{on("mixed", "", harness.NewPod("a", harness.WholeGPUs(1)))}, "mixes"},
		{"not bound", []harness.Pod{on("", "0", share("a", 999, 0))}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			nodes := []corev1.Node{*shared.Object(), *whole.Object(), *mixed.Object()}
			var pods []corev1.Pod
			for _, pod := range test.pods {
				pods = append(pods, *pod.Object())
			}
			_, broken := Count(nodes, pods)
			if test.broken == "" && len(broken) > 0 || test.broken != "" && (len(broken) != 1 || !strings.Contains(broken[0], test.broken)) {
				t.Errorf("got %q, want one complaint with %q", broken, test.broken)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	for _, test := range []struct {
		name string
		pod  harness.Pod
		want int64
	}{
		{"containers add up", harness.Pod{Containers: []harness.Resources{{gpuMemory: 3}, {gpuMemory: 4}}}, 7},
		{"the larger init counts", harness.Pod{Containers: []harness.Resources{{gpuMemory: 3}}, Inits: []harness.Resources{{gpuMemory: 5}, {gpuMemory: 2}}}, 5},
		{"a sidecar stays", harness.Pod{Containers: []harness.Resources{{gpuMemory: 3}}, Sidecars: []harness.Resources{{gpuMemory: 5}}}, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Request(test.pod.Object(), gpuMemory); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
