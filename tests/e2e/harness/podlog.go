package harness

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Binding is what a watcher saw when a pod's node first appeared.
type Binding struct {
	Pod *corev1.Pod // As it was at that moment.
	At  time.Time
}

// PodLog follows the pods of a namespace by watch and remembers each one's first bound state. It survives restarts
// of the API server; what happened meanwhile it sees when it is back.
type PodLog struct {
	stop context.CancelFunc

	mu      sync.Mutex
	changed chan struct{} // Closed and renewed on every change.
	bound   map[string]Binding
}

// WatchPods starts following; Stop ends it.
func WatchPods(ctx context.Context, client kubernetes.Interface, namespace string) (*PodLog, error) {
	ctx, stop := context.WithCancel(ctx)
	l := &PodLog{stop: stop, changed: make(chan struct{}), bound: map[string]Binding{}}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { l.see(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { l.see(object.(*corev1.Pod)) },
	})
	if err != nil {
		stop()
		return nil, err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		stop()
		return nil, fmt.Errorf("pods of %s: no sync", namespace)
	}
	return l, nil
}

// Stop ends the watch.
func (l *PodLog) Stop() { l.stop() }

func (l *PodLog) see(pod *corev1.Pod) {
	if pod.Spec.NodeName == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, seen := l.bound[pod.Name]; seen {
		return
	}
	l.bound[pod.Name] = Binding{Pod: pod, At: time.Now()}
	close(l.changed)
	l.changed = make(chan struct{})
}

// Binding returns what was seen when the pod was bound.
func (l *PodLog) Binding(pod string) (Binding, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	binding, ok := l.bound[pod]
	return binding, ok
}

// Bound counts the pods that have been bound.
func (l *PodLog) Bound() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.bound)
}

// Span is the time from the first to the last bind.
func (l *PodLog) Span() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first, last time.Time
	for _, binding := range l.bound {
		if first.IsZero() || binding.At.Before(first) {
			first = binding.At
		}
		if binding.At.After(last) {
			last = binding.At
		}
	}
	return last.Sub(first)
}

// WaitBound waits until so many pods have been bound.
func (l *PodLog) WaitBound(ctx context.Context, count int) error {
	return l.wait(ctx, func() bool { return len(l.bound) >= count })
}

// WaitPods waits until each of the named pods has been bound.
func (l *PodLog) WaitPods(ctx context.Context, names ...string) error {
	return l.wait(ctx, func() bool {
		for _, name := range names {
			if _, bound := l.bound[name]; !bound {
				return false
			}
		}
		return true
	})
}

func (l *PodLog) wait(ctx context.Context, done func() bool) error {
	for {
		l.mu.Lock()
		finished, bound, changed := done(), len(l.bound), l.changed
		l.mu.Unlock()
		if finished {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d pods bound, still waiting: %w", bound, ctx.Err())
		}
	}
}
