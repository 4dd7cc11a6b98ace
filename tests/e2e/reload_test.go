package e2e

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth.dev/berth/tests/e2e/harness"
)

// Certificate, configuration and catalog are replaced again and again (scripts/e2e --reloads says how often) while clients call, on
// kept connections and on new ones: every call is answered, and each replacement comes into use.
func TestReloadsFailNoRequest(t *testing.T) {
	count := timesOf(t, "BERTH_RELOADS", 15)
	catalogs := []string{catalogHead + tiny, catalogHead + tiny + llama}
	packings := []string{"{node: binpack}", "{node: spread}"}
	w := newWorld(t, time.Minute+time.Duration(count)*5*time.Second,
		setup{mutualTLS: true, catalog: catalogs[0], policy: "{gpuMemory: " + packings[0] + "}", more: "modelCatalog: {reloadInterval: 250ms}\n"},
		harness.SharedNode("a", 2), harness.SharedNode("b", 2))
	dir := filepath.Dir(plane.CAFile())
	own := []tls.Certificate{loadPair(t, harness.Identity{
		CertFile: filepath.Join(dir, "kube-scheduler-client.crt"), KeyFile: filepath.Join(dir, "kube-scheduler-client.key")})}
	asked := harness.NewPod("asked", harness.SharedGPU(8*GiB, 30)).Annotated("berth.dev/model", "tiny").Object()
	asked.UID, asked.Namespace = "asked", w.namespace
	body, err := json.Marshal(map[string]any{"NodeNames": []string{"a", "b"}, "Pod": asked})
	w.must(err)

	ctx, stop := context.WithCancel(w.ctx)
	var callers sync.WaitGroup
	var calls, failed atomic.Int64
	for number := range 4 {
		client := clientWith(t, own)
		client.Transport.(*http.Transport).DisableKeepAlives = number%2 == 0
		callers.Go(func() {
			for ctx.Err() == nil {
				for _, verb := range []string{"/filter", "/prioritize"} {
					calls.Add(1)
					if err := answered(client, w.berth.SecureURL()+verb, string(body)); err != nil && failed.Add(1) <= 5 {
						t.Errorf("%s: %v", verb, err)
					}
				}
				time.Sleep(2 * time.Millisecond) // Leaves processor time for what is tested.
			}
		})
	}
	for round := 1; round <= count; round++ {
		shown := servedSerial(t, w.berth)
		_, err := plane.Issue("berth", "berth")
		w.must(err)
		w.must(w.berth.WriteCatalog(catalogs[round%2]))
		w.must(w.berth.EditConfiguration(packings[(round+1)%2], packings[round%2]))
		w.eventually(15*time.Second, "all three are in use", func() error {
			page, err := w.berth.Page(w.ctx, "/configz")
			if packing := strings.Trim(packings[round%2], "{}"); err != nil || !strings.Contains(page, "gpuMemory:\n    "+packing) {
				return fmt.Errorf("not in use: %s %v", packing, err)
			}
			if models := w.metric("berth_catalog_models"); models != float64(1+round%2) {
				return fmt.Errorf("the catalog holds %v models", models)
			}
			if now := servedSerial(t, w.berth); now == shown {
				return fmt.Errorf("the certificate is still %s", now)
			}
			return nil
		})
	}
	stop()
	callers.Wait()
	t.Logf("%d calls over %d reloads, %d failed", calls.Load(), count, failed.Load())
	if calls.Load() < int64(20*count) {
		t.Errorf("%d calls: there was no load", calls.Load())
	}
	log, err := os.ReadFile(w.berth.LogPath)
	w.must(err)
	if got := strings.Count(string(log[w.logStart:]), `"certificate loaded"`); got < count {
		t.Errorf("the log tells of %d certificates, want %d", got, count)
	}
}

// answered posts and insists on 200 and a body without a complaint.
func answered(client *http.Client, url, body string) error {
	response, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || strings.Contains(string(text), `"Error":"`)) {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return err
}
