// Facts of objects: kept by object, found by key.
#include <algorithm>

#include "books.h"

namespace berth::inventory {
namespace {

// Labels that say where weights are were read already, and would only take room.
bool WorthKeeping(std::string_view label) {
  return !label.starts_with("model.berth.dev/") && !label.starts_with("fluid.io/");
}

std::string Packed(const kube::StringMap& labels) {
  std::string packed;
  for (const auto& [key, value] : labels) {
    if (WorthKeeping(key)) {
      packed += key;
      packed += '\0';
      packed += value;
      packed += '\0';
    }
  }
  packed.shrink_to_fit();
  return packed;
}

std::vector<cluster::Rates> ConfiguredRates(const Options& options) {
  std::vector<cluster::Rates> rates = {options.rates};
  for (const NodeClass& node_class : options.classes) {
    rates.push_back(node_class.rates);
  }
  return rates;
}

template <typename T>
bool SamePointee(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

std::optional<std::string_view> NodeState::Label(std::string_view key) const {
  std::string_view rest = labels;
  while (!rest.empty()) {
    const std::string_view found = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(found.size() + 1);
    const std::string_view value = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(value.size() + 1);
    if (found == key) {
      return value;
    }
  }
  return std::nullopt;
}

bool Selects(const NodeSelector& selector, const NodeState& node) {
  return selector.Matches(node.name, [&](std::string_view key) { return node.Label(key); });
}

bool Claim::SameAs(const Claim& other) const {
  const auto same_details = [&] {
    if (details == nullptr || other.details == nullptr) {
      return details == other.details;
    }
    return SamePointee(details->selector, other.details->selector) &&
           details->devices == other.details->devices && details->pod_uid == other.details->pod_uid;
  };
  return key == other.key && node == other.node && tier == other.tier &&
         arriving == other.arriving && bytes == other.bytes && dated == other.dated &&
         ttl == other.ttl && eta == other.eta && same_details();
}

Books::Books(Options options)
    : options_(std::move(options)),
      configured_(ConfiguredRates(options_)),
      objects_(Sources().size()),
      counts_{.facts = std::vector<std::uint64_t>(Sources().size()),
              .malformed = std::vector<std::uint64_t>(Sources().size())},
      object_generations_(Sources().size()) {}

Books::NodeReadings Books::ReadNode(const kube::NodeObject& node) {
  NodeReadings readings;
  const std::span<const Source> sources = Sources();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].read_node != nullptr) {
      readings.emplace_back(static_cast<std::uint8_t>(i), sources[i].read_node(node));
    }
  }
  return readings;
}

NodeState& Books::NodeOf(std::string_view name) {
  const auto at = nodes_.find(name);
  if (at != nodes_.end()) {
    return at->second;
  }
  NodeState& node = nodes_[std::string(name)];
  node.name = name;
  return node;
}

std::uint16_t Books::ClassOf(const kube::NodeObject& node) const {
  const auto at = std::ranges::find_if(options_.classes, [&](const NodeClass& node_class) {
    return std::ranges::all_of(node_class.labels, [&](const auto& wanted) {
      const std::string* value = kube::Find(node.labels, wanted.first);
      return value != nullptr && *value == wanted.second;
    });
  });
  return at == options_.classes.end()
             ? std::uint16_t{0}
             : static_cast<std::uint16_t>(at - options_.classes.begin() + 1);
}

std::vector<std::string> Books::PutNode(const kube::NodeObject& object, NodeReadings readings,
                                        Moment at) {
  NodeState& node = NodeOf(object.name);
  if (!node.uid.empty() && node.uid != object.uid) {
    NodeLost(node);  // another machine of the same name
  }
  std::string labels = Packed(object.labels);
  const std::uint16_t node_class = ClassOf(object);
  changed_ =
      changed_ || node.uid != object.uid || node.labels != labels || node.node_class != node_class;
  node.uid = object.uid.empty() ? object.name : object.uid;
  node.labels = std::move(labels);
  node.node_class = node_class;
  node.generation = node_generation_;
  std::vector<std::string> problems;
  for (auto& [source, reading] : readings) {
    std::vector<std::string> more = PutObject(source, object.name, std::move(reading), at);
    std::ranges::move(more, std::back_inserter(problems));
  }
  return problems;
}

// What its disk and memory held is gone with it; what other objects say of the node stays theirs.
void Books::NodeLost(NodeState& node) {
  for (auto at = kept_.begin(); at != kept_.end();) {
    at = at->first.first == &node ? DropKept(at) : std::next(at);
  }
  bandwidth_.Forget(node.name);
  node.hops = {};
  changed_ = true;
}

void Books::RemoveNode(std::string_view name) {
  const auto at = nodes_.find(name);
  if (at == nodes_.end()) {
    return;
  }
  NodeState& node = at->second;
  NodeLost(node);
  node.uid.clear();
  node.labels.clear();
  const std::span<const Source> sources = Sources();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].read_node != nullptr) {
      RemoveObject(i, name);
    }
  }
}

void Books::EndNodes() {
  std::vector<std::string> gone;
  for (const auto& [name, node] : nodes_) {
    if (!node.uid.empty() && node.generation != node_generation_) {
      gone.push_back(name);
    }
  }
  for (const std::string& name : gone) {
    RemoveNode(name);
  }
}

Claim Books::ClaimOf(std::size_t source, const Reading& reading, Fact fact, Moment at) {
  Claim claim{.key = fact.key,
              .tier = fact.tier,
              .arriving = fact.arriving,
              .source = static_cast<std::uint8_t>(source),
              .bytes = fact.bytes,
              .dated = fact.observed_at,
              .observed = at.now,
              .ttl = fact.ttl,
              .eta = fact.eta};
  if (fact.observed_at) {  // a clock that runs ahead of ours says no more than "now"
    claim.observed = at.now - std::max(at.wall - *fact.observed_at, Duration{});
  }
  if (fact.selector == nullptr) {
    claim.node = &NodeOf(fact.node.empty() ? reading.node : fact.node);
  }
  if (fact.selector != nullptr || !fact.devices.empty() || !fact.pod_uid.empty()) {
    claim.details =
        std::make_unique<Claim::Details>(Claim::Details{.selector = std::move(fact.selector),
                                                        .devices = std::move(fact.devices),
                                                        .pod_uid = std::move(fact.pod_uid)});
  }
  return claim;
}

void Books::Changed(SourceKey key) {
  const auto wanted = wanted_by_key_.find(key);
  if (wanted != wanted_by_key_.end()) {
    for (const std::uint32_t position : wanted->second) {
      wanted_[position].stale = true;
    }
    changed_ = true;
  }
}

void Books::Index(const Claim& claim) {
  by_key_[claim.key].push_back(&claim);
  Changed(claim.key);
  ++counts_.facts[claim.source];
  if (claim.node != nullptr) {
    ++claim.node->uses;
  }
  if (claim.details != nullptr && !claim.details->pod_uid.empty()) {
    ++pods_in_facts_[claim.details->pod_uid];
  }
}

void Books::Unindex(const Claim& claim) {
  Changed(claim.key);
  const auto list = by_key_.find(claim.key);
  std::vector<const Claim*>& all = list->second;
  *std::ranges::find(all, &claim) = all.back();
  all.pop_back();
  if (all.empty()) {
    by_key_.erase(list);
  }
  --counts_.facts[claim.source];
  if (claim.node != nullptr) {
    --claim.node->uses;
  }
  if (claim.details != nullptr && !claim.details->pod_uid.empty()) {
    const auto uses = pods_in_facts_.find(claim.details->pod_uid);
    if (--uses->second == 0) {
      gone_pods_.erase(uses->first);
      pods_in_facts_.erase(uses);
    }
  }
}

void Books::IndexAll(const std::vector<Claim>& claims) {
  for (const Claim& claim : claims) {
    Index(claim);
  }
}

void Books::UnindexAll(const std::vector<Claim>& claims) {
  for (const Claim& claim : claims) {
    Unindex(claim);
  }
}

Books::KeptCopies::iterator Books::DropKept(KeptCopies::iterator at) {
  Unindex(at->second.claim);
  return kept_.erase(at);
}

// Of several objects that tell of one node's cache the last one put counts.
void Books::PutCache(ObjectState& object, Reading& reading, Moment at) {
  if (!reading.host_cache) {
    DropCache(object);
    return;
  }
  NodeState& node = NodeOf(reading.node);
  if (object.cache != nullptr && object.cache->cache == *reading.host_cache &&
      node.cache == object.cache.get()) {
    return;
  }
  DropCache(object);
  CacheState state{.cache = std::move(*reading.host_cache), .observed = at.now, .wall = at.wall};
  if (state.cache.observed_at) {
    state.observed = at.now - std::max(at.wall - *state.cache.observed_at, Duration{});
    state.wall = std::min(*state.cache.observed_at, at.wall);
  }
  object.cache = std::make_unique<CacheState>(std::move(state));
  object.cache_of = &node;
  ++node.uses;
  node.cache = object.cache.get();
  changed_ = true;
}

void Books::DropCache(ObjectState& object) {
  if (object.cache == nullptr) {
    return;
  }
  --object.cache_of->uses;
  if (object.cache_of->cache == object.cache.get()) {
    object.cache_of->cache = nullptr;
  }
  object.cache.reset();
  changed_ = true;
}

std::vector<std::string> Books::PutObject(std::size_t source, const std::string& id,
                                          Reading reading, Moment at) {
  auto& objects = objects_[source];
  auto found = objects.find(id);
  if (reading.facts.empty() && reading.problems.empty() &&
      !reading.host_cache) {  // nearly all nodes, for most sources
    if (found != objects.end()) {
      DropObject(source, found);
    }
    return {};
  }
  if (found == objects.end()) {
    found = objects.try_emplace(id).first;
  }
  ObjectState& object = found->second;
  object.generation = object_generations_[source];

  std::vector<Claim> claims;
  claims.reserve(reading.facts.size());
  for (Fact& fact : reading.facts) {
    claims.push_back(ClaimOf(source, reading, std::move(fact), at));
  }
  const bool same = std::ranges::equal(claims, object.claims,
                                       [](const Claim& a, const Claim& b) { return a.SameAs(b); });
  if (!same) {
    for (Claim& claim : claims) {
      const auto before =
          std::ranges::find_if(object.claims, [&](const Claim& old) { return claim.SameAs(old); });
      if (before != object.claims.end()) {
        claim.observed = before->observed;
      }
    }
    UnindexAll(object.claims);
    object.claims = std::move(claims);
    IndexAll(object.claims);
  }
  PutCache(object, reading, at);
  if (reading.problems == object.problems) {
    return {};
  }
  counts_.malformed[source] += reading.problems.size();
  object.problems = std::move(reading.problems);
  return object.problems;
}

void Books::DropObject(std::size_t source,
                       std::map<std::string, ObjectState, std::less<>>::iterator at) {
  DropCache(at->second);
  UnindexAll(at->second.claims);
  objects_[source].erase(at);
}

void Books::RemoveObject(std::size_t source, std::string_view id) {
  const auto at = objects_[source].find(id);
  if (at != objects_[source].end()) {
    DropObject(source, at);
  }
}

void Books::EndObjects(std::size_t source) {
  auto& objects = objects_[source];
  for (auto at = objects.begin(); at != objects.end();) {
    const auto next = std::next(at);
    if (at->second.generation != object_generations_[source]) {
      DropObject(source, at);
    }
    at = next;
  }
}

Counts Books::counts() const {
  Counts counts = counts_;
  counts.loads = loading_.size();
  return counts;
}

}  // namespace berth::inventory
