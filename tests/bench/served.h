// Berth behind a socket in a process of its own, so that its CPU and memory can be told from the
// client's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string_view>

namespace berth::bench {

// Which terms of the score have something to say. With kAll loads and weights are told anew every
// 50 ms: about every hundred requests, as when they are told once a second to a scheduler of a
// hundred pods per second; with kToldOnce they are told before the first request alone. With
// kBinding gpu-memory alone speaks, while a hundred pods a second dock and as many leave;
// kFragmentation is the same with that packing instead of binpack.
enum class Terms : std::uint8_t { kGpuMemory, kAll, kToldOnce, kBinding, kFragmentation };

// Runs a service for `nodes` nodes until standard input ends, and hands its port to `ready`.
// Routes: the scheduler's verbs, and for the floor /floor/next (a body as long as the answer that
// the floor shall give from now on) and /floor: receives a body, walks it with simdjson, answers
// that constant text.
void Serve(int nodes, Terms terms, const std::function<void(std::uint16_t port)>& ready);

// The same in a child process. Made before this process has threads.
class ServedProcess {
 public:
  explicit ServedProcess(int nodes, Terms terms = Terms::kGpuMemory);
  ~ServedProcess();
  ServedProcess(const ServedProcess&) = delete;
  ServedProcess& operator=(const ServedProcess&) = delete;

  std::uint16_t port() const { return port_; }
  double cpu_seconds() const;  // user and system, all threads
  double rss_mib() const;
  double peak_rss_mib() const;

 private:
  pid_t pid_;
  int stdin_;
  std::uint16_t port_ = 0;
};

// Of /proc/<pid>/status, in MiB; "VmRSS" or "VmHWM".
double StatusMiB(pid_t pid, std::string_view field);

// User and system seconds of a process, or of this one with 0.
double CpuSeconds(pid_t pid);

}  // namespace berth::bench
