package chart

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"berth.dev/berth/tests/e2e/harness"
)

var (
	plane    *harness.ControlPlane
	planeDir string
)

// startPlane starts the control plane on first use: tests that only render do without.
var startPlane = sync.OnceValue(func() (err error) {
	binaries := os.Getenv("BERTH_CONTROL_PLANE")
	if binaries == "" {
		return fmt.Errorf("BERTH_CONTROL_PLANE is not set: run scripts/e2e --chart")
	}
	if planeDir, err = os.MkdirTemp("", "berth-chart-"); err != nil {
		return err
	}
	plane, err = harness.StartControlPlane(context.Background(), binaries, planeDir)
	return err
})

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer func() {
		if plane != nil {
			plane.Stop()
		}
	}()
	code := m.Run()
	switch {
	case planeDir == "":
	case code != 0:
		fmt.Fprintln(os.Stderr, "the servers' logs are kept in", planeDir)
	default:
		_ = os.RemoveAll(planeDir)
	}
	return code
}
