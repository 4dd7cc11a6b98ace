// Never over capacity, nothing lost, whatever happens in whatever order: bindings refused, answered
// late or not at all, events that lag, lists in the middle, restarts. The judge is a model of the
// API server that knows nothing of the store.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "berth/cluster/room.h"
#include "berth/state/store.h"
#include "objects.h"

namespace berth::state {
namespace {

using cluster::DeviceSet;

constexpr Duration kGrace = std::chrono::seconds(5);
constexpr int kDevices = 2;
constexpr MiB kDeviceMemory = 16_GiB;
constexpr int kWholeDevices = 3;
constexpr int kSteps = 40;

// Interleavings to try, fewer where each is slow: unoptimised, under sanitizers.
int Interleavings() {
#ifdef NDEBUG
  constexpr int kDefault = 100'000;
#else
  constexpr int kDefault = 1'000;
#endif
  const char* text = std::getenv("BERTH_INTERLEAVINGS");
  return text == nullptr ? kDefault : std::atoi(text);
}

// What the API server holds, and who is on the way to it.
struct Truth {
  std::map<std::string, kube::PodObject> pods;          // by name
  std::deque<std::pair<bool, kube::PodObject>> events;  // deleted?, the pod then

  void Show(const kube::PodObject& pod) { events.emplace_back(false, pod); }

  // BindingREST: only an unbound pod with this uid is bound.
  bool Bind(const kube::PodObject& wanted) {
    const auto at = pods.find(wanted.name);
    if (at == pods.end() || at->second.uid != wanted.uid || !at->second.node_name.empty()) {
      return false;
    }
    at->second = wanted;
    bound_ = true;
    Show(wanted);
    return true;
  }

  // A complaint, or nothing. Looks again only after a binding: nothing else can fill a device.
  std::string OverCapacity() {
    if (!std::exchange(bound_, false)) {
      return {};
    }

    std::int64_t memory[2][kDevices] = {};
    std::int64_t cores[2][kDevices] = {};
    std::int64_t whole = 0;
    for (const auto& [name, pod] : pods) {
      if (pod.node_name.empty()) {
        continue;
      }
      const auto& asks = pod.containers.front().requests;
      whole += asks.Extended("nvidia.com/gpu");
      const Result<device::Record> record = device::ReadRecord(pod);
      if (asks.Extended(device::kGpuMemory) == 0 || !record.ok()) {
        continue;
      }
      for (const std::string& id : record->devices) {
        const std::int64_t share = asks.Extended(device::kGpuCores);
        memory[pod.node_name == "b"][std::stoi(id)] +=
            share >= 100 ? kDeviceMemory.count() : asks.Extended(device::kGpuMemory);
        cores[pod.node_name == "b"][std::stoi(id)] += share;
      }
    }
    for (int node = 0; node < 2; ++node) {
      for (int d = 0; d < kDevices; ++d) {
        if (memory[node][d] > kDeviceMemory.count() || cores[node][d] > 100) {
          return "node " + std::to_string(node) + " device " + std::to_string(d) +
                 " is over capacity";
        }
      }
    }
    return whole > kWholeDevices ? "whole devices are over capacity" : "";
  }

 private:
  bool bound_ = false;
};

// A Binding that was sent. What becomes of it is decided later.
struct Sent {
  kube::PodObject bound;
  std::optional<Assumption> assumption;  // nothing once its caller gave up waiting
  Instant latest;                        // for one nobody waits for: it cannot arrive any more
};

class Interleaving {
 public:
  Interleaving(unsigned seed, const device::ClassTable& classes)
      : classes_(classes), random_(seed) {
    Restart();
  }

  void Run() {
    for (int step = 0; step < kSteps && !testing::Test::HasFailure(); ++step) {
      Step();
      ASSERT_EQ(truth_.OverCapacity(), "");
    }
    Settle();
  }

 private:
  int Pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  void Step() {
    switch (Pick(12)) {
      case 0:
      case 1:
        return Create();
      case 2:
      case 3:
      case 4:
        return Send();
      case 5:
      case 6:
        return Answer();
      case 7:
      case 8:
        return DeliverEvents(1 + Pick(3));
      case 9:
        return Delete();
      case 10:
        return Pick(3) == 0 ? (Pick(2) == 0 ? Relist() : Crash()) : Tend();
      default:
        return Pass(std::chrono::milliseconds(500 * (1 + Pick(4))));
    }
  }

  void Create() {
    const std::string name = "p" + std::to_string(next_++);
    kube::PodObject pod;
    switch (Pick(4)) {
      case 0:
        pod = WholePod(name, 1 + Pick(2));
        break;
      case 1:
        pod = SharePod(name, MiB(1024), 100);
        break;
      default:
        pod = SharePod(name, MiB(1024 * (2 + Pick(10))), 10 * Pick(7), 1 + Pick(kDevices));
    }
    truth_.pods[name] = pod;
    truth_.Show(pod);
  }

  void Send() {
    if (truth_.pods.empty()) {
      return;
    }
    const kube::PodObject pod =
        std::next(truth_.pods.begin(), Pick(static_cast<int>(truth_.pods.size())))->second;
    const cluster::PodRequest request = device::ReadPod(pod, store_->classes());
    store_->Meet(request);  // as filter does
    const bool whole = !request.demand.share;
    const std::string node = whole ? "w" : (Pick(2) == 0 ? "a" : "b");
    DeviceSet devices;
    if (!whole) {
      // Any devices, roomy or not: the store must refuse what does not fit.
      while (devices.size() < request.demand.share->count) {
        devices.Add(Pick(kDevices));
      }
    }
    Result<Assumption> taken = store_->Assume(pod.uid, node, devices);
    if (!taken.ok()) {
      return;
    }
    kube::PodObject bound = pod;
    const cluster::SnapshotPtr snapshot = store_->snapshot();
    bound.annotations = device::WriteRecord(request, *snapshot->facts(*snapshot->Find(node)),
                                            taken->devices(), store_->classes());
    bound.node_name = node;
    sent_.push_back({.bound = std::move(bound), .assumption = std::move(taken).value()});
  }

  // One Binding that was sent arrives, is refused, or is never heard of again.
  void Answer() {
    if (sent_.empty()) {
      return;
    }
    const auto at = std::next(sent_.begin(), Pick(static_cast<int>(sent_.size())));
    if (!at->assumption) {
      truth_.Bind(at->bound);  // late, but there
      sent_.erase(at);
      return;
    }
    switch (Pick(4)) {
      case 0: {  // the connection breaks; the request may be on its way for a while
        std::move(*at->assumption).Doubt(now_);
        at->assumption.reset();
        at->latest = now_ + kGrace;
        return;
      }
      case 1: {  // it happens, the answer is lost
        truth_.Bind(at->bound);
        std::move(*at->assumption).Doubt(now_);
        break;
      }
      case 2:  // refused for a reason of its own
        break;
      default:
        if (truth_.Bind(at->bound)) {
          std::move(*at->assumption).Keep();
        } else {
          Resolve(*at);
        }
    }
    sent_.erase(at);
  }

  // A conflict: the pod itself tells.
  void Resolve(Sent& sent) {
    const auto pod = truth_.pods.find(sent.bound.name);
    if (pod == truth_.pods.end()) {
      store_->RemovePod(sent.bound.uid);
    } else if (!pod->second.node_name.empty()) {
      store_->PutPod(pod->second);
      std::move(*sent.assumption).Keep();
    }
  }

  void DeliverEvents(int count) {
    for (; count > 0 && !truth_.events.empty(); --count) {
      auto [deleted, pod] = std::move(truth_.events.front());
      truth_.events.pop_front();
      deleted ? store_->RemovePod(pod.uid) : store_->PutPod(pod);
    }
  }

  void Delete() {
    if (truth_.pods.empty()) {
      return;
    }
    const auto at = std::next(truth_.pods.begin(), Pick(static_cast<int>(truth_.pods.size())));
    truth_.events.emplace_back(true, at->second);
    truth_.pods.erase(at);
  }

  void Relist() {
    store_->BeginPods();
    truth_.events.clear();
    const std::map<std::string, kube::PodObject> list = truth_.pods;
    for (const auto& [name, pod] : list) {
      if (Pick(4) == 0) {
        Answer();  // while the list is read; what it changes comes as an event
      }
      store_->PutPod(pod);
    }
    store_->EndPods();
  }

  // Berth is killed: whoever waits for an answer is gone, what was sent may still arrive now or
  // never.
  void Crash() {
    for (Sent& sent : sent_) {
      if (sent.assumption) {
        std::move(*sent.assumption).Doubt(now_);
      }
      if (Pick(2) == 0) {
        truth_.Bind(sent.bound);
      }
    }
    sent_.clear();
    Restart();
  }

  void Restart() {
    store_ = std::make_unique<Store>(classes_);
    store_->BeginNodes();
    store_->PutNode(SharedNode("a", kDevices, kDeviceMemory));
    store_->PutNode(SharedNode("b", kDevices, kDeviceMemory));
    store_->PutNode(WholeNode("w", kWholeDevices));
    store_->EndNodes();
    Relist();
  }

  void Pass(Duration time) {
    now_ += time;
    std::erase_if(sent_,
                  [this](const Sent& sent) { return !sent.assumption && sent.latest <= now_; });
  }

  void Tend() {
    for (const Store::Unsettled& pod : store_->UnsettledPods()) {
      const auto at = truth_.pods.find(pod.name);
      store_->Settle(pod.uid, at == truth_.pods.end() ? std::nullopt : std::optional(at->second),
                     now_, kGrace);
    }
  }

  // Everything arrives and is settled: then the books must equal the truth, to the MiB.
  void Settle() {
    while (!sent_.empty()) {
      Answer();
    }
    Pass(kGrace);
    DeliverEvents(static_cast<int>(truth_.events.size()));
    Tend();
    fresh_ = std::exchange(store_, nullptr);
    Restart();
    std::swap(store_, fresh_);
    const cluster::SnapshotPtr ours = store_->snapshot();
    const cluster::SnapshotPtr rebuilt = fresh_->snapshot();
    for (const char* node : {"a", "b", "w"}) {
      const cluster::NodeRow& mine = ours->row(*ours->Find(node));
      const cluster::NodeRow& theirs = rebuilt->row(*rebuilt->Find(node));
      EXPECT_EQ(mine.free_memory, theirs.free_memory) << node;
      EXPECT_EQ(mine.free_cores, theirs.free_cores) << node;
      EXPECT_EQ(mine.whole(0).free, theirs.whole(0).free) << node;
    }
    const Totals totals = store_->totals();
    EXPECT_EQ(totals.devices_overcommitted, 0U);
    EXPECT_EQ(totals.pods_assumed, 0U);
    EXPECT_EQ(totals.pods_doubtful, 0U);
    EXPECT_EQ(totals.pods_pending + totals.pods_bound, truth_.pods.size())
        << "a pod was lost or kept";
  }

  const device::ClassTable& classes_;
  std::mt19937 random_;
  Truth truth_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Store> fresh_;
  std::list<Sent> sent_;
  Instant now_{};
  int next_ = 0;
};

TEST(Interleavings, NeverPromiseADeviceTwiceAndEndWhereTheClusterIs) {
  const device::ClassTable classes = device::ClassTable::BuiltIn();
  for (int seed = 0; seed < Interleavings() && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Interleaving(static_cast<unsigned>(seed), classes).Run();
  }
}

}  // namespace
}  // namespace berth::state
