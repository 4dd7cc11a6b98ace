package harness

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// APIProxy stands between Berth and the API server: it can hold watch events back, and cut the line.
type APIProxy struct {
	watchDelay   atomic.Int64 // Nanoseconds.
	expired      atomic.Int64
	loseBindings atomic.Bool
	line         *line
	server       *http.Server
}

// NewAPIProxy listens on loopback with the control plane's own certificate.
func (c *ControlPlane) NewAPIProxy() (*APIProxy, error) {
	upstream, err := url.Parse(c.URL())
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.pki.CA)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &APIProxy{line: &line{Listener: listener, open: map[net.Conn]struct{}{}}}
	quiet := log.New(io.Discard, "", 0) // Broken connections are what this proxy is for.
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
		FlushInterval: -1, // Watch events must not wait for a full buffer.
		ErrorLog:      quiet,
		// HTTP/1.1, as Berth speaks it: one watch, one connection.
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 64,
		},
		ModifyResponse: p.pass,
		// No 502 of ours: whatever goes wrong looks like a broken connection, as it does without a proxy.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = &http.Server{Handler: proxy, ErrorLog: quiet, ReadHeaderTimeout: 10 * time.Second}
	config := &tls.Config{Certificates: []tls.Certificate{c.pki.Server}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	go func() { _ = p.server.Serve(tls.NewListener(p.line, config)) }()
	return p, nil
}

// URL is what goes into Berth's kubeconfig.
func (p *APIProxy) URL() string { return "https://" + p.line.Addr().String() }

// DelayWatches lets every event of watches opened from now on arrive late by so much. Lists and writes are not delayed.
func (p *APIProxy) DelayWatches(delay time.Duration) { p.watchDelay.Store(int64(delay)) }

// Cut breaks all connections and refuses new ones until Mend.
func (p *APIProxy) Cut() { p.line.cut() }

// Mend lets connections through again.
func (p *APIProxy) Mend() { p.line.mend() }

// LoseBindingAnswers lets bindings reach the API server, but not its answers Berth.
func (p *APIProxy) LoseBindingAnswers(lose bool) { p.loseBindings.Store(lose) }

// Expired counts the watches that the API server ended with 410 Gone.
func (p *APIProxy) Expired() int64 { return p.expired.Load() }

// Close ends the proxy.
func (p *APIProxy) Close() { _ = p.server.Close() }

func (p *APIProxy) pass(response *http.Response) error {
	if p.loseBindings.Load() && strings.HasSuffix(response.Request.URL.Path, "/binding") {
		return errors.New("the answer is lost")
	}
	if watch := response.Request.URL.Query().Get("watch"); watch != "1" && watch != "true" {
		return nil
	}
	if response.StatusCode == http.StatusGone {
		p.expired.Add(1)
	}
	response.Body = delayBody(response.Body, time.Duration(p.watchDelay.Load()), func(chunk []byte) {
		// The watch is answered with 200; that it is over comes as its first event.
		if bytes.Contains(chunk, []byte(`"type":"ERROR"`)) && bytes.Contains(chunk, []byte(`"code":410`)) {
			p.expired.Add(1)
		}
	})
	return nil
}

// delayed hands out what it read from a body some time after it came.
type delayed struct {
	io.ReadCloser
	delay  time.Duration
	chunks chan chunk
	rest   []byte
	stop   context.CancelFunc
}

type chunk struct {
	data []byte
	err  error
	came time.Time
}

func delayBody(body io.ReadCloser, delay time.Duration, look func([]byte)) io.ReadCloser {
	ctx, stop := context.WithCancel(context.Background())
	d := &delayed{ReadCloser: body, delay: delay, chunks: make(chan chunk, 1024), stop: stop}
	go func() {
		defer close(d.chunks)
		for {
			buffer := make([]byte, 64<<10)
			n, err := body.Read(buffer)
			look(buffer[:n])
			select {
			case d.chunks <- chunk{data: buffer[:n], err: err, came: time.Now()}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return d
}

func (d *delayed) Read(into []byte) (int, error) {
	for len(d.rest) == 0 {
		next, ok := <-d.chunks
		if !ok {
			return 0, io.EOF
		}
		time.Sleep(time.Until(next.came.Add(d.delay)))
		d.rest = next.data
		if next.err != nil {
			return copy(into, d.rest), next.err
		}
	}
	n := copy(into, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func (d *delayed) Close() error {
	d.stop()
	return d.ReadCloser.Close()
}

// line is a listener that knows its connections and can cut them all.
type line struct {
	net.Listener

	mu     sync.Mutex
	broken bool
	open   map[net.Conn]struct{}
}

func (l *line) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		broken := l.broken
		if !broken {
			l.open[connection] = struct{}{}
		}
		l.mu.Unlock()
		if !broken {
			return &tracked{Conn: connection, line: l}, nil
		}
		_ = connection.Close()
	}
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = true
	for connection := range l.open {
		_ = connection.Close()
	}
	clear(l.open)
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = false
}

type tracked struct {
	net.Conn
	line *line
}

func (t *tracked) Close() error {
	t.line.mu.Lock()
	delete(t.line.open, t.Conn)
	t.line.mu.Unlock()
	return t.Conn.Close()
}
