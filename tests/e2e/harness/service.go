package harness

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
)

// LeaderLabel is what Berth sets on its own Pod while it leads.
const LeaderLabel = "berth.dev/leader"

// Service stands in for a Service that selects Pods by labels: each new connection goes to one of them at random, and stays there, whoever leads later, as with kube-proxy. Nothing is known of
// readiness, as in the first minute after a node is lost.
type Service struct {
	listener net.Listener
	client   kubernetes.Interface
	space    string // Namespace.
	selector string

	mu   sync.Mutex
	pods map[string]string // Address by the name of the Pod.
}

// NewService listens on a free port of loopback.
func (c *ControlPlane) NewService(namespace string, selector map[string]string) (*Service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Service{listener: listener, client: c.Admin, space: namespace,
		selector: labels.SelectorFromSet(selector).String(), pods: map[string]string{}}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.forward(connection)
		}
	}()
	return s, nil
}

// Address is where clients connect, host and port.
func (s *Service) Address() string { return s.listener.Addr().String() }

// Close ends listening; connections end with the servers behind.
func (s *Service) Close() { s.listener.Close() }

// AddPod makes the Pod object of a Berth, as its Deployment and kubelet would, with its port at the address.
func (s *Service) AddPod(ctx context.Context, pod *corev1.Pod, address string) error {
	s.mu.Lock()
	s.pods[pod.Name] = address
	s.mu.Unlock()
	_, err := s.client.CoreV1().Pods(s.space).Create(ctx, pod, metav1.CreateOptions{})
	return err
}

// Labelled are the names of the Pods that the Service selects.
func (s *Service) Labelled(ctx context.Context) ([]string, error) {
	pods, err := s.client.CoreV1().Pods(s.space).List(ctx, metav1.ListOptions{LabelSelector: s.selector})
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range pods.Items {
		names = append(names, pods.Items[i].Name)
	}
	return names, nil
}

func (s *Service) pick() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	names, err := s.Labelled(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no endpoints")
	}
	s.mu.Lock()
	address := s.pods[names[rand.IntN(len(names))]]
	s.mu.Unlock()
	return net.DialTimeout("tcp", address, 5*time.Second)
}

func (s *Service) forward(client net.Conn) {
	defer client.Close()
	server, err := s.pick()
	if err != nil {
		return // The client sees a connection that is closed, and tries again.
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	_, _ = io.Copy(client, server)
}

// RemovePods deletes the Pod objects.
func (s *Service) RemovePods(ctx context.Context) error {
	return WipePods(ctx, s.client, s.space)
}
