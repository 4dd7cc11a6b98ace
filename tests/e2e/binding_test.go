package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"berth.dev/berth/tests/e2e/harness"
	"berth.dev/berth/tests/e2e/oracle"
)

func TestTheBindingCarriesTheWholeRecord(t *testing.T) {
	w := newWorld(t, budget, setup{}, harness.SharedNode("a", 2), harness.WholeNode("b", 2))
	w.place(
		harness.NewPod("share", harness.SharedGPU(8*GiB, 30).On(2)).Annotated("example.com/own", "kept"),
		harness.NewPod("whole", harness.WholeGPUs(2)))

	// A watcher sees nodeName and annotations appear in one and the same change.
	share, whole := w.bound("share"), w.bound("whole")
	if ids := harness.DeviceIDs(share); len(ids) != 2 {
		t.Errorf("berth.dev/devices names %q, want two devices", ids)
	}
	if share.Annotations["example.com/own"] != "kept" {
		t.Errorf("the pod's own annotation is gone: %v", share.Annotations)
	}
	type record struct {
		UID       string
		Node      string
		Devices   []string
		MemoryMiB int64
		Cores     int64
		Whole     map[string]int64
	}
	for _, pod := range []*corev1.Pod{share, whole} {
		var got record
		if err := json.Unmarshal([]byte(pod.Annotations["berth.dev/allocation"]), &got); err != nil {
			t.Errorf("%s: berth.dev/allocation %q: %v", pod.Name, pod.Annotations["berth.dev/allocation"], err)
		}
		if got.UID != string(pod.UID) || got.Node != pod.Spec.NodeName {
			t.Errorf("%s: the record is of pod %s on %s, want %s on %s", pod.Name, got.UID, got.Node, pod.UID, pod.Spec.NodeName)
		}
		if pod == share && (!slices.Equal(got.Devices, harness.DeviceIDs(share)) || got.MemoryMiB != 8*GiB || got.Cores != 30) {
			t.Errorf("share: the record says %+v", got)
		}
		if pod == whole && got.Whole[harness.WholeResource] != 2 {
			t.Errorf("whole: the record says %+v", got)
		}
	}
	if scheduled := podScheduled(w.pod("share")); scheduled != corev1.ConditionTrue {
		t.Errorf("PodScheduled is %q", scheduled)
	}
	w.check()
}

func podScheduled(pod *corev1.Pod) corev1.ConditionStatus {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled {
			return condition.Status
		}
	}
	return ""
}

// Tenants can edit their pods' annotations. That must not make room where there is none, neither at once nor
// when Berth has forgotten what it wrote.
func TestEditedAnnotationsNeverDoubleBookADevice(t *testing.T) {
	record := func(pod *corev1.Pod, device string, memory, cores int) string {
		return fmt.Sprintf(`{"v":1,"uid":%q,"node":%q,"devices":[%q],"memoryMiB":%d,"cores":%d}`,
			pod.UID, pod.Spec.NodeName, device, memory, cores)
	}
	for _, test := range []struct {
		name string
		edit func(pod *corev1.Pod, own, other string) map[string]any
	}{
		{"another pod's device", func(pod *corev1.Pod, _, other string) map[string]any {
			return map[string]any{"berth.dev/devices": other, "berth.dev/allocation": record(pod, other, 30*GiB, 30)}
		}},
		{"next to nothing of the own device", func(pod *corev1.Pod, own, _ string) map[string]any {
			return map[string]any{"berth.dev/allocation": record(pod, own, 1, 1)}
		}},
		{"another pod's record", func(pod *corev1.Pod, _, other string) map[string]any {
			stranger := pod.DeepCopy()
			stranger.UID = "00000000-0000-4000-8000-000000000000"
			return map[string]any{"berth.dev/devices": other, "berth.dev/allocation": record(stranger, other, 30*GiB, 30)}
		}},
		{"a device that is not there", func(pod *corev1.Pod, _, _ string) map[string]any {
			return map[string]any{"berth.dev/devices": "7", "berth.dev/allocation": record(pod, "7", 30*GiB, 30)}
		}},
		{"nothing", func(*corev1.Pod, string, string) map[string]any {
			return map[string]any{"berth.dev/devices": nil, "berth.dev/allocation": nil}
		}},
		{"no JSON", func(*corev1.Pod, string, string) map[string]any {
			return map[string]any{"berth.dev/allocation": "{not json"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, patient, setup{}, harness.SharedNode("a", 2).Memory(40*GiB))
			w.place(harness.Pods(2, "holder", harness.SharedGPU(30*GiB, 30))...) // One on each device.
			w.check()
			pod := w.bound("holder-0")
			w.annotate("holder-0", test.edit(pod, harness.DeviceIDs(pod)[0], harness.DeviceIDs(w.bound("holder-1"))[0]))

			w.create(harness.NewPod("greedy", harness.SharedGPU(20*GiB, 0)))
			w.refused("greedy", nobodyFits(1, "insufficient device memory"))
			w.restartBerth()
			w.create(harness.NewPod("greedy-again", harness.SharedGPU(20*GiB, 0)))
			w.refused("greedy-again", nobodyFits(1, "insufficient device memory"))
			w.checkAsBound()
		})
	}
}

func (w *world) annotate(pod string, annotations map[string]any) {
	w.t.Helper()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	w.must(err)
	_, err = w.client.CoreV1().Pods(w.namespace).Patch(w.ctx, pod, types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
}

// restartBerth ends Berth as a crash would and starts it again.
func (w *world) restartBerth() {
	w.t.Helper()
	w.berth.Kill()
	w.must(w.berth.Start(w.ctx))
}

// checkAsBound lets the oracle count with the annotations that the pods were bound with, whatever they say now:
// that is what their containers were given.
func (w *world) checkAsBound() {
	w.t.Helper()
	nodes, pods := w.lists()
	for i := range pods {
		if binding, bound := w.seen.Binding(pods[i].Name); bound {
			pods[i].Annotations = binding.Pod.Annotations
		}
	}
	_, broken := oracle.Count(nodes, pods)
	w.complain(broken)
}
