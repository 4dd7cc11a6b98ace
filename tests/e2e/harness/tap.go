package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"

	extender "k8s.io/kube-scheduler/extender/v1"
)

// Call is one call of kube-scheduler as it went over the wire.
type Call struct {
	Verb   string // filter, prioritize, preempt, bind.
	Pod    string // Name of the pod.
	Status int
	Error  string // The Error field of the answer.
}

// Tap stands between kube-scheduler and the extender and writes down what passes, so that calls are counted by
// someone who is not Berth.
type Tap struct {
	server *httptest.Server

	mu    sync.Mutex
	calls []Call
}

// NewTap listens on loopback and passes everything on to the extender at target.
func NewTap(target string) (*Tap, error) {
	upstream, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	t := &Tap{}
	proxy := httputil.NewSingleHostReverseProxy(upstream)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 256}
	proxy.ModifyResponse = func(response *http.Response) error {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		call, _ := response.Request.Context().Value(callKey{}).(*Call)
		call.Status = response.StatusCode
		if call.Verb != "prioritize" {
			var answer extender.ExtenderBindingResult // Of all other answers, Error is spelt the same.
			_ = json.Unmarshal(body, &answer)
			call.Error = answer.Error
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.calls = append(t.calls, *call)
		return nil
	}
	t.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		call := &Call{Verb: r.URL.Path[1:], Pod: podName(body)}
		proxy.ServeHTTP(w, r.WithContext(withCall(r.Context(), call)))
	}))
	return t, nil
}

// URL is what goes into the scheduler's configuration.
func (t *Tap) URL() string { return t.server.URL }

// Close ends the tap.
func (t *Tap) Close() {
	t.server.CloseClientConnections()
	t.server.Close()
}

// Calls returns those that match.
func (t *Tap) Calls(match func(Call) bool) []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(func(yield func(Call) bool) {
		for _, call := range t.calls {
			if match(call) && !yield(call) {
				return
			}
		}
	})
}

// Count counts the calls of one verb for one pod.
func (t *Tap) Count(verb, pod string) int {
	return len(t.Calls(func(c Call) bool { return c.Verb == verb && c.Pod == pod }))
}

type callKey struct{}

func withCall(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

func podName(request []byte) string {
	var body struct {
		Pod     *struct{ Metadata struct{ Name string } }
		PodName string
	}
	_ = json.Unmarshal(request, &body)
	if body.Pod != nil {
		return body.Pod.Metadata.Name
	}
	return body.PodName
}
