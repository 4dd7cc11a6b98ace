package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// FreePort returns a loopback port that nobody listens on. Another process could take it before we do;
// servers that must keep their port over a restart leave no better way.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func freePorts(ports ...*int) error {
	for _, port := range ports {
		free, err := FreePort()
		if err != nil {
			return err
		}
		*port = free
	}
	return nil
}

// get reads a URL and insists on status 200.
func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s: %.300s", url, response.Status, body)
	}
	return body, nil
}

// waitHealthy polls until the check passes, the process ends or the time is up.
func waitHealthy(ctx context.Context, p *Process, within time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("%s ended before it was ready:\n%s", p.Name, p.LogTail(20))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %v (%w); its log ends:\n%s", p.Name, within, err, p.LogTail(20))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
