package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"berth.dev/berth/tests/e2e/harness"
)

// plane is shared: starting it takes longer than most tests. Each test has its own namespace and nodes.
var plane *harness.ControlPlane

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	binaries := os.Getenv("BERTH_CONTROL_PLANE")
	if binaries == "" || os.Getenv("BERTH_BINARY") == "" {
		fmt.Fprintln(os.Stderr, "BERTH_CONTROL_PLANE and BERTH_BINARY are not set: run scripts/e2e")
		return 1
	}
	dir, err := os.MkdirTemp("", "berth-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	plane, err = harness.StartControlPlane(context.Background(), binaries, dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop()
	defer stopStack()
	code := m.Run()
	if code != 0 {
		fmt.Fprintln(os.Stderr, "the servers' logs are kept in", dir)
		return code
	}
	_ = os.RemoveAll(dir)
	return code
}
