// trtllm-serve, TensorRT-LLM's own server.
#include "engines.h"

namespace berth::telemetry {

std::unique_ptr<const Engine> MakeTrtllmServe() {
  return MakeCustom({.name = "trtllm-serve",
                     .running = "trtllm_num_requests_running",
                     .waiting = "trtllm_num_requests_waiting",
                     .cache_usage = "trtllm_kv_cache_utilization",
                     .capacity = "",
                     .queue_seconds = ""});
}

}  // namespace berth::telemetry
