// Package oracle counts devices on its own: from the nodes' labels, the pods' specs, and which devices the pods'
// annotations name. It shares no code with Berth, so that nothing of Berth's checks itself.
package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Resource names of the native dialect.
const (
	gpuMemory = "berth.dev/gpu-memory"
	gpuCores  = "berth.dev/gpu-cores"
	gpuCount  = "berth.dev/gpu-count"
	wholeGPU  = "nvidia.com/gpu"
)

// Device is what is taken of one shared device.
type Device struct {
	MemoryMiB, Cores           int64 // Capacity.
	TakenMemoryMiB, TakenCores int64
	Pods                       []string
}

// Node is what is taken of one node.
type Node struct {
	Devices      map[string]*Device // By index, shared nodes only.
	Whole, Taken int64              // Whole devices.
	mixed        bool
}

// Cluster is everything that is taken.
type Cluster map[string]*Node

// Count charges every pod that holds devices, and returns each way in which the cluster breaks the rules.
func Count(nodes []corev1.Node, pods []corev1.Pod) (Cluster, []string) {
	cluster := Cluster{}
	for i := range nodes {
		cluster[nodes[i].Name] = newNode(&nodes[i])
	}
	var broken []string
	for i := range pods {
		if pod := &pods[i]; holdsRoom(pod) {
			if err := cluster.charge(pod); err != nil {
				broken = append(broken, fmt.Sprintf("pod %s on %s: %v", pod.Name, pod.Spec.NodeName, err))
			}
		}
	}
	return cluster, append(broken, cluster.overCapacity()...)
}

func newNode(node *corev1.Node) *Node {
	whole := node.Status.Allocatable[wholeGPU]
	n := &Node{Whole: whole.Value()}
	if node.Labels["berth.dev/sharing"] != "native" {
		return n
	}
	if n.mixed = n.Whole > 0; n.mixed {
		return n
	}
	n.Devices = map[string]*Device{}
	var override struct{ Devices []struct{ ID string } }
	_ = json.Unmarshal([]byte(node.Annotations["berth.dev/device-override"]), &override) // Most nodes have none.
	memory, _ := strconv.ParseInt(node.Labels["nvidia.com/gpu.memory"], 10, 64)
	for _, device := range override.Devices {
		n.Devices[device.ID] = &Device{MemoryMiB: memory, Cores: 100}
	}
	if len(n.Devices) > 0 {
		return n
	}
	count, _ := strconv.Atoi(node.Labels["nvidia.com/gpu.count"])
	for i := range count {
		n.Devices[strconv.Itoa(i)] = &Device{MemoryMiB: memory, Cores: 100}
	}
	return n
}

// A terminating pod holds its room until its containers have ended.
func holdsRoom(pod *corev1.Pod) bool {
	if pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return false
	}
	ended := len(pod.Status.ContainerStatuses) == len(pod.Spec.Containers)
	for i := range pod.Status.ContainerStatuses {
		ended = ended && pod.Status.ContainerStatuses[i].State.Terminated != nil
	}
	return pod.DeletionTimestamp == nil || !ended
}

func (c Cluster) charge(pod *corev1.Pod) error {
	memory, cores, whole := Request(pod, gpuMemory), Request(pod, gpuCores), Request(pod, wholeGPU)
	if memory == 0 && cores == 0 && whole == 0 {
		return nil
	}
	node, known := c[pod.Spec.NodeName]
	if !known {
		return fmt.Errorf("no such node")
	}
	if node.mixed {
		return fmt.Errorf("the node mixes whole and shared devices")
	}
	if whole > 0 {
		node.Taken += whole
		return nil
	}

	var ids []string
	if text := pod.Annotations["berth.dev/devices"]; text != "" {
		ids = strings.Split(text, ",")
	}
	if want := deviceCount(pod); int64(len(ids)) != want {
		return fmt.Errorf("asks for %d devices, has %q", want, ids)
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		return fmt.Errorf("has a device twice: %q", ids)
	}
	for _, id := range ids {
		device, known := node.Devices[id]
		if !known {
			return fmt.Errorf("the node has no device %q", id)
		}
		// All of a device's compute is the device, whatever memory was asked.
		if cores >= 100 {
			device.TakenMemoryMiB += device.MemoryMiB
		} else {
			device.TakenMemoryMiB += memory
		}
		device.TakenCores += cores
		device.Pods = append(device.Pods, pod.Name)
	}
	return nil
}

func (c Cluster) overCapacity() []string {
	var over []string
	for name, node := range c {
		if node.Taken > node.Whole {
			over = append(over, fmt.Sprintf("node %s: %d of %d whole devices taken", name, node.Taken, node.Whole))
		}
		for id, d := range node.Devices {
			if d.TakenMemoryMiB > d.MemoryMiB || d.TakenCores > d.Cores {
				over = append(over, fmt.Sprintf("node %s device %s: %d of %d MiB, %d of %d percent taken by %q",
					name, id, d.TakenMemoryMiB, d.MemoryMiB, d.TakenCores, d.Cores, d.Pods))
			}
		}
	}
	slices.Sort(over)
	return over
}

// Request is what a pod takes of a resource by Kubernetes' rule: the larger of what all containers and sidecars
// take together, and what each init container takes beside the sidecars started before it.
func Request(pod *corev1.Pod, resource corev1.ResourceName) int64 {
	var running, peak int64
	for i := range pod.Spec.InitContainers {
		init := &pod.Spec.InitContainers[i]
		amount := limit(init, resource)
		if init.RestartPolicy != nil && *init.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			running += amount
			amount = 0
		}
		peak = max(peak, running+amount)
	}
	for i := range pod.Spec.Containers {
		running += limit(&pod.Spec.Containers[i], resource)
	}
	return max(running, peak)
}

// deviceCount is how many devices a shared pod is on: all its containers see the same ones, so the largest
// number that any of them names.
func deviceCount(pod *corev1.Pod) int64 {
	count := int64(1)
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			count = max(count, limit(&containers[i], gpuCount))
		}
	}
	return count
}

func limit(container *corev1.Container, resource corev1.ResourceName) int64 {
	amount := container.Resources.Limits[resource]
	return amount.Value()
}
