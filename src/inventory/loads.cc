// Pods that load and serve models: what they teach, and what they leave behind.
#include <algorithm>

#include "books.h"

namespace berth::inventory {
namespace {

using cluster::Tier;

// A load that would take less tells more about everything else than about the hop.
constexpr double kShortestLesson = 1;  // seconds

std::uint8_t PodSourcePosition() {
  const std::span<const Source> all = Sources();
  const auto at =
      std::ranges::find_if(all, [](const Source& source) { return source.read_pod != nullptr; });
  return static_cast<std::uint8_t>(at - all.begin());
}

}  // namespace

// A pod that was bound by another version of the catalog serves weights that this one does not
// know.
std::optional<Books::Resolved> Books::Resolve(const ServedModel& served) const {
  const cluster::Model* model = catalog_ == nullptr ? nullptr : catalog_->Find(served.model);
  if (model == nullptr || (served.recorded && model->version != served.version)) {
    return std::nullopt;
  }
  const cluster::ModelVariant* variant = nullptr;
  if (!served.variant.empty()) {
    variant = cluster::FindVariant(*model, served.variant);
  } else if (model->variants.size() == 1) {
    variant = &model->variants.front();
  }
  if (variant == nullptr || variant->source.empty()) {
    return std::nullopt;
  }
  return Resolved{.model = model, .variant = variant};
}

Tier Books::NearestTier(const NodeState& node, std::string_view source) const {
  Tier nearest = Tier::kRemote;
  for (const SourceKey key : KeysOf(source)) {
    const auto list = by_key_.find(key);
    if (list == by_key_.end()) {
      continue;
    }
    for (const Claim* claim : list->second) {
      const bool here =
          claim->node != nullptr ? claim->node == &node : Selects(*claim->details->selector, node);
      if (here && !claim->arriving) {
        nearest = std::min(nearest, std::max(claim->tier, Tier::kHost));
      }
    }
  }
  return nearest;
}

double Books::ConfiguredRate(const NodeState& node, Hop hop) const {
  return RateOf(configured_[node.node_class], hop);
}

void Books::BeginLoad(PodState& pod, Start start, bool observed_all) {
  pod.node->hops[static_cast<std::size_t>(HopOf(start.tier))].Began(pod.uid, start.at);
  pod.load = Load{.start = std::move(start), .observed_all = observed_all};
  loading_.push_back(&pod);
  changed_ = true;
}

void Books::EndLoad(PodState& pod) {
  std::erase(loading_, &pod);
  pod.load.reset();
  changed_ = true;
}

void Books::TryResolve(PodState& pod, bool observed_all, Instant now) {
  if (!pod.source.empty()) {
    return;
  }
  const std::optional<Resolved> resolved = Resolve(pod.served);
  if (!resolved) {
    return;
  }
  pod.source = resolved->variant->source;
  if (pod.ready) {
    Serve(pod, now);
  } else if (!pod.load) {
    BeginLoad(pod,
              {.uid = pod.uid,
               .node = pod.node->name,
               .source = pod.source,
               .tier = NearestTier(*pod.node, pod.source),
               .bytes = resolved->variant->weights,
               .devices = resolved->variant->devices,
               .start = resolved->model->start,
               .at = now},
              observed_all);
  }
}

void Books::Started(Start start) {
  if (start.source.empty()) {
    return;
  }
  const auto [at, is_new] = pods_.try_emplace(start.uid);
  PodState& pod = at->second;
  if (is_new) {
    pod.uid = start.uid;
    pod.node = &NodeOf(start.node);
    ++pod.node->uses;
  } else if (pod.ready || pod.node->name != start.node) {
    return;  // the watch knows better by now
  }
  bool observed_all = true;
  if (pod.load) {  // the watch was first; it did not know what was predicted
    start.at = std::min(start.at, pod.load->start.at);
    observed_all = pod.load->observed_all;
    pod.node->hops[static_cast<std::size_t>(HopOf(pod.load->start.tier))].Drop(pod.uid);
    EndLoad(pod);
  }
  pod.source = start.source;
  BeginLoad(pod, std::move(start), observed_all);
}

std::optional<ObservedStart> Books::PutPod(const kube::PodObject& object, const ServedModel& served,
                                           Instant now) {
  auto at = pods_.find(object.uid);
  if (at != pods_.end() && at->second.node->name != object.node_name) {
    Forget(at->second, now);
    pods_.erase(at);
    at = pods_.end();
  }
  const bool is_new = at == pods_.end();
  if (is_new) {
    at = pods_.try_emplace(object.uid).first;
    at->second.uid = object.uid;
    at->second.node = &NodeOf(object.node_name);
    ++at->second.node->uses;
  }
  PodState& pod = at->second;
  pod.generation = pod_generation_;
  pod.served = served;
  if (is_new && object.ready) {
    pod.ready = true;
    TryResolve(pod, false, now);
    return std::nullopt;
  }
  TryResolve(pod, is_new && pods_synced_, now);
  return object.ready && !pod.ready ? BecomeReady(pod, now) : std::nullopt;
}

void Books::Serve(PodState& pod, Instant now) {
  const auto add = [&](Tier tier) {
    Claim& claim = pod.claims.emplace_back();
    claim.key = KeyOf(pod.source);
    claim.node = pod.node;
    claim.tier = tier;
    claim.source = PodSourcePosition();
    claim.observed = now;
  };
  if (options_.serving_in_host_memory) {
    add(Tier::kHost);
  }
  add(Tier::kDisk);
  IndexAll(pod.claims);
}

std::optional<ObservedStart> Books::BecomeReady(PodState& pod, Instant now) {
  pod.ready = true;
  if (pod.source.empty()) {
    return std::nullopt;
  }
  Serve(pod, now);
  if (!pod.load) {
    return std::nullopt;
  }
  const Load load = std::move(*pod.load);
  EndLoad(pod);
  const Start& start = load.start;
  const Hop hop = HopOf(start.tier);
  BusySpans& spans = pod.node->hops[static_cast<std::size_t>(hop)];
  const Instant end = now - start.start;
  if (!load.observed_all) {
    spans.Lost(pod.uid, now);
  } else if (hop == Hop::kDeviceFromHost) {
    // Each device has a link of its own, so loads do not share it: one is a lesson by itself.
    spans.Drop(pod.uid);
    const double seconds = Seconds(end - start.at);
    const double bytes =
        static_cast<double>(start.bytes.count()) / static_cast<double>(std::max(start.devices, 1));
    if (options_.learn_bandwidth && seconds > 0 &&
        bytes >= ConfiguredRate(*pod.node, hop) * kShortestLesson) {
      bandwidth_.Observe(pod.node->name, pod.node->node_class, hop, bytes / seconds, now);
    }
  } else {
    spans.Ended(pod.uid, end, start.bytes);
  }
  Learn(*pod.node, hop, now);
  if (!load.observed_all) {
    return std::nullopt;
  }
  return ObservedStart{
      .tier = start.tier, .predicted = start.predicted, .observed = now - start.at};
}

void Books::Learn(NodeState& node, Hop hop, Instant now) {
  for (const BusySpans::Group& group : node.hops[static_cast<std::size_t>(hop)].Take()) {
    const auto bytes = static_cast<double>(group.bytes.count());
    if (options_.learn_bandwidth && bytes >= ConfiguredRate(node, hop) * kShortestLesson) {
      bandwidth_.Observe(node.name, node.node_class, hop, bytes / Seconds(group.took), now);
      changed_ = true;
    }
  }
}

// Gives back all that the pod holds, but for what it leaves on the disk.
void Books::Forget(PodState& pod, Instant now) {
  if (pod.load) {
    const Hop hop = HopOf(pod.load->start.tier);
    pod.node->hops[static_cast<std::size_t>(hop)].Lost(pod.uid, now);
    EndLoad(pod);
    Learn(*pod.node, hop, now);
  }
  if (!pod.claims.empty()) {
    Claim left;
    left.key = pod.claims.front().key;
    left.node = pod.node;
    left.source = pod.claims.front().source;
    left.observed = now;
    UnindexAll(pod.claims);
    pod.claims.clear();
    const bool machine_is_there = !pod.node->uid.empty();
    if (machine_is_there && options_.keep_after > Duration{}) {
      const auto [at, is_new] = kept_.try_emplace({pod.node, left.key});
      Kept& kept = at->second;
      kept.until = now + options_.keep_after;
      if (is_new) {
        kept.claim = std::move(left);
        Index(kept.claim);
      }
    }
  }
  --pod.node->uses;
}

void Books::PodGone(std::string_view uid, Instant now) {
  const std::string key(uid);
  if (pods_in_facts_.contains(key) && gone_pods_.insert(key).second) {
    changed_ = true;
  }
  const auto at = pods_.find(key);
  if (at != pods_.end()) {
    Forget(at->second, now);
    pods_.erase(at);
  }
}

void Books::EndPods(Instant now) {
  pods_synced_ = true;
  for (auto at = pods_.begin(); at != pods_.end();) {
    const bool gone = at->second.generation != 0 && at->second.generation != pod_generation_;
    if (gone) {
      Forget(at->second, now);
      at = pods_.erase(at);
    } else {
      ++at;
    }
  }
}

void Books::SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
  if (catalog == catalog_) {
    return;
  }
  catalog_ = std::move(catalog);
  wanted_.clear();
  std::map<std::string, Bytes> weights;
  if (catalog_ != nullptr) {
    for (const cluster::Model& model : catalog_->models()) {
      for (const cluster::ModelVariant& variant : model.variants) {
        if (!variant.source.empty()) {
          Bytes& most = weights[variant.source];
          most = std::max(most, variant.weights);
        }
      }
    }
    for (const cluster::Dataset& dataset : catalog_->datasets()) {
      Bytes& most = weights[dataset.source];
      most = std::max(most, dataset.size);
    }
  }
  wanted_by_key_.clear();
  for (const auto& [source, bytes] : weights) {
    const auto position = static_cast<std::uint32_t>(wanted_.size());
    wanted_.push_back({.source = source, .keys = KeysOf(source), .weights = bytes});
    for (const SourceKey key : wanted_.back().keys) {
      wanted_by_key_[key].push_back(position);
    }
  }
  changed_ = true;
  catalog_changed_ = true;
}

}  // namespace berth::inventory
