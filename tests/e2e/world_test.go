package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"berth.dev/berth/tests/e2e/harness"
	"berth.dev/berth/tests/e2e/oracle"
)

const GiB = harness.GiB

// world is a test's own namespace and nodes on the shared control plane, with a Berth and a scheduler.
type world struct {
	*stack
	t         *testing.T
	ctx       context.Context // Ends when the test's time is up.
	client    kubernetes.Interface
	namespace string
	seen      *harness.PodLog
	logStart  int64    // Where the test begins in Berth's log.
	further   []string // Namespaces beside its own.
	restarted bool     // The API server was; until it has read its roles it says "forbidden" to everyone.
}

var worlds atomic.Int32

// newWorld gives the test so much time, the wiring it wants, and these nodes.
func newWorld(t *testing.T, budget time.Duration, want setup, nodes ...harness.Node) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	t.Cleanup(cancel)
	s, err := useStack(ctx, want)
	if err != nil {
		stopStack()
		t.Fatal(err)
	}
	w := &world{stack: s, t: t, ctx: ctx, client: plane.Admin, namespace: fmt.Sprintf("e2e-%d", worlds.Add(1))}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
	_, err = w.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	w.must(err)
	w.logStart = s.berth.LogSize()
	t.Cleanup(w.leave)
	w.seen, err = harness.WatchPods(ctx, w.client, w.namespace)
	w.must(err)
	w.addNodes(nodes...)
	return w
}

// leave cleans up for the next test, and shows the logs if this one failed.
func (w *world) leave() {
	if w.t.Failed() {
		for _, p := range w.processes() {
			w.t.Logf("---- %s\n%s", p.Name, p.LogTail(40))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, namespace := range append(w.further, w.namespace) {
		if err := harness.WipePods(ctx, w.client, namespace); err != nil {
			w.t.Error(err)
		}
	}
	if err := harness.WipeNodes(ctx, w.client); err != nil {
		w.t.Error(err)
	}
	if !w.restarted && strings.Contains(w.berth.LogSince(w.logStart), "forbidden") {
		w.t.Error("Berth tried what it has no right to: its log says forbidden")
	}
	if w.t.Failed() {
		stopStack() // Whatever state it is in, the next test shall not inherit it.
		return
	}
	w.ctx = ctx
	w.eventually(10*time.Second, "Berth has seen all nodes go", func() error {
		nodes, err := w.berth.Nodes(ctx)
		if err == nil && len(nodes) > 0 {
			err = fmt.Errorf("%d nodes left", len(nodes))
		}
		return err
	})
}

// crashAPIServer kills the API server; plane.StartAPIServer brings it back with the same data.
func (w *world) crashAPIServer() {
	w.restarted = true
	plane.KillAPIServer()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// eventually polls until the check passes; it fails the test with the check's last complaint.
func (w *world) eventually(within time.Duration, what string, check func() error) {
	w.t.Helper()
	deadline := time.After(within)
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			w.t.Fatalf("not within %v: %s: %v", within, what, err)
		case <-w.ctx.Done():
			w.t.Fatalf("the test's time is up: %s: %v", what, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (w *world) addNodes(nodes ...harness.Node) {
	w.t.Helper()
	var objects []*corev1.Node
	for _, node := range nodes {
		objects = append(objects, node.Object())
	}
	w.must(harness.CreateNodes(w.ctx, w.client, objects...))
	w.eventually(10*time.Second, "Berth knows the nodes", func() error {
		known, err := w.berth.Nodes(w.ctx)
		if err == nil && len(known) < len(nodes) {
			err = fmt.Errorf("it knows %d of %d", len(known), len(nodes))
		}
		return err
	})
}

// create posts pods and does not wait.
func (w *world) create(pods ...harness.Pod) {
	w.t.Helper()
	w.must(harness.CreatePods(w.ctx, w.client, w.namespace, pods...))
}

// place posts pods and waits until all of them are bound.
func (w *world) place(pods ...harness.Pod) {
	w.t.Helper()
	w.create(pods...)
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Name)
	}
	w.waitBound(20*time.Second, names...)
}

func (w *world) waitBound(within time.Duration, names ...string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, within)
	defer cancel()
	if err := w.seen.WaitPods(ctx, names...); err != nil {
		w.t.Fatalf("%v\n%s", err, w.describe())
	}
}

// waitCount waits until so many pods have been bound.
func (w *world) waitCount(within time.Duration, count int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, within)
	defer cancel()
	if err := w.seen.WaitBound(ctx, count); err != nil {
		w.t.Fatalf("want %d: %v\n%s", count, err, w.describe())
	}
}

// bound returns the pod as it was when its node appeared.
func (w *world) bound(name string) *corev1.Pod {
	w.t.Helper()
	binding, ok := w.seen.Binding(name)
	if !ok {
		w.t.Fatalf("pod %s is not bound\n%s", name, w.describe())
	}
	return binding.Pod
}

func (w *world) pod(name string) *corev1.Pod {
	w.t.Helper()
	pod, err := w.client.CoreV1().Pods(w.namespace).Get(w.ctx, name, metav1.GetOptions{})
	w.must(err)
	return pod
}

// delete removes a pod; one that lingers only begins to terminate.
func (w *world) delete(name string) {
	w.t.Helper()
	w.must(w.client.CoreV1().Pods(w.namespace).Delete(w.ctx, name, metav1.DeleteOptions{}))
}

func (w *world) lists() ([]corev1.Node, []corev1.Pod) {
	w.t.Helper()
	nodes, err := w.client.CoreV1().Nodes().List(w.ctx, metav1.ListOptions{})
	w.must(err)
	pods, err := w.client.CoreV1().Pods(w.namespace).List(w.ctx, metav1.ListOptions{})
	w.must(err)
	return nodes.Items, pods.Items
}

// describe lists the pods that wait, and why.
func (w *world) describe() string {
	pods, err := w.client.CoreV1().Pods(w.namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	var text strings.Builder
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Spec.NodeName != "" || text.Len() > 4000 {
			continue
		}
		fmt.Fprintf(&text, "pod %s waits:", pod.Name)
		for _, condition := range pod.Status.Conditions {
			fmt.Fprintf(&text, " [%s %s: %s]", condition.Type, condition.Reason, condition.Message)
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// check counts every device twice: from the API server's objects by the oracle, which finds nothing over capacity,
// and by Berth, which comes to the same numbers and has no alarm of its own.
func (w *world) check() {
	w.t.Helper()
	cluster, broken := oracle.Count(w.lists())
	w.complain(broken)
	w.eventually(10*time.Second, "Berth and the oracle agree", func() error {
		views, err := w.berth.Nodes(w.ctx)
		if err != nil {
			return err
		}
		return compare(cluster, views)
	})
	if over := w.metric("berth_overcommitted_devices"); over != 0 {
		w.t.Errorf("Berth counts %v devices over capacity", over)
	}
}

// complain reports the first few of what may be many.
func (w *world) complain(all []string) {
	w.t.Helper()
	for i, text := range all {
		if i == 5 {
			w.t.Errorf("... and %d more", len(all)-i)
			return
		}
		w.t.Error(text)
	}
}

func compare(cluster oracle.Cluster, views []harness.NodeView) error {
	if len(views) != len(cluster) {
		return fmt.Errorf("berth knows %d nodes of %d", len(views), len(cluster))
	}
	for _, view := range views {
		node, known := cluster[view.Name]
		if !known {
			return fmt.Errorf("berth knows node %q, the API server does not", view.Name)
		}
		if view.Mode == "whole" && view.Allocated != node.Taken {
			return fmt.Errorf("node %s: berth counts %d devices taken, the oracle %d", view.Name, view.Allocated, node.Taken)
		}
		if view.Mode == "shared" && len(view.Devices) != len(node.Devices) {
			return fmt.Errorf("node %s: berth sees %d devices of %d", view.Name, len(view.Devices), len(node.Devices))
		}
		for _, d := range view.Devices {
			want := node.Devices[d.ID]
			if want == nil {
				return fmt.Errorf("node %s: berth invented device %q", view.Name, d.ID)
			}
			if d.AllocatedMemoryMiB != want.TakenMemoryMiB || d.AllocatedCoresPercent != want.TakenCores {
				return fmt.Errorf("node %s device %s: berth counts %d MiB and %d percent taken, the oracle %d and %d",
					view.Name, d.ID, d.AllocatedMemoryMiB, d.AllocatedCoresPercent, want.TakenMemoryMiB, want.TakenCores)
			}
		}
	}
	return nil
}

// failures are the texts of the pod's FailedScheduling events; of all pods when the name is empty.
func (w *world) failures(pod string) []string {
	w.t.Helper()
	events, err := w.client.CoreV1().Events(w.namespace).List(w.ctx, metav1.ListOptions{})
	w.must(err)
	var texts []string
	for _, event := range events.Items {
		if event.Reason == "FailedScheduling" && (pod == "" || event.InvolvedObject.Name == pod) {
			texts = append(texts, event.Message)
		}
	}
	return texts
}

// refused waits for a FailedScheduling event of exactly this text.
func (w *world) refused(pod, text string) {
	w.t.Helper()
	w.awaitFailure(pod, text, func(got string) bool { return got == text })
}

// refusedSaying waits for a FailedScheduling event that contains the text.
func (w *world) refusedSaying(pod, text string) {
	w.t.Helper()
	w.awaitFailure(pod, text, func(got string) bool { return strings.Contains(got, text) })
}

func (w *world) awaitFailure(pod, want string, match func(string) bool) {
	w.t.Helper()
	w.eventually(15*time.Second, pod+" is refused", func() error {
		texts := w.failures(pod)
		if slices.ContainsFunc(texts, match) {
			return nil
		}
		return fmt.Errorf("\nwant %q\ngot  %q\n%s", want, texts, w.describe())
	})
}

// nobodyFits is kube-scheduler's text when Berth gives one reason for all nodes.
func nobodyFits(nodes int, reason string) string {
	return fmt.Sprintf("0/%[1]d nodes are available: %[1]d %[2]s. preemption: 0/%[1]d nodes are available: "+
		"%[1]d Preemption is not helpful for scheduling.", nodes, reason)
}
