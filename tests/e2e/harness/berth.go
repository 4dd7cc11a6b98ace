package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// BerthNamespace is where Berth runs, and where the Leases are. A release of the chart has another one.
const BerthNamespace = "berth-e2e"

// SchedulerLease is what kube-schedulers with leader election hold, BerthLease what Berths hold in mode elect.
const (
	SchedulerLease = "berth-scheduler"
	BerthLease     = "berth"
)

// BerthAccount is the service account that Berth runs as.
const BerthAccount = "berth-e2e"

const coordination = "coordination.k8s.io"

// grantBerth makes the service account that Berth runs as, with the rights it needs and no more.
func (c *ControlPlane) grantBerth(ctx context.Context) error {
	meta := metav1.ObjectMeta{Name: BerthAccount}
	role := &rbacv1.ClusterRole{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"pods", "nodes"}, Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{""}, Resources: []string{"pods/binding"}, Verbs: []string{"create"}},
		{APIGroups: []string{""}, Resources: []string{"pods/status"}, Verbs: []string{"patch"}},
		// What tells where model weights are (docs/inventory.md).
		{APIGroups: []string{""}, Resources: []string{"persistentvolumes", "configmaps"}, Verbs: []string{"list", "watch"}},
		{APIGroups: []string{"serving.kserve.io"}, Resources: []string{"localmodelnodes", "localmodelcaches"},
			Verbs: []string{"list", "watch"}},
		{APIGroups: []string{"inventory.berth.dev"}, Resources: []string{"nodemodelinventories"},
			Verbs: []string{"list", "watch"}},
	}}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: BerthAccount},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: BerthNamespace, Name: BerthAccount}},
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: BerthNamespace}}
	if _, err := c.Admin.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: meta}
	if _, err := c.Admin.CoreV1().ServiceAccounts(BerthNamespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := c.Admin.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := c.Admin.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return err
	}
	// Mode follow: kube-scheduler's Lease is read. Mode elect: one is held, and our own pod labelled (docs/ha.md).
	if err := c.grantIn(ctx, BerthAccount, []rbacv1.PolicyRule{
		{APIGroups: []string{coordination}, Resources: []string{"leases"}, ResourceNames: []string{SchedulerLease},
			Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{coordination}, Resources: []string{"leases"}, ResourceNames: []string{BerthLease},
			Verbs: []string{"get", "patch"}},
		{APIGroups: []string{coordination}, Resources: []string{"leases"}, Verbs: []string{"create"}},
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"patch"}},
	}, rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: BerthNamespace, Name: BerthAccount}); err != nil {
		return err
	}
	return c.grantIn(ctx, "berth-scheduler", []rbacv1.PolicyRule{
		{APIGroups: []string{coordination}, Resources: []string{"leases"}, ResourceNames: []string{SchedulerLease},
			Verbs: []string{"get", "update"}},
		{APIGroups: []string{coordination}, Resources: []string{"leases"}, Verbs: []string{"create"}},
	}, rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "system:kube-scheduler"})
}

// ObserverAccount is the service account of a Berth that only observes: it may read, and write nothing.
const ObserverAccount = "berth-observer"

// GrantObserver makes the account, unless it is there. It returns a kubeconfig of it and a path for its decision log.
func (c *ControlPlane) GrantObserver(ctx context.Context) (kubeconfig, decisions string, err error) {
	meta := metav1.ObjectMeta{Name: ObserverAccount}
	account := &corev1.ServiceAccount{ObjectMeta: meta}
	_, err = c.Admin.CoreV1().ServiceAccounts(BerthNamespace).Create(ctx, account, metav1.CreateOptions{})
	if err := ignoreAlreadyExists(err); err != nil {
		return "", "", err
	}
	role := &rbacv1.ClusterRole{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"pods", "nodes"}, Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{""}, Resources: []string{"persistentvolumes", "configmaps"}, Verbs: []string{"list", "watch"}},
		{APIGroups: []string{"serving.kserve.io"}, Resources: []string{"localmodelnodes", "localmodelcaches"},
			Verbs: []string{"list", "watch"}},
		{APIGroups: []string{"inventory.berth.dev"}, Resources: []string{"nodemodelinventories"},
			Verbs: []string{"list", "watch"}},
	}}
	_, err = c.Admin.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
	if err := ignoreAlreadyExists(err); err != nil {
		return "", "", err
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: ObserverAccount},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: BerthNamespace, Name: ObserverAccount}},
	}
	_, err = c.Admin.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{})
	if err := ignoreAlreadyExists(err); err != nil {
		return "", "", err
	}
	kubeconfig = filepath.Join(c.dir, ObserverAccount+".account.kubeconfig")
	decisions = filepath.Join(c.dir, ObserverAccount+".decisions.jsonl")
	return kubeconfig, decisions, c.AccountKubeconfig(ctx, kubeconfig, "", BerthNamespace, ObserverAccount)
}

func ignoreAlreadyExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// grantIn gives rights in Berth's own namespace.
func (c *ControlPlane) grantIn(ctx context.Context, name string, rules []rbacv1.PolicyRule, to rbacv1.Subject) error {
	meta := metav1.ObjectMeta{Name: name}
	roles := c.Admin.RbacV1()
	if _, err := roles.Roles(BerthNamespace).Create(ctx, &rbacv1.Role{ObjectMeta: meta, Rules: rules}, metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := roles.RoleBindings(BerthNamespace).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{to},
	}, metav1.CreateOptions{})
	return err
}

// BerthOptions say which binary runs, with which configuration, and through which server it sees the cluster.
type BerthOptions struct {
	Binary        string
	Configuration string // YAML.
	Catalog       string // YAML of the model catalog; none when empty.
	Name          string // Of its files and its log; "berth" when empty. Two at once need two names.
	APIServer     string // URL; the control plane's own when empty. A fault proxy goes here.
	Pod           string // Its Pod's name, as the downward API says it; none when empty.
	PodNamespace  string // BerthNamespace when empty.
	Kubeconfig    string // Path, instead of APIServer and the account that the harness makes.
}

// Berth is a berth on fixed ports, which can be killed and started again.
type Berth struct {
	*Process

	log, binary, pod, space  string
	kubeconfig, config       string
	catalog                  string // Path; empty: there is none.
	listenPort, operatorPort int
}

// NewBerth prepares files, token and ports; Start runs it.
func (c *ControlPlane) NewBerth(ctx context.Context, options BerthOptions) (*Berth, error) {
	name := options.Name
	if name == "" {
		name = "berth"
	}
	b := &Berth{
		log:        c.log(name),
		binary:     options.Binary,
		pod:        options.Pod,
		space:      options.PodNamespace,
		kubeconfig: filepath.Join(c.dir, name+".kubeconfig"),
		config:     filepath.Join(c.dir, name+".yaml"),
	}
	if err := freePorts(&b.listenPort, &b.operatorPort); err != nil {
		return nil, err
	}
	server := options.APIServer
	if server == "" {
		server = c.URL()
	}
	if options.Kubeconfig != "" {
		b.kubeconfig = options.Kubeconfig
	} else if err := c.AccountKubeconfig(ctx, b.kubeconfig, server, BerthNamespace, BerthAccount); err != nil {
		return nil, err
	}
	if b.space == "" {
		b.space = BerthNamespace
	}
	if options.Catalog != "" {
		b.catalog = filepath.Join(c.dir, "catalog.yaml")
		if err := b.WriteCatalog(options.Catalog); err != nil {
			return nil, err
		}
	}
	return b, os.WriteFile(b.config, []byte(options.Configuration), 0o600)
}

// AccountKubeconfig writes a kubeconfig with a token of the service account; an empty server is the control plane's own.
func (c *ControlPlane) AccountKubeconfig(ctx context.Context, path, server, namespace, account string) error {
	request := &authenticationv1.TokenRequest{}
	token, err := c.Admin.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if server == "" {
		server = c.URL()
	}
	return writeKubeconfig(path, server, c.pki.CAFile, token.Status.Token)
}

// AdminKubeconfig writes a kubeconfig of system:masters.
func (c *ControlPlane) AdminKubeconfig(path string) error {
	return writeKubeconfig(path, c.URL(), c.pki.CAFile, adminToken)
}

// WriteCatalog replaces the model catalog; Berth reads it again by itself.
func (b *Berth) WriteCatalog(text string) error { return replaceFile(b.catalog, text) }

// EditConfiguration replaces a part of the configuration; Berth reads it again by itself.
func (b *Berth) EditConfiguration(old, new string) error {
	text, err := os.ReadFile(b.config)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), old) {
		return fmt.Errorf("the configuration has no %q", old)
	}
	return replaceFile(b.config, strings.Replace(string(text), old, new, 1))
}

// replaceFile does as an editor does: nobody sees half of it.
func replaceFile(path, text string) error {
	next := path + ".new"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// Start runs the binary and waits until it says it is ready.
func (b *Berth) Start(ctx context.Context) error {
	if err := b.Launch(); err != nil {
		return err
	}
	return b.WaitReady(ctx, 30*time.Second)
}

// Launch runs the binary and does not wait.
func (b *Berth) Launch() (err error) {
	arguments := []string{"serve",
		"--kubeconfig", b.kubeconfig, "--config", b.config,
		"--listen", fmt.Sprintf("127.0.0.1:%d", b.listenPort),
		"--operations-listen", fmt.Sprintf("127.0.0.1:%d", b.operatorPort)}
	if b.catalog != "" {
		arguments = append(arguments, "--catalog", b.catalog)
	}
	binary := b.binary
	if b.pod != "" {
		arguments = append([]string{"POD_NAME=" + b.pod, "POD_NAMESPACE=" + b.space, binary}, arguments...)
		binary = "env"
	}
	b.Process, err = StartProcess("berth", b.log, binary, arguments...)
	return err
}

// WaitReady polls /readyz.
func (b *Berth) WaitReady(ctx context.Context, within time.Duration) error {
	return waitHealthy(ctx, b.Process, within, func(ctx context.Context) error {
		_, err := b.get(ctx, "/readyz")
		return err
	})
}

// SecureURL is the door that kube-scheduler calls where Berth has a certificate.
func (b *Berth) SecureURL() string { return fmt.Sprintf("https://127.0.0.1:%d", b.listenPort) }

// SchedulerAddress is the same door, host and port.
func (b *Berth) SchedulerAddress() string { return fmt.Sprintf("127.0.0.1:%d", b.listenPort) }

// URL is the door that kube-scheduler calls.
func (b *Berth) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", b.listenPort) }

// OperationsAddress is the door of metrics and pages, host and port.
func (b *Berth) OperationsAddress() string { return fmt.Sprintf("127.0.0.1:%d", b.operatorPort) }

func (b *Berth) get(ctx context.Context, path string) ([]byte, error) {
	return get(ctx, http.DefaultClient, fmt.Sprintf("http://127.0.0.1:%d%s", b.operatorPort, path))
}

// Ask is a page of the operations port with a bearer token, empty: without one; and its status.
func (b *Berth) Ask(ctx context.Context, path, token string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", b.operatorPort, path), nil)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// Explain is what `berth explain` prints of the pod.
func (b *Berth) Explain(ctx context.Context, namespace, pod string) (string, error) {
	text, err := b.get(ctx, fmt.Sprintf("/api/v1/pods/%s/%s/explain?output=table", namespace, pod))
	return string(text), err
}

// Page is a page of the operations port.
func (b *Berth) Page(ctx context.Context, path string) (string, error) {
	text, err := b.get(ctx, path)
	return string(text), err
}

// NodeView is what Berth says of one node (GET /api/v1/nodes), as far as the tests look at it.
type NodeView struct {
	Name        string       `json:"name"`
	Mode        string       `json:"mode"`
	Devices     []DeviceView `json:"devices"`
	Capacity    int64        `json:"capacity"`
	Allocated   int64        `json:"allocated"`
	Allocations []PodView    `json:"allocations"`
}

// DeviceView is one device of a shared node.
type DeviceView struct {
	ID                    string    `json:"id"`
	Index                 int       `json:"index"`
	MemoryMiB             int64     `json:"memoryMiB"`
	AllocatedMemoryMiB    int64     `json:"allocatedMemoryMiB"`
	CoresPercent          int64     `json:"coresPercent"`
	AllocatedCoresPercent int64     `json:"allocatedCoresPercent"`
	Load                  float64   `json:"load"`
	Allocations           []PodView `json:"allocations"`
}

// PodView is what one pod holds.
type PodView struct {
	Namespace    string `json:"namespace"`
	Name         string `json:"name"`
	UID          string `json:"uid"`
	MemoryMiB    int64  `json:"memoryMiB"`
	CoresPercent int64  `json:"coresPercent"`
	Devices      int64  `json:"devices"`
	State        string `json:"state"`
	Doubtful     bool   `json:"doubtful"`

	PlacedByOthers bool `json:"placedByOthers"`
}

// Nodes reads every page of Berth's own view; small pages, so that paging is always exercised.
func (b *Berth) Nodes(ctx context.Context) ([]NodeView, error) {
	var nodes []NodeView
	for next := ""; ; {
		body, err := b.get(ctx, "/api/v1/nodes?"+url.Values{"limit": {"40"}, "continue": {next}}.Encode())
		if err != nil {
			return nil, err
		}
		var page struct {
			Items    []NodeView `json:"items"`
			Continue string     `json:"continue"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, fmt.Errorf("/api/v1/nodes: %w in %.200s", err, body)
		}
		nodes = append(nodes, page.Items...)
		if next = page.Continue; next == "" {
			return nodes, nil
		}
	}
}
