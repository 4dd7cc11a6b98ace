package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

func TestKubeSchedulerCallsOverMutualTLS(t *testing.T) {
	w := newWorld(t, budget, setup{mutualTLS: true}, harness.SharedNode("a", 2), harness.WholeNode("b", 2))
	w.place(harness.NewPod("share", harness.SharedGPU(8*GiB, 30)), harness.NewPod("whole", harness.WholeGPUs(1)))
	w.create(harness.NewPod("too-large", harness.SharedGPU(81*GiB, 0)))
	w.refused("too-large", "0/2 nodes are available: 1 insufficient device memory, 1 no matching devices. "+
		"preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.")

	stranger, err := plane.Issue("system:kube-proxy", "stranger")
	if err != nil {
		t.Fatal(err)
	}
	for name, certificates := range map[string][]tls.Certificate{"no certificate": nil, "another name": {loadPair(t, stranger)}} {
		response, err := clientWith(t, certificates).Post(w.berth.SecureURL()+"/filter", "application/json", strings.NewReader("{}"))
		if err == nil {
			response.Body.Close()
			t.Errorf("%s: got %s, want a refused handshake", name, response.Status)
		}
	}

	// A new certificate comes into use by itself, and no pod waits for it.
	serial := servedSerial(t, w.berth)
	if _, err := plane.Issue("berth", "berth"); err != nil {
		t.Fatal(err)
	}
	w.place(harness.NewPod("meanwhile", harness.SharedGPU(8*GiB, 30)))
	w.eventually(20*time.Second, "the new certificate is shown", func() error {
		if now := servedSerial(t, w.berth); now == serial {
			return fmt.Errorf("still serial %s", now)
		}
		return nil
	})
	w.place(harness.NewPod("after", harness.SharedGPU(8*GiB, 30)))

	// Each bind is in the decision log, under the id that the pod carries.
	share := w.bound("share")
	w.eventually(5*time.Second, "the decision log tells of the bind", func() error {
		text, err := os.ReadFile(w.decisions)
		if err != nil {
			return err
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			var entry struct {
				Decision, Verb, Outcome, Client, Pod, Node string
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				return fmt.Errorf("%w in %s", err, line)
			}
			if entry.Verb == "bind" && entry.Decision == share.Annotations["berth.dev/decision"] {
				if entry.Client != "system:kube-scheduler" || entry.Outcome != "bound" || entry.Node != "a" ||
					entry.Pod != share.Namespace+"/share" {
					return fmt.Errorf("the line says %s", line)
				}
				return nil
			}
		}
		return fmt.Errorf("no line with decision %q in %s", share.Annotations["berth.dev/decision"], text)
	})
	w.check()
}

func loadPair(t *testing.T, identity harness.Identity) tls.Certificate {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(identity.CertFile, identity.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func clientWith(t *testing.T, certificates []tls.Certificate) *http.Client {
	t.Helper()
	text, err := os.ReadFile(plane.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(text)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: authorities, Certificates: certificates},
	}}
}

// servedSerial is the serial number of the certificate that a new connection gets to see.
func servedSerial(t *testing.T, berth *harness.Berth) string {
	t.Helper()
	var serial string
	connection, err := tls.Dial("tcp", strings.TrimPrefix(berth.SecureURL(), "https://"), &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // Only looked at.
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			certificate, err := x509.ParseCertificate(raw[0])
			if err == nil {
				serial = certificate.SerialNumber.String()
			}
			return err
		},
	})
	if err == nil {
		connection.Close()
	}
	if serial == "" {
		t.Fatalf("no certificate is shown: %v", err)
	}
	return serial
}
