package chart

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// decoded is the rendered object of that kind and name.
func decoded[T any](t *testing.T, rendered *Rendered, kind, name string) T {
	t.Helper()
	var typed T
	object, err := rendered.Find(kind, name)
	if err == nil {
		err = yaml.UnmarshalStrict([]byte(object.Text), &typed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return typed
}

// What an operator gets who sets nothing survives the loss of a node, starves nobody, and may do nothing more than it must.
func TestTheDefaultsAreThoseOfProduction(t *testing.T) {
	for _, mode := range []string{"bundled", "service"} {
		rendered := render(t, "wiring: {mode: "+mode+"}", Options{})
		deployment := decoded[appsv1.Deployment](t, rendered, "Deployment", "berth")
		pod := deployment.Spec.Template.Spec
		if *deployment.Spec.Replicas != 2 || *deployment.Spec.RevisionHistoryLimit != 3 {
			t.Errorf("%s: %d replicas, %d old ones kept", mode, *deployment.Spec.Replicas, *deployment.Spec.RevisionHistoryLimit)
		}
		if pod.PriorityClassName != "system-cluster-critical" {
			t.Errorf("%s: priority class %q", mode, pod.PriorityClassName)
		}
		budget := decoded[policyv1.PodDisruptionBudget](t, rendered, "PodDisruptionBudget", "berth")
		if budget.Spec.MaxUnavailable == nil || budget.Spec.MaxUnavailable.IntValue() != 1 {
			t.Errorf("%s: disruption budget %v", mode, budget.Spec.MaxUnavailable)
		}
		var keys []string
		for _, constraint := range pod.TopologySpreadConstraints {
			keys = append(keys, constraint.TopologyKey)
		}
		if got := strings.Join(keys, " "); got != "kubernetes.io/hostname topology.kubernetes.io/zone" {
			t.Errorf("%s: spread over %q", mode, got)
		}
		policy := decoded[networkingv1.NetworkPolicy](t, rendered, "NetworkPolicy", "berth")
		if len(policy.Spec.PolicyTypes) == 0 {
			t.Errorf("%s: the network policy holds nothing", mode)
		}
		checkContainers(t, mode, pod)
		checkToken(t, mode, pod)
	}
}

func checkContainers(t *testing.T, mode string, pod corev1.PodSpec) {
	t.Helper()
	for _, container := range pod.Containers {
		requests, limits := container.Resources.Requests, container.Resources.Limits
		if requests.Cpu().IsZero() || requests.Memory().IsZero() || limits.Memory().IsZero() || !limits.Cpu().IsZero() {
			t.Errorf("%s: %s wants requests and a memory limit, and no CPU limit, which throttles: %v", mode, container.Name, container.Resources)
		}
		security := container.SecurityContext
		if security == nil || !*security.ReadOnlyRootFilesystem || *security.AllowPrivilegeEscalation || len(security.Capabilities.Drop) != 1 || security.Capabilities.Drop[0] != "ALL" {
			t.Errorf("%s: %s: security context %v", mode, container.Name, security)
		}
		if container.LivenessProbe == nil || container.ReadinessProbe == nil || container.StartupProbe == nil {
			t.Errorf("%s: %s lacks a probe", mode, container.Name)
		}
	}
}

// checkToken wants one token, short-lived and mounted by the chart itself.
func checkToken(t *testing.T, mode string, pod corev1.PodSpec) {
	t.Helper()
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Errorf("%s: the token of the service account is mounted by itself", mode)
	}
	tokens := 0
	for _, volume := range pod.Volumes {
		if volume.Projected == nil {
			continue
		}
		for _, source := range volume.Projected.Sources {
			if source.ServiceAccountToken != nil {
				tokens++
				if *source.ServiceAccountToken.ExpirationSeconds > 3607 {
					t.Errorf("%s: the token lives for %d s", mode, *source.ServiceAccountToken.ExpirationSeconds)
				}
			}
		}
	}
	if tokens != 1 {
		t.Errorf("%s: %d tokens", mode, tokens)
	}
}

func TestWhatArtifactHubShowsIsThere(t *testing.T) {
	chart, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"license", "category", "images", "changes"} {
		if chart.Metadata.Annotations["artifacthub.io/"+key] == "" {
			t.Errorf("no annotation artifacthub.io/%s", key)
		}
	}
	images := chart.Metadata.Annotations["artifacthub.io/images"]
	for _, want := range []string{"ghcr.io/berth-dev/berth:" + chart.Metadata.AppVersion, "registry.k8s.io/kube-scheduler:" + newest} {
		if !strings.Contains(images, want) {
			t.Errorf("artifacthub.io/images does not name %s:\n%s", want, images)
		}
	}
}
