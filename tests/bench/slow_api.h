// An API server that binds whatever it is asked, after a while.
#pragma once

#include <string_view>
#include <thread>

#include "berth/base/clock.h"
#include "berth/kube/api.h"

namespace berth::bench {

class SlowApi final : public kube::Api {
 public:
  explicit SlowApi(Duration bind_takes) : bind_takes_(bind_takes) {}

  Status Bind(const kube::Binding&) override {
    std::this_thread::sleep_for(bind_takes_);
    return {};
  }
  Result<kube::PodObject> GetPod(std::string_view, std::string_view) override {
    return Error{ErrorCode::kNotFound, "no such pod"};
  }
  Status PatchPodCondition(std::string_view, std::string_view, std::string_view,
                           const kube::PodCondition&) override {
    return {};
  }

 private:
  const Duration bind_takes_;
};

}  // namespace berth::bench
