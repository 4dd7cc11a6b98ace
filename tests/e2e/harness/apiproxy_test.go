package harness

import (
	"io"
	"testing"
	"time"
)

func TestDelayBodyHoldsEachChunkBackAndKeepsTheOrder(t *testing.T) {
	const delay = 200 * time.Millisecond
	reader, writer := io.Pipe()
	var looked []byte
	body := delayBody(reader, delay, func(chunk []byte) { looked = append(looked, chunk...) })
	start := time.Now()
	go func() {
		_, _ = writer.Write([]byte("first "))
		_, _ = writer.Write([]byte("second"))
		_ = writer.Close()
	}()

	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != "first second" || string(looked) != "first second" {
		t.Errorf("read %q, looked at %q", text, looked)
	}
	if took := time.Since(start); took < delay {
		t.Errorf("came after %v, want %v or later", took, delay)
	}
}
