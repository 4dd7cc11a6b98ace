package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

// dashboard is what Grafana reads of the chart's files, as far as Prometheus is concerned.
type dashboard struct {
	Title  string
	Panels []struct {
		Title, Type string
		FieldConfig struct {
			Defaults struct{ Unit string }
		}
		Targets []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
	Annotations struct {
		List []struct{ Name, Expr string }
	}
}

func chartFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "charts", "berth", "files", path))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readDashboards(t *testing.T) []dashboard {
	t.Helper()
	var all []dashboard
	for _, name := range []string{"overview", "fleet", "placement", "internals"} {
		var d dashboard
		if err := json.Unmarshal(chartFile(t, "dashboards/"+name+".json"), &d); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

var variables = regexp.MustCompile(`\$\w+`)

// filledIn is the query as Grafana sends it with everything selected.
func filledIn(expr string) string {
	return variables.ReplaceAllStringFunc(expr, func(name string) string {
		switch name {
		case "$__rate_interval":
			return "30s"
		case "$job":
			return "berth"
		default:
			return ".*"
		}
	})
}

// monitored is a world that a real Prometheus watches, with the chart's rules.
func monitored(t *testing.T, w *world, binary string) *harness.Prometheus {
	t.Helper()
	dir := t.TempDir()
	// A page of minutes instead of hours.
	rules := strings.ReplaceAll(string(chartFile(t, "rules.yaml")), "interval: 30s", "interval: 1s")
	w.must(os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(rules), 0o600))
	prometheus, err := harness.StartPrometheus(w.ctx, binary, dir, fmt.Sprintf(`global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
  - job_name: berth
    sample_limit: 1000
    static_configs: &berth [{targets: ['%s'], labels: {cluster: e2e}}]
  - job_name: berth-resources
    metrics_path: /metrics/resources
    static_configs: *berth
  - job_name: kube-scheduler
    scheme: https
    tls_config: {insecure_skip_verify: true}
    static_configs: [{targets: ['127.0.0.1:%d'], labels: {cluster: e2e}}]
`, w.berth.OperationsAddress(), w.schedulerPort))
	w.must(err)
	t.Cleanup(prometheus.Kill)
	// Of one sample there is no rate, and so no NaN either.
	becomes(w, prometheus, "sum(sum_over_time(up[1m]) >= bool 3)", 3)
	return prometheus
}

// becomes waits until Prometheus answers the query with one number, at least so large.
func becomes(w *world, prometheus *harness.Prometheus, query string, least float64) {
	w.t.Helper()
	w.eventually(quick, query, func() error {
		answer, err := prometheus.Query(w.ctx, query)
		if err == nil && (len(answer) != 1 || answer[0].Samples[0].Value < least) {
			err = fmt.Errorf("it is %v", answer)
		}
		return err
	})
}

// ask runs the query and complains of numbers that are none.
func ask(w *world, prometheus *harness.Prometheus, where, expr string) []harness.Series {
	w.t.Helper()
	answer, err := prometheus.Query(w.ctx, filledIn(expr))
	if err != nil {
		w.t.Errorf("%s: %v", where, err)
	}
	for _, series := range answer {
		for _, sample := range series.Samples {
			if math.IsNaN(sample.Value) || math.IsInf(sample.Value, 0) {
				w.t.Errorf("%s: %v of %v: %s", where, sample.Value, series.Labels, expr)
			}
		}
	}
	return answer
}

// busy is some of everything that panels show.
func busy(w *world, rounds int) {
	w.t.Helper()
	page := harness.NewModelServer()
	w.t.Cleanup(page.Close)
	page.Busy(64, 2)
	server := harness.NewPod("server", harness.SharedGPU(8*GiB, 10)).
		Annotated("berth.dev/engine", "vllm").Annotated("prometheus.io/port", page.Port())
	server.Only = "gpu-s-0"
	w.place(server)
	w.serves("server")
	w.metricIs(quick, "berth_telemetry_nodes", atLeast(1), "state=fresh")
	model := func(name string) harness.Pod {
		return harness.NewPod(name, harness.SharedGPU(24*GiB, 20)).Annotated("berth.dev/model", "llama")
	}
	w.place(model("model-0"), harness.NewPod("train", harness.WholeGPUs(5)))
	w.create(harness.NewPod("too-large", harness.SharedGPU(100*GiB, 10)), harness.NewPod("no-such-model", harness.Resources{
		"berth.dev/gpu-count": 1}).Annotated("berth.dev/model", "nobody"))
	for round := range rounds {
		w.place(harness.Pods(8, fmt.Sprintf("pod-%d", round), harness.SharedGPU(int64(4+round%3*4)*GiB, 5))...)
		for i := range 8 {
			if i >= round%3 { // Some stay.
				w.delete(fmt.Sprintf("pod-%d-%d", round, i))
			}
		}
		if round == 10 {
			w.serves("model-0")
			w.place(model("model-1"))
		}
		if round == 20 {
			w.serves("model-1")
		}
	}
	w.metricIs(quick, "berth_model_ready_observed_seconds", atLeast(2))
}

// recorded is what a panel showed, for the contact sheet of docs/monitoring.md.
type recorded struct {
	Dashboard, Title, Type, Unit string
	Lines                        []recordedLine
}

type recordedLine struct {
	Legend string
	Points [][2]float64 // Seconds since the epoch, and the value.
}

var legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)

func record(w *world, prometheus *harness.Prometheus, kind, expr, legend string) []recordedLine {
	w.t.Helper()
	ask := func() ([]harness.Series, error) {
		return prometheus.QueryRange(w.ctx, filledIn(expr), 40*time.Second, time.Second)
	}
	if kind == "table" || kind == "bargauge" {
		ask = func() ([]harness.Series, error) { return prometheus.Query(w.ctx, filledIn(expr)) }
	}
	answer, err := ask()
	w.must(err)
	var lines []recordedLine
	for _, series := range answer {
		line := recordedLine{Legend: legendLabel.ReplaceAllStringFunc(legend, func(label string) string {
			return series.Labels[strings.Trim(label, "{}")]
		})}
		for _, sample := range series.Samples {
			line.Points = append(line.Points, [2]float64{float64(sample.At.UnixMilli()) / 1000, sample.Value})
		}
		lines = append(lines, line)
	}
	return lines
}

func TestEveryPanelShowsSomethingUnderLoadAndNoNaNAtRest(t *testing.T) {
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("there is no prometheus here (Debian package prometheus)")
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("there is no promtool here (Debian package prometheus)")
	}
	nodes := []harness.Node{harness.WholeNode("gpu-w-0", 8), harness.WholeNode("gpu-w-1", 8),
		{Name: "gpu-mixed", GPUs: 8, Shared: true, Advertised: true}}
	nodes[1].Product = "NVIDIA-H100-80GB-HBM3"
	for i := range 4 {
		nodes = append(nodes, withWeights(harness.SharedNode(fmt.Sprintf("gpu-s-%d", i), 4), "hf://org/llama@1#fp16"))
	}
	w := newWorld(t, patient, setup{more: askedOften, catalog: "# monitored\n" + catalogHead + llama}, nodes...)
	prometheus := monitored(t, w, binary)
	dashboards := readDashboards(t)

	for _, d := range dashboards {
		for _, panel := range d.Panels {
			for _, target := range panel.Targets {
				ask(w, prometheus, "at rest: "+d.Title+" / "+panel.Title, target.Expr)
			}
		}
	}

	sheetPath, rounds := os.Getenv("BERTH_PANELS_OUT"), 30
	if sheetPath != "" {
		rounds = 100 // Lines that look like something.
	}
	busy(w, rounds)
	becomes(w, prometheus, "sum(berth_model_ready_observed_seconds_count)", 2) // The last of it is read.
	var sheet []recorded
	for _, d := range dashboards {
		for _, panel := range d.Panels {
			seen := recorded{Dashboard: d.Title, Title: panel.Title, Type: panel.Type, Unit: panel.FieldConfig.Defaults.Unit}
			for _, target := range panel.Targets {
				where := d.Title + " / " + panel.Title
				if len(ask(w, prometheus, where, target.Expr)) == 0 {
					t.Errorf("%s shows nothing: %s", where, filledIn(target.Expr))
				}
				seen.Lines = append(seen.Lines, record(w, prometheus, panel.Type, target.Expr, target.LegendFormat)...)
			}
			sheet = append(sheet, seen)
		}
		for _, annotation := range d.Annotations.List {
			ask(w, prometheus, d.Title+" / annotation "+annotation.Name, annotation.Expr)
		}
		for _, variable := range d.Templating.List {
			if variable.Type != "query" {
				continue
			}
			selector, label, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(variable.Definition, "label_values("), ")"), ", ")
			values, err := prometheus.LabelValues(w.ctx, filledIn(selector), label)
			w.must(err)
			if len(values) == 0 {
				t.Errorf("%s / variable %s has no value: %s", d.Title, variable.Name, variable.Definition)
			}
		}
	}
	if sheetPath != "" {
		text, err := json.Marshal(sheet)
		w.must(err)
		w.must(os.WriteFile(sheetPath, text, 0o600))
	}

	// What real pages promise to Prometheus.
	for _, path := range []string{"/metrics", "/metrics/resources"} {
		page, err := w.berth.Page(w.ctx, path)
		w.must(err)
		check := exec.CommandContext(w.ctx, promtool, "check", "metrics")
		check.Stdin = strings.NewReader(page)
		if said, err := check.CombinedOutput(); err != nil || len(said) > 0 {
			t.Errorf("promtool check metrics of %s: %v\n%s", path, err, said)
		}
	}
	// The mislabelled node is seen by its alert, which waits ten minutes before it fires.
	pending, err := prometheus.Query(w.ctx, `ALERTS{alertname="BerthNodeMislabelled"}`)
	w.must(err)
	if len(pending) != 1 {
		t.Errorf("BerthNodeMislabelled is not pending: %v", pending)
	}
}
