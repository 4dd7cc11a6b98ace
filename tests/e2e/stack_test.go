package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	schedulerconfig "k8s.io/kube-scheduler/config/v1"

	"berth.dev/berth/tests/e2e/harness"
)

// setup is how Berth and kube-scheduler are wired for a test. Comparable: tests with equal setups share processes.
type setup struct {
	wiring        harness.Wiring
	weight        int64         // 150 when 0.
	fullNodes     bool          // nodeCacheCapable: false.
	policy        string        // YAML for `policy:` of Berth's configuration.
	configuration string        // YAML, all of Berth's configuration; instead of policy and more.
	more          string        // YAML, sections of Berth's configuration beside policy.
	catalog       string        // YAML of the model catalog; none when empty.
	observes      bool          // Berth only observes, with rights to read alone and a decision log; kube-scheduler does not know it.
	asked         bool          // Beside observes: kube-scheduler asks it to filter.
	mutualTLS     bool          // Between kube-scheduler and Berth, with a decision log; not with tapped.
	tapped        bool          // Calls of kube-scheduler are recorded.
	proxied       bool          // A proxy stands between Berth and the API server; with pairs and elect one for each host.
	pairs         bool          // Two Berths, each with a kube-scheduler of its own: mode follow.
	elect         bool          // Two Berths behind a Service, over mutual TLS: mode elect.
	lag           time.Duration // By which watch events reach Berth late; needs the proxy.
}

// stack is a running Berth with the kube-scheduler that asks it.
type stack struct {
	setup     setup
	berth     *harness.Berth
	scheduler *harness.Process
	tap       *harness.Tap
	proxy     *harness.APIProxy
	pairs     []*pair
	service   *harness.Service // Only with elect.

	schedulerPort int    // Of kube-scheduler's metrics.
	decisions     string // Path of the decision log; only with mutualTLS or observes.
}

// current is the one stack that runs: two schedulers of one name would fight over the pods.
var current *stack

func useStack(ctx context.Context, want setup) (*stack, error) {
	if current != nil && current.setup == want && !current.berth.Exited() && !current.scheduler.Exited() {
		return current, nil
	}
	stopStack()
	current = &stack{setup: want}
	if err := current.start(ctx); err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	return current, nil
}

func stopStack() {
	if current != nil {
		current.stop()
	}
	current = nil
}

func (s *stack) start(ctx context.Context) (err error) {
	if s.setup.pairs {
		return s.startPairs(ctx)
	}
	if s.setup.elect {
		return s.startElecting(ctx)
	}
	options := harness.BerthOptions{
		Binary:        os.Getenv("BERTH_BINARY"),
		Configuration: "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n",
	}
	if s.setup.policy != "" {
		options.Configuration += "policy: " + s.setup.policy + "\n"
	}
	options.Configuration += s.setup.more
	if s.setup.configuration != "" {
		options.Configuration = s.setup.configuration
	}
	options.Catalog = s.setup.catalog
	var schedulerTLS *schedulerconfig.ExtenderTLSConfig
	if s.setup.mutualTLS {
		own, err := plane.Issue("berth", "berth")
		if err != nil {
			return err
		}
		client, err := plane.Issue("system:kube-scheduler", "kube-scheduler-client")
		if err != nil {
			return err
		}
		s.decisions = own.CertFile + ".decisions.jsonl"
		options.Configuration += fmt.Sprintf("scheduler:\n  tls: {certFile: %q, keyFile: %q, clientCAFile: %q, "+
			"allowedClientNames: [\"system:kube-scheduler\"]}\ndecisionLog: {file: %q}\n",
			own.CertFile, own.KeyFile, plane.CAFile(), s.decisions)
		schedulerTLS = &schedulerconfig.ExtenderTLSConfig{CAFile: plane.CAFile(), CertFile: client.CertFile, KeyFile: client.KeyFile}
	}
	if s.setup.observes {
		options.Name = harness.ObserverAccount
		if options.Kubeconfig, s.decisions, err = plane.GrantObserver(ctx); err != nil {
			return err
		}
		options.Configuration += fmt.Sprintf("scheduler: {mode: observe}\ndecisionLog: {file: %q}\n", s.decisions)
	}
	if s.setup.proxied {
		if s.proxy, err = plane.NewAPIProxy(); err != nil {
			return err
		}
		s.proxy.DelayWatches(s.setup.lag)
		options.APIServer = s.proxy.URL()
	}
	if s.berth, err = plane.NewBerth(ctx, options); err != nil {
		return err
	}
	if err := s.berth.Start(ctx); err != nil {
		return err
	}
	extender := s.berth.URL()
	if s.setup.mutualTLS {
		extender = s.berth.SecureURL()
	}
	if s.setup.observes && !s.setup.asked {
		extender = ""
	}
	if s.setup.tapped {
		if s.tap, err = harness.NewTap(extender); err != nil {
			return err
		}
		extender = s.tap.URL()
	}
	if s.schedulerPort, err = harness.FreePort(); err != nil {
		return err
	}
	s.scheduler, err = plane.StartScheduler(ctx, harness.SchedulerOptions{
		ExtenderURL: extender, Wiring: s.setup.wiring, Weight: s.setup.weight, FullNodes: s.setup.fullNodes, FilterOnly: s.setup.observes,
		Port: s.schedulerPort,
		TLS:  schedulerTLS,
	})
	return err
}

func (s *stack) stop() {
	for _, p := range s.pairs {
		p.kill()
		if p.proxy != nil {
			p.proxy.Close()
		}
	}
	s.scheduler.Kill()
	if s.tap != nil {
		s.tap.Close()
	}
	if s.berth != nil {
		s.berth.Kill()
	}
	if s.proxy != nil {
		s.proxy.Close()
	}
	if s.service != nil {
		s.service.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.service.RemovePods(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func (s *stack) processes() []*harness.Process {
	etcd, apiserver := plane.Processes()
	all := []*harness.Process{etcd, apiserver, s.scheduler}
	if s.berth != nil {
		all = append(all, s.berth.Process)
	}
	return all
}
