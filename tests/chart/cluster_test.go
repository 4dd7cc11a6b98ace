package chart

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

// cluster is the control plane with controllers, kubelets and a default scheduler, so that what helm and kubectl, the programs, are told
// to do happens.
type cluster struct {
	t          *testing.T
	ctx        context.Context
	kubelet    *harness.Kubelet
	tools      string // Directory of helm and kubectl.
	kubeconfig string
	home       string
}

func newCluster(t *testing.T, budget time.Duration, nodes ...harness.Node) *cluster {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("running the chart's containers needs the right to chroot")
	}
	if err := startPlane(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	t.Cleanup(cancel)
	c := &cluster{t: t, ctx: ctx, tools: t.TempDir(), home: t.TempDir()}
	c.kubeconfig = filepath.Join(c.home, "admin")
	c.must(plane.AdminKubeconfig(c.kubeconfig))
	c.must(os.Symlink(os.Getenv("HELM"), filepath.Join(c.tools, "helm")))
	c.must(os.Symlink(filepath.Join(os.Getenv("BERTH_CONTROL_PLANE"), "kubectl"), filepath.Join(c.tools, "kubectl")))
	c.must(harness.WipePods(ctx, plane.Admin, metav1.NamespaceAll)) // Of tests without kubelets, which would take room.
	for _, node := range append(nodes, harness.Node{Name: "cpu-1"}) {
		object := node.Object()
		object.Status.Allocatable[corev1.ResourceEphemeralStorage] = resource.MustParse("100Gi")
		_, err := plane.Admin.CoreV1().Nodes().Create(ctx, object, metav1.CreateOptions{})
		c.must(err)
	}
	controllers, err := plane.StartControllers(ctx)
	c.must(err)
	scheduler, err := plane.StartScheduler(ctx, harness.SchedulerOptions{Configuration: []byte(defaultScheduler())})
	c.must(err)
	c.kubelet = plane.StartKubelet(t.TempDir(), c.images())
	t.Cleanup(func() {
		if t.Failed() {
			c.showLogs()
		}
		c.kubelet.Close()
		scheduler.Kill()
		controllers.Kill()
		if err := harness.WipeNodes(context.Background(), plane.Admin); err != nil {
			t.Error(err)
		}
	})
	return c
}

func defaultScheduler() string {
	return `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {leaderElect: false}
clientConnection: {kubeconfig: ` + filepath.Join(filepath.Dir(plane.CAFile()), "kube-scheduler.kubeconfig") + "}\n"
}

// images are that of Berth, as its Dockerfile makes it, and one of kube-scheduler.
func (c *cluster) images() map[string]harness.ContainerImage {
	c.t.Helper()
	directory := c.t.TempDir()
	berth, scheduler := filepath.Join(directory, "berth"), filepath.Join(directory, "kube-scheduler")
	output, err := exec.CommandContext(c.ctx, "../../scripts/image", "root", berth, os.Getenv("BERTH_BINARY")).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%v\n%s", err, output)
	}
	bin := filepath.Join(scheduler, "usr/local/bin")
	c.must(os.MkdirAll(bin, 0o755))
	program, err := os.ReadFile(filepath.Join(os.Getenv("BERTH_CONTROL_PLANE"), "kube-scheduler"))
	c.must(err)
	c.must(os.WriteFile(filepath.Join(bin, "kube-scheduler"), program, 0o755))
	return map[string]harness.ContainerImage{
		"berth":          {Root: berth, Entrypoint: "/usr/bin/berth"},
		"kube-scheduler": {Root: scheduler, Listen: func(address string) []string { return []string{"--bind-address=" + address} }},
	}
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// shell runs commands as an administrator types them, in the directory, and returns what they print. The address of the
// project's repository leads to this tree.
func (c *cluster) shell(directory, commands string) string {
	c.t.Helper()
	root, err := filepath.Abs("../..")
	c.must(err)
	command := exec.CommandContext(c.ctx, "bash", "-euo", "pipefail", "-c", commands)
	command.Dir = directory
	command.Env = []string{"PATH=" + c.tools + ":" + os.Getenv("PATH"), "HOME=" + c.home, "KUBECONFIG=" + c.kubeconfig,
		"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=url.file://" + root + ".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/berth-dev/berth",
		"GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*"}
	output, err := command.CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s\n%v\n%s", commands, err, output)
	}
	c.t.Logf("%s\n%s", commands, output)
	return string(output)
}

// isHealthy complains of what no run may show: a container that was started again, a right that was missed.
func (c *cluster) isHealthy(namespace string) {
	c.t.Helper()
	if err := c.kubelet.Err(); err != nil {
		c.t.Error(err)
	}
	pods, err := plane.Admin.CoreV1().Pods(namespace).List(c.ctx, metav1.ListOptions{})
	c.must(err)
	for i := range pods.Items {
		for _, status := range pods.Items[i].Status.ContainerStatuses {
			if status.RestartCount != 0 {
				c.t.Errorf("%s/%s was started again %d times", pods.Items[i].Name, status.Name, status.RestartCount)
			}
		}
	}
	logs := c.kubelet.Logs()
	if len(logs) == 0 {
		c.t.Error("no container logged anything")
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		c.must(err)
		for line := range strings.Lines(string(text)) {
			if strings.Contains(strings.ToLower(line), "forbidden") {
				c.t.Errorf("%s: %s", filepath.Base(path), line)
			}
		}
	}
}

// isEmpty complains of what a removed release leaves behind. The keys of records stay: pods that run on carry records
// that they prove.
func (c *cluster) isEmpty(namespace string) {
	c.t.Helper()
	left := func() error {
		found, err := exec.CommandContext(c.ctx, filepath.Join(c.tools, "kubectl"), "--kubeconfig", c.kubeconfig, "--namespace", namespace, "get",
			"deployments,replicasets,pods,services,configmaps,secrets,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,"+
				"poddisruptionbudgets,networkpolicies,validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingadmissionpolicies",
			"--selector", "app.kubernetes.io/part-of=berth", "--output", "name").CombinedOutput()
		if text := strings.TrimSpace(strings.Replace(string(found), "secret/berth-record-keys", "", 1)); err != nil || text != "" {
			return fmt.Errorf("%s (%v)", text, err)
		}
		return nil
	}
	deadline := time.Now().Add(time.Minute)
	for err := left(); err != nil; err = left() {
		if time.Now().After(deadline) {
			c.t.Fatalf("after its removal there are still: %v", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (c *cluster) showLogs() {
	for _, path := range c.kubelet.Logs() {
		text, _ := os.ReadFile(path) // Only to show it.
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		c.t.Logf("---- %s\n%s", filepath.Base(path), strings.Join(lines[max(0, len(lines)-30):], "\n"))
	}
}
