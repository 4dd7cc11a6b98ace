package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

// Shorter than the defaults, in the same proportions.
var election = harness.Election{LeaseDuration: 6 * time.Second, RenewDeadline: 4 * time.Second, RetryPeriod: time.Second}

// resumption is the longest that nobody binds after the leader died: its Lease must run out, kube-scheduler looks at
// it at most every 2.2 retry periods (client-go's jitter), once to see the last renewal and once to take it; 2 s are
// for Berth and the first bind.
func resumption() time.Duration {
	return election.LeaseDuration + 44*election.RetryPeriod/10 + 2*time.Second
}

// pair is a kube-scheduler and the Berth beside it, as they share a Pod in the bundled wiring.
type pair struct {
	host      string
	berth     *harness.Berth
	scheduler *harness.Process
	proxy     *harness.APIProxy // nil: straight to the API server.
}

// newHost is a pair without its programs; proxied: what it says to the API server can be cut off.
func newHost(name string, proxied bool) (*pair, error) {
	p := &pair{host: name}
	var err error
	if proxied {
		p.proxy, err = plane.NewAPIProxy()
	}
	return p, err
}

// apiServer is empty when the pair talks to the control plane's own.
func (p *pair) apiServer() string {
	if p.proxy == nil {
		return ""
	}
	return p.proxy.URL()
}

func newPair(ctx context.Context, number int, proxied bool) (*pair, error) {
	p, err := newHost(fmt.Sprintf("pair-%d", number), proxied)
	if err != nil {
		return nil, err
	}
	configuration := fmt.Sprintf(`apiVersion: berth.dev/v1alpha1
kind: BerthConfiguration
kubernetes: {bindTimeout: 2s}
leadership: {mode: follow, leaseNamespace: %s, leaseName: %s, identity: %s, leaseDuration: %v, renewDeadline: %v, retryPeriod: %v}
`, harness.BerthNamespace, harness.SchedulerLease, p.host, election.LeaseDuration, election.RenewDeadline, election.RetryPeriod)
	p.berth, err = plane.NewBerth(ctx, harness.BerthOptions{
		Binary: os.Getenv("BERTH_BINARY"), Configuration: configuration, Name: "berth-" + p.host, APIServer: p.apiServer()})
	return p, err
}

func (p *pair) start(ctx context.Context) (err error) {
	if err := p.berth.Start(ctx); err != nil {
		return err
	}
	p.scheduler, err = plane.StartScheduler(ctx, harness.SchedulerOptions{
		ExtenderURL: p.berth.URL(), Host: p.host, Election: election, APIServer: p.apiServer()})
	return err
}

// kill ends both at once, as a node that loses power does.
func (p *pair) kill() {
	if p.scheduler != nil {
		p.scheduler.Kill()
	}
	if p.berth != nil && p.berth.Process != nil {
		p.berth.Kill()
	}
}

// startPairs runs two; the first to be started leads.
func (s *stack) startPairs(ctx context.Context) error {
	for number := range 2 {
		p, err := newPair(ctx, number, s.setup.proxied)
		if err != nil {
			return err
		}
		s.pairs = append(s.pairs, p)
		if err := p.start(ctx); err != nil {
			return err
		}
	}
	s.berth, s.scheduler = s.pairs[0].berth, s.pairs[0].scheduler
	return nil
}

// leader is the pair that holds the Lease, and the other.
func (w *world) leader() (leads, waits *pair) {
	w.t.Helper()
	name := harness.SchedulerLease
	if w.setup.elect {
		name = harness.BerthLease
	}
	w.eventually(time.Minute, "somebody holds the Lease, and may bind", func() error {
		lease, err := w.client.CoordinationV1().Leases(harness.BerthNamespace).Get(w.ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for i, p := range w.pairs {
			if lease.Spec.HolderIdentity != nil && strings.HasPrefix(*lease.Spec.HolderIdentity, p.host+"_") {
				leads, waits = p, w.pairs[1-i]
				return leads.leads(w.ctx, 1)
			}
		}
		return fmt.Errorf("held by %v", lease.Spec.HolderIdentity)
	})
	return leads, waits
}

func (p *pair) leads(ctx context.Context, want float64) error {
	metrics, err := p.berth.Metrics(ctx)
	if err == nil && metrics.Sum("berth_leader") != want {
		err = fmt.Errorf("%s: berth_leader is %v, want %v", p.host, metrics.Sum("berth_leader"), want)
	}
	return err
}

// takeovers is how often the leader is killed; scripts/e2e --takeovers sets it.
func takeovers(t *testing.T) int { return timesOf(t, "BERTH_TAKEOVERS", 3) }

// timesOf is a number from the environment.
func timesOf(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 1 {
		t.Fatalf("%s: found %q, expected a number above 0", name, text)
	}
	return count
}

// The pods fill the cluster to the last place, so that a device promised twice is over capacity.
func TestTheLeaderKilledUnderLoad(t *testing.T) {
	count := takeovers(t)
	const pods = 600
	w := newWorld(t, time.Duration(1+count)*time.Minute, setup{pairs: true}, sharedNodes(pods/12, 4, 40*GiB)...)
	for round := range count {
		leads, waits := w.leader()
		w.must(waits.leads(w.ctx, 0))
		if page, err := waits.berth.Page(w.ctx, "/readyz?verbose"); err != nil || !strings.Contains(page, "[+]leadership ok: standby") {
			t.Fatalf("the standby is not ready: %v\n%s", err, page)
		}

		took := w.underLoad(fmt.Sprintf("round-%d", round), pods, func() {
			leads.kill()
			w.berth, w.scheduler = waits.berth, waits.scheduler
		})
		if took > resumption() {
			t.Errorf("nobody bound for %v, want at most %v", took, resumption())
		}
		w.must(leads.start(w.ctx))
	}
}

// A leader that loses the API server and nothing else: it stops by itself, before the other starts.
func TestTheLeaderCutOffUnderLoad(t *testing.T) {
	const pods = 600
	w := newWorld(t, 2*time.Minute, setup{pairs: true, proxied: true}, sharedNodes(pods/12, 4, 40*GiB)...)
	leads, waits := w.leader()
	took := w.underLoad("cut-off", pods, func() {
		leads.proxy.Cut()
		w.berth, w.scheduler = waits.berth, waits.scheduler
	})
	if took > resumption() {
		t.Errorf("nobody bound for %v, want at most %v", took, resumption())
	}
	w.must(leads.leads(w.ctx, 0))
	w.eventually(10*time.Second, "a kube-scheduler that lost its Lease ends", func() error {
		if !leads.scheduler.Exited() {
			return fmt.Errorf("it runs")
		}
		return nil
	})
	leads.kill()
	leads.proxy.Mend()
	w.must(leads.start(w.ctx))
}

// underLoad creates so many pods, interrupts their binding, waits until all are bound and no device is over capacity,
// and deletes them. It returns how long after the interruption began the first of them was bound.
func (w *world) underLoad(name string, pods int, interrupt func()) time.Duration {
	w.t.Helper()
	batch := harness.Pods(pods, name, harness.SharedGPU(12*GiB, 25))
	before := w.seen.Bound()
	created := make(chan error, 1)
	go func() { created <- harness.CreatePods(w.ctx, w.client, w.namespace, batch...) }()
	w.waitCount(time.Minute, before+pods/4)
	began := time.Now()
	bound := w.seen.Bound() - before
	interrupt()
	over := time.Now()
	if bound >= pods {
		w.t.Fatalf("all %d pods were bound before the interruption: this proves nothing", bound)
	}
	w.t.Logf("interrupted with %d of %d pods bound", bound, pods)
	w.must(<-created)
	w.waitCount(time.Minute, before+pods)

	// What was on its way to the API server is seen within a second.
	first := time.Time{}
	for _, pod := range batch {
		binding, _ := w.seen.Binding(pod.Name)
		if binding.At.After(over.Add(time.Second)) && (first.IsZero() || binding.At.Before(first)) {
			first = binding.At
		}
	}
	if first.IsZero() {
		w.t.Fatal("nothing was bound after the interruption: this proves nothing")
	}
	w.t.Logf("binding goes on after %.1f s", first.Sub(began).Seconds())
	w.check()
	w.must(harness.WipePods(w.ctx, w.client, w.namespace))
	return first.Sub(began)
}
