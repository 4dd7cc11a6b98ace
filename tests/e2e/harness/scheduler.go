package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	componentconfig "k8s.io/component-base/config/v1alpha1"
	schedulerconfig "k8s.io/kube-scheduler/config/v1"
)

// SchedulerName is the profile that pods of the tests ask for.
const SchedulerName = "berth"

// Wiring is how kube-scheduler is told which pods concern the extender.
type Wiring int

const (
	// EveryPod sends all pods of the scheduler to the extender; NodeResourcesFit ignores the group berth.dev.
	EveryPod Wiring = iota
	// ManagedResources sends only pods that ask for a device resource.
	ManagedResources
)

// SharedResources are Berth's own resource names, which are in no node's allocatable.
var SharedResources = []string{"berth.dev/gpu-memory", "berth.dev/gpu-cores", "berth.dev/gpu-count"}

// WholeResource is the class of whole devices that the tests use.
const WholeResource = "nvidia.com/gpu"

// Scheduler options; the zero value of a field is a sensible default.
type SchedulerOptions struct {
	ExtenderURL              string // Empty: no extender at all.
	Wiring                   Wiring
	Weight                   int64 // Of the extender's scores; 150 when 0.
	FilterOnly               bool  // The extender is asked to filter and nothing else, and may fail: an observer.
	FullNodes                bool  // nodeCacheCapable: false.
	HTTPTimeout              time.Duration
	PercentageOfNodesToScore *int32 // 100 when nil, as the chart sets it; 0 is kube-scheduler's own adaptive default.
	QPS                      float32
	TLS                      *schedulerconfig.ExtenderTLSConfig // Of the extender; plain when nil.
	Port                     int                                // Of its health and metrics, https; a free one when 0.

	Configuration []byte // A whole KubeSchedulerConfiguration instead of the above; its kubeconfig is Kubeconfig.
	Kubeconfig    string // Path; that of system:kube-scheduler when empty.
	APIServer     string // URL, in the kubeconfig that is made; the control plane's own when empty. A fault proxy goes here.

	// Its host's name, which is what its holder of the Lease begins with. Set: it takes part in leader election by
	// SchedulerLease, with these times.
	Host     string
	Election Election
}

// Election is how long a Lease stands, and how often it is renewed.
type Election struct {
	LeaseDuration, RenewDeadline, RetryPeriod time.Duration
}

// StartScheduler runs kube-scheduler with one profile named SchedulerName and waits until it is ready.
func (c *ControlPlane) StartScheduler(ctx context.Context, options SchedulerOptions) (*Process, error) {
	port := options.Port
	if port == 0 {
		if err := freePorts(&port); err != nil {
			return nil, err
		}
	}
	name := "kube-scheduler"
	if options.Host != "" {
		name += "-" + options.Host
	}
	kubeconfig := options.Kubeconfig
	if kubeconfig == "" {
		kubeconfig = filepath.Join(c.dir, name+".kubeconfig")
		server := options.APIServer
		if server == "" {
			server = c.URL()
		}
		if err := writeKubeconfig(kubeconfig, server, c.pki.CAFile, schedulerToken); err != nil {
			return nil, err
		}
	}
	config := options.Configuration
	if config == nil {
		var err error
		// JSON is YAML too, and typed structs cannot be misspelt.
		if config, err = json.MarshalIndent(options.configuration(kubeconfig), "", "  "); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(c.dir, name+".yaml")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		return nil, err
	}

	binary, arguments := c.binary("kube-scheduler"), []string{"--config=" + path, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--tls-cert-file=" + c.pki.CertFile, "--tls-private-key-file=" + c.pki.KeyFile,
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--authorization-always-allow-paths=/healthz,/livez,/readyz,/metrics", "-v=2"}
	if options.Host != "" {
		// A host's name of its own: a UTS namespace, with a user namespace around it where we are not root.
		binary, arguments = "unshare", append([]string{"--user", "--map-root-user", "--uts", "sh", "-c",
			`hostname "$0" && exec "$@"`, options.Host, binary}, arguments...)
	}
	p, err := StartProcess(name, c.log(name), binary, arguments...)
	if err != nil {
		return nil, err
	}
	client, err := rest.HTTPClientFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: c.pki.CA}})
	if err != nil {
		return nil, err
	}
	err = waitHealthy(ctx, p, time.Minute, func(ctx context.Context) error {
		_, err := get(ctx, client, fmt.Sprintf("https://127.0.0.1:%d/readyz", port))
		return err
	})
	if err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

func (o SchedulerOptions) configuration(kubeconfig string) *schedulerconfig.KubeSchedulerConfiguration {
	qps := o.QPS
	if qps == 0 {
		qps = 5000
	}
	percentage := o.PercentageOfNodesToScore
	if percentage == nil {
		percentage = new(int32)
		*percentage = 100
	}
	name := SchedulerName
	config := &schedulerconfig.KubeSchedulerConfiguration{
		TypeMeta:                 metav1.TypeMeta{APIVersion: "kubescheduler.config.k8s.io/v1", Kind: "KubeSchedulerConfiguration"},
		LeaderElection:           componentconfig.LeaderElectionConfiguration{LeaderElect: new(bool)},
		ClientConnection:         componentconfig.ClientConnectionConfiguration{Kubeconfig: kubeconfig, QPS: qps, Burst: int32(2 * qps)},
		PercentageOfNodesToScore: percentage,
		Profiles: []schedulerconfig.KubeSchedulerProfile{{
			SchedulerName: &name,
			PluginConfig:  []schedulerconfig.PluginConfig{{Name: "NodeResourcesFit", Args: runtime.RawExtension{Object: o.fitArgs()}}},
		}},
	}
	if o.Host != "" {
		elect := true
		config.LeaderElection = componentconfig.LeaderElectionConfiguration{
			LeaderElect: &elect, ResourceLock: "leases", ResourceNamespace: BerthNamespace, ResourceName: SchedulerLease,
			LeaseDuration: metav1.Duration{Duration: o.Election.LeaseDuration},
			RenewDeadline: metav1.Duration{Duration: o.Election.RenewDeadline},
			RetryPeriod:   metav1.Duration{Duration: o.Election.RetryPeriod},
		}
	}
	if o.ExtenderURL != "" {
		config.Extenders = []schedulerconfig.Extender{o.extender()}
	}
	return config
}

func (o SchedulerOptions) fitArgs() *schedulerconfig.NodeResourcesFitArgs {
	args := &schedulerconfig.NodeResourcesFitArgs{
		TypeMeta: metav1.TypeMeta{APIVersion: "kubescheduler.config.k8s.io/v1", Kind: "NodeResourcesFitArgs"},
	}
	if o.Wiring == EveryPod {
		args.IgnoredResourceGroups = []string{"berth.dev"}
	}
	return args
}

func (o SchedulerOptions) extender() schedulerconfig.Extender {
	extender := schedulerconfig.Extender{
		URLPrefix:      o.ExtenderURL,
		FilterVerb:     "filter",
		PrioritizeVerb: "prioritize",
		PreemptVerb:    "preempt",
		BindVerb:       "bind",
		Weight:         o.Weight,
		HTTPTimeout:    metav1.Duration{Duration: o.HTTPTimeout},
		// nodeCacheCapable: the extender has its own view of the nodes, names are enough.
		NodeCacheCapable: !o.FullNodes,
	}
	if o.FilterOnly {
		extender.PrioritizeVerb, extender.PreemptVerb, extender.BindVerb = "", "", ""
		extender.Ignorable = true
	}
	if o.TLS != nil {
		extender.EnableHTTPS = true
		extender.TLSConfig = o.TLS
	}
	if extender.Weight == 0 {
		extender.Weight = 150
	}
	if extender.HTTPTimeout.Duration == 0 {
		extender.HTTPTimeout.Duration = 5 * time.Second
	}
	if o.Wiring == ManagedResources {
		for _, name := range SharedResources {
			extender.ManagedResources = append(extender.ManagedResources,
				schedulerconfig.ExtenderManagedResource{Name: name, IgnoredByScheduler: true})
		}
		extender.ManagedResources = append(extender.ManagedResources, schedulerconfig.ExtenderManagedResource{Name: WholeResource})
	}
	return extender
}
