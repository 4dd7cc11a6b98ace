// Waiting for other threads without guessing how long they take, and what the process uses
// meanwhile.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <string>

#include "net/raw_connection.h"

namespace berth::net {

template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    (void)::poll(nullptr, 0, 1);  // leaves the processor to whoever is waited for
  }
  return true;
}

inline std::chrono::nanoseconds ProcessCpu() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// How far the resident memory of this process rises above what it is at construction.
class PeakMemory {
 public:
  PeakMemory() {
    std::ofstream("/proc/self/clear_refs") << "5";  // resets VmHWM
    start_ = Read("VmHWM:");
  }
  std::uint64_t RiseBytes() const { return (Read("VmHWM:") - start_) * 1024; }

 private:
  static std::uint64_t Read(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string name; status >> name;) {
      if (name == field) {
        std::uint64_t kib = 0;
        status >> kib;
        return kib;
      }
    }
    return 0;
  }
  std::uint64_t start_ = 0;
};

}  // namespace berth::net
