package harness

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/workqueue"
)

// writers is how many requests the helpers keep in flight.
const writers = 16

// CreateNodes posts the nodes.
func CreateNodes(ctx context.Context, client kubernetes.Interface, nodes ...*corev1.Node) error {
	return each(ctx, len(nodes), func(ctx context.Context, i int) error {
		_, err := client.CoreV1().Nodes().Create(ctx, nodes[i], metav1.CreateOptions{})
		return err
	})
}

// CreatePods posts the pods into the namespace. An API server that is away is asked again until the context ends.
func CreatePods(ctx context.Context, client kubernetes.Interface, namespace string, pods ...Pod) error {
	return each(ctx, len(pods), func(ctx context.Context, i int) error {
		for {
			_, err := client.CoreV1().Pods(namespace).Create(ctx, pods[i].Object(), metav1.CreateOptions{})
			if err == nil || apierrors.IsAlreadyExists(err) || apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
				return err
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
}

// each calls f for 0..n-1 from a few goroutines and returns the first error.
func each(ctx context.Context, n int, f func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workqueue.ParallelizeUntil(ctx, writers, n, func(i int) {
		if err := f(ctx, i); err != nil {
			cancel(err)
		}
	})
	return context.Cause(ctx)
}

// WipePods deletes the pods of the namespace and waits until they are gone.
func WipePods(ctx context.Context, client kubernetes.Interface, namespace string) error {
	now := metav1.DeleteOptions{GracePeriodSeconds: new(int64)}
	for {
		left, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil || len(left.Items) == 0 {
			return err
		}
		if err := each(ctx, len(left.Items), func(ctx context.Context, i int) error {
			return ignoreNotFound(client.CoreV1().Pods(left.Items[i].Namespace).Delete(ctx, left.Items[i].Name, now))
		}); err != nil {
			return fmt.Errorf("delete pods: %w", err)
		}
	}
}

// WipeNodes deletes all nodes.
func WipeNodes(ctx context.Context, client kubernetes.Interface) error {
	return client.CoreV1().Nodes().DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
