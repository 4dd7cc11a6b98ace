// Package chart renders charts/berth as Helm does, and holds the result against what the chart promises.
package chart

import (
	"fmt"
	"strings"

	"helm.sh/helm/v3/pkg/action"
	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"
)

// Path of the chart, from this directory, where `go test` runs.
const Path = "../../charts/berth"

const (
	releaseName      = "berth"
	releaseNamespace = "berth-system"
	// newest release of Kubernetes that the chart is tested with.
	newest = "v1.37.2"
)

// Minors are the releases of Kubernetes that the chart supports, and the modules that hold their API descriptions.
var Minors = []string{"v1.35.4", "v1.36.3", newest}

// Values of the chart, nested as in values.yaml.
type Values = map[string]any

// Parse reads values as YAML.
func Parse(text string) Values {
	values := Values{}
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		panic(err)
	}
	return values
}

// Options of a rendering; the zero value is the chart of this tree on the newest release.
type Options struct {
	Chart       *helmchart.Chart
	KubeVersion string
	Name        string
}

// Rendered is what Helm would send and print.
type Rendered struct {
	Objects []Object // Hooks last.
	Notes   string
	YAML    string
}

// Object is one rendered manifest.
type Object struct {
	Text string
	Map  map[string]any
}

// Kind of the object.
func (o Object) Kind() string { return o.text("kind") }

// Name of the object.
func (o Object) Name() string { return o.text("metadata", "name") }

// Namespace of the object; empty: cluster-wide.
func (o Object) Namespace() string { return o.text("metadata", "namespace") }

// At is the value at a path; nil when there is none.
func (o Object) At(path ...string) any {
	var at any = o.Map
	for _, key := range path {
		next, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = next[key]
	}
	return at
}

func (o Object) text(path ...string) string {
	text, _ := o.At(path...).(string)
	return text
}

// Find returns the one object of that kind and name.
func (r *Rendered) Find(kind, name string) (Object, error) {
	for _, object := range r.Objects {
		if object.Kind() == kind && object.Name() == name {
			return object, nil
		}
	}
	return Object{}, fmt.Errorf("no %s %s was rendered", kind, name)
}

// Load reads the chart of this tree.
func Load() (*helmchart.Chart, error) { return loader.LoadDir(Path) }

// Render makes the chart's objects as `helm install --dry-run` does.
func Render(values Values, options Options) (*Rendered, error) {
	chart := options.Chart
	if chart == nil {
		var err error
		if chart, err = Load(); err != nil {
			return nil, err
		}
	}
	version := options.KubeVersion
	if version == "" {
		version = newest
	}
	kubeVersion, err := chartutil.ParseKubeVersion(version)
	if err != nil {
		return nil, err
	}
	install := action.NewInstall(&action.Configuration{})
	install.DryRun, install.ClientOnly, install.Replace = true, true, true
	install.ReleaseName, install.Namespace = releaseName, releaseNamespace
	if options.Name != "" {
		install.ReleaseName = options.Name
	}
	install.KubeVersion = kubeVersion
	if strings.Compare(kubeVersion.Minor, "36") >= 0 {
		install.APIVersions = chartutil.VersionSet{"admissionregistration.k8s.io/v1/MutatingAdmissionPolicy"}
	}
	release, err := install.Run(chart, values)
	if err != nil {
		return nil, err
	}

	rendered := &Rendered{Notes: release.Info.Notes, YAML: release.Manifest}
	texts := releaseutil.SplitManifests(release.Manifest)
	manifests := make([]string, 0, len(texts))
	for index := range len(texts) {
		manifests = append(manifests, texts[fmt.Sprintf("manifest-%d", index)])
	}
	for _, hook := range release.Hooks {
		manifests = append(manifests, hook.Manifest)
	}
	for _, text := range manifests {
		object := Object{Text: text}
		// Strict: a key given twice is an error.
		if err := yaml.UnmarshalStrict([]byte(text), &object.Map); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, text)
		}
		if len(object.Map) != 0 {
			rendered.Objects = append(rendered.Objects, object)
		}
	}
	return rendered, nil
}
