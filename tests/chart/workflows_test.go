package chart

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/rhysd/actionlint"
)

func TestWorkflowsAreSound(t *testing.T) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../../.github/workflows/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflow is here (%v)", err)
	}
	complaints, err := linter.LintFiles(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range complaints {
		t.Error(complaint)
	}
	// A check that cannot fail would check nothing.
	wrong, err := linter.Lint("wrong.yaml", []byte("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ github.nothing }}'}]}}\n"), nil)
	if err != nil || len(wrong) == 0 {
		t.Errorf("an unknown property passes (%v)", err)
	}
}
