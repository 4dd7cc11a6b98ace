package harness

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// ContainerImage is what a container of an image runs.
type ContainerImage struct {
	Root       string // Its file system.
	Entrypoint string
	Listen     func(address string) []string // Further arguments, for a program that listens on all addresses else.
}

// Kubelet stands in for the kubelets of all nodes, on one host. A container whose image it was given runs as it would in
// a cluster: with the image's file system as its root, read-only, as user 65532, with the volumes, the host name and the service account of its
// Pod. Pods of other images are said to run. It knows what this project's Pods use, and says so of what it does not.
//
// Network: each Pod has an address of loopback of its own. Where a ConfigMap names 127.0.0.1, or a listener on all
// addresses, the container reads that address. There is no DNS: /etc/hosts names each Service of the Pod's namespace, with a
// ready Pod that it selects.
type Kubelet struct {
	plane  *ControlPlane
	dir    string
	images map[string]ContainerImage // By the image's name without registry and tag, such as kube-scheduler.
	probes *http.Client
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	pods    map[types.UID]*hostPod // That run here.
	started int
	failed  error
}

// StartKubelet runs what is bound to any node, until Close. It needs the right to chroot.
func (c *ControlPlane) StartKubelet(dir string, images map[string]ContainerImage) *Kubelet {
	ctx, cancel := context.WithCancel(context.Background())
	k := &Kubelet{plane: c, dir: dir, images: images, cancel: cancel, pods: map[types.UID]*hostPod{}, probes: &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}, // As a kubelet's probes.
	}}
	k.done.Go(func() { k.follow(ctx) })
	return k
}

// Close kills all containers.
func (k *Kubelet) Close() {
	k.cancel()
	k.done.Wait()
	for _, pod := range k.pods {
		for _, container := range pod.containers {
			container.process.Kill()
		}
	}
}

// Err is the first thing that it could not do.
func (k *Kubelet) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failed
}

// Logs are the files with what containers said, of all Pods there were.
func (k *Kubelet) Logs() []string {
	logs, _ := filepath.Glob(filepath.Join(k.dir, "*.log")) // The pattern is good.
	return logs
}

func (k *Kubelet) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed == nil {
		k.failed = err
	}
}

func (k *Kubelet) follow(ctx context.Context) {
	for ctx.Err() == nil {
		pods, err := k.plane.Admin.CoreV1().Pods("").List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		if err == nil {
			for i := range pods.Items {
				k.sync(ctx, &pods.Items[i])
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (k *Kubelet) sync(ctx context.Context, pod *corev1.Pod) {
	k.mu.Lock()
	running := k.pods[pod.UID]
	k.mu.Unlock()
	ended := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	switch {
	case pod.Spec.NodeName == "":
	case running != nil:
		if pod.DeletionTimestamp != nil {
			running.end()
		}
	case pod.DeletionTimestamp != nil:
		k.confirmEnd(ctx, pod)
	case ended:
	case k.image(pod.Spec.Containers[0].Image) == nil:
		if pod.Status.Phase != corev1.PodRunning {
			k.say(ctx, pod, runningStatus(pod))
		}
	default:
		k.start(ctx, pod)
	}
}

func (k *Kubelet) image(name string) *ContainerImage {
	name = name[strings.LastIndex(name, "/")+1:]
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	if image, ok := k.images[name]; ok {
		return &image
	}
	return nil
}

func (k *Kubelet) start(ctx context.Context, pod *corev1.Pod) {
	k.mu.Lock()
	k.started++
	// 127.0.0.1 is the host's own.
	hosted := &hostPod{kubelet: k, pod: pod, address: fmt.Sprintf("127.0.1.%d", k.started), ending: make(chan struct{})}
	k.pods[pod.UID] = hosted
	k.mu.Unlock()
	k.done.Go(func() {
		if err := hosted.run(ctx); err != nil && ctx.Err() == nil {
			k.fail(fmt.Errorf("pod %s: %w", pod.Name, err))
		}
	})
}

// confirmEnd removes the object: its containers have ended.
func (k *Kubelet) confirmEnd(ctx context.Context, pod *corev1.Pod) {
	_ = k.plane.Admin.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{ // Tried again with the next list.
		GracePeriodSeconds: new(int64), Preconditions: &metav1.Preconditions{UID: &pod.UID}})
}

// say writes the status; a pod that is gone needs none.
func (k *Kubelet) say(ctx context.Context, pod *corev1.Pod, status corev1.PodStatus) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
	if err != nil {
		k.fail(err)
		return
	}
	_, _ = k.plane.Admin.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
}

// readyAddress is that of a ready Pod which the Service selects, or empty.
func (k *Kubelet) readyAddress(service *corev1.Service) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, hosted := range k.pods { // In Go's own random order, as a Service spreads connections.
		if hosted.pod.Namespace == service.Namespace && hosted.isReady() && matches(service.Spec.Selector, hosted.pod.Labels) {
			return hosted.address
		}
	}
	return ""
}

func matches(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

// runningStatus is that of a Pod all of whose containers are ready.
func runningStatus(pod *corev1.Pod) corev1.PodStatus {
	status := corev1.PodStatus{Phase: corev1.PodRunning}
	for _, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, containerStatus(container, true, 0))
	}
	status.Conditions = readyConditions(true)
	return status
}

func containerStatus(container corev1.Container, ready bool, restarts int32) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: container.Name, Image: container.Image, Ready: ready, Started: &ready, RestartCount: restarts,
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
}

func readyConditions(ready bool) []corev1.PodCondition {
	is := corev1.ConditionFalse
	if ready {
		is = corev1.ConditionTrue
	}
	return []corev1.PodCondition{{Type: corev1.PodReady, Status: is}, {Type: corev1.ContainersReady, Status: is}}
}

// hostPod is a Pod whose containers run here.
type hostPod struct {
	kubelet *Kubelet
	pod     *corev1.Pod
	address string
	ending  chan struct{} // Closed: its object is being deleted.
	once    sync.Once

	containers []*hostContainer

	mu    sync.Mutex
	ready bool
}

type hostContainer struct {
	spec     corev1.Container
	image    *ContainerImage
	root     string
	volumes  []*hostVolume
	process  *Process
	restarts int32
}

func (h *hostPod) end() { h.once.Do(func() { close(h.ending) }) }

func (h *hostPod) isReady() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready
}

// run lives as long as the Pod.
func (h *hostPod) run(ctx context.Context) error {
	for _, spec := range h.pod.Spec.Containers {
		container, err := h.prepare(ctx, spec)
		if err != nil {
			return fmt.Errorf("container %s: %w", spec.Name, err)
		}
		h.containers = append(h.containers, container)
		if err := h.launch(ctx, container); err != nil {
			return err
		}
	}
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-h.ending:
			return h.terminate(ctx)
		case <-time.After(200 * time.Millisecond):
		}
		for _, container := range h.containers {
			for _, volume := range container.volumes {
				if err := volume.refresh(ctx); err != nil && ctx.Err() == nil {
					return err
				}
			}
		}
		status, err := h.observe(ctx)
		if err != nil {
			return err
		}
		if text, _ := json.Marshal(status); string(text) != said {
			said = string(text)
			h.kubelet.say(ctx, h.pod, status)
		}
		if status.Phase == corev1.PodSucceeded || status.Phase == corev1.PodFailed {
			h.kubelet.forget(h.pod.UID)
			return nil
		}
	}
}

func (k *Kubelet) forget(uid types.UID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.pods, uid)
}

// observe restarts what ended, probes what runs, and says how the Pod is.
func (h *hostPod) observe(ctx context.Context) (corev1.PodStatus, error) {
	status := corev1.PodStatus{Phase: corev1.PodRunning, PodIP: h.address, PodIPs: []corev1.PodIP{{IP: h.address}}}
	ready, done := true, true
	for _, container := range h.containers {
		serves := false
		if container.process.Exited() {
			restart := h.pod.Spec.RestartPolicy == corev1.RestartPolicyAlways ||
				(h.pod.Spec.RestartPolicy == corev1.RestartPolicyOnFailure && container.process.ExitCode() != 0)
			if restart {
				container.restarts++
				if err := h.launch(ctx, container); err != nil {
					return status, err
				}
				done = false
			}
		} else {
			done = false
			serves = h.probe(container.spec.ReadinessProbe)
		}
		ready = ready && serves
		status.ContainerStatuses = append(status.ContainerStatuses, containerStatus(container.spec, serves, container.restarts))
	}
	if done {
		status.Phase = corev1.PodSucceeded
		for _, container := range h.containers {
			if container.process.ExitCode() != 0 {
				status.Phase = corev1.PodFailed
			}
		}
	}
	status.Conditions = readyConditions(ready)
	h.mu.Lock()
	h.ready = ready
	h.mu.Unlock()
	return status, nil
}

func (h *hostPod) probe(probe *corev1.Probe) bool {
	if probe == nil || probe.HTTPGet == nil {
		return true
	}
	port := probe.HTTPGet.Port.IntVal
	for _, container := range h.pod.Spec.Containers {
		for _, named := range container.Ports {
			if named.Name == probe.HTTPGet.Port.StrVal {
				port = named.ContainerPort
			}
		}
	}
	scheme := strings.ToLower(string(probe.HTTPGet.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	response, err := h.kubelet.probes.Get(fmt.Sprintf("%s://%s:%d%s", scheme, h.address, port, probe.HTTPGet.Path))
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode < 400
}

// terminate gives all containers SIGTERM at once, and their grace.
func (h *hostPod) terminate(ctx context.Context) error {
	h.mu.Lock()
	h.ready = false
	h.mu.Unlock()
	grace := time.Duration(*h.pod.Spec.TerminationGracePeriodSeconds) * time.Second
	errs := make([]error, len(h.containers))
	var group sync.WaitGroup
	for i, container := range h.containers {
		group.Go(func() { _, errs[i] = container.process.Terminate(grace) })
	}
	group.Wait()
	h.kubelet.confirmEnd(ctx, h.pod)
	h.kubelet.forget(h.pod.UID)
	return errors.Join(errs...)
}

func (h *hostPod) prepare(ctx context.Context, spec corev1.Container) (*hostContainer, error) {
	image := h.kubelet.image(spec.Image)
	if image == nil {
		return nil, fmt.Errorf("no image %s is here", spec.Image)
	}
	root := filepath.Join(h.kubelet.dir, fmt.Sprintf("%s-%s", h.pod.Name, spec.Name))
	if output, err := exec.Command("cp", "--archive", "--link", image.Root, root).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, output)
	}
	container := &hostContainer{spec: spec, image: image, root: root}
	for _, mount := range spec.VolumeMounts {
		at := slices.IndexFunc(h.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
		if at < 0 || mount.SubPath != "" {
			return nil, fmt.Errorf("volume %s cannot be mounted here", mount.Name)
		}
		volume := &hostVolume{pod: h, spec: h.pod.Spec.Volumes[at], dir: filepath.Join(root, mount.MountPath)}
		if err := volume.refresh(ctx); err != nil {
			return nil, err
		}
		container.volumes = append(container.volumes, volume)
	}
	return container, nil
}

// launch runs the container's program with a root, a host name and mounts of its own, without a way to more rights.
func (h *hostPod) launch(ctx context.Context, container *hostContainer) error {
	if err := h.writeHosts(ctx, container.root); err != nil {
		return err
	}
	command := container.spec.Command
	if len(command) == 0 {
		command = []string{container.image.Entrypoint}
	}
	command = append(slices.Clone(command), container.spec.Args...)
	if container.image.Listen != nil {
		command = append(command, container.image.Listen(h.address)...)
	}
	const script = `hostname "$1" && shift && mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec env -i "$@"`
	arguments := []string{"--mount", "--uts", "setpriv", "--no-new-privs", "sh", "-c", script, container.root, h.pod.Name,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=" + h.pod.Name,
		"KUBERNETES_SERVICE_HOST=127.0.0.1", fmt.Sprintf("KUBERNETES_SERVICE_PORT=%d", h.kubelet.plane.apiPort)}
	for _, variable := range container.spec.Env {
		if variable.ValueFrom != nil {
			return fmt.Errorf("container %s: %s: a variable from elsewhere cannot be set here", container.spec.Name, variable.Name)
		}
		arguments = append(arguments, variable.Name+"="+variable.Value)
	}
	arguments = append(arguments, "chroot", "--userspec=65532:65532", container.root)
	process, err := StartProcess(h.pod.Name+"/"+container.spec.Name, container.root+".log", "unshare", append(arguments, command...)...)
	if err != nil {
		return err
	}
	container.process = process
	return nil
}

// writeHosts names the Services of the Pod's namespace.
func (h *hostPod) writeHosts(ctx context.Context, root string) error {
	services, err := h.kubelet.plane.Admin.CoreV1().Services(h.pod.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	hosts := "127.0.0.1 localhost\n"
	for i := range services.Items {
		if address := h.kubelet.readyAddress(&services.Items[i]); address != "" {
			hosts += fmt.Sprintf("%s %s.%s.svc\n", address, services.Items[i].Name, services.Items[i].Namespace)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "etc/hosts"), []byte(hosts), 0o644)
}
