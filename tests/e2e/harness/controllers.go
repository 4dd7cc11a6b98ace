package harness

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// controllers are those that a Helm release needs. Nodes are objects of the tests: nobody watches over them, and nobody
// makes EndpointSlices, which may not hold addresses of loopback.
var controllers = []string{
	"clusterrole-aggregation-controller", "deployment-controller", "disruption-controller", "garbage-collector-controller",
	"namespace-controller", "replicaset-controller", "root-ca-certificate-publisher-controller", "serviceaccount-controller",
}

// StartControllers runs kube-controller-manager, and waits until it is ready.
func (c *ControlPlane) StartControllers(ctx context.Context) (*Process, error) {
	const name = "kube-controller-manager"
	var port int
	if err := freePorts(&port); err != nil {
		return nil, err
	}
	kubeconfig := filepath.Join(c.dir, name+".kubeconfig")
	if err := c.AdminKubeconfig(kubeconfig); err != nil {
		return nil, err
	}
	p, err := StartProcess(name, c.log(name), c.binary(name),
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--leader-elect=false", "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--tls-cert-file="+c.pki.CertFile, "--tls-private-key-file="+c.pki.KeyFile,
		"--root-ca-file="+c.pki.CAFile, "--kube-api-qps=500", "--kube-api-burst=1000",
		"--controllers="+strings.Join(controllers, ","))
	if err != nil {
		return nil, err
	}
	client, err := rest.HTTPClientFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: c.pki.CA}})
	if err == nil {
		err = waitHealthy(ctx, p, time.Minute, func(ctx context.Context) error {
			_, err := get(ctx, client, fmt.Sprintf("https://127.0.0.1:%d/healthz", port))
			return err
		})
	}
	if err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}
