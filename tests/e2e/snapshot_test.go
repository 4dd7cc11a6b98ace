package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/berth/tests/e2e/harness"
)

// What Berth knows of the live cluster, saved, is the cluster for berth plan: taken room is taken, what waits waits.
func TestASnapshotOfTheLiveClusterIsPlannedWith(t *testing.T) {
	w := newWorld(t, budget, setup{}, harness.SharedNode("shared", 1).Memory(40*GiB), harness.WholeNode("whole", 4))
	w.place(harness.NewPod("half", harness.SharedGPU(20*GiB, 50)), harness.NewPod("two-gpus", harness.WholeGPUs(2)))
	w.create(harness.NewPod("wants", harness.SharedGPU(30*GiB, 0)))
	w.refusedSaying("wants", "insufficient device memory")

	page, err := w.berth.Page(w.ctx, "/api/v1/snapshot")
	w.must(err)
	file := filepath.Join(t.TempDir(), "cluster.json")
	w.must(os.WriteFile(file, []byte(page), 0o600))
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{nil, w.namespace + "/wants  nowhere"},
		{[]string{"--rebalance", "berth.dev/gpu-memory=20480"}, "fits as it is, on shared"},
		{[]string{"--rebalance", "nvidia.com/gpu=2"}, "fits as it is, on whole"},
		{[]string{"--rebalance", "nvidia.com/gpu=3"}, "No room for nvidia.com/gpu=3"},
	} {
		flags := append([]string{"plan", "--cluster", file}, test.flags...)
		output, err := exec.CommandContext(w.ctx, os.Getenv("BERTH_BINARY"), flags...).CombinedOutput()
		if err != nil || !strings.Contains(string(output), test.want) {
			t.Errorf("berth %s: %v, want %q in:\n%s", strings.Join(flags, " "), err, test.want, output)
		}
	}
	w.check()
}
