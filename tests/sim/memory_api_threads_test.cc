// Many callers at once: the sink ends with what the API holds, and may call back.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "berth/sim/memory_api.h"

namespace berth::sim {
namespace {

constexpr int kThreads = 4;
constexpr int kPodsEach = 100;

// Not thread-safe on purpose: MemoryApi promises one call at a time.
class MirrorSink final : public kube::ObjectSink {
 public:
  explicit MirrorSink(MemoryApi& api) : api_(api) {}

  void BeginNodes() override {}
  void EndNodes() override {}
  void BeginPods() override {}
  void EndPods() override {}
  void PutNode(kube::NodeObject) override {}
  void RemoveNode(std::string_view) override {}
  void PutPod(kube::PodObject pod) override {
    // A read from within, as a store that settles an unknown outcome would make it.
    const Result<kube::PodObject> now = api_.GetPod(pod.ns, pod.name);
    known_ += now.ok() ? 1 : 0;
    pods_[pod.uid] = std::move(pod);
  }
  void RemovePod(std::string_view uid) override { pods_.erase(std::string(uid)); }

  const std::map<std::string, kube::PodObject>& pods() const { return pods_; }
  int known() const { return known_; }

 private:
  MemoryApi& api_;
  std::map<std::string, kube::PodObject> pods_;
  int known_ = 0;
};

// Each of its pods is created, raced for by all, patched, and every third one deleted.
void Work(MemoryApi& api, int thread, std::atomic<int>& bound) {
  for (int i = 0; i < kPodsEach; ++i) {
    kube::PodObject pod;
    pod.ns = "ml";
    pod.name = "p" + std::to_string(i);
    pod.uid = "uid-" + pod.name;
    ASSERT_TRUE(api.CreatePod(pod).ok());
    const Status status = api.Bind({.ns = "ml",
                                    .name = pod.name,
                                    .uid = pod.uid,
                                    .node = "n" + std::to_string(thread),
                                    .annotations = {{"thread", std::to_string(thread)}}});
    if (status.ok()) {
      ++bound;
    } else {
      ASSERT_EQ(status.error().code, ErrorCode::kConflict);
    }
    ASSERT_TRUE(api.PatchPodCondition("ml", pod.name, pod.uid,
                                      {.type = "berth.dev/Fits",
                                       .status = "True",
                                       .reason = "Fits",
                                       .message = std::to_string(thread)})
                    .ok());
  }
}

TEST(MemoryApiThreads, BindEachPodOnceAndEndWithTheSameView) {
  MemoryApi api;
  MirrorSink sink(api);
  api.Start(sink);
  std::atomic<int> bound = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&api, &bound, t] { Work(api, t, bound); });
    }
  }
  EXPECT_EQ(bound, kPodsEach);
  ASSERT_EQ(sink.pods().size(), static_cast<std::size_t>(kPodsEach));
  EXPECT_GE(sink.known(), 2 * kPodsEach);
  for (const auto& [uid, seen] : sink.pods()) {
    const Result<kube::PodObject> pod = api.GetPod(seen.ns, seen.name);
    ASSERT_TRUE(pod.ok());
    EXPECT_EQ(seen, *pod) << uid;
    EXPECT_EQ("n" + *kube::Find(seen.annotations, "thread"), seen.node_name);
  }
}

TEST(MemoryApiThreads, DeleteAndHoldWhileOthersWrite) {
  MemoryApi api;
  MirrorSink sink(api);
  api.Start(sink);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&api, t] {
        for (int i = 0; i < kPodsEach; ++i) {
          kube::PodObject pod;
          pod.ns = "t" + std::to_string(t);
          pod.name = "p" + std::to_string(i);
          ASSERT_TRUE(api.CreatePod(pod).ok());
          ASSERT_TRUE(i % 3 != 0 || api.DeletePod(pod.ns, pod.name).ok());
        }
      });
    }
    threads.emplace_back([&api] {
      for (int i = 0; i < kPodsEach; ++i) {
        api.HoldEvents();
        api.ReleaseEvents();
      }
    });
  }
  EXPECT_EQ(sink.pods().size(),
            static_cast<std::size_t>(kThreads * (kPodsEach - kPodsEach / 3 - 1)));
}

}  // namespace
}  // namespace berth::sim
