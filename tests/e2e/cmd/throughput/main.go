// Command throughput measures pods per second through a real kube-scheduler: without an extender, with Berth,
// and with an extender that says yes to everything.
//
// Every set-up gets the same pods, nodes, percentageOfNodesToScore and qps. The pods are created while the scheduler
// is stopped; the rate is taken from the first to the last bind that a watch sees. Repeats are interleaved, so that a
// noisy machine is noisy to all.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is one line of the result, in the fields of scripts/bench.
type row struct {
	Name                  string    `json:"name"` // Always "scheduler".
	Nodes                 int       `json:"nodes"`
	Mode                  string    `json:"mode"` // Which extender: none, berth, passall.
	Shortlist             int       `json:"shortlist"`
	PercentageOfNodes     int32     `json:"percentage_of_nodes_to_score"` // 0: kube-scheduler's own choice.
	PodsPerSecond         float64   `json:"pods_per_second"`              // Median of the repeats.
	BaselinePodsPerSecond float64   `json:"baseline_pods_per_second"`     // The same without extender.
	Ratio                 float64   `json:"ratio"`
	Repeats               int       `json:"repeats"`
	Runs                  []float64 `json:"runs"`
	CPUMillisPerPod       cpu       `json:"cpu_ms_per_pod"` // Median run.
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("throughput: ")
	nodes := flag.String("nodes", "1000", "numbers of nodes, separated by commas")
	percentages := flag.String("percentages", "100", "percentageOfNodesToScore, separated by commas; 0 is kube-scheduler's default")
	setups := flag.String("setups", "berth", "what to compare with no extender: berth, berth:K (shortlist of K), passall")
	pods := flag.Int("pods", 1000, "pods per run")
	repeats := flag.Int("repeats", 3, "runs of each set-up")
	qps := flag.Float64("qps", 5000, "clientConnection.qps of kube-scheduler")
	limit := flag.Duration("limit", 20*time.Minute, "give up after so long")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	plan, err := parseSetups(*setups, os.Getenv("BERTH_BINARY"))
	if err != nil {
		log.Fatal(err)
	}
	var rows []row
	for _, count := range numbers(*nodes) {
		b, err := newBench(ctx, os.Getenv("BERTH_CONTROL_PLANE"), count)
		if err != nil {
			log.Fatal(err)
		}
		for _, percentage := range numbers(*percentages) {
			measured, err := b.compare(ctx, plan, load{pods: *pods, repeats: *repeats, percentage: int32(percentage), qps: float32(*qps)})
			if err != nil {
				b.close()
				log.Fatal(err)
			}
			rows = append(rows, measured...)
		}
		b.close()
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(rows); err != nil {
		log.Fatal(err)
	}
}

func numbers(list string) []int {
	var all []int
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			log.Fatalf("%q is not a list of numbers", list)
		}
		all = append(all, n)
	}
	return all
}

// setup is one of the things that are compared.
type setup struct {
	mode      string
	shortlist int
	binary    string
}

// parseSetups puts the baseline first.
func parseSetups(list, binary string) ([]setup, error) {
	all := []setup{{mode: "none"}}
	for _, text := range strings.Split(list, ",") {
		mode, shortlist, found := strings.Cut(text, ":")
		s := setup{mode: mode, binary: binary}
		if found {
			n, err := strconv.Atoi(shortlist)
			if err != nil {
				return nil, fmt.Errorf("set-up %q: %w", text, err)
			}
			s.shortlist = n
		}
		if !slices.Contains([]string{"berth", "passall"}, mode) {
			return nil, fmt.Errorf("set-up %q is neither berth nor passall", text)
		}
		all = append(all, s)
	}
	return all, nil
}
