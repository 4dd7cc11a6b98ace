package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

const load = 300

// loaded is a world in which so many pods are being bound: a third is, the rest is on its way.
func loaded(t *testing.T, want setup) *world {
	t.Helper()
	w := newWorld(t, patient, want, sharedNodes(30, 4, 40*GiB)...)
	w.must(w.scheduler.Pause()) // Else it might be done before all pods are made.
	w.create(harness.Pods(load, "pod", harness.SharedGPU(12*GiB, 25))...)
	w.must(w.scheduler.Resume())
	w.waitCount(time.Minute, load/3)
	return w
}

// unfinished fails the test if there was nothing left to disturb.
func (w *world) unfinished() {
	w.t.Helper()
	bound := w.seen.Bound()
	if bound == load {
		w.t.Fatal("all pods were bound before the fault: this proves nothing")
	}
	w.t.Logf("%d of %d pods were bound when the fault struck", bound, load)
}

func TestBerthKilledInTheMiddleOfBinds(t *testing.T) {
	w := loaded(t, setup{})
	w.berth.Kill()
	w.unfinished()
	w.must(w.berth.Start(w.ctx))
	w.waitCount(time.Minute, load)
	w.check()
}

func TestAPIServerCrashedUnderLoad(t *testing.T) {
	w := loaded(t, setup{})
	w.crashAPIServer()
	w.unfinished()
	w.must(plane.StartAPIServer(w.ctx))
	w.waitCount(time.Minute, load)
	w.check()
}

func TestBerthCutOffFromTheAPIServerUnderLoad(t *testing.T) {
	w := loaded(t, setup{proxied: true})
	w.proxy.Cut() // Bindings on their way may or may not have arrived: Berth cannot know.
	w.unfinished()
	w.quiet(3 * time.Second)
	w.proxy.Mend()
	w.waitCount(time.Minute, load)
	w.check()
}

// The binding has arrived, the answer is lost, and the watch has not shown it yet: the room is taken all the same.
func TestABindingWhoseAnswerIsLostKeepsItsRoom(t *testing.T) {
	w := newWorld(t, patient, setup{proxied: true, lag: 3 * time.Second}, harness.SharedNode("a", 1).Memory(40*GiB))
	w.quiet(4 * time.Second) // Berth has heard of everything so far.
	w.proxy.LoseBindingAnswers(true)
	w.place(harness.NewPod("first", harness.SharedGPU(30*GiB, 0)))
	w.create(harness.Pods(3, "next", harness.SharedGPU(30*GiB, 0))...)
	w.refused("next-2", nobodyFits(1, "insufficient device memory"))
	w.proxy.LoseBindingAnswers(false)
	w.quiet(5 * time.Second)
	w.check()
	if bound := w.seen.Bound(); bound != 1 {
		t.Errorf("%d pods are bound, there is room for 1", bound)
	}
}

// While Berth is cut off, pods come and go; then the API server has forgotten the history that Berth asks for (410).
func TestAnExpiredWatchIsListedAgain(t *testing.T) {
	w := newWorld(t, patient, setup{proxied: true}, sharedNodes(2, 2, 40*GiB)...)
	w.place(harness.Pods(4, "old", harness.SharedGPU(30*GiB, 0))...)
	w.check()
	expired := w.proxy.Expired()

	revision := w.pod("old-0").ResourceVersion
	w.proxy.Cut()
	w.delete("old-0")
	w.delete("old-1")
	static := harness.NewPod("static", harness.SharedGPU(5*GiB, 0))
	static.Node = "node-000"
	w.create(static)
	w.crashAPIServer() // Its watch cache starts anew: older revisions are gone.
	w.must(plane.StartAPIServer(w.ctx))
	w.forgotten(revision)
	w.proxy.Mend()

	w.eventually(30*time.Second, "the API server ends a watch of Berth's with 410", func() error {
		if w.proxy.Expired() == expired {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	w.eventually(quick, "Berth has learnt of the pod that came meanwhile", func() error { return w.holds("node-000", "static") })
	w.place(harness.Pods(2, "new", harness.SharedGPU(30*GiB, 0))...) // In the room of those that went.
	w.create(harness.NewPod("no-room", harness.SharedGPU(30*GiB, 0)))
	w.refused("no-room", nobodyFits(2, "insufficient device memory"))
}

// forgotten makes sure that the API server can no longer tell what happened since the revision.
func (w *world) forgotten(revision string) {
	w.t.Helper()
	watch, err := w.client.CoreV1().Pods("").Watch(w.ctx, metav1.ListOptions{ResourceVersion: revision})
	w.must(err)
	defer watch.Stop()
	event := <-watch.ResultChan()
	if status, ok := event.Object.(*metav1.Status); !ok || status.Code != http.StatusGone {
		w.t.Fatalf("a watch from revision %s begins with %s %v, want 410", revision, event.Type, event.Object)
	}
}

// holds checks that Berth counts the pod on the node.
func (w *world) holds(node, pod string) error {
	nodes, err := w.berth.Nodes(w.ctx)
	if err != nil {
		return err
	}
	for _, view := range nodes {
		for _, device := range view.Devices {
			if view.Name == node && slices.ContainsFunc(device.Allocations, func(p harness.PodView) bool { return p.Name == pod }) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s is not on %s", pod, node)
}

func TestPodsWaitWhileBerthIsDownAndThenGoThrough(t *testing.T) {
	w := newWorld(t, patient, setup{}, sharedNodes(3, 2, 40*GiB)...)
	code, err := w.berth.Terminate(20 * time.Second)
	w.must(err)
	if code != 0 {
		t.Errorf("Berth ended with exit code %d on SIGTERM", code)
	}
	w.create(harness.Pods(5, "pod", harness.SharedGPU(20*GiB, 0))...)
	w.refusedSaying("pod-0", "connection refused")
	if bound := w.seen.Bound(); bound != 0 {
		t.Errorf("%d pods were bound without Berth", bound)
	}
	w.must(w.berth.Start(w.ctx))
	w.waitCount(30*time.Second, 5)
	w.check()
}
