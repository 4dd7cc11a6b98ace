// Watches, binds and the table at once; meant for ThreadSanitizer.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "inventory/rig.h"

namespace berth::inventory {
namespace {

using ThreadsTest = InventoryTest;

TEST_F(ThreadsTest, EachMayComeFromAThreadOfItsOwn) {
  constexpr int kRounds = 100;
  Make({.keep_after = std::chrono::seconds(0)});
  {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        Put(tests::Node("a").Label("model.berth.dev/" + Text(KeyOf(kLlama)),
                                   i % 2 == 0 ? "nvme" : "host"));
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        Agent("b", i % 2 == 0 ? Model(kLlama, "nvme") : Model(kMixtral, "nvme"));
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string name = "pod-" + std::to_string(i);
        inventory_->PutPod(Pod(name, "c", false), now());
        inventory_->PutPod(Pod(name, "c", true), now());
        inventory_->RemovePod("uid-of-" + name, now());
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        inventory_->Started({.uid = "uid-of-pod-" + std::to_string(i),
                             .node = "c",
                             .source = kLlama,
                             .bytes = Bytes(16'000'000'000),
                             .at = now()});
        inventory_->RemovePod("uid-of-pod-" + std::to_string(i), now());
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const auto table = Table();
        EXPECT_EQ(table->nodes.size(), 3U);
        EXPECT_LE(inventory_->counts().loads, 200U);
      }
    });
  }
  inventory_->BeginPods();
  inventory_->EndPods(now());
  inventory_->RemovePod("", now());
  for (int i = 0; i < kRounds; ++i) {
    inventory_->RemovePod("uid-of-pod-" + std::to_string(i), now());
  }
  EXPECT_EQ(inventory_->counts().loads, 0U);
  const std::vector<std::string> want = {"a host 16.0 GB"};
  EXPECT_EQ(Copies(), want);
}

}  // namespace
}  // namespace berth::inventory
