package harness

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a child that cannot outlive us: Stop and Kill end it by its PID, and the kernel kills it when we die.
type Process struct {
	Name    string
	LogPath string

	cmd    *exec.Cmd
	exited chan struct{}
}

// launches runs every exec on one thread that never ends, because the kernel's parent-death signal
// follows the thread that started the child, and Go's threads come and go.
var launches = sync.OnceValue(func() chan<- func() {
	queue := make(chan func())
	go func() {
		runtime.LockOSThread()
		for launch := range queue {
			launch()
		}
	}()
	return queue
})

// StartProcess runs the binary with both outputs appended to logPath.
func StartProcess(name, logPath, binary string, args ...string) (*Process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()

	p := &Process{Name: name, LogPath: logPath, exited: make(chan struct{}), cmd: exec.Command(binary, args...)}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}

	started := make(chan error)
	launches() <- func() { started <- p.cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // How it ended is in ProcessState; a killed child is no error here.
		close(p.exited)
	}()
	return p, nil
}

// PID is the child's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited tells whether the child has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// ExitCode of a child that has exited; -1 when a signal ended it.
func (p *Process) ExitCode() int { return p.cmd.ProcessState.ExitCode() }

// Kill ends the child at once, as a power cut would, and waits until it is gone.
func (p *Process) Kill() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// Terminate asks the child to end (SIGTERM) and kills it after the grace period; it returns the exit code,
// or an error when the child had to be killed.
func (p *Process) Terminate(grace time.Duration) (int, error) {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return p.ExitCode(), nil
	case <-time.After(grace):
		p.Kill()
		return -1, fmt.Errorf("%s did not end within %v of SIGTERM", p.Name, grace)
	}
}

// Pause stops the child where it stands (SIGSTOP), until Resume.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a paused child go on.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// LogSize is how much the child and those before it have logged so far, for LogSince.
func (p *Process) LogSize() int64 {
	info, err := os.Stat(p.LogPath)
	if err != nil {
		return 0
	}
	return info.Size()
}

// LogSince returns what was logged after that.
func (p *Process) LogSince(size int64) string {
	text, err := os.ReadFile(p.LogPath)
	if err != nil {
		return err.Error()
	}
	return string(text[min(size, int64(len(text))):])
}

// LogTail returns the last lines of the child's log.
func (p *Process) LogTail(lines int) string {
	text, err := os.ReadFile(p.LogPath)
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// CPU is the processor time that the child has used so far, user and system.
func (p *Process) CPU() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of proc(5).
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	const tick = time.Second / 100 // USER_HZ is 100 on every Linux that Go runs on.
	return time.Duration(ticks) * tick, nil
}
