// Package e2e holds the end-to-end tests: a real etcd, kube-apiserver and kube-scheduler, and the real berth.
//
// Run them with scripts/e2e, which builds the control plane once and keeps it. Nothing of Berth's own judges
// Berth here: the cluster is read through client-go, and package oracle counts devices on its own.
package e2e
