#include "telemetry_pages.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace berth::bench {
namespace {

class PageWriter {
 public:
  explicit PageWriter(std::string labels) : labels_(std::move(labels)) {}

  PageWriter& Family(std::string_view name, std::string_view type) {
    fmt::format_to(out(),
                   "# HELP {0} What the server's documentation says of {0}.\n# TYPE {0} {1}\n",
                   name, type);
    return *this;
  }
  PageWriter& Value(std::string_view name, double value, std::string_view more = "") {
    fmt::format_to(out(), "{}{{{}{}}} {:.1f}\n", name, labels_, more, value);
    return *this;
  }
  PageWriter& Histogram(std::string_view name, int buckets) {
    Family(name, "histogram");
    const std::string before = labels_.empty() ? "" : labels_ + ",";
    for (int i = 0; i < buckets; ++i) {
      fmt::format_to(out(), "{}_bucket{{{}le=\"{}\"}} {}.0\n", name, before,
                     0.001 * (1 << (i % 20)) + i, 1000 + 37 * i);
    }
    fmt::format_to(out(), "{}_bucket{{{}le=\"+Inf\"}} 9999.0\n", name, before);
    Value(fmt::format("{}_count", name), 9999);
    return Value(fmt::format("{}_sum", name), 1234.5);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

  std::string labels_;
  std::string text_;
};

std::string Vllm() {
  PageWriter page(R"(engine="0",model_name="meta-llama/Llama-3.1-70B-Instruct")");
  for (const auto* name : {"python_gc_objects_collected_total", "python_gc_collections_total",
                           "process_virtual_memory_bytes", "process_cpu_seconds_total"}) {
    page.Family(name, "counter").Value(name, 4711);
  }
  page.Family("vllm:num_requests_running", "gauge").Value("vllm:num_requests_running", 96);
  page.Family("vllm:num_requests_waiting", "gauge").Value("vllm:num_requests_waiting", 3);
  page.Family("vllm:kv_cache_usage_perc", "gauge").Value("vllm:kv_cache_usage_perc", 0.4);
  for (const auto* name : {"prefix_cache_queries", "prefix_cache_hits", "num_preemptions",
                           "prompt_tokens", "generation_tokens", "request_success"}) {
    page.Family(fmt::format("vllm:{}_total", name), "counter")
        .Value(fmt::format("vllm:{}_total", name), 1);
  }
  for (const auto* name :
       {"request_queue_time_seconds", "time_to_first_token_seconds",
        "time_per_output_token_seconds", "inter_token_latency_seconds",
        "e2e_request_latency_seconds", "request_inference_time_seconds",
        "request_prefill_time_seconds", "request_decode_time_seconds", "request_prompt_tokens",
        "request_generation_tokens", "request_max_num_generation_tokens", "request_params_n",
        "request_params_max_tokens", "iteration_tokens_total", "request_prefill_kv_computed_tokens",
        "kv_block_lifetime_seconds", "kv_block_idle_before_evict_seconds",
        "kv_block_reuse_gap_seconds", "request_time_per_output_token_seconds"}) {
    page.Histogram(fmt::format("vllm:{}", name), 22);
  }
  for (const auto* name : {"http_request_duration_seconds", "http_request_size_bytes",
                           "http_response_size_bytes", "http_request_duration_highr_seconds"}) {
    page.Histogram(name, 24);
  }
  for (int handler = 0; handler < 12; ++handler) {
    page.Value("http_requests_total", handler, fmt::format(",handler=\"/v1/route{}\"", handler));
  }
  return page.Take();
}

std::string Sglang() {
  PageWriter page(
      R"(engine_type="unified",model_name="Qwen/Qwen3-32B",moe_ep_rank="0",pp_rank="0",tp_rank="0")");
  for (const auto* name : {"num_running_reqs", "num_queue_reqs", "token_usage", "num_used_tokens",
                           "max_total_num_tokens", "cache_hit_rate", "gen_throughput",
                           "utilization", "num_retracted_reqs", "page_size"}) {
    page.Family(fmt::format("sglang:{}", name), "gauge").Value(fmt::format("sglang:{}", name), 0.5);
  }
  for (const auto* name :
       {"queue_time_seconds", "time_to_first_token_seconds", "inter_token_latency_seconds",
        "e2e_request_latency_seconds", "per_stage_req_latency_seconds", "func_latency_seconds",
        "prompt_tokens_histogram", "generation_tokens_histogram"}) {
    page.Histogram(fmt::format("sglang:{}", name), 40);
  }
  return page.Take();
}

std::string Tgi() {
  PageWriter page("");
  for (const auto* name : {"tgi_batch_current_size", "tgi_queue_size",
                           "tgi_batch_current_max_tokens", "tgi_batch_max_total_tokens"}) {
    page.Family(name, "gauge").Value(name, 16);
  }
  for (const auto* name :
       {"tgi_request_queue_duration", "tgi_request_duration", "tgi_request_inference_duration",
        "tgi_request_validation_duration", "tgi_request_mean_time_per_token_duration",
        "tgi_batch_next_size", "tgi_batch_inference_duration", "tgi_batch_forward_duration",
        "tgi_request_input_length", "tgi_request_generated_tokens"}) {
    page.Histogram(name, 24);
  }
  return page.Take();
}

std::string Triton() {
  PageWriter page(R"(gpu_uuid="GPU-34319582-d595-d1c7-d1d2-179bcfa61660")");
  for (const auto* name :
       {"nv_inference_request_success", "nv_inference_request_failure", "nv_inference_count",
        "nv_inference_exec_count", "nv_inference_request_duration_us",
        "nv_inference_queue_duration_us", "nv_inference_compute_input_duration_us",
        "nv_inference_compute_infer_duration_us", "nv_inference_compute_output_duration_us",
        "nv_inference_pending_request_count"}) {
    page.Family(name, "counter");
    for (int model = 0; model < 8; ++model) {
      page.Value(name, 1000.0 * model, fmt::format(",model=\"model-{}\",version=\"1\"", model));
    }
  }
  for (const auto* name : {"nv_gpu_utilization", "nv_gpu_memory_total_bytes",
                           "nv_gpu_memory_used_bytes", "nv_cpu_utilization"}) {
    page.Family(name, "gauge").Value(name, 0.5);
  }
  return page.Take();
}

std::string TensorflowServing() {
  PageWriter page(R"(model_name="ranker",API="predict",entrypoint="REST")");
  for (int i = 0; i < 300; ++i) {
    const std::string name = fmt::format(":tensorflow:core:internal_metric_{}", i);
    page.Family(name, "counter").Value(name, i);
  }
  page.Family(":tensorflow:serving:request_count", "counter")
      .Value(":tensorflow:serving:request_count", 4000);
  for (const auto* name : {"request_latency", "runtime_latency", "batching_session:queuing_latency",
                           "batching_session:processed_batch_size"}) {
    page.Histogram(fmt::format(":tensorflow:serving:{}", name), 60);
  }
  return page.Take();
}

std::string TorchServe() {
  PageWriter page(R"(model_name="resnet18",model_version="default",hostname="torchserve-0")");
  for (const auto* name : {"ts_inference_requests_total", "ts_inference_latency_microseconds",
                           "ts_queue_latency_microseconds"}) {
    page.Family(name, "counter").Value(name, 4711);
  }
  for (int i = 0; i < 24; ++i) {
    const std::string name = fmt::format("HostGauge{}", i);
    page.Family(name, "gauge").Value(name, i);
  }
  return page.Take();
}

std::string Dcgm() {
  PageWriter page(R"(modelName="NVIDIA H100 80GB HBM3",Hostname="gpu-a-1",)"
                  R"(DCGM_FI_DRIVER_VERSION="550.54.15")");
  for (const auto* name : {"DEV_SM_CLOCK",
                           "DEV_MEM_CLOCK",
                           "DEV_MEMORY_TEMP",
                           "DEV_GPU_TEMP",
                           "DEV_POWER_USAGE",
                           "DEV_TOTAL_ENERGY_CONSUMPTION",
                           "DEV_PCIE_REPLAY_COUNTER",
                           "DEV_MEM_COPY_UTIL",
                           "DEV_ENC_UTIL",
                           "DEV_DEC_UTIL",
                           "DEV_XID_ERRORS",
                           "DEV_FB_FREE",
                           "DEV_FB_USED",
                           "DEV_FB_RESERVED",
                           "DEV_UNCORRECTABLE_REMAPPED_ROWS",
                           "DEV_CORRECTABLE_REMAPPED_ROWS",
                           "DEV_ROW_REMAP_FAILURE",
                           "DEV_NVLINK_BANDWIDTH_TOTAL",
                           "DEV_VGPU_LICENSE_STATUS",
                           "PROF_PIPE_TENSOR_ACTIVE",
                           "PROF_DRAM_ACTIVE",
                           "PROF_PCIE_TX_BYTES",
                           "PROF_PCIE_RX_BYTES",
                           "DEV_GPU_UTIL",
                           "PROF_GR_ENGINE_ACTIVE"}) {
    const std::string metric = fmt::format("DCGM_FI_{}", name);
    page.Family(metric, "gauge");
    for (int gpu = 0; gpu < 8; ++gpu) {
      page.Value(metric, 0.1 * gpu,
                 fmt::format(R"(,gpu="{0}",UUID="GPU-34319582-d595-d1c7-d1d2-17{0}bcfa61660",)"
                             R"(pci_bus_id="00000000:{0}7:00.0",device="nvidia{0}",)"
                             R"(container="server",namespace="ml",pod="llm-{0}")",
                             gpu));
    }
  }
  return page.Take();
}

}  // namespace

std::vector<MetricPage> MetricPages() {
  return {
      {"vllm", 0.55, Vllm()},
      {"sglang", 0.10, Sglang()},
      {"tgi", 0.05, Tgi()},
      {"triton", 0.10, Triton()},
      {"tensorflow-serving", 0.025, TensorflowServing()},
      {"torchserve", 0.025, TorchServe()},
      {"dcgm-exporter", 0.15, Dcgm()},
  };
}

}  // namespace berth::bench
