package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

const (
	catalogHead = "apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\nmodels:\n"
	// 20 GB from the remote store take 100 s at the default rate, from the local disk 7 s.
	llama = `  - name: llama
    source: hf://org/llama@1
    engine: vllm
    variants:
      - {name: fp16, precision: fp16, weights: 20G, deviceMemory: 24Gi}
      - {name: int8, precision: int8, weights: 10G, deviceMemory: 12Gi, quality: 0.95}
`
	// 200 MB from the remote store take a second: there is no need to stand in a queue for them.
	tiny = `  - name: tiny
    source: hf://org/tiny@1
    variants:
      - {name: fp16, precision: fp16, weights: 200M, deviceMemory: 8Gi}
`
	askedOften = "telemetry: {interval: 1s, timeout: 900ms}\n"
)

// withWeights labels the node as its agent would: the weights lie on its disk.
func withWeights(node harness.Node, sources ...string) harness.Node {
	for _, source := range sources {
		sum := sha256.Sum256([]byte(source))
		node = node.With("model.berth.dev/"+hex.EncodeToString(sum[:])[:16], "nvme")
	}
	return node
}

// serves makes the bound pod one that runs and whose metrics are on loopback.
func (w *world) serves(name string) {
	w.t.Helper()
	pod := w.bound(name)
	pod.Status.Phase = corev1.PodRunning
	pod.Status.PodIP = "127.0.0.1"
	pod.Status.PodIPs = []corev1.PodIP{{IP: "127.0.0.1"}}
	pod.Status.Conditions = append(pod.Status.Conditions,
		corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue})
	_, err := w.client.CoreV1().Pods(w.namespace).UpdateStatus(w.ctx, pod, metav1.UpdateOptions{})
	w.must(err)
}

// metricIs waits until the sum of a metric is what it should be.
func (w *world) metricIs(within time.Duration, name string, good func(float64) bool, labels ...string) {
	w.t.Helper()
	w.eventually(within, fmt.Sprintf("%s%v", name, labels), func() error {
		metrics, err := w.berth.Metrics(w.ctx)
		if err != nil {
			return err
		}
		if sum := metrics.Sum(name, labels...); !metrics.Has(name) || !good(sum) {
			return fmt.Errorf("it is %v", sum)
		}
		return nil
	})
}

// loadIs waits until the only device of the node is at least so busy.
func (w *world) loadIs(node string, load float64) {
	w.t.Helper()
	w.eventually(time.Minute, "Berth sees the load", func() error {
		views, err := w.berth.Nodes(w.ctx)
		if err != nil {
			return err
		}
		for _, view := range views {
			if view.Name == node && view.Devices[0].Load >= load {
				return nil
			}
		}
		return fmt.Errorf("the nodes are %+v", views)
	})
}

func atLeast(least float64) func(float64) bool { return func(v float64) bool { return v >= least } }

func TestAModelDocksWhereItServesSoonest(t *testing.T) {
	w := newWorld(t, budget, setup{more: askedOften, catalog: catalogHead + llama + tiny},
		harness.SharedNode("cold", 1), harness.SharedNode("busy", 1),
		withWeights(harness.SharedNode("holds", 1), "hf://org/llama@1#fp16", "hf://org/tiny@1#fp16"))

	// Somebody saturates the device of one node.
	page := harness.NewModelServer()
	defer page.Close()
	page.Busy(256, 40)
	server := harness.NewPod("server", harness.SharedGPU(8*GiB, 10)).
		Annotated("berth.dev/engine", "vllm").Annotated("prometheus.io/port", page.Port())
	server.Only = "busy"
	w.place(server)
	w.serves("server")
	w.metricIs(quick, "berth_telemetry_nodes", atLeast(1), "state=fresh")

	// Where the weights are, though every node has room.
	asks := harness.SharedGPU(24*GiB, 50)
	w.place(harness.NewPod("first", asks).Annotated("berth.dev/model", "llama"))
	if node := w.bound("first").Spec.NodeName; node != "holds" {
		t.Errorf("llama went to %s, its weights are on holds", node)
	}
	explained, err := w.berth.Explain(w.ctx, w.namespace, "first")
	w.must(err)
	for _, word := range []string{"model-placement decides: 20.0 GB of fp16 from the local disk", "Decided at"} {
		if !strings.Contains(explained, word) {
			t.Errorf("explain does not say %q:\n%s", word, explained)
		}
	}

	// Neither the saturated device nor, for a second of loading, the one that holds is full enough to be worth it.
	w.place(harness.NewPod("second", harness.SharedGPU(8*GiB, 60)).Annotated("berth.dev/model", "tiny"))
	if node := w.bound("second").Spec.NodeName; node != "cold" {
		t.Errorf("tiny went to %s: busy is saturated, and 60 beside 50 percent on holds is more than a device", node)
	}
	w.check()
}

// An inference server that Berth does not know is read by the names that the configuration gives.
func TestAnEngineOfOnesOwnIsReadByItsConfiguredNames(t *testing.T) {
	w := newWorld(t, budget, setup{more: askedOften +
		"engines: [{name: acme, running: acme_inflight, capacity: acme_slots}]\n"},
		harness.SharedNode("a", 1), harness.SharedNode("b", 1))
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "acme_inflight 12\nacme_slots 12\n")
	}))
	defer page.Close()
	_, port, err := net.SplitHostPort(page.Listener.Addr().String())
	w.must(err)
	server := harness.NewPod("server", harness.SharedGPU(8*GiB, 10)).
		Annotated("berth.dev/engine", "acme").Annotated("prometheus.io/port", port)
	server.Only = "a"
	w.place(server)
	w.serves("server")
	w.loadIs("a", 1)

	// Binpack alone would put it beside the server.
	w.place(harness.NewPod("beside", harness.SharedGPU(8*GiB, 30)))
	if node := w.bound("beside").Spec.NodeName; node != "b" {
		t.Errorf("the pod went to %s, whose device is full", node)
	}
	w.check()
}

// A training pod names no model: what it reads says where it docks.
func TestATrainingPodDocksWhereItsDataIs(t *testing.T) {
	catalog := "apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\n" +
		"datasets: [{name: imagenet, source: 'fluid://ml/imagenet', size: 40G}]\n"
	w := newWorld(t, budget, setup{catalog: catalog}, harness.SharedNode("a", 1), harness.SharedNode("b", 1),
		harness.SharedNode("holds", 1).With("fluid.io/s-h-alluxio-d-ml-imagenet", "64GiB"))
	// Room is packed on a already, and without its data the pod would go there.
	packed := harness.NewPod("packed", harness.SharedGPU(8*GiB, 10))
	packed.Only = "a"
	w.place(packed)
	w.eventually(quick, "Berth knows where the data is", func() error {
		page, err := w.berth.Page(w.ctx, "/api/v1/models")
		if err == nil && !strings.Contains(page, `"holds"`) {
			err = fmt.Errorf("the models are %s", page)
		}
		return err
	})

	w.place(harness.NewPod("other", harness.SharedGPU(8*GiB, 10)))
	if node := w.bound("other").Spec.NodeName; node != "a" {
		t.Errorf("a pod without data went to %s, not beside the other one", node)
	}
	w.place(harness.NewPod("train", harness.SharedGPU(8*GiB, 10)).Annotated("berth.dev/data", "imagenet"))
	if node := w.bound("train").Spec.NodeName; node != "holds" {
		t.Errorf("the pod went to %s, its data is on holds", node)
	}
	explained, err := w.berth.Explain(w.ctx, w.namespace, "train")
	w.must(err)
	for _, word := range []string{"reads imagenet", "model-placement decides: 40.0 GB of imagenet from the local disk: 0.0 s"} {
		if !strings.Contains(explained, word) {
			t.Errorf("explain does not say %q:\n%s", word, explained)
		}
	}

	w.create(harness.NewPod("malformed", harness.SharedGPU(8*GiB, 10)).Annotated("berth.dev/data", ","))
	w.refused("malformed", nobodyFits(3, "malformed annotation: berth.dev/data"))
	w.check()
}

func TestAModelAloneGetsTheVariantThatFits(t *testing.T) {
	w := newWorld(t, budget, setup{catalog: catalogHead + llama},
		harness.SharedNode("small", 1).Memory(16*GiB))
	w.place(harness.NewPod("alone", harness.Resources{"berth.dev/gpu-count": 1}).Annotated("berth.dev/model", "llama"))
	pod := w.bound("alone")
	if got := pod.Annotations["berth.dev/model-variant"]; got != "int8" {
		t.Errorf("the variant is %q, want int8: fp16 does not fit into 16 GiB", got)
	}
	views, err := w.berth.Nodes(w.ctx)
	w.must(err)
	if taken := views[0].Devices[0].AllocatedMemoryMiB; taken != 12*GiB {
		t.Errorf("the pod is charged %d MiB, int8 needs %d", taken, 12*GiB)
	}
	w.create(harness.NewPod("pinned", harness.Resources{"berth.dev/gpu-count": 1}).
		Annotated("berth.dev/model", "llama@fp16"))
	w.refused("pinned", nobodyFits(1, "insufficient device memory"))
}

func TestACatalogThatBreaksIsMissedByNobodyAndOneThatComesWakesPods(t *testing.T) {
	// A catalog, and so a Berth, of its own: it is rewritten.
	w := newWorld(t, budget, setup{catalog: "# of this test\n" + catalogHead + llama}, harness.SharedNode("a", 1))
	asks := harness.Resources{"berth.dev/gpu-count": 1}
	w.create(harness.NewPod("waits", asks).Annotated("berth.dev/model", "tiny"))
	w.refused("waits", nobodyFits(1, "model is not in the catalog"))

	w.must(w.berth.WriteCatalog(catalogHead + "  - name: [broken\n"))
	w.metricIs(quick, "berth_catalog_last_reload_successful", func(v float64) bool { return v == 0 })
	w.place(harness.NewPod("goes-on", asks).Annotated("berth.dev/model", "llama@int8"))
	status, err := w.berth.Page(w.ctx, "/statusz")
	w.must(err)
	if !strings.Contains(status, "Refused") {
		t.Errorf("/statusz does not say that the file is refused:\n%s", status)
	}

	w.must(w.berth.WriteCatalog(catalogHead + llama + tiny))
	w.waitBound(quick, "waits")
	w.metricIs(quick, "berth_catalog_last_reload_successful", func(v float64) bool { return v == 1 })
}

// A real Prometheus scrapes a page; Berth asks Prometheus. When that dies, answers go on.
func TestPrometheusTellsTheLoadAndIsMissedWithoutHarm(t *testing.T) {
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("there is no prometheus here (Debian package prometheus)")
	}
	page := harness.NewModelServer()
	defer page.Close()
	page.Busy(256, 40)
	port, err := harness.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	w := newWorld(t, budget, setup{
		more: fmt.Sprintf("telemetry: {interval: 1s, timeout: 900ms, scrapePods: false, prometheusURL: 'http://%s'}\n", address)},
		harness.SharedNode("a", 1), harness.SharedNode("b", 1))

	dir := t.TempDir()
	configuration := fmt.Sprintf(`global: {scrape_interval: 1s}
scrape_configs:
  - job_name: pods
    static_configs:
      - targets: ['127.0.0.1:%s']
        labels: {namespace: %s, pod: server}
`, page.Port(), w.namespace)
	w.must(os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(configuration), 0o600))
	prometheus, err := harness.StartProcess("prometheus", filepath.Join(dir, "prometheus.log"), binary,
		"--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	w.must(err)
	defer prometheus.Kill()

	// It says nothing of its metrics: Prometheus found them by a configuration of its own.
	server := harness.NewPod("server", harness.SharedGPU(8*GiB, 10))
	server.Only = "a"
	w.place(server)
	w.serves("server")
	w.metricIs(30*time.Second, "berth_telemetry_nodes", atLeast(1), "state=fresh")
	// Binpack alone would put it beside the server.
	w.place(harness.NewPod("beside", harness.SharedGPU(8*GiB, 30)))
	if node := w.bound("beside").Spec.NodeName; node != "b" {
		t.Errorf("the pod went to %s, whose device is saturated", node)
	}

	prometheus.Kill()
	w.metricIs(quick, "berth_telemetry_scrapes_total", atLeast(1), "result=unreachable")
	w.metricIs(quick, "berth_telemetry_degraded", atLeast(1))
	w.place(harness.Pods(3, "later", harness.SharedGPU(4*GiB, 5))...)
	w.check()
}
