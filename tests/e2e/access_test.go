package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"berth.dev/berth/tests/e2e/harness"
)

func TestTheApiServerSaysWhoMayReadTheOperationsPort(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	grant(t, ctx, harness.BerthAccount, []rbacv1.PolicyRule{
		{APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"tokenreviews"}, Verbs: []string{"create"}},
		{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"subjectaccessreviews"}, Verbs: []string{"create"}},
	})
	for _, account := range []string{"scraper", "stranger"} {
		_, err := plane.Admin.CoreV1().ServiceAccounts(harness.BerthNamespace).Create(ctx,
			&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	grant(t, ctx, "scraper", []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}})

	berth, err := plane.NewBerth(ctx, harness.BerthOptions{
		Binary: os.Getenv("BERTH_BINARY"),
		Name:   "berth-access",
		Configuration: "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n" +
			"operations: {authentication: tokenReview}\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := berth.Start(ctx); err != nil { // /readyz is open.
		t.Fatal(err)
	}
	defer berth.Kill()

	for _, test := range []struct {
		name, path, token, contains string
		status                      int
	}{
		{"no token", "/metrics", "", "a bearer token is needed here", 401},
		{"no token of this cluster", "/metrics", "abc.def.ghi", "the bearer token is not known", 401},
		{"may", "/metrics", tokenOf(t, ctx, "scraper"), "berth_build_info", 200},
		{"may not read another path", "/configz", tokenOf(t, ctx, "scraper"), "not allowed to get /configz", 403},
		{"may not", "/metrics", tokenOf(t, ctx, "stranger"), "not allowed to get /metrics", 403},
		{"health", "/livez", "", "", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body, err := berth.Ask(ctx, test.path, test.token)
			if err != nil {
				t.Fatal(err)
			}
			if status != test.status || !strings.Contains(body, test.contains) {
				t.Errorf("%s: got %d %.300q, want %d with %q", test.path, status, body, test.status, test.contains)
			}
		})
	}
}

// grant gives a service account of Berth's namespace rights in the whole cluster, until the test ends.
func grant(t *testing.T, ctx context.Context, account string, rules []rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: "access-" + account}
	roles := plane.Admin.RbacV1()
	if _, err := roles.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := roles.ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: meta.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: harness.BerthNamespace, Name: account}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		_ = roles.ClusterRoleBindings().Delete(ctx, meta.Name, metav1.DeleteOptions{})
		_ = roles.ClusterRoles().Delete(ctx, meta.Name, metav1.DeleteOptions{})
	})
}

func tokenOf(t *testing.T, ctx context.Context, account string) string {
	t.Helper()
	token, err := plane.Admin.CoreV1().ServiceAccounts(harness.BerthNamespace).CreateToken(ctx, account,
		&authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return token.Status.Token
}
