package harness

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
)

// ModelServer is the metrics page of a vLLM server, under the names that vLLM V1 gives its metrics.
type ModelServer struct {
	server           *httptest.Server
	running, waiting atomic.Int64
	scrapes          atomic.Int64
}

// NewModelServer serves an idle page on loopback.
func NewModelServer() *ModelServer {
	m := &ModelServer{}
	m.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m.scrapes.Add(1)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		fmt.Fprintf(w, `# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama"} %d
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="llama"} %d
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="llama"} 0.1
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total %d
`, m.running.Load(), m.waiting.Load(), m.scrapes.Load())
	}))
	return m
}

// Busy sets what the page says from now on.
func (m *ModelServer) Busy(running, waiting int64) {
	m.running.Store(running)
	m.waiting.Store(waiting)
}

// Scrapes counts them.
func (m *ModelServer) Scrapes() int64 { return m.scrapes.Load() }

// Port that the page is on, at 127.0.0.1.
func (m *ModelServer) Port() string {
	return strconv.Itoa(m.server.Listener.Addr().(*net.TCPAddr).Port)
}

// Close ends it: it refuses connections.
func (m *ModelServer) Close() { m.server.Close() }
