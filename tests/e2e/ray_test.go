package e2e

import (
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

// A deployment of one replica that holds four requests, each for a second.
//
//go:embed ray_app.py
var rayApp []byte

// A real model server under load: Ray Serve, which needs no model to be downloaded. Berth scrapes the page that Ray
// itself exports, and the load decides where the next pod docks.
func TestTheLoadOfARealRayServeIsSeenInTheScore(t *testing.T) {
	python := os.Getenv("BERTH_RAY_PYTHON")
	if python == "" {
		t.Skip("BERTH_RAY_PYTHON names no Python with ray[serve]; scripts/test --full brings one")
	}
	w := newWorld(t, 6*time.Minute, setup{more: askedOften}, harness.SharedNode("a", 1), harness.SharedNode("b", 1))
	dir := t.TempDir()
	app := filepath.Join(dir, "ray_app.py")
	w.must(os.WriteFile(app, rayApp, 0o600))
	metrics, err := harness.FreePort()
	w.must(err)
	door, err := harness.FreePort()
	w.must(err)
	t.Setenv("RAY_USAGE_STATS_ENABLED", "0")
	// Ray puts sockets below its directory, whose path has to be short: a socket's has at most 107 characters.
	short, err := os.MkdirTemp("", "ray")
	w.must(err)
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	ray, err := harness.StartProcess("ray", filepath.Join(dir, "ray.log"), python, app,
		strconv.Itoa(metrics), strconv.Itoa(door), short)
	w.must(err)
	defer func() {
		if _, err := ray.Terminate(20 * time.Second); err != nil {
			ray.Kill()
		}
	}()
	w.eventually(4*time.Minute, "Ray Serve answers", func() error {
		if ray.Exited() {
			t.Fatalf("ray ended: %s", ray.LogTail(20))
		}
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/?s=0", door))
		if err != nil {
			return err
		}
		return response.Body.Close()
	})

	server := harness.NewPod("server", harness.SharedGPU(8*GiB, 10)).Annotated("berth.dev/engine", "ray-serve").
		Annotated("prometheus.io/port", strconv.Itoa(metrics)).Annotated("berth.dev/max-batch", "4")
	server.Only = "a"
	w.place(server)
	w.serves("server")

	// Twelve clients on four places keep it full.
	stop := make(chan struct{})
	defer close(stop)
	for range 12 {
		go func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/?s=1", door)); err == nil {
					_ = response.Body.Close()
				} else {
					time.Sleep(100 * time.Millisecond)
				}
			}
		}()
	}
	w.loadIs("a", 0.9)
	// Binpack alone would put it beside the server.
	w.place(harness.NewPod("beside", harness.SharedGPU(8*GiB, 30)))
	if node := w.bound("beside").Spec.NodeName; node != "b" {
		t.Errorf("the pod went to %s, whose device is full", node)
	}
	w.check()
}
