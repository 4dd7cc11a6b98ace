package harness

import (
	"bytes"
	"context"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics is one scrape.
type Metrics map[string]*dto.MetricFamily

// Metrics scrapes /metrics and /metrics/resources into one table.
func (b *Berth) Metrics(ctx context.Context) (Metrics, error) {
	all := Metrics{}
	for _, path := range []string{"/metrics", "/metrics/resources"} {
		body, err := b.get(ctx, path)
		if err != nil {
			return nil, err
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		for name, family := range families {
			all[name] = family
		}
	}
	return all, nil
}

// Has tells whether the metric exists at all, whatever its labels: a sum over a misspelt name is 0 too.
func (m Metrics) Has(name string) bool { return m[name] != nil }

// Sum adds up all series of the metric whose labels include the given ones ("label=value").
// Of a histogram it adds the counts of observations.
func (m Metrics) Sum(name string, labels ...string) float64 {
	var sum float64
	for _, series := range m[name].GetMetric() {
		var have []string
		for _, label := range series.GetLabel() {
			have = append(have, label.GetName()+"="+label.GetValue())
		}
		if slices.ContainsFunc(labels, func(want string) bool { return !slices.Contains(have, want) }) {
			continue
		}
		sum += series.GetCounter().GetValue() + series.GetGauge().GetValue() + series.GetUntyped().GetValue() +
			float64(series.GetHistogram().GetSampleCount())
	}
	return sum
}
