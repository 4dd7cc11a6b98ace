package harness

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// hostVolume is a volume of files, as one container sees it.
type hostVolume struct {
	pod   *hostPod
	spec  corev1.Volume
	dir   string
	files map[string]string // As they were written last.
	at    time.Time         // When they were looked at.
	token string
}

// refresh writes the files when what they are made of has changed; it looks every two seconds. As with a kubelet, files
// that are there stay when their source is gone: a release that is removed loses its ConfigMaps before its Pods.
func (v *hostVolume) refresh(ctx context.Context) error {
	if time.Since(v.at) < 2*time.Second {
		return nil
	}
	v.at = time.Now()
	files, mode, err := v.content(ctx)
	switch {
	case v.files != nil && (err != nil || maps.Equal(files, v.files)):
		return nil
	case err != nil:
		return err
	}
	v.files = files
	return v.write(mode)
}

func (v *hostVolume) content(ctx context.Context) (map[string]string, *int32, error) {
	switch source := v.spec.VolumeSource; {
	case source.ConfigMap != nil:
		files, err := v.configMap(ctx, source.ConfigMap.Name, source.ConfigMap.Items)
		return files, source.ConfigMap.DefaultMode, err
	case source.Secret != nil:
		files, err := v.secret(ctx, source.Secret.SecretName, source.Secret.Items)
		return files, source.Secret.DefaultMode, err
	case source.Projected != nil:
		files, err := v.projected(ctx, source.Projected.Sources)
		return files, source.Projected.DefaultMode, err
	default:
		return nil, nil, fmt.Errorf("volume %s is of a kind that is not known here", v.spec.Name)
	}
}

func (v *hostVolume) configMap(ctx context.Context, name string, items []corev1.KeyToPath) (map[string]string, error) {
	object, err := v.pod.kubelet.plane.Admin.CoreV1().ConfigMaps(v.pod.pod.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	address := v.pod.address
	local := strings.NewReplacer("127.0.0.1", address, "listen: :", "listen: "+address+":")
	files := map[string]string{}
	for key, text := range object.Data {
		files[key] = local.Replace(text)
	}
	return chosen(files, items)
}

func (v *hostVolume) secret(ctx context.Context, name string, items []corev1.KeyToPath) (map[string]string, error) {
	object, err := v.pod.kubelet.plane.Admin.CoreV1().Secrets(v.pod.pod.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for key, data := range object.Data {
		files[key] = string(data)
	}
	return chosen(files, items)
}

func (v *hostVolume) projected(ctx context.Context, sources []corev1.VolumeProjection) (map[string]string, error) {
	files := map[string]string{}
	for _, source := range sources {
		switch {
		case source.ServiceAccountToken != nil:
			token, err := v.accountToken(ctx, source.ServiceAccountToken)
			if err != nil {
				return nil, err
			}
			files[source.ServiceAccountToken.Path] = token
		case source.ConfigMap != nil:
			some, err := v.configMap(ctx, source.ConfigMap.Name, source.ConfigMap.Items)
			if err != nil {
				return nil, err
			}
			maps.Copy(files, some)
		case source.DownwardAPI != nil:
			for _, item := range source.DownwardAPI.Items {
				if item.FieldRef == nil || item.FieldRef.FieldPath != "metadata.namespace" {
					return nil, fmt.Errorf("volume %s: %s is a field that is not known here", v.spec.Name, item.Path)
				}
				files[item.Path] = v.pod.pod.Namespace
			}
		default:
			return nil, fmt.Errorf("volume %s has a source that is not known here", v.spec.Name)
		}
	}
	return files, nil
}

// accountToken is bound to the Pod; one outlives any test.
func (v *hostVolume) accountToken(ctx context.Context, want *corev1.ServiceAccountTokenProjection) (string, error) {
	if v.token != "" {
		return v.token, nil
	}
	pod := v.pod.pod
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: want.ExpirationSeconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID},
	}}
	made, err := v.pod.kubelet.plane.Admin.CoreV1().ServiceAccounts(pod.Namespace).CreateToken(ctx, pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err == nil {
		v.token = made.Status.Token
	}
	return v.token, err
}

// chosen are the files that items name, under their paths; all when there are none.
func chosen(files map[string]string, items []corev1.KeyToPath) (map[string]string, error) {
	if len(items) == 0 {
		return files, nil
	}
	named := map[string]string{}
	for _, item := range items {
		text, ok := files[item.Key]
		if !ok {
			return nil, fmt.Errorf("no key %s", item.Key)
		}
		named[item.Path] = text
	}
	return named, nil
}

// write replaces all files at once, as a kubelet does: they are links through one link to a directory.
func (v *hostVolume) write(mode *int32) error {
	permissions := os.FileMode(0o644)
	if mode != nil {
		permissions = os.FileMode(*mode)
	}
	group := 0
	if security := v.pod.pod.Spec.SecurityContext; security != nil && security.FSGroup != nil {
		group = int(*security.FSGroup)
	}
	version := fmt.Sprintf("..%d", time.Now().UnixNano())
	if err := os.MkdirAll(filepath.Join(v.dir, version), 0o755); err != nil {
		return err
	}
	for name, text := range v.files {
		path := filepath.Join(v.dir, version, name)
		if err := os.WriteFile(path, []byte(text), permissions); err != nil {
			return err
		}
		if err := os.Chown(path, 0, group); err != nil {
			return err
		}
		link := filepath.Join(v.dir, name)
		if _, err := os.Lstat(link); err != nil {
			if err := os.Symlink(filepath.Join("..data", name), link); err != nil {
				return err
			}
		}
	}
	next := filepath.Join(v.dir, "..data_tmp")
	if err := os.Symlink(version, next); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(v.dir, "..data"))
}
