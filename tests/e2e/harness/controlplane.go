// Package harness starts a real control plane and berth on loopback, and puts faults between them.
//
// Its functions return errors and know nothing of *testing.T, so that the throughput command uses them too.
package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	adminToken     = "e2e-admin"
	schedulerToken = "e2e-scheduler"
)

// ControlPlane is an etcd and a kube-apiserver with RBAC. Schedulers and berths are started on top of it.
//
// Without StartControllers and StartKubelet nodes are objects, a bound pod stays Pending, and nobody confirms deletions,
// so pods are deleted with grace period 0 unless a test wants them to linger.
type ControlPlane struct {
	Admin  kubernetes.Interface // As system:masters, without client-side rate limit.
	Config *rest.Config

	binaries string
	dir      string
	pki      *pki
	tokens   string

	etcdPort, etcdPeerPort, apiPort int
	etcd, apiserver                 *Process
}

// StartControlPlane runs etcd and kube-apiserver from the directory of binaries; data and logs go to dir.
func StartControlPlane(ctx context.Context, binaries, dir string) (*ControlPlane, error) {
	for _, name := range []string{"etcd", "kube-apiserver", "kube-scheduler"} {
		if _, err := os.Stat(filepath.Join(binaries, name)); err != nil {
			return nil, fmt.Errorf("the control plane is not built (scripts/e2e does it): %w", err)
		}
	}
	keys, err := newPKI(dir)
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{binaries: binaries, dir: dir, pki: keys, tokens: filepath.Join(dir, "tokens.csv")}
	if err := freePorts(&c.etcdPort, &c.etcdPeerPort, &c.apiPort); err != nil {
		return nil, err
	}
	tokens := adminToken + ",admin,admin,system:masters\n" +
		schedulerToken + ",system:kube-scheduler,system:kube-scheduler\n"
	if err := os.WriteFile(c.tokens, []byte(tokens), 0o600); err != nil {
		return nil, err
	}

	c.Config = c.restConfig(adminToken)
	c.Config.QPS = -1 // No limit: tests wait for the cluster, not for their own client.
	if c.Admin, err = kubernetes.NewForConfig(c.Config); err != nil {
		return nil, err
	}
	if err := errors.Join(c.startEtcd(ctx), c.StartAPIServer(ctx)); err != nil {
		c.Stop()
		return nil, err
	}
	if err := c.grantBerth(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop kills what runs; the directory stays.
func (c *ControlPlane) Stop() {
	c.apiserver.Kill()
	c.etcd.Kill()
}

// Processes returns what runs now, for logs on failure and for processor time.
func (c *ControlPlane) Processes() (etcd, apiserver *Process) { return c.etcd, c.apiserver }

// URL is where the API server listens.
func (c *ControlPlane) URL() string { return fmt.Sprintf("https://127.0.0.1:%d", c.apiPort) }

func (c *ControlPlane) restConfig(token string) *rest.Config {
	return &rest.Config{Host: c.URL(), BearerToken: token, TLSClientConfig: rest.TLSClientConfig{CAData: c.pki.CA}}
}

func (c *ControlPlane) startEtcd(ctx context.Context) (err error) {
	client := fmt.Sprintf("http://127.0.0.1:%d", c.etcdPort)
	peer := fmt.Sprintf("http://127.0.0.1:%d", c.etcdPeerPort)
	c.etcd, err = StartProcess("etcd", c.log("etcd"), c.binary("etcd"),
		"--data-dir="+filepath.Join(c.dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer)
	if err != nil {
		return err
	}
	return waitHealthy(ctx, c.etcd, 30*time.Second, func(ctx context.Context) error {
		_, err := get(ctx, http.DefaultClient, client+"/health")
		return err
	})
}

// StartAPIServer runs kube-apiserver and waits until it is ready; after KillAPIServer it comes back on the
// same port with the same data.
func (c *ControlPlane) StartAPIServer(ctx context.Context) (err error) {
	c.apiserver, err = StartProcess("kube-apiserver", c.log("kube-apiserver"), c.binary("kube-apiserver"),
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", c.etcdPort),
		fmt.Sprintf("--secure-port=%d", c.apiPort), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--tls-cert-file="+c.pki.CertFile, "--tls-private-key-file="+c.pki.KeyFile,
		"--cert-dir="+filepath.Join(c.dir, "certificates"),
		"--token-auth-file="+c.tokens, "--authorization-mode=RBAC", "--anonymous-auth=false",
		"--service-account-issuer=https://kubernetes.default.svc", "--api-audiences=https://kubernetes.default.svc",
		"--service-account-key-file="+c.pki.TokenKeyFile, "--service-account-signing-key-file="+c.pki.TokenKeyFile,
		"--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none",
		// Without a controller manager nobody lifts the not-ready taint and nobody makes default service accounts.
		"--disable-admission-plugins="+strings.Join([]string{"TaintNodesByCondition", "ServiceAccount"}, ","))
	if err != nil {
		return err
	}
	return waitHealthy(ctx, c.apiserver, time.Minute, func(ctx context.Context) error {
		return c.Admin.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// KillAPIServer ends kube-apiserver as a crash would: answers on their way are lost.
func (c *ControlPlane) KillAPIServer() { c.apiserver.Kill() }

func (c *ControlPlane) binary(name string) string { return filepath.Join(c.binaries, name) }
func (c *ControlPlane) log(name string) string    { return filepath.Join(c.dir, name+".log") }
