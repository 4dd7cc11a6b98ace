package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

const namespace = "throughput"

// load is what every set-up has to bear.
type load struct {
	pods, repeats int
	percentage    int32
	qps           float32
}

// cpu is processor time per pod in milliseconds.
type cpu struct {
	Scheduler float64 `json:"scheduler"`
	APIServer float64 `json:"apiserver"`
	Etcd      float64 `json:"etcd"`
	Berth     float64 `json:"berth,omitempty"`
}

type run struct {
	podsPerSecond float64
	cpu           cpu
}

// bench is a control plane with nodes.
type bench struct {
	plane *harness.ControlPlane
	dir   string
	nodes int
}

func newBench(ctx context.Context, binaries string, nodes int) (*bench, error) {
	dir, err := os.MkdirTemp("", "berth-throughput-")
	if err != nil {
		return nil, err
	}
	plane, err := harness.StartControlPlane(ctx, binaries, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	b := &bench{plane: plane, dir: dir, nodes: nodes}
	if err := b.fill(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	b.plane.Stop()
	if err := os.RemoveAll(b.dir); err != nil {
		log.Print(err)
	}
}

func (b *bench) fill(ctx context.Context) error {
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if _, err := b.plane.Admin.CoreV1().Namespaces().Create(ctx, space, metav1.CreateOptions{}); err != nil {
		return err
	}
	nodes := make([]*corev1.Node, b.nodes)
	for i := range nodes {
		nodes[i] = realistic(harness.SharedNode(fmt.Sprintf("gpu-node-%05d", i), 8).Object())
	}
	start := time.Now()
	if err := harness.CreateNodes(ctx, b.plane.Admin, nodes...); err != nil {
		return err
	}
	log.Printf("%d nodes made in %.1f s", b.nodes, time.Since(start).Seconds())
	return nil
}

// realistic fills a node up to what a node of a busy cluster weighs, about 14 kB: labels, an annotation, images.
func realistic(node *corev1.Node) *corev1.Node {
	for i := range 24 {
		node.Labels[fmt.Sprintf("feature.node.kubernetes.io/cpu-cpuid.FEATURE%02d", i)] = "true"
	}
	node.Annotations = map[string]string{"csi.volume.kubernetes.io/nodeid": `{"disk.csi.example.com":"` + node.Name + `"}`}
	for i := range 50 {
		node.Status.Images = append(node.Status.Images, corev1.ContainerImage{
			Names: []string{
				fmt.Sprintf("registry.example/team-%02d/model-server@sha256:%064d", i, i),
				fmt.Sprintf("registry.example/team-%02d/model-server:v1.2.%d", i, i),
			},
			SizeBytes: int64(i) << 20,
		})
	}
	return node
}

// compare runs every set-up in turn, `repeats` times over.
func (b *bench) compare(ctx context.Context, setups []setup, l load) ([]row, error) {
	runs := make([][]run, len(setups))
	for repeat := range l.repeats {
		for i, s := range setups {
			measured, err := b.measure(ctx, s, l)
			if err != nil {
				return nil, fmt.Errorf("%d nodes, %s: %w", b.nodes, s.mode, err)
			}
			log.Printf("%d nodes, %d %%, %s shortlist %d, run %d of %d: %.1f pods/s, cpu ms per pod %.1f",
				b.nodes, l.percentage, s.mode, s.shortlist, repeat+1, l.repeats, measured.podsPerSecond, measured.cpu)
			runs[i] = append(runs[i], measured)
		}
	}
	baseline := median(runs[0]).podsPerSecond
	var rows []row
	for i, s := range setups {
		middle := median(runs[i])
		r := row{
			Name: "scheduler", Nodes: b.nodes, Mode: s.mode, Shortlist: s.shortlist, PercentageOfNodes: l.percentage,
			PodsPerSecond: middle.podsPerSecond, BaselinePodsPerSecond: baseline, Ratio: middle.podsPerSecond / baseline,
			Repeats: l.repeats, CPUMillisPerPod: middle.cpu,
		}
		for _, one := range runs[i] {
			r.Runs = append(r.Runs, one.podsPerSecond)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func median(runs []run) run {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b run) int { return cmp.Compare(a.podsPerSecond, b.podsPerSecond) })
	return sorted[len(sorted)/2]
}

// measure takes one rate and leaves the nodes empty again.
func (b *bench) measure(ctx context.Context, s setup, l load) (result run, err error) {
	pods := harness.Pods(l.pods, "pod", harness.SharedGPU(4*harness.GiB, 0))
	if err := harness.CreatePods(ctx, b.plane.Admin, namespace, pods...); err != nil {
		return run{}, err
	}
	defer func() { err = errors.Join(err, harness.WipePods(ctx, b.plane.Admin, namespace)) }()

	url, berth, stop, err := b.extender(ctx, s)
	if err != nil {
		return run{}, err
	}
	defer stop()
	seen, err := harness.WatchPods(ctx, b.plane.Admin, namespace)
	if err != nil {
		return run{}, err
	}
	defer seen.Stop()

	scheduler, err := b.plane.StartScheduler(ctx, harness.SchedulerOptions{
		ExtenderURL: url, PercentageOfNodesToScore: &l.percentage, QPS: l.qps,
	})
	if err != nil {
		return run{}, err
	}
	defer scheduler.Kill()
	// One pod more slowly than one a second and a half is not a rate worth waiting for.
	patience, cancel := context.WithTimeout(ctx, time.Minute+time.Duration(l.pods)*1500*time.Millisecond)
	defer cancel()
	if err := seen.WaitBound(patience, 1); err != nil {
		return run{}, fmt.Errorf("%w\n%s", err, scheduler.LogTail(10))
	}
	before, err := b.usage(scheduler, berth) // From here on: starting up is no pod's fault.
	if err != nil {
		return run{}, err
	}
	if err := seen.WaitBound(patience, l.pods); err != nil {
		return run{}, fmt.Errorf("%w\n%s", err, scheduler.LogTail(10))
	}
	after, err := b.usage(scheduler, berth)
	if err != nil {
		return run{}, err
	}
	perPod := func(of func(cpu) float64) float64 { return (of(after) - of(before)) / float64(l.pods) }
	return run{
		podsPerSecond: float64(l.pods-1) / seen.Span().Seconds(),
		cpu: cpu{
			Scheduler: perPod(func(c cpu) float64 { return c.Scheduler }),
			APIServer: perPod(func(c cpu) float64 { return c.APIServer }),
			Etcd:      perPod(func(c cpu) float64 { return c.Etcd }),
			Berth:     perPod(func(c cpu) float64 { return c.Berth }),
		},
	}, nil
}

// extender starts what the set-up wants, ready to answer. Without extender nothing of it runs: a Berth that only
// watches would cost the baseline processor time.
func (b *bench) extender(ctx context.Context, s setup) (url string, berth *harness.Process, stop func(), err error) {
	switch s.mode {
	case "passall":
		server := harness.NewPassAll(b.plane.Admin)
		return server.URL, nil, server.Close, nil
	case "berth":
		berth, err := b.plane.NewBerth(ctx, harness.BerthOptions{Binary: s.binary, Configuration: fmt.Sprintf(
			"apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\nscheduler: {shortlist: %d}\n", s.shortlist)})
		if err != nil {
			return "", nil, nil, err
		}
		if err := berth.Start(ctx); err != nil {
			return "", nil, nil, err
		}
		return berth.URL(), berth.Process, berth.Kill, nil
	default:
		return "", nil, func() {}, nil
	}
}

// usage reads the processor time so far, in milliseconds.
func (b *bench) usage(scheduler, berth *harness.Process) (cpu, error) {
	var used cpu
	etcd, apiserver := b.plane.Processes()
	for _, reading := range []struct {
		process *harness.Process
		into    *float64
	}{
		{scheduler, &used.Scheduler}, {apiserver, &used.APIServer}, {etcd, &used.Etcd}, {berth, &used.Berth},
	} {
		if reading.process == nil {
			continue // The baseline runs no Berth.
		}
		time, err := reading.process.CPU()
		if err != nil {
			return cpu{}, err
		}
		*reading.into = float64(time.Milliseconds())
	}
	return used, nil
}
