package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"berth.dev/berth/tests/e2e/harness"
)

func writeKeys(t *testing.T, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path+".next", []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		t.Fatal(err)
	}
}

func recordKey(id, letter string) string {
	return id + ":" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

// tenant is a client of somebody who may edit what is in the test's namespace, and nothing else.
func (w *world) tenant() kubernetes.Interface {
	w.t.Helper()
	_, err := w.client.RbacV1().RoleBindings(w.namespace).Create(w.ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "tenant"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:aggregate-to-edit"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: "tenant"}},
	}, metav1.CreateOptions{})
	w.must(err)
	config := rest.CopyConfig(plane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "tenant", Groups: []string{"system:authenticated"}}
	client, err := kubernetes.NewForConfig(config)
	w.must(err)
	return client
}

// annotateAs writes annotations as that user.
func (w *world) annotateAs(client kubernetes.Interface, pod string, annotations map[string]string) {
	w.t.Helper()
	var members []string
	for key, value := range annotations {
		members = append(members, fmt.Sprintf("%q: %q", key, value))
	}
	w.eventually(quick, "the tenant may write "+pod, func() error {
		_, err := client.CoreV1().Pods(w.namespace).Patch(w.ctx, pod, "application/merge-patch+json",
			[]byte(`{"metadata": {"annotations": {`+strings.Join(members, ", ")+`}}}`), metav1.PatchOptions{})
		return err
	})
}

// allocations are what that Berth says of the pods on shared devices, by name and device.
func (w *world) allocations(berth *harness.Berth) map[string]map[string]harness.PodView {
	w.t.Helper()
	nodes, err := berth.Nodes(w.ctx)
	w.must(err)
	found := map[string]map[string]harness.PodView{}
	for _, node := range nodes {
		for _, device := range node.Devices {
			for _, pod := range device.Allocations {
				if found[pod.Name] == nil {
					found[pod.Name] = map[string]harness.PodView{}
				}
				found[pod.Name][device.ID] = pod
			}
		}
	}
	return found
}

// No admission policy is installed here: only the MAC stands between a tenant and another's device.
func TestAForgedRecordIsNotBelievedAfterARestart(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	writeKeys(t, keys, recordKey("k1", "1"))
	w := newWorld(t, patient, setup{more: fmt.Sprintf("records: {keyFile: %q}\n", keys)},
		harness.SharedNode("a", 2).Memory(40*GiB))
	w.place(harness.NewPod("genuine", harness.SharedGPU(30*GiB, 0)), harness.NewPod("moved", harness.SharedGPU(20*GiB, 0)))
	mine, other := w.bound("genuine").Annotations["berth.dev/devices"], w.bound("moved").Annotations["berth.dev/devices"]
	if mine == other || !strings.Contains(w.bound("genuine").Annotations["berth.dev/allocation"], `"mac":"k1:`) {
		t.Fatalf("on devices %q and %q, with %v", mine, other, w.bound("genuine").Annotations)
	}

	// One pod that Berth never placed gets a record, another's record is edited: each for itself would be consistent.
	forged := harness.NewPod("forged", harness.SharedGPU(5*GiB, 0))
	forged.Node = "a"
	w.create(forged)
	w.eventually(quick, "Berth knows the pod that came past it", func() error {
		if by := w.metric("berth_pods_placed_by_others"); by != 1 || !w.allocations(w.berth)["forged"][mine].PlacedByOthers {
			return fmt.Errorf("berth_pods_placed_by_others is %v", by)
		}
		return nil
	})
	tenant := w.tenant()
	w.annotateAs(tenant, "forged", map[string]string{
		"berth.dev/allocation": fmt.Sprintf(`{"v":1,"uid":%q,"node":"a","devices":[%q],"memoryMiB":5120,"cores":0}`, w.pod("forged").UID, other),
		"berth.dev/devices":    other,
	})
	record := w.pod("moved").Annotations["berth.dev/allocation"]
	edited := strings.Replace(record, fmt.Sprintf(`"devices":[%q]`, other), fmt.Sprintf(`"devices":[%q]`, mine), 1)
	if edited == record {
		t.Fatalf("nothing was edited in %s", record)
	}
	w.annotateAs(tenant, "moved", map[string]string{"berth.dev/allocation": edited, "berth.dev/devices": mine})
	w.delete("genuine") // Its room is what "moved" could claim; a new pod takes it.
	w.place(harness.NewPod("later", harness.SharedGPU(8*GiB, 0)))

	w.berth.Kill()
	w.must(w.berth.Start(w.ctx))
	told := w.allocations(w.berth)
	later := w.bound("later").Annotations["berth.dev/devices"]
	if len(told["later"]) != 1 || told["later"][later].Doubtful {
		t.Errorf("the genuine record is not believed: %+v", told["later"])
	}
	for _, name := range []string{"forged", "moved"} {
		if len(told[name]) != 2 || !told[name][mine].Doubtful || !told[name][other].Doubtful {
			t.Errorf("the record of %s is believed: %+v", name, told[name])
		}
	}
	metrics, err := w.berth.Metrics(w.ctx)
	w.must(err)
	if missing, wrong := metrics.Sum("berth_records_unproven_total", "reason=missing"), metrics.Sum("berth_records_unproven_total", "reason=wrong"); missing != 1 || wrong != 1 {
		t.Errorf("counted are %v records without a MAC and %v with a wrong one, want 1 and 1", missing, wrong)
	}
	if log := w.berth.LogSince(w.logStart); !strings.Contains(log, "record is not ours and not believed") {
		t.Error("the log does not say so")
	}

	// What the MAC is worth: without it, both would be believed.
	unsigned, err := plane.NewBerth(w.ctx, harness.BerthOptions{Binary: os.Getenv("BERTH_BINARY"), Name: "berth-unsigned",
		Configuration: "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n"})
	w.must(err)
	w.must(unsigned.Start(w.ctx))
	t.Cleanup(unsigned.Kill)
	if told := w.allocations(unsigned); len(told["forged"]) != 1 || len(told["moved"]) != 1 || told["moved"][mine].Doubtful {
		t.Errorf("the forgeries are not consistent, so this proves nothing: %+v", told)
	}

	// Another key is added and signs; records of the first are believed as before.
	writeKeys(t, keys, recordKey("k2", "2"), recordKey("k1", "1"))
	w.eventually(quick, "the new key is in use", func() error {
		if page, err := w.berth.Page(w.ctx, "/statusz"); err != nil || !strings.Contains(page, "k2 signs") {
			return fmt.Errorf("%v\n%s", err, page)
		}
		return nil
	})
	w.place(harness.NewPod("rotated", harness.SharedGPU(1*GiB, 0)))
	if record := w.bound("rotated").Annotations["berth.dev/allocation"]; !strings.Contains(record, `"mac":"k2:`) {
		t.Errorf("signed by another key: %s", record)
	}
	w.berth.Kill()
	w.must(w.berth.Start(w.ctx))
	if told := w.allocations(w.berth); told["later"][later].Doubtful || told["rotated"][w.bound("rotated").Annotations["berth.dev/devices"]].Doubtful {
		t.Errorf("a genuine record is not believed after the rotation: %+v", told)
	}
}
