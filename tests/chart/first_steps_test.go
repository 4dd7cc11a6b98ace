package chart

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

// A new user follows docs/first-steps.md word for word, from `git clone` on: the script is the page's own code blocks.
func TestFirstStepsWordForWord(t *testing.T) {
	c := newCluster(t, 6*time.Minute, harness.WholeNode("gpu-a-1", 8), harness.Node{Name: "gpu-b-1", GPUs: 2})
	page, err := os.ReadFile("../../docs/first-steps.md")
	c.must(err)
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		script.WriteString(block[1])
	}
	before, after, found := strings.Cut(script.String(), "kubectl delete pod whole share huge\n")
	if !found {
		t.Fatal("the page does not clean up")
	}
	directory := t.TempDir()
	said := c.shell(directory, before)
	for _, want := range []string{
		`(?m)^TEST SUITE: +berth-test$`,
		`(?m)^Phase: +Succeeded$`,
		`(?m)^whole +gpu-a-1 +<none>$`,
		`(?m)^share +gpu-b-1 +[01]$`,
		`(?m)insufficient device memory`,
	} {
		if !regexp.MustCompile(want).MatchString(said) {
			t.Errorf("nothing there like %s", want)
		}
	}
	c.isHealthy("berth-system")
	c.shell(directory+"/berth", "kubectl delete pod whole share huge\n"+after)
	c.isEmpty("berth-system")
}
