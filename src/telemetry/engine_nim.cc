// NVIDIA NIM for language models. Its names have no prefix: they mean something only on a page that
// is known to be one.
#include "engines.h"

namespace berth::telemetry {

std::unique_ptr<const Engine> MakeNim() {
  return MakeCustom({.name = "nim",
                     .running = "num_requests_running",
                     .waiting = "num_requests_waiting",
                     .cache_usage = "gpu_cache_usage_perc",
                     .capacity = "num_request_max",
                     .queue_seconds = ""});
}

}  // namespace berth::telemetry
