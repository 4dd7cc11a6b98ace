package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Prometheus is a real one on loopback.
type Prometheus struct {
	*Process
	address string
}

// Sample is a moment and a value.
type Sample struct {
	At    time.Time
	Value float64
}

// Series is one line of an answer.
type Series struct {
	Labels  map[string]string
	Samples []Sample
}

// StartPrometheus runs the binary with a configuration, keeps its data in dir and waits until it is ready.
func StartPrometheus(ctx context.Context, binary, dir, configuration string) (*Prometheus, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	p := &Prometheus{address: fmt.Sprintf("127.0.0.1:%d", port)}
	p.Process, err = StartProcess("prometheus", filepath.Join(dir, "prometheus.log"), binary, "--config.file="+config,
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+p.address, "--log.level=warn")
	if err != nil {
		return nil, err
	}
	err = waitHealthy(ctx, p.Process, 30*time.Second, func(ctx context.Context) error {
		_, err := get(ctx, http.DefaultClient, "http://"+p.address+"/-/ready")
		return err
	})
	if err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// Query evaluates PromQL now. A scalar is one series without labels.
func (p *Prometheus) Query(ctx context.Context, query string) ([]Series, error) {
	return p.ask(ctx, "query", url.Values{"query": {query}})
}

// QueryRange evaluates PromQL at each step of the time that ends now.
func (p *Prometheus) QueryRange(ctx context.Context, query string, back, step time.Duration) ([]Series, error) {
	end := time.Now()
	return p.ask(ctx, "query_range", url.Values{
		"query": {query}, "start": {unix(end.Add(-back))}, "end": {unix(end)}, "step": {step.String()}})
}

// LabelValues are the values of the label on the series that the selector finds.
func (p *Prometheus) LabelValues(ctx context.Context, selector, label string) ([]string, error) {
	var values []string
	err := p.read(ctx, "label/"+label+"/values", url.Values{"match[]": {selector}}, &values)
	return values, err
}

func unix(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }

func (p *Prometheus) read(ctx context.Context, path string, arguments url.Values, data any) error {
	body, err := get(ctx, http.DefaultClient, fmt.Sprintf("http://%s/api/v1/%s?%s", p.address, path, arguments.Encode()))
	if err != nil {
		return err
	}
	answer := struct{ Data any }{data}
	return json.Unmarshal(body, &answer)
}

func (p *Prometheus) ask(ctx context.Context, path string, arguments url.Values) ([]Series, error) {
	var data struct {
		ResultType string
		Result     json.RawMessage
	}
	if err := p.read(ctx, path, arguments, &data); err != nil {
		return nil, err
	}
	type point [2]any // Seconds, and the value as text.
	var lines []struct {
		Metric map[string]string
		Value  *point
		Values []point
	}
	if data.ResultType == "scalar" {
		data.Result = fmt.Appendf(nil, `[{"value": %s}]`, data.Result)
	}
	if err := json.Unmarshal(data.Result, &lines); err != nil {
		return nil, fmt.Errorf("%s: %w", arguments.Get("query"), err)
	}
	var all []Series
	for _, line := range lines {
		series := Series{Labels: line.Metric}
		if line.Value != nil {
			line.Values = append(line.Values, *line.Value)
		}
		for _, sample := range line.Values {
			seconds, timed := sample[0].(float64)
			text, valued := sample[1].(string)
			value, err := strconv.ParseFloat(text, 64)
			if !timed || !valued || err != nil {
				return nil, fmt.Errorf("%s: a sample %v", arguments.Get("query"), sample)
			}
			series.Samples = append(series.Samples, Sample{At: time.UnixMilli(int64(seconds * 1000)), Value: value})
		}
		all = append(all, series)
	}
	return all, nil
}
