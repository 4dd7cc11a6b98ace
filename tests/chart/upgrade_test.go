package chart

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
	"berth.dev/berth/tests/e2e/oracle"
)

// Pods come while helm replaces every Pod of Berth by one of the next version, and back: all are bound, no device is over
// capacity. No release is out yet, so the version before is this chart with another number and tag.
func TestUpgradeAndRollbackUnderLoad(t *testing.T) {
	const namespace, release, pods = "upgrade", "upgrade-pods", 400
	var nodes []harness.Node
	for i := range pods / 10 { // The last pod finds the last place: a device promised twice is over capacity.
		nodes = append(nodes, harness.SharedNode(fmt.Sprintf("node-%02d", i), 5).Memory(24*harness.GiB))
	}
	c := newCluster(t, 8*time.Minute, nodes...)
	before := filepath.Join(t.TempDir(), "berth")
	c.must(os.CopyFS(before, os.DirFS(Path)))
	c.shell(before, `sed --in-place --expression='s/^version: .*/version: 0.0.9/' --expression='s/^appVersion: .*/appVersion: 0.0.9/' Chart.yaml
grep --quiet 'version: 0.0.9' Chart.yaml`)
	const values = `--set scheduler.leaderElection.leaseDuration=6s,scheduler.leaderElection.renewDeadline=4s,scheduler.leaderElection.retryPeriod=1s,config.kubernetes.bindTimeout=2s`
	c.shell(before, "helm install berth . --namespace "+namespace+" --create-namespace --wait --timeout 120s "+values)

	_, err := plane.Admin.CoreV1().Namespaces().Create(c.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: release}}, metav1.CreateOptions{})
	c.must(err)
	seen, err := harness.WatchPods(c.ctx, plane.Admin, release)
	c.must(err)
	defer seen.Stop()
	stop := make(chan struct{})
	created := make(chan int)
	go func() { created <- createSteadily(c.ctx, release, pods, stop) }()

	c.must(seen.WaitBound(c.ctx, 20)) // By the version before.
	c.replaces(seen, "helm upgrade berth . --namespace "+namespace+" --wait --timeout 120s --reuse-values")
	c.runs(namespace, versionOf(c.t))
	c.replaces(seen, "helm rollback berth 1 --namespace "+namespace+" --wait --timeout 120s")
	c.runs(namespace, "0.0.9")
	close(stop)
	count := <-created
	c.must(seen.WaitBound(c.ctx, count))

	nodeList, err := plane.Admin.CoreV1().Nodes().List(c.ctx, metav1.ListOptions{})
	c.must(err)
	podList, err := plane.Admin.CoreV1().Pods(release).List(c.ctx, metav1.ListOptions{})
	c.must(err)
	if _, broken := oracle.Count(nodeList.Items, podList.Items); len(broken) > 0 {
		t.Errorf("%d complaints, first: %s", len(broken), broken[0])
	}
	c.isHealthy(namespace)
	c.shell(Path, "helm uninstall berth --namespace "+namespace+" --wait")
	c.isEmpty(namespace)
	c.must(harness.WipePods(c.ctx, plane.Admin, release))
}

// replaces runs the command, and waits until a pod is bound by whoever leads after it.
func (c *cluster) replaces(seen *harness.PodLog, command string) {
	c.t.Helper()
	began := time.Now()
	c.shell(Path, command)
	took, bound := time.Since(began), seen.Bound()
	c.must(seen.WaitBound(c.ctx, bound+1))
	c.t.Logf("replaced within %.1f s, binding goes on after %.1f s", took.Seconds(), time.Since(began).Seconds())
}

// createSteadily makes ten pods a second until it is stopped or all are made, then the rest at once; it returns how many.
func createSteadily(ctx context.Context, namespace string, most int, stop <-chan struct{}) int {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := range most {
		pod := harness.NewPod(fmt.Sprintf("pod-%03d", i), harness.SharedGPU(12*harness.GiB, 50))
		if err := harness.CreatePods(ctx, plane.Admin, namespace, pod); err != nil {
			return i
		}
		select {
		case <-stop:
			stop = nil
			tick.Reset(time.Millisecond)
		case <-tick.C:
		}
	}
	return most
}

// runs complains unless all Pods of Berth are of the version.
func (c *cluster) runs(namespace, version string) {
	c.t.Helper()
	pods, err := plane.Admin.CoreV1().Pods(namespace).List(c.ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=berth"})
	c.must(err)
	for i := range pods.Items {
		if pods.Items[i].DeletionTimestamp == nil && pods.Items[i].Labels["app.kubernetes.io/version"] != version {
			c.t.Errorf("%s is of version %s, want %s", pods.Items[i].Name, pods.Items[i].Labels["app.kubernetes.io/version"], version)
		}
	}
}

func versionOf(t *testing.T) string {
	t.Helper()
	chart, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return chart.Metadata.AppVersion
}
