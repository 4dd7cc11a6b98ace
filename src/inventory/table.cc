// The books -> cluster::WeightTable.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "books.h"

namespace berth::inventory {
namespace {

using cluster::NodeIndex;
using cluster::Rates;
using cluster::Tier;
using cluster::WeightCopy;
using cluster::WeightTable;

// A pod that is not ready after this long loads nothing any more.
constexpr Duration kAbandoned = std::chrono::hours(1);

// What is late is taken to need this part of the whole way still.
constexpr double kLatePart = 0.1;

// Weights not used for so long are half as likely to be started again soon; those of which it is
// not said count as that old.
constexpr Duration kReuseHalfLife = std::chrono::minutes(30);

double Over(Bytes bytes, double rate) {
  return rate > 0 ? static_cast<double>(bytes.count()) / rate : 0;
}

Instant Later(Instant at, double seconds) {
  constexpr double kMost = 1e9;  // beyond it an Instant would overflow
  return at + std::chrono::duration_cast<Duration>(
                  std::chrono::duration<double>(std::min(seconds, kMost)));
}

// Never nothing: it is not there yet.
float Left(Instant end, double whole, Instant now) {
  constexpr double kLeast = 1e-3;
  return static_cast<float>(std::max({Seconds(end - now), whole * kLatePart, kLeast}));
}

}  // namespace

// A copy, and what decides between it and others of its node and tier.
struct Books::Candidate {
  WeightCopy copy;
  bool dated = false;  // and fresh
  Instant observed;

  // Where it stands: node, tier, there or arriving.
  std::uint64_t place() const {
    return std::uint64_t{copy.node} << 8U | static_cast<std::uint64_t>(copy.tier) << 1U |
           static_cast<std::uint64_t>(copy.ready_in > 0);
  }
  bool operator<(const Candidate& other) const {
    if (place() != other.place()) {
      return place() < other.place();
    }
    if (dated != other.dated) {
      return dated;
    }
    if (dated && observed != other.observed) {
      return observed > other.observed;
    }
    return copy.bytes != other.copy.bytes ? copy.bytes > other.copy.bytes
                                          : observed > other.observed;
  }
};

class Books::TableBuilder {
 public:
  TableBuilder(Books& books, const cluster::Snapshot& snapshot, Instant now)
      : books_(books), snapshot_(snapshot), now_(now) {}

  std::shared_ptr<const WeightTable> Build() {
    table_->names = snapshot_.names_ptr();
    table_->nodes.resize(snapshot_.size());
    FindNodes();
    SetRates();
    const std::vector<OnItsWay> loads = QueueLoads();
    const bool other_nodes = books_.built_ == nullptr || books_.built_->names != table_->names;
    table_->copies.reserve(books_.wanted_.size());
    for (Wanted& wanted : books_.wanted_) {
      if (other_nodes || wanted.stale || wanted.with_any_change || now_ >= wanted.due ||
          std::ranges::find(loads, wanted.source, &OnItsWay::source) != loads.end()) {
        GatherCopies(wanted, loads);
      }
      if (!wanted.copies.empty()) {
        table_->copies.emplace(wanted.source, wanted.copies);
      }
      due_ = std::min(due_, wanted.due);
    }
    PriceRoom();
    return table_;
  }

  // The table stands until then if nothing happens.
  Instant due() const { return due_; }

 private:
  // A load's copy in host memory.
  struct OnItsWay {
    std::string_view source;
    WeightCopy copy;
  };

  void FindNodes() {
    for (auto& [name, node] : books_.nodes_) {
      const std::optional<NodeIndex> index = snapshot_.Find(name);
      node.listed = index.has_value();
      node.index = index.value_or(0);
    }
  }

  void SetRates() {
    std::vector<Rates>& rates = table_->rates;
    rates = books_.options_.learn_bandwidth ? books_.bandwidth_.ByClass(books_.configured_, now_)
                                            : books_.configured_;
    for (const auto& [name, node] : books_.nodes_) {
      if (!node.listed) {
        continue;
      }
      std::uint16_t position = node.node_class;
      if (books_.options_.learn_bandwidth && books_.bandwidth_.Knows(name) &&
          rates.size() < std::numeric_limits<std::uint16_t>::max()) {
        const Rates own = books_.bandwidth_.OfNode(name, rates[node.node_class],
                                                   books_.configured_[node.node_class], now_);
        if (own != rates[node.node_class]) {
          position = static_cast<std::uint16_t>(rates.size());
          rates.push_back(own);
        }
      }
      table_->nodes[node.index].rates = position;
    }
  }

  // Loads of one hop run one after the other, in the order in which they began.
  std::vector<OnItsWay> QueueLoads() {
    std::vector<const PodState*> loads(books_.loading_.begin(), books_.loading_.end());
    std::ranges::sort(loads, {}, [](const PodState* pod) {
      return std::tuple(pod->node->index, pod->load->start.at, std::string_view(pod->uid));
    });
    struct Ends {
      Instant disk;
      Instant network;
    };
    const NodeState* node = nullptr;
    Ends ends;
    std::vector<OnItsWay> copies;
    for (const PodState* pod : loads) {
      if (!pod->node->listed) {
        continue;
      }
      if (pod->node != node) {
        node = pod->node;
        ends = {.disk = Instant::min(), .network = Instant::min()};
      }
      const Start& start = pod->load->start;
      const double whole =
          Over(start.bytes, RateOf(table_->rates_of(node->index), HopOf(start.tier)));
      Instant end = Later(start.at, whole);
      if (start.tier >= Tier::kDisk) {
        Instant& busy_until = start.tier == Tier::kDisk ? ends.disk : ends.network;
        busy_until = Later(std::max(start.at, busy_until), whole);
        end = busy_until;
        cluster::NodeLoading& loading = table_->nodes[node->index];
        (start.tier == Tier::kDisk ? loading.disk_queue_seconds : loading.network_queue_seconds) =
            static_cast<float>(std::max(Seconds(end - now_), 0.0));
      }
      copies.push_back(
          {.source = start.source,
           .copy = {.node = node->index, .tier = Tier::kHost, .ready_in = Left(end, whole, now_)}});
      due_ = now_;
    }
    return copies;
  }

  void GatherCopies(Wanted& wanted, const std::vector<OnItsWay>& loads) {
    candidates_.clear();
    wanted.stale = false;
    wanted.with_any_change = false;
    wanted.due = Instant::max();
    for (const SourceKey key : wanted.keys) {
      const auto list = books_.by_key_.find(key);
      if (list == books_.by_key_.end()) {
        continue;
      }
      for (const Claim* claim : list->second) {
        Consider(*claim, wanted);
      }
    }
    for (const OnItsWay& load : loads) {
      if (load.source == wanted.source) {
        Candidate& candidate = candidates_.emplace_back();
        candidate.copy = load.copy;
        candidate.copy.bytes = wanted.weights;
        wanted.due = now_;
      }
    }
    std::ranges::sort(candidates_, std::less<>());
    wanted.copies.clear();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (i == 0 || candidates_[i].place() != candidates_[i - 1].place()) {
        wanted.copies.push_back(candidates_[i].copy);
      }
    }
  }

  void Consider(const Claim& claim, Wanted& wanted) {
    const bool expired = claim.Expired(now_);
    if (expired && (claim.arriving || claim.tier != Tier::kDisk)) {
      return;
    }
    wanted.with_any_change = wanted.with_any_change || claim.details != nullptr;
    if (claim.details != nullptr && !claim.details->pod_uid.empty() &&
        books_.gone_pods_.contains(claim.details->pod_uid)) {
      return;
    }
    if (claim.dated && !expired && claim.ttl > Duration{}) {
      wanted.due = std::min(wanted.due, claim.observed + claim.ttl + Duration(1));
    }
    if (claim.node != nullptr) {
      if (claim.node->listed) {
        Add(claim, *claim.node, expired, wanted);
      }
      return;
    }
    for (const auto& [name, node] : books_.nodes_) {
      if (node.listed && Selects(*claim.details->selector, node)) {
        Add(claim, node, expired, wanted);
      }
    }
  }

  void Add(const Claim& claim, const NodeState& node, bool expired, Wanted& wanted) {
    const Bytes weights = wanted.weights;
    Candidate candidate{
        .copy = {.node = node.index,
                 .tier = claim.tier,
                 .bytes = claim.bytes > Bytes(0) && !claim.arriving ? std::min(claim.bytes, weights)
                                                                    : weights},
        .dated = claim.dated.has_value() && !expired,
        .observed = claim.observed};
    if (claim.arriving) {
      const Rates& rates = table_->rates_of(node.index);
      const double rate = rates.from_remote > 0 ? rates.from_remote : rates.from_peer;
      const Bytes to_come = claim.bytes > Bytes(0) ? claim.bytes : weights;
      if (claim.eta == Duration{} && rate <= 0) {
        return;
      }
      const double whole = claim.eta > Duration{} ? Seconds(claim.eta) : Over(to_come, rate);
      candidate.copy.ready_in = Left(Later(claim.observed, whole), whole, now_);
      wanted.due = now_;
    }
    if (claim.tier == Tier::kDevice && claim.details != nullptr) {
      candidate.copy.devices = DevicesOf(node.index, claim.details->devices);
    }
    candidates_.push_back(candidate);
  }

  // What is thrown out of host memory is loaded from disk instead at its next start on the node: as
  // likely as that it is started again, by as many nodes as could. The least recently used goes
  // first.
  void PriceRoom() {
    for (const auto& [name, node] : books_.nodes_) {
      if (!node.listed || node.cache == nullptr || node.cache->Expired(now_)) {
        continue;
      }
      if (node.cache->cache.observed_at) {
        due_ = std::min(due_, node.cache->observed + node.cache->cache.ttl + Duration(1));
      }
      table_->nodes[node.index].evictions = Evictions(node);
    }
  }

  std::vector<cluster::Eviction> Evictions(const NodeState& node) {
    struct Victim {
      Bytes bytes;
      double idle_seconds = 0;
      double seconds = 0;
    };
    const CacheState& state = *node.cache;
    const Rates& rates = table_->rates_of(node.index);
    std::vector<Victim> victims;
    Bytes room = state.cache.capacity;
    for (const HostCache::Resident& resident : state.cache.residents) {
      const Wanted* const wanted = WantedOf(resident.key);
      const Bytes bytes =
          resident.bytes > Bytes(0) || wanted == nullptr ? resident.bytes : wanted->weights;
      room -= std::min(bytes, room);
      if (resident.pinned || bytes == Bytes(0)) {
        continue;
      }
      const double idle = resident.last_used
                              ? std::max(Seconds(state.wall - *resident.last_used), 0.0)
                              : Seconds(kReuseHalfLife);
      const double again = std::exp2(-idle / Seconds(kReuseHalfLife)) / HoldersOf(wanted);
      const double later =
          std::max(Over(bytes, rates.host_from_disk) - Over(bytes, rates.device_from_host), 0.0);
      victims.push_back({.bytes = bytes, .idle_seconds = idle, .seconds = again * later});
    }
    std::ranges::stable_sort(victims, std::greater<>(), &Victim::idle_seconds);
    std::vector<cluster::Eviction> evictions = {{.bytes = room}};
    for (const Victim& victim : victims) {
      evictions.push_back(
          {.bytes = evictions.back().bytes + victim.bytes,
           .seconds = evictions.back().seconds + static_cast<float>(victim.seconds)});
    }
    return evictions;
  }

  // nullptr: no model of the catalog.
  const Wanted* WantedOf(SourceKey key) const {
    const auto at = books_.wanted_by_key_.find(key);
    return at == books_.wanted_by_key_.end() ? nullptr : &books_.wanted_[at->second.front()];
  }

  // Nodes that have it in host memory, at least one.
  double HoldersOf(const Wanted* wanted) {
    if (wanted == nullptr) {
      return 1;
    }
    const auto [at, is_new] = holders_.try_emplace(wanted);
    if (is_new) {
      at->second = std::max<std::ptrdiff_t>(
          std::ranges::count_if(wanted->copies,
                                [](const WeightCopy& copy) {
                                  return copy.tier == Tier::kHost && copy.ready_in == 0;
                                }),
          1);
    }
    return static_cast<double>(at->second);
  }

  cluster::DeviceSet DevicesOf(NodeIndex node, const std::vector<std::string>& ids) const {
    cluster::DeviceSet devices;
    const cluster::NodeFacts* facts = snapshot_.facts(node);
    for (std::size_t i = 0; facts != nullptr && i < facts->devices.size(); ++i) {
      if (std::ranges::find(ids, facts->devices[i].id) != ids.end()) {
        devices.Add(static_cast<int>(i));
      }
    }
    return devices;
  }

  Books& books_;
  const cluster::Snapshot& snapshot_;
  const Instant now_;
  std::shared_ptr<WeightTable> table_ = std::make_shared<WeightTable>();
  std::vector<Candidate> candidates_;
  std::unordered_map<const Wanted*, std::ptrdiff_t> holders_;
  Instant due_ = Instant::max();
};

// What time alone ends, and nodes that nobody speaks of any more.
void Books::Sweep(Instant now) {
  for (auto at = kept_.begin(); at != kept_.end();) {
    at = now < at->second.until ? std::next(at) : DropKept(at);
  }
  const std::vector<PodState*> loading = loading_;
  for (PodState* pod : loading) {
    if (now - pod->load->start.at > kAbandoned) {
      pod->node->hops[static_cast<std::size_t>(HopOf(pod->load->start.tier))].Lost(pod->uid, now);
      EndLoad(*pod);
    }
  }
  std::erase_if(
      nodes_, [](const auto& entry) { return entry.second.uses == 0 && entry.second.uid.empty(); });
}

std::shared_ptr<const WeightTable> Books::Build(const cluster::Snapshot& snapshot, Instant now) {
  Sweep(now);
  if (std::exchange(catalog_changed_, false)) {
    for (auto& [uid, pod] : pods_) {
      TryResolve(pod, false, now);
    }
  }
  if (!changed_ && now < due_ && built_ != nullptr && built_->names == snapshot.names_ptr()) {
    return built_;
  }
  TableBuilder builder(*this, snapshot, now);
  built_ = builder.Build();
  due_ = builder.due();
  changed_ = false;
  return built_;
}

}  // namespace berth::inventory
