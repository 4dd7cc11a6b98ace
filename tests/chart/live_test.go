package chart

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/release"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"berth.dev/berth/tests/e2e/harness"
)

// installation is a release of the chart on a real API server. There are no controllers: what Helm sent is there, and
// Pods are made by the test.
type installation struct {
	t          *testing.T
	ctx        context.Context
	namespace  string
	helm       *action.Configuration
	kubeconfig string
}

// install makes a namespace that admits restricted Pods only, and installs the chart there as release berth.
func install(t *testing.T, namespace, values string) *installation {
	t.Helper()
	if err := startPlane(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	i := &installation{t: t, ctx: ctx, namespace: namespace, helm: &action.Configuration{}, kubeconfig: filepath.Join(t.TempDir(), "admin")}
	i.must(plane.AdminKubeconfig(i.kubeconfig))
	i.awaitNoPolicies()
	i.newNamespace(namespace, map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
	flags := genericclioptions.NewConfigFlags(false)
	flags.KubeConfig, flags.Namespace = &i.kubeconfig, &namespace
	i.must(i.helm.Init(flags, namespace, "secret", func(string, ...any) {}))

	chart, err := Load()
	i.must(err)
	client := action.NewInstall(i.helm)
	client.ReleaseName, client.Namespace = releaseName, namespace
	_, err = client.RunWithContext(ctx, chart, Parse(values))
	i.must(err)
	t.Cleanup(func() { // Policies hold for the whole cluster, and so for other tests.
		uninstall := action.NewUninstall(i.helm)
		uninstall.IgnoreNotFound = true
		if _, err := uninstall.Run(releaseName); err != nil {
			t.Error(err)
		}
	})
	return i
}

func (i *installation) must(err error) {
	i.t.Helper()
	if err != nil {
		i.t.Fatal(err)
	}
}

func (i *installation) newNamespace(name string, labels map[string]string) {
	i.t.Helper()
	_, err := plane.Admin.CoreV1().Namespaces().Create(i.ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}, metav1.CreateOptions{})
	i.must(err)
}

// newNode makes the only node of the cluster.
func (i *installation) newNode(name string) {
	i.t.Helper()
	node := harness.SharedNode(name, 2).Object()
	node.Status.Allocatable[corev1.ResourceEphemeralStorage] = resource.MustParse("100Gi")
	_, err := plane.Admin.CoreV1().Nodes().Create(i.ctx, node, metav1.CreateOptions{})
	i.must(err)
	i.t.Cleanup(func() {
		if err := harness.WipeNodes(context.Background(), plane.Admin); err != nil {
			i.t.Error(err)
		}
	})
}

// as is a client of the user.
func (i *installation) as(user string, groups ...string) kubernetes.Interface {
	i.t.Helper()
	config := rest.CopyConfig(plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: append(groups, "system:authenticated")}
	client, err := kubernetes.NewForConfig(config)
	i.must(err)
	return client
}

// released are the objects of the installed release, its test Pod included.
func (i *installation) released() *Rendered {
	i.t.Helper()
	current, err := action.NewGet(i.helm).Run(releaseName)
	i.must(err)
	rendered := &Rendered{YAML: current.Manifest}
	texts := strings.Split(current.Manifest, "\n---")
	for _, hook := range current.Hooks {
		texts = append(texts, hook.Manifest)
	}
	for _, text := range texts {
		object := Object{Text: text}
		i.must(yaml.Unmarshal([]byte(text), &object.Map))
		rendered.Objects = append(rendered.Objects, object)
	}
	return rendered
}

// pod is the Pod that the Deployment would make.
func (i *installation) pod() *corev1.Pod {
	i.t.Helper()
	deployment, err := plane.Admin.AppsV1().Deployments(i.namespace).Get(i.ctx, "berth", metav1.GetOptions{})
	i.must(err)
	template := deployment.Spec.Template
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "berth-0", Namespace: i.namespace, Labels: template.Labels, Annotations: template.Annotations}, Spec: template.Spec}
}

func (i *installation) eventually(what string, check func() error) {
	i.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			i.t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// dryRun is what the API server says of such a pod; nothing is made.
func dryRun(ctx context.Context, client kubernetes.Interface, namespace string, pod harness.Pod) error {
	_, err := client.CoreV1().Pods(namespace).Create(ctx, pod.Object(), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// awaitNoPolicies waits until those of releases that are gone refuse nothing any more: the API server takes policies
// into force, and out of it, a moment after they were written.
func (i *installation) awaitNoPolicies() {
	i.t.Helper()
	policies, err := plane.Admin.AdmissionregistrationV1().ValidatingAdmissionPolicies().List(i.ctx, metav1.ListOptions{})
	i.must(err)
	if len(policies.Items) > 0 {
		return // Of another release of the same test.
	}
	forged := harness.NewPod("forged", harness.SharedGPU(1024, 0)).Annotated("berth.dev/devices", "0").Annotated("hami.io/bind-phase", "x")
	forged.Node = "n"
	i.eventually("policies of earlier tests are out of force", func() error { return dryRun(i.ctx, plane.Admin, metav1.NamespaceDefault, forged) })
}

func TestUpgradeRollbackAndRemovalLeaveNothing(t *testing.T) {
	i := install(t, "docks", "")
	i.newNamespace("other-docks", nil)
	chart, err := Load()
	i.must(err)
	upgrade := action.NewUpgrade(i.helm)
	upgrade.Namespace = i.namespace
	_, err = upgrade.RunWithContext(i.ctx, releaseName, chart, Parse("{replicas: 3, optIn: {enabled: true}, config: {log: {level: debug}}}"))
	i.must(err)
	deployment, err := plane.Admin.AppsV1().Deployments(i.namespace).Get(i.ctx, "berth", metav1.GetOptions{})
	i.must(err)
	if *deployment.Spec.Replicas != 3 {
		t.Errorf("%d replicas after the upgrade", *deployment.Spec.Replicas)
	}
	i.must(action.NewRollback(i.helm).Run(releaseName))
	current, err := action.NewGet(i.helm).Run(releaseName)
	i.must(err)
	if current.Info.Status != release.StatusDeployed || strings.Contains(current.Manifest, "MutatingAdmissionPolicy") {
		t.Errorf("after the rollback: %s", current.Info.Status)
	}

	// A second release of the same name beside it.
	second := action.Configuration{}
	flags := genericclioptions.NewConfigFlags(false)
	namespace := "other-docks"
	flags.KubeConfig, flags.Namespace = &i.kubeconfig, &namespace
	i.must(second.Init(flags, namespace, "secret", func(string, ...any) {}))
	client := action.NewInstall(&second)
	client.ReleaseName, client.Namespace = releaseName, namespace
	_, err = client.RunWithContext(i.ctx, chart, Parse("{wiring: {mode: service}, service: {clusterIP: 10.0.0.77}}"))
	i.must(err)

	for _, configuration := range []*action.Configuration{&second, i.helm} {
		_, err := action.NewUninstall(configuration).Run(releaseName)
		i.must(err)
	}
	selector := metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=berth"}
	left := func(what string, count int, err error) {
		if err != nil || count != 0 {
			t.Errorf("%d %s are left (%v)", count, what, err)
		}
	}
	roles, err := plane.Admin.RbacV1().ClusterRoles().List(i.ctx, selector)
	left("cluster roles", len(roles.Items), err)
	bindings, err := plane.Admin.RbacV1().ClusterRoleBindings().List(i.ctx, selector)
	left("cluster role bindings", len(bindings.Items), err)
	policies, err := plane.Admin.AdmissionregistrationV1().ValidatingAdmissionPolicies().List(i.ctx, selector)
	left("policies", len(policies.Items), err)
	maps, err := plane.Admin.CoreV1().ConfigMaps("").List(i.ctx, selector)
	left("ConfigMaps", len(maps.Items), err)
	secrets, err := plane.Admin.CoreV1().Secrets("").List(i.ctx, selector)
	// But the keys of records: pods that run on carry records that they prove.
	left("Secrets beside the keys of records", len(slices.DeleteFunc(secrets.Items, func(s corev1.Secret) bool { return s.Name == "berth-record-keys" })), err)
}

// The CA lives through an upgrade, the certificates are renewed and are of that CA.
func TestUpgradeKeepsTheCAAndRenewsCertificates(t *testing.T) {
	i := install(t, "certificates", "wiring: {mode: service}")
	secret := func(name, key string) string {
		t.Helper()
		got, err := plane.Admin.CoreV1().Secrets(i.namespace).Get(i.ctx, name, metav1.GetOptions{})
		i.must(err)
		return string(got.Data[key])
	}
	authority, server := secret("berth-ca", "tls.crt"), secret("berth-server-tls", "tls.crt")
	chart, err := Load()
	i.must(err)
	upgrade := action.NewUpgrade(i.helm)
	upgrade.Namespace, upgrade.ReuseValues = i.namespace, true
	_, err = upgrade.RunWithContext(i.ctx, releaseName, chart, nil)
	i.must(err)
	if authority == "" || secret("berth-ca", "tls.crt") != authority || secret("berth-server-tls", "ca.crt") != authority {
		t.Error("the CA changed, which kube-scheduler would not notice")
	}
	if secret("berth-server-tls", "tls.crt") == server {
		t.Error("the server's certificate was not renewed")
	}
	for name, host := range map[string]string{"berth-server-tls": "berth.certificates.svc", "berth-client-tls": "kube-scheduler"} {
		if err := verify(secret(name, "tls.crt"), authority, host); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := verify(secret("berth-server-tls", "tls.crt"), authority, "elsewhere.svc"); err == nil {
		t.Error("the server's certificate is good for any name")
	}
}

// The key lives through an upgrade, also one that somebody put before it by hand, and through removal.
func TestUpgradeAndReinstallKeepTheRecordKeys(t *testing.T) {
	i := install(t, "record-keys", "")
	keys := func() string {
		t.Helper()
		secret, err := plane.Admin.CoreV1().Secrets(i.namespace).Get(i.ctx, "berth-record-keys", metav1.GetOptions{})
		i.must(err)
		return string(secret.Data["keys"])
	}
	first := keys()
	secret, err := plane.Admin.CoreV1().Secrets(i.namespace).Get(i.ctx, "berth-record-keys", metav1.GetOptions{})
	i.must(err)
	secret.Data["keys"] = []byte("k2:" + strings.Repeat("QUJD", 11) + "\n" + first)
	_, err = plane.Admin.CoreV1().Secrets(i.namespace).Update(i.ctx, secret, metav1.UpdateOptions{})
	i.must(err)
	rotated := keys()
	chart, err := Load()
	i.must(err)
	upgrade := action.NewUpgrade(i.helm)
	upgrade.Namespace = i.namespace
	upgraded, err := upgrade.RunWithContext(i.ctx, releaseName, chart, nil)
	i.must(err)
	if keys() != rotated || !strings.HasSuffix(rotated, first) || !strings.HasPrefix(first, "k1:") {
		t.Error("the upgrade changed the keys")
	}
	if strings.Contains(upgraded.Info.Notes, "acceptUnsignedBefore") {
		t.Errorf("an upgrade that makes no keys warns of them:\n%s", upgraded.Info.Notes)
	}
	_, err = action.NewUninstall(i.helm).Run(releaseName)
	i.must(err)
	client := action.NewInstall(i.helm)
	client.ReleaseName, client.Namespace = releaseName, i.namespace
	_, err = client.RunWithContext(i.ctx, chart, nil)
	i.must(err)
	if keys() != rotated {
		t.Error("installing anew changed the keys")
	}
}

func TestTheUpgradeThatBringsKeysSaysHowToExcuseOlderPods(t *testing.T) {
	i := install(t, "first-keys", "records: {signed: false}")
	chart, err := Load()
	i.must(err)
	upgrade := action.NewUpgrade(i.helm)
	upgrade.Namespace = i.namespace
	upgraded, err := upgrade.RunWithContext(i.ctx, releaseName, chart, Parse("records: {signed: true}"))
	i.must(err)
	_, after, found := strings.Cut(upgraded.Info.Notes, "config.records.acceptUnsignedBefore=")
	before, err := time.Parse(time.RFC3339, strings.TrimSpace(strings.SplitN(after, "\n", 2)[0]))
	if !found || err != nil || time.Since(before).Abs() > time.Hour {
		t.Errorf("notes of the upgrade (%v):\n%s", err, upgraded.Info.Notes)
	}
}

func TestPodsMeetTheRestrictedLevel(t *testing.T) {
	for mode, namespace := range map[string]string{"bundled": "restricted-1", "service": "restricted-2"} {
		i := install(t, namespace, "wiring: {mode: "+mode+"}")
		_, err := plane.Admin.CoreV1().Pods(namespace).Create(i.ctx, i.pod(), metav1.CreateOptions{})
		i.must(err)
		lax := i.pod()
		lax.Name = "lax"
		lax.Spec.Containers[0].SecurityContext = nil
		if _, err := plane.Admin.CoreV1().Pods(namespace).Create(i.ctx, lax, metav1.CreateOptions{}); err == nil || !strings.Contains(err.Error(), "PodSecurity") {
			t.Errorf("%s: a lax Pod is admitted: %v", mode, err)
		}
	}
}

// A tenant with the role edit, Berth's own account, and a backup tool.
func TestOnlyBerthDecidesDevices(t *testing.T) {
	i := install(t, "policies", "policies: {resultAnnotations: {allowedUsers: [backup], hamiUsers: [hami]}}")
	i.newNamespace("tenant", map[string]string{})
	for _, user := range []string{"tenant", "backup", "hami", "system:serviceaccount:policies:berth"} {
		role := "system:aggregate-to-edit" // What edit is made of, by a controller that does not run here.
		if user != "tenant" {
			role = "cluster-admin" // What the policy says must not be what RBAC says.
		}
		_, err := plane.Admin.RbacV1().RoleBindings("tenant").Create(i.ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: strings.ReplaceAll(user, ":", "-")},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}},
		}, metav1.CreateOptions{})
		i.must(err)
	}
	tenant, berth, backup, hami := i.as("tenant"), i.as("system:serviceaccount:policies:berth"), i.as("backup"), i.as("hami")
	const denied = "only Berth decides devices"
	create := func(client kubernetes.Interface, pod harness.Pod) error {
		_, err := client.CoreV1().Pods("tenant").Create(i.ctx, pod.Object(), metav1.CreateOptions{})
		return err
	}
	patch := func(client kubernetes.Interface, pod, annotations string, subresource ...string) error {
		_, err := client.CoreV1().Pods("tenant").Patch(i.ctx, pod, "application/merge-patch+json",
			[]byte(`{"metadata": {"annotations": `+annotations+`}}`), metav1.PatchOptions{}, subresource...)
		return err
	}
	bind := func(client kubernetes.Interface, pod, key string) error {
		return client.CoreV1().Pods("tenant").Bind(i.ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: pod, Annotations: map[string]string{key: "0"}}, Target: corev1.ObjectReference{Kind: "Node", Name: "n"},
		}, metav1.CreateOptions{})
	}
	share := harness.SharedGPU(1024, 0)
	placed, sidecar := harness.NewPod("placed", share), harness.NewPod("placed-sidecar", nil)
	placed.Node, sidecar.Node, sidecar.Sidecars = "n", "n", []harness.Resources{share}
	for denial, pod := range map[string]harness.Pod{
		"berth.dev/devices": harness.NewPod("forged", share).Annotated("berth.dev/devices", "0"),
		"hami.io":           harness.NewPod("forged-hami", share).Annotated("hami.io/bind-phase", "x"),
		"spec.nodeName":     placed,
	} {
		i.eventually("each policy is in force", func() error {
			if err := dryRun(i.ctx, tenant, "tenant", pod); err == nil || !strings.Contains(err.Error(), denial) {
				return fmt.Errorf("%s: %v, want a denial with %q", pod.Name, err, denial)
			}
			return nil
		})
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		i.must(create(tenant, harness.NewPod(name, share).Annotated("berth.dev/model", "m").Annotated("team", "x")))
	}
	mirror := i.as("system:node:n", "system:nodes", "system:masters")
	plain := harness.NewPod("plain", harness.Resources{"cpu": 1})
	plain.Node = "n"
	static := harness.NewPod("static", share).Annotated("kubernetes.io/config.mirror", "x")
	static.Node = "n"

	for _, test := range []struct {
		name string
		err  error
		want string // Of the error; empty: allowed.
	}{
		{"tenant makes a pod with a record", create(tenant, harness.NewPod("x1", share).Annotated("berth.dev/allocation", "{}")), denied + ": berth.dev/allocation"},
		{"tenant makes a pod with a variant", create(tenant, harness.NewPod("x2", share).Annotated("berth.dev/model-variant", "m@x")), denied},
		{"tenant makes a pod with a decision", create(tenant, harness.NewPod("x3", share).Annotated("berth.dev/decision", "1")), denied},
		{"tenant sets devices", patch(tenant, "a", `{"berth.dev/devices": "1"}`), denied + ": berth.dev/devices may not be set, changed or removed by tenant"},
		{"tenant asks for another model", patch(tenant, "a", `{"berth.dev/model": "n"}`), ""},
		{"an administrator sets devices by the status", patch(plane.Admin, "a", `{"berth.dev/devices": "1"}`, "status"), denied},
		{"an administrator writes another status", patch(plane.Admin, "a", `{"other": "1"}`, "status"), ""},
		{"an administrator binds with devices", bind(plane.Admin, "a", "berth.dev/devices"), denied},
		{"an administrator binds without", bind(plane.Admin, "b", "other"), ""},
		{"Berth binds with devices", bind(berth, "c", "berth.dev/devices"), ""},
		{"tenant changes what Berth wrote", patch(tenant, "c", `{"berth.dev/devices": "1"}`), denied},
		{"tenant removes what Berth wrote", patch(tenant, "c", `{"berth.dev/devices": null}`), denied},
		{"tenant keeps what Berth wrote", patch(tenant, "c", `{"berth.dev/devices": "0", "team": "y"}`), ""},
		{"a backup tool restores a pod", create(backup, harness.NewPod("restored", share).Annotated("berth.dev/devices", "0")), ""},
		{"tenant forges HAMi's record", create(tenant, harness.NewPod("x4", share).Annotated("hami.io/vgpu-devices-allocated", "x")), denied},
		{"HAMi writes its own", patch(hami, "d", `{"hami.io/bind-phase": "success"}`), ""},
		{"HAMi does not write Berth's", patch(hami, "d", `{"berth.dev/devices": "1"}`), denied},
		{"Berth binds with HAMi's", bind(berth, "e", "hami.io/bind-phase"), ""},
		{"gpushare's are free while nobody is named", create(tenant, harness.NewPod("gpushare", share).Annotated("ALIYUN_COM_GPU_MEM_IDX", "0")), ""},
		{"tenant places a pod with devices", create(tenant, placed), "spec.nodeName: a pod that asks for berth.dev resources must not name its node"},
		{"tenant places one whose sidecar asks", create(tenant, sidecar), "spec.nodeName"},
		{"tenant places a pod without devices", create(tenant, plain), ""},
		{"a kubelet shows a static pod", create(mirror, static), ""},
	} {
		switch {
		case test.want == "" && test.err != nil:
			t.Errorf("%s: refused: %v", test.name, test.err)
		case test.want != "" && (test.err == nil || !strings.Contains(test.err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.name, test.err, test.want)
		}
	}
}

func TestOptInChangesExactlyTheWantedPods(t *testing.T) {
	i := install(t, "opt-in", "optIn: {enabled: true}")
	i.newNamespace("opted", map[string]string{"berth.dev/scheduling": "enabled"})
	i.newNamespace("not-opted", nil)
	scheduler := func(namespace string, pod harness.Pod, change func(*corev1.Pod)) string {
		t.Helper()
		object := pod.Object()
		object.Spec.SchedulerName = ""
		object.GenerateName, object.Name = pod.Name+"-", ""
		if change != nil {
			change(object)
		}
		made, err := plane.Admin.CoreV1().Pods(namespace).Create(i.ctx, object, metav1.CreateOptions{})
		i.must(err)
		return made.Spec.SchedulerName
	}
	i.eventually("the policy is in force", func() error {
		if got := scheduler("opted", harness.NewPod("first", harness.WholeGPUs(1)), nil); got != "berth" {
			return fmt.Errorf("scheduler %s", got)
		}
		return nil
	})
	inits := harness.NewPod("init", nil)
	inits.Inits = []harness.Resources{harness.SharedGPU(1, 0)}
	for _, test := range []struct {
		name, namespace string
		pod             harness.Pod
		change          func(*corev1.Pod)
		want            string
	}{
		{"whole devices", "opted", harness.NewPod("whole", harness.WholeGPUs(1)), nil, "berth"},
		{"shares", "opted", harness.NewPod("share", harness.SharedGPU(1, 0)), nil, "berth"},
		{"shares of an init container", "opted", inits, nil, "berth"},
		{"a model alone", "opted", harness.NewPod("model", nil).Annotated("berth.dev/model", "m"), nil, "berth"},
		{"no devices", "opted", harness.NewPod("plain", harness.Resources{"cpu": 1}), nil, "default-scheduler"},
		{"a scheduler of its own", "opted", harness.NewPod("own", harness.WholeGPUs(1)), func(p *corev1.Pod) { p.Spec.SchedulerName = "own" }, "own"},
		{"a node already", "opted", harness.NewPod("node", harness.WholeGPUs(1)), func(p *corev1.Pod) { p.Spec.NodeName = "n" }, "default-scheduler"},
		{"another namespace", "not-opted", harness.NewPod("whole", harness.WholeGPUs(1)), nil, "default-scheduler"},
	} {
		if got := scheduler(test.namespace, test.pod, test.change); got != test.want {
			t.Errorf("%s: scheduler %s, want %s", test.name, got, test.want)
		}
	}
}

func TestPodsOfOurSchedulerTolerateTheTaintAndNoOthers(t *testing.T) {
	i := install(t, "tainted", "{acceleratorNodes: {enabled: true}, optIn: {enabled: true}}")
	i.newNamespace("taint-opted", map[string]string{"berth.dev/scheduling": "enabled"})
	i.newNamespace("taint-plain", nil)
	ours := corev1.Toleration{Key: "berth.dev/accelerator", Operator: "Equal", Value: "true", Effect: "NoSchedule"}
	// How often a new pod tolerates the taint, and how many tolerations it has of its own making.
	tolerates := func(namespace, scheduler string, own ...corev1.Toleration) (taint, others int) {
		t.Helper()
		object := harness.NewPod("pod", harness.WholeGPUs(1)).Object()
		object.Spec.SchedulerName, object.Spec.Tolerations = scheduler, own
		object.GenerateName, object.Name = "pod-", ""
		made, err := plane.Admin.CoreV1().Pods(namespace).Create(i.ctx, object, metav1.CreateOptions{})
		i.must(err)
		for _, toleration := range made.Spec.Tolerations {
			if toleration.Key == ours.Key {
				taint++
			} else if toleration.Key == "own" {
				others++
			}
		}
		return taint, others
	}
	i.eventually("the policy is in force", func() error {
		if taint, _ := tolerates("taint-plain", "berth"); taint != 1 {
			return fmt.Errorf("tolerated %d times", taint)
		}
		return nil
	})
	own := corev1.Toleration{Key: "own", Operator: "Exists"}
	exists := corev1.Toleration{Key: ours.Key, Operator: "Exists"}
	for _, test := range []struct {
		name, namespace, scheduler string
		own                        []corev1.Toleration
		taint, others              int
	}{
		{"a pod of ours", "taint-plain", "berth", nil, 1, 0},
		{"one with a toleration of its own", "taint-plain", "berth", []corev1.Toleration{own}, 1, 1},
		{"one that tolerates it", "taint-plain", "berth", []corev1.Toleration{ours}, 1, 0},
		{"one that tolerates any value", "taint-plain", "berth", []corev1.Toleration{exists}, 1, 0},
		{"one that is opted in", "taint-opted", "", nil, 1, 0},
		{"a pod of another scheduler", "taint-opted", "other", []corev1.Toleration{own}, 0, 1},
		{"a pod of the default scheduler", "taint-plain", "", nil, 0, 0},
	} {
		if taint, others := tolerates(test.namespace, test.scheduler, test.own...); taint != test.taint || others != test.others {
			t.Errorf("%s: the taint is tolerated %d times and %d others, want %d and %d", test.name, taint, others, test.taint, test.others)
		}
	}
}

// The two processes of a Pod, as its ServiceAccount and with the configuration that it would read.
func TestThePodsOfTheChartPlacePodsWithTheirOwnRights(t *testing.T) {
	i := install(t, "live", "scheduler: {name: live}")
	files := configurations(t, i.released())
	files["berth.yaml"] = strings.ReplaceAll(files["berth.yaml"], "/etc/berth/records", i.mount("berth-record-keys"))
	account := filepath.Join(t.TempDir(), "account")
	i.must(plane.AccountKubeconfig(i.ctx, account, "", i.namespace, "berth"))
	i.newNode("live-1")

	berth, err := plane.NewBerth(i.ctx, harness.BerthOptions{
		Binary: os.Getenv("BERTH_BINARY"), Configuration: files["berth.yaml"], Catalog: files["catalog.yaml"], Kubeconfig: account,
	})
	i.must(err)
	i.must(berth.Start(i.ctx))
	t.Cleanup(berth.Kill)
	scheduler, err := plane.StartScheduler(i.ctx, harness.SchedulerOptions{Kubeconfig: account, Configuration: []byte(
		edit(t, files["scheduler.yaml"], func(config Values) {
			set(config, "clientConnection.kubeconfig", account)
			config["extenders"].([]any)[0].(Values)["urlPrefix"] = berth.URL()
		}))})
	i.must(err)
	t.Cleanup(scheduler.Kill)

	i.placesPods("live", berth, scheduler)
	lease, err := plane.Admin.CoordinationV1().Leases(i.namespace).Get(i.ctx, "berth-scheduler", metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		t.Errorf("kube-scheduler has no Lease of its own: %v", err)
	}
	i.nothingForbidden(scheduler, berth.Process)
}

// placesPods lets the scheduler and Berth place a pod, and the Pod of helm test, and runs what that runs.
func (i *installation) placesPods(schedulerName string, berth *harness.Berth, scheduler *harness.Process) {
	t := i.t
	t.Helper()
	i.newNamespace(i.namespace+"-pods", nil)
	share := harness.NewPod("share", harness.SharedGPU(8*harness.GiB, 0)).Object()
	share.Spec.SchedulerName = schedulerName
	_, err := plane.Admin.CoreV1().Pods(i.namespace+"-pods").Create(i.ctx, share, metav1.CreateOptions{})
	i.must(err)
	test := &corev1.Pod{}
	hook, err := i.released().Find("Pod", "berth-test")
	i.must(err)
	i.must(yaml.Unmarshal([]byte(hook.Text), test))
	_, err = plane.Admin.CoreV1().Pods(i.namespace).Create(i.ctx, test, metav1.CreateOptions{})
	i.must(err)

	bound := func(namespace, name string) func() error {
		return func() error {
			pod, err := plane.Admin.CoreV1().Pods(namespace).Get(i.ctx, name, metav1.GetOptions{})
			if err == nil && pod.Spec.NodeName != i.namespace+"-1" {
				err = fmt.Errorf("not bound: %+v\n%s", pod.Status.Conditions, scheduler.LogTail(10))
			}
			if err == nil && name == "share" && (pod.Annotations["berth.dev/devices"] == "" || !strings.Contains(pod.Annotations["berth.dev/allocation"], `"mac":"k1:`)) {
				err = fmt.Errorf("bound without devices or without proof: %v", pod.Annotations)
			}
			return err
		}
	}
	i.eventually("the pod is bound by Berth", bound(i.namespace+"-pods", "share"))
	i.eventually("the Pod of helm test is bound by Berth", bound(i.namespace, "berth-test"))

	// What the Pod of helm test runs.
	arguments := test.Spec.Containers[0].Args
	if at := len(arguments) - 1; !strings.HasPrefix(arguments[at], "http://berth-operations."+i.namespace+".svc:7481") {
		t.Errorf("helm test asks %s", arguments[at])
	} else {
		arguments[at] = "http://" + berth.OperationsAddress()
	}
	if output, err := exec.CommandContext(i.ctx, os.Getenv("BERTH_BINARY"), arguments...).CombinedOutput(); err != nil || !strings.Contains(string(output), i.namespace+"-1") {
		t.Errorf("helm test fails: %v\n%s", err, output)
	}
}

func (i *installation) nothingForbidden(processes ...*harness.Process) {
	t := i.t
	t.Helper()
	for _, process := range processes {
		log := process.LogSince(0)
		if len(log) == 0 {
			t.Errorf("%s logged nothing", process.Name)
		}
		for line := range strings.Lines(log) {
			if strings.Contains(strings.ToLower(line), "forbidden") {
				t.Errorf("%s: %s", process.Name, line)
			}
		}
	}
}

// Two Berths of mode service, and a kube-scheduler of the cluster with the entry of extenders that the chart writes.
func TestThePodsOfModeServicePlacePodsWithTheirOwnRights(t *testing.T) {
	i := install(t, "served", "{wiring: {mode: service}, test: {schedulerName: served}, config: {leadership: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}, kubernetes: {bindTimeout: 1s}}}")
	files := configurations(t, i.released())
	account := filepath.Join(t.TempDir(), "account")
	i.must(plane.AccountKubeconfig(i.ctx, account, "", i.namespace, "berth"))
	i.newNode("served-1")
	server, client := i.mount("berth-server-tls"), i.mount("berth-client-tls")
	mounts := strings.NewReplacer("/etc/berth/tls", server, "/etc/berth/records", i.mount("berth-record-keys"))

	selector, err := plane.Admin.CoreV1().Services(i.namespace).Get(i.ctx, "berth", metav1.GetOptions{})
	i.must(err)
	service, err := plane.NewService(i.namespace, selector.Spec.Selector)
	i.must(err)
	t.Cleanup(service.Close)
	berths := map[string]*harness.Berth{}
	for _, name := range []string{"berth-0", "berth-1"} {
		berth, err := plane.NewBerth(i.ctx, harness.BerthOptions{
			Binary: os.Getenv("BERTH_BINARY"), Catalog: files["catalog.yaml"], Kubeconfig: account, Name: "served-" + name,
			Pod: name, PodNamespace: i.namespace, Configuration: mounts.Replace(files["berth.yaml"]),
		})
		i.must(err)
		pod := i.pod()
		pod.Name = name
		i.must(service.AddPod(i.ctx, pod, berth.SchedulerAddress()))
		i.must(berth.Start(i.ctx))
		t.Cleanup(berth.Kill)
		berths[name] = berth
	}
	var leader string
	i.eventually("one Pod is selected by the chart's Service", func() error {
		names, err := service.Labelled(i.ctx)
		if err != nil || len(names) != 1 {
			return fmt.Errorf("selected: %q %v", names, err)
		}
		leader = names[0]
		return nil
	})
	scheduler, err := plane.StartScheduler(i.ctx, harness.SchedulerOptions{Configuration: []byte(
		edit(t, strings.ReplaceAll(files["scheduler.yaml"], "/etc/kubernetes/berth", client), func(config Values) {
			set(config, "clientConnection.kubeconfig", filepath.Join(filepath.Dir(plane.CAFile()), "kube-scheduler.kubeconfig"))
			set(config, "leaderElection.leaderElect", false)
			config["profiles"] = []any{Values{"schedulerName": "served"}}
			config["extenders"].([]any)[0].(Values)["urlPrefix"] = "https://" + service.Address()
		}))})
	i.must(err)
	t.Cleanup(scheduler.Kill)
	i.placesPods("served", berths[leader], scheduler)
	lease, err := plane.Admin.CoordinationV1().Leases(i.namespace).Get(i.ctx, "berth", metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil || !strings.HasPrefix(*lease.Spec.HolderIdentity, leader+"_") {
		t.Errorf("the Lease is not held by %s: %v", leader, err)
	}
	i.nothingForbidden(scheduler, berths["berth-0"].Process, berths["berth-1"].Process)
}

// mount writes a Secret's files into a directory, as a volume does.
func (i *installation) mount(secret string) string {
	i.t.Helper()
	object, err := plane.Admin.CoreV1().Secrets(i.namespace).Get(i.ctx, secret, metav1.GetOptions{})
	i.must(err)
	directory := i.t.TempDir()
	for file, content := range object.Data {
		i.must(os.WriteFile(filepath.Join(directory, file), content, 0o600))
	}
	return directory
}

func edit(t *testing.T, text string, change func(Values)) string {
	t.Helper()
	values := Parse(text)
	change(values)
	edited, err := yaml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return string(edited)
}
