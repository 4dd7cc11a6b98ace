package e2e

import (
	"strings"
	"testing"

	"berth.dev/berth/tests/e2e/harness"
)

// A requirement binds pods of its namespace whatever they say, and a pod that names it; a node that nobody vouches for is no dock.
func TestPodsWithARequirementDockOnlyWhereItIsMet(t *testing.T) {
	const eu = "requirements: [{name: eu, nodeLabels: {node-restriction.kubernetes.io/residency: eu}, podLabels: {data: personal}}]\n"
	w := newWorld(t, budget, setup{more: eu},
		harness.SharedNode("anywhere", 1),
		harness.SharedNode("vouched", 1).With("node-restriction.kubernetes.io/residency", "eu"))

	// Binpack would fill one node with all of them.
	w.place(harness.NewPod("free", harness.SharedGPU(30*GiB, 10)))
	w.bound("free")
	w.place(harness.NewPod("named", harness.SharedGPU(4*GiB, 10)).Annotated("berth.dev/residency", "eu"))
	if node := w.bound("named").Spec.NodeName; node != "vouched" {
		t.Errorf("the pod that names eu went to %s", node)
	}
	w.place(harness.NewPod("labelled", harness.SharedGPU(4*GiB, 10)).Labelled("data", "personal"))
	if node := w.bound("labelled").Spec.NodeName; node != "vouched" {
		t.Errorf("the pod with personal data went to %s", node)
	}

	// No room where it may go, plenty where it may not.
	w.create(harness.NewPod("late", harness.SharedGPU(75*GiB, 10)).Annotated("berth.dev/residency", "eu"))
	w.refusedSaying("late", "node does not meet the pod's requirements")
	explained, err := w.berth.Explain(w.ctx, w.namespace, "late")
	w.must(err)
	if !strings.Contains(explained, "it does not meet eu") {
		t.Errorf("explain does not name the requirement:\n%s", explained)
	}
	w.create(harness.NewPod("stranger", harness.SharedGPU(4*GiB, 10)).Annotated("berth.dev/residency", "moon"))
	w.refused("stranger", nobodyFits(2, "unknown requirement: berth.dev/residency"))
	w.check()
}
