package chart

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/yannh/kubeconform/pkg/resource"
	"github.com/yannh/kubeconform/pkg/validator"
)

// ForeignKinds are objects of other projects, whose descriptions are not in Kubernetes' own.
var ForeignKinds = map[string]struct{}{
	"PodMonitor": {}, "ServiceMonitor": {}, "PrometheusRule": {}, "GrafanaDashboard": {}, "Certificate": {}, "Issuer": {},
}

// Conformer holds objects against the API description of one release of Kubernetes; unknown fields are errors.
type Conformer struct{ validator validator.Validator }

// NewConformer takes the description out of the Go module of that release, and keeps files in dir.
func NewConformer(version, dir string) (*Conformer, error) {
	module, err := moduleDir("k8s.io/kubernetes@" + version)
	if err != nil {
		return nil, err
	}
	if err := writeSchemas(filepath.Join(module, "api", "openapi-spec", "swagger.json"), dir); err != nil {
		return nil, err
	}
	v, err := validator.New([]string{filepath.Join(dir, "{{.ResourceKind}}{{.KindSuffix}}.json")},
		validator.Opts{Strict: true, SkipKinds: ForeignKinds})
	return &Conformer{v}, err
}

// Check returns what is wrong with the object.
func (c *Conformer) Check(object Object) error {
	result := c.validator.ValidateResource(resource.Resource{Bytes: []byte(object.Text)})
	if result.Status == validator.Valid || result.Status == validator.Skipped {
		return nil
	}
	return fmt.Errorf("%s %s: %w", object.Kind(), object.Name(), result.Err)
}

func moduleDir(module string) (string, error) {
	command := exec.Command("go", "mod", "download", "-json", module)
	output, err := command.Output()
	var answer struct{ Dir, Error string }
	if decoded := json.Unmarshal(output, &answer); decoded != nil {
		return "", errors.Join(err, decoded)
	}
	if answer.Error != "" {
		return "", errors.New(answer.Error)
	}
	return answer.Dir, nil
}

type schema = map[string]any

// writeSchemas writes one file for each kind, with all that it refers to inside.
func writeSchemas(swagger, dir string) error {
	text, err := os.ReadFile(swagger)
	if err != nil {
		return err
	}
	var document struct{ Definitions map[string]schema }
	if err := json.Unmarshal(text, &document); err != nil {
		return err
	}
	definitions := document.Definitions
	// Numbers are allowed where the description says string only.
	definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"] = schema{"type": []string{"integer", "string"}}
	definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = schema{"type": []string{"number", "string"}}
	for _, definition := range definitions {
		if _, ok := definition["properties"]; ok && definition["additionalProperties"] == nil {
			definition["additionalProperties"] = false
		}
	}
	for name, definition := range definitions {
		kinds, _ := definition["x-kubernetes-group-version-kind"].([]any)
		if len(kinds) != 1 {
			continue // Helpers such as DeleteOptions, which belong to every group.
		}
		kind := kinds[0].(map[string]any)
		used := schema{}
		collect(name, definitions, used)
		content, err := json.Marshal(schema{"$ref": "#/definitions/" + name, "definitions": used})
		if err != nil {
			return err
		}
		file := strings.ToLower(fmt.Sprint(kind["kind"]))
		if group := kind["group"].(string); group != "" {
			file += "-" + strings.Split(group, ".")[0]
		}
		file += "-" + strings.ToLower(fmt.Sprint(kind["version"])) + ".json"
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// collect adds the definition and everything that it refers to.
func collect(name string, definitions map[string]schema, used schema) {
	if _, ok := used[name]; ok {
		return
	}
	used[name] = definitions[name]
	var walk func(any)
	walk = func(at any) {
		switch value := at.(type) {
		case map[string]any:
			for key, below := range value {
				// A property may be called $ref too; then it is no string.
				if target, ok := below.(string); ok && key == "$ref" {
					collect(strings.TrimPrefix(target, "#/definitions/"), definitions, used)
					continue
				}
				walk(below)
			}
		case []any:
			for _, below := range value {
				walk(below)
			}
		}
	}
	walk(map[string]any(definitions[name]))
}
