package harness

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Image is what every container of the tests runs.
const Image = "registry.example/model-server:1"

// GiB in MiB, the unit of device memory.
const GiB = 1024

// Node describes a node as the device plugin and GPU feature discovery would leave it.
type Node struct {
	Name       string
	GPUs       int
	Product    string // NVIDIA-A100-SXM4-80GB when empty.
	GPUMemory  int64  // MiB per device; 80 GiB when 0.
	Shared     bool   // Labelled berth.dev/sharing: native.
	Advertised bool   // The device plugin advertises nvidia.com/gpu in allocatable.
	CPU        string // 64 when empty.
	Labels     map[string]string
	IDs        []string // UUIDs of the devices, by berth.dev/device-override; indices when empty.
	Shunned    bool     // Carries a PreferNoSchedule taint.
	Images     []string // Large images that kube-scheduler's own scoring likes to find.
}

// SharedNode is a node whose devices Berth shares out.
func SharedNode(name string, gpus int) Node { return Node{Name: name, GPUs: gpus, Shared: true} }

// WholeNode is a node whose device plugin hands out whole devices.
func WholeNode(name string, gpus int) Node { return Node{Name: name, GPUs: gpus, Advertised: true} }

// With labels the node.
func (n Node) With(label, value string) Node {
	n.Labels = maps.Clone(n.Labels)
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels[label] = value
	return n
}

// Memory sets the memory of each device.
func (n Node) Memory(mib int64) Node {
	n.GPUMemory = mib
	return n
}

// Object is the Node as it is posted: the API server keeps the status of a node that is created with one.
func (n Node) Object() *corev1.Node {
	memory, product, cpu := n.GPUMemory, n.Product, n.CPU
	if memory == 0 {
		memory = 80 * GiB
	}
	if product == "" {
		product = "NVIDIA-A100-SXM4-80GB"
	}
	if cpu == "" {
		cpu = "64"
	}
	labels := map[string]string{"kubernetes.io/hostname": n.Name}
	if n.GPUs > 0 {
		labels["nvidia.com/gpu.product"] = product
		labels["nvidia.com/gpu.count"] = strconv.Itoa(n.GPUs)
		labels["nvidia.com/gpu.memory"] = strconv.FormatInt(memory, 10)
	}
	if n.Shared {
		labels["berth.dev/sharing"] = "native"
	}
	maps.Copy(labels, n.Labels)
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse(cpu),
		corev1.ResourceMemory: resource.MustParse("512Gi"),
		corev1.ResourcePods:   resource.MustParse("110"),
	}
	if n.Advertised {
		capacity[WholeResource] = *resource.NewQuantity(int64(n.GPUs), resource.DecimalSI)
	}
	var taints []corev1.Taint
	if n.Shunned {
		taints = []corev1.Taint{{Key: "e2e", Value: "shunned", Effect: corev1.TaintEffectPreferNoSchedule}}
	}
	annotations := map[string]string{}
	if len(n.IDs) > 0 {
		var devices []string
		for _, id := range n.IDs {
			devices = append(devices, fmt.Sprintf(`{"id": %q, "memoryMiB": %d, "healthy": true}`, id, memory))
		}
		annotations["berth.dev/device-override"] = fmt.Sprintf(`{"product": %q, "devices": [%s]}`, product, strings.Join(devices, ", "))
	}
	var images []corev1.ContainerImage
	for _, image := range n.Images {
		images = append(images, corev1.ContainerImage{Names: []string{image}, SizeBytes: 2 << 30})
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: labels, Annotations: annotations},
		Spec:       corev1.NodeSpec{Taints: taints},
		Status: corev1.NodeStatus{
			Capacity:    capacity,
			Allocatable: capacity,
			Images:      images,
			Conditions:  []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}},
		},
	}
}

// Resources are integer amounts by resource name, limits and requests alike.
type Resources map[corev1.ResourceName]int64

// SharedGPU asks for memory (MiB) and compute (percent) on one shared device.
func SharedGPU(memoryMiB, cores int64) Resources {
	r := Resources{"berth.dev/gpu-memory": memoryMiB}
	if cores > 0 {
		r["berth.dev/gpu-cores"] = cores
	}
	return r
}

// On takes the same on so many distinct devices.
func (r Resources) On(devices int64) Resources {
	r = maps.Clone(r)
	r["berth.dev/gpu-count"] = devices
	return r
}

// WholeGPUs asks for whole devices.
func WholeGPUs(devices int64) Resources { return Resources{WholeResource: devices} }

// Pod describes a pod of the tests; it asks for the scheduler named SchedulerName.
type Pod struct {
	Name        string
	Containers  []Resources
	Inits       []Resources
	Sidecars    []Resources // Init containers that stay (restartPolicy Always).
	Annotations map[string]string
	Labels      map[string]string
	Only        string // Name of the one node it may run on.
	Needs       string // Value of the label "e2e" that a pod on its node must carry, by required affinity.
	Prefers     string // Name of the node that kube-scheduler's own scoring shall prefer.
	Node        string // Bound by hand, past the scheduler, as a static pod is.
	Lingers     bool   // Keeps its termination grace period: nobody confirms its end, so it terminates for long.
}

// NewPod is a pod of one container.
func NewPod(name string, resources Resources) Pod {
	return Pod{Name: name, Containers: []Resources{resources}}
}

// Pods are so many equal pods, named name-0 and so on.
func Pods(count int, name string, resources Resources) []Pod {
	pods := make([]Pod, count)
	for i := range pods {
		pods[i] = NewPod(fmt.Sprintf("%s-%d", name, i), resources)
	}
	return pods
}

// Annotated adds an annotation.
func (p Pod) Annotated(key, value string) Pod {
	p.Annotations = maps.Clone(p.Annotations)
	if p.Annotations == nil {
		p.Annotations = map[string]string{}
	}
	p.Annotations[key] = value
	return p
}

// Labelled adds a label.
func (p Pod) Labelled(key, value string) Pod {
	p.Labels = maps.Clone(p.Labels)
	if p.Labels == nil {
		p.Labels = map[string]string{}
	}
	p.Labels[key] = value
	return p
}

// Object is the Pod as it is posted.
func (p Pod) Object() *corev1.Pod {
	grace := int64(0)
	if p.Lingers {
		grace = 600
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: p.Name, Annotations: p.Annotations, Labels: p.Labels},
		Spec: corev1.PodSpec{
			SchedulerName:                 SchedulerName,
			NodeName:                      p.Node,
			TerminationGracePeriodSeconds: &grace,
		},
	}
	always := corev1.ContainerRestartPolicyAlways
	for i, resources := range p.Inits {
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, container("init", i, resources))
	}
	for i, resources := range p.Sidecars {
		sidecar := container("sidecar", i, resources)
		sidecar.RestartPolicy = &always
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, sidecar)
	}
	for i, resources := range p.Containers {
		pod.Spec.Containers = append(pod.Spec.Containers, container("main", i, resources))
	}
	if p.Only != "" {
		pod.Spec.NodeSelector = map[string]string{"kubernetes.io/hostname": p.Only}
	}
	if p.Needs != "" {
		pod.Spec.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
				LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"e2e": p.Needs}},
				TopologyKey:   "kubernetes.io/hostname",
			}},
		}}
	}
	if p.Prefers != "" {
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{
				Weight: 100,
				Preference: corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: "kubernetes.io/hostname", Operator: corev1.NodeSelectorOpIn, Values: []string{p.Prefers},
				}}},
			}},
		}}
	}
	return pod
}

func container(kind string, index int, resources Resources) corev1.Container {
	limits := corev1.ResourceList{}
	for name, amount := range resources {
		limits[name] = *resource.NewQuantity(amount, resource.DecimalSI)
	}
	return corev1.Container{
		Name:      fmt.Sprintf("%s-%d", kind, index),
		Image:     Image,
		Resources: corev1.ResourceRequirements{Limits: limits, Requests: limits},
	}
}

// DeviceIDs are the devices that Berth wrote on a bound pod.
func DeviceIDs(pod *corev1.Pod) []string {
	text := pod.Annotations["berth.dev/devices"]
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
