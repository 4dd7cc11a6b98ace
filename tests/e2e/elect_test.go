package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	schedulerconfig "k8s.io/kube-scheduler/config/v1"

	"berth.dev/berth/tests/e2e/harness"
)

// secretFiles are the files of a TLS Secret, as it is mounted.
func secretFiles(name, secret string) (certFile, keyFile, caFile string, err error) {
	dir := filepath.Join(filepath.Dir(plane.CAFile()), secret)
	if err = os.MkdirAll(dir, 0o700); err != nil {
		return "", "", "", err
	}
	pair, err := plane.Issue(name, filepath.Join(secret, "tls"))
	if err != nil {
		return "", "", "", err
	}
	authority, err := os.ReadFile(plane.CAFile())
	if err != nil {
		return "", "", "", err
	}
	caFile = filepath.Join(dir, "ca.crt")
	return pair.CertFile, pair.KeyFile, caFile, os.WriteFile(caFile, authority, 0o600)
}

// startElecting runs two Berths behind a Service, and one kube-scheduler that calls it.
func (s *stack) startElecting(ctx context.Context) error {
	certFile, keyFile, caFile, err := secretFiles("berth", "berth-server-tls")
	if err != nil {
		return err
	}
	client := schedulerconfig.ExtenderTLSConfig{}
	if client.CertFile, client.KeyFile, client.CAFile, err = secretFiles("kube-scheduler", "berth-client-tls"); err != nil {
		return err
	}
	if s.service, err = plane.NewService(harness.BerthNamespace, map[string]string{harness.LeaderLabel: "true"}); err != nil {
		return err
	}
	for number := range 2 {
		p, err := newHost(fmt.Sprintf("berth-%d", number), s.setup.proxied)
		if err != nil {
			return err
		}
		s.pairs = append(s.pairs, p)
		p.berth, err = plane.NewBerth(ctx, harness.BerthOptions{
			Binary: os.Getenv("BERTH_BINARY"), Name: p.host, Pod: p.host, APIServer: p.apiServer(),
			Configuration: fmt.Sprintf(`apiVersion: berth.dev/v1alpha1
kind: BerthConfiguration
kubernetes: {bindTimeout: 2s}
scheduler: {tls: {certFile: %q, keyFile: %q, clientCAFile: %q, allowedClientNames: [kube-scheduler]}}
leadership: {mode: elect, leaseName: %s, leaseDuration: %v, renewDeadline: %v, retryPeriod: %v}
`, certFile, keyFile, caFile, harness.BerthLease, election.LeaseDuration, election.RenewDeadline, election.RetryPeriod)})
		if err != nil {
			return err
		}
		pod := harness.NewPod(p.host, nil).Object()
		pod.Spec.NodeName, pod.Spec.SchedulerName = "elsewhere", ""
		if err := s.service.AddPod(ctx, pod, p.berth.SchedulerAddress()); err != nil {
			return err
		}
		if err := p.berth.Start(ctx); err != nil {
			return err
		}
	}
	s.berth = s.pairs[0].berth
	s.scheduler, err = plane.StartScheduler(ctx, harness.SchedulerOptions{ExtenderURL: "https://" + s.service.Address(), TLS: &client})
	return err
}

// elected is the leader and the other, once the Service selects the leader and nobody else.
func (w *world) elected() (leads, waits *pair) {
	w.t.Helper()
	leads, waits = w.leader()
	w.eventually(10*time.Second, "the leader alone is labelled", func() error {
		names, err := w.service.Labelled(w.ctx)
		if err == nil && !slices.Equal(names, []string{leads.host}) {
			err = fmt.Errorf("labelled: %q", names)
		}
		return err
	})
	w.berth = leads.berth
	return leads, waits
}

// extenderClient calls as kube-scheduler does, and keeps its connection.
func extenderClient(t *testing.T) *http.Client {
	t.Helper()
	dir := filepath.Join(filepath.Dir(plane.CAFile()), "berth-client-tls")
	pair := loadPair(t, harness.Identity{CertFile: filepath.Join(dir, "tls.crt"), KeyFile: filepath.Join(dir, "tls.key")})
	authority, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(authority)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		MaxIdleConns: 1, TLSClientConfig: &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{pair}},
	}}
}

// post returns the answer's body, and whether the server ends the connection after it.
func post(t *testing.T, client *http.Client, url string, body any) (text string, closes bool) {
	t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Post(url, "application/json", strings.NewReader(string(sent)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", url, response.Status, got, err)
	}
	return string(got), response.Close
}

func TestTheStandbyRefusesToBind(t *testing.T) {
	w := newWorld(t, budget, setup{elect: true}, harness.SharedNode("a", 2))
	leads, waits := w.elected()
	w.must(waits.leads(w.ctx, 0))
	w.place(harness.NewPod("placed", harness.SharedGPU(8*GiB, 30)))

	// Nobody else's, so that kube-scheduler does not bind it meanwhile.
	pod := harness.NewPod("by-hand", harness.SharedGPU(8*GiB, 30)).Object()
	pod.Spec.SchedulerName = "nobody"
	made, err := w.client.CoreV1().Pods(w.namespace).Create(w.ctx, pod, metav1.CreateOptions{})
	w.must(err)
	client, binding := extenderClient(t), map[string]string{
		"PodName": made.Name, "PodNamespace": made.Namespace, "PodUID": string(made.UID), "Node": "a"}
	said, closes := post(t, client, waits.berth.SecureURL()+"/bind", binding)
	if !strings.Contains(said, "not the leader: "+leads.host+"_") {
		t.Errorf("the standby says %s", said)
	}
	if !closes {
		t.Error("the standby keeps the connection, and with it all later calls")
	}
	if node := w.pod("by-hand").Spec.NodeName; node != "" {
		t.Errorf("the standby bound it to %s", node)
	}
	if said, closes = post(t, client, leads.berth.SecureURL()+"/bind", binding); strings.Contains(said, "not the leader") || closes {
		t.Errorf("the leader says %s, and closes: %v", said, closes)
	}
}

func TestTheElectedLeaderKilledUnderLoad(t *testing.T) {
	count := takeovers(t)
	const pods = 600
	w := newWorld(t, time.Duration(1+count)*time.Minute, setup{elect: true}, sharedNodes(pods/12, 4, 40*GiB)...)
	for round := range count {
		leads, waits := w.elected()
		w.must(waits.leads(w.ctx, 0))
		took := w.underLoad(fmt.Sprintf("round-%d", round), pods, func() {
			leads.kill()
			w.berth = waits.berth
		})
		if took > resumption() {
			t.Errorf("nobody bound for %v, want at most %v", took, resumption())
		}
		w.elected() // Although the dead one could not take its label off.
		w.must(leads.berth.Start(w.ctx))
	}
}

// It still answers kube-scheduler, which must not stay with it, and may not bind any more.
func TestTheElectedLeaderCutOffUnderLoad(t *testing.T) {
	const pods = 600
	w := newWorld(t, 2*time.Minute, setup{elect: true, proxied: true}, sharedNodes(pods/12, 4, 40*GiB)...)
	leads, waits := w.elected()
	took := w.underLoad("cut-off", pods, func() {
		leads.proxy.Cut()
		w.berth = waits.berth
	})
	if took > resumption() {
		t.Errorf("nobody bound for %v, want at most %v", took, resumption())
	}
	w.must(leads.leads(w.ctx, 0))
	leads.proxy.Mend()
	if got, _ := w.elected(); got != waits {
		t.Errorf("%s leads", got.host)
	}
}

func TestTheElectedLeaderEndsUnderLoad(t *testing.T) {
	const pods = 600
	w := newWorld(t, 2*time.Minute, setup{elect: true}, sharedNodes(pods/12, 4, 40*GiB)...)
	leads, waits := w.elected()
	watch, err := w.client.CoordinationV1().Leases(harness.BerthNamespace).Watch(w.ctx,
		metav1.ListOptions{FieldSelector: "metadata.name=" + harness.BerthLease})
	w.must(err)
	defer watch.Stop()
	took := w.underLoad("ended", pods, func() {
		began := time.Now()
		code, err := leads.berth.Terminate(20 * time.Second)
		if err != nil || code != 0 {
			t.Fatalf("exit code %d: %v", code, err)
		}
		t.Logf("ended within %.1f s", time.Since(began).Seconds())
		w.berth = waits.berth
	})
	if limit := 2 * election.LeaseDuration / 3; took > limit {
		t.Errorf("nobody bound for %v, want at most %v", took, limit)
	}
	givenUp := false
	for holder := ""; !strings.HasPrefix(holder, waits.host+"_"); {
		select {
		case event := <-watch.ResultChan():
			lease, ok := event.Object.(*coordinationv1.Lease)
			if !ok {
				t.Fatalf("the watch says %v", event.Object)
			}
			if holder = ""; lease.Spec.HolderIdentity != nil {
				holder = *lease.Spec.HolderIdentity
			}
			givenUp = givenUp || holder == ""
		case <-w.ctx.Done():
			t.Fatal("the other does not take the Lease")
		}
	}
	if !givenUp {
		t.Error("the Lease was not given up, the other waited for its end")
	}
	if got, _ := w.elected(); got != waits {
		t.Errorf("%s leads", got.host)
	}
	w.must(leads.berth.Start(w.ctx))
}

// A leader that stood still and comes back: it knows of nothing, and connections to it are open.
func TestTheElectedLeaderStandsStill(t *testing.T) {
	w := newWorld(t, 2*time.Minute, setup{elect: true}, harness.SharedNode("a", 4))
	leads, waits := w.elected()
	asked := harness.NewPod("asked", harness.SharedGPU(8*GiB, 30)).Object()
	asked.UID, asked.Namespace = "asked", w.namespace
	client, filter := extenderClient(t), map[string]any{"Pod": asked, "NodeNames": []string{"a"}}
	url := "https://" + w.service.Address() + "/filter"
	if _, closes := post(t, client, url, filter); closes {
		t.Fatal("the leader does not keep connections")
	}
	w.must(leads.berth.Pause())
	w.berth = waits.berth
	w.create(harness.NewPod("meanwhile", harness.SharedGPU(8*GiB, 30)))
	w.waitBound(resumption()+20*time.Second, "meanwhile")
	w.must(leads.berth.Resume())
	if got, _ := w.elected(); got != waits {
		t.Fatalf("%s leads", got.host)
	}
	if _, closes := post(t, client, url, filter); !closes {
		t.Error("who leads no more keeps connections: kube-scheduler would call it for ever")
	}
	if _, closes := post(t, client, url, filter); closes {
		t.Error("the new connection is not to the leader")
	}
	w.place(harness.NewPod("after", harness.SharedGPU(8*GiB, 30)))
	w.check()
}
