#include "ledger.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "berth/base/check.h"
#include "berth/cluster/product.h"
#include "berth/cluster/room.h"
#include "berth/device/read.h"

namespace berth::state {

using cluster::DeviceSet;
using cluster::DeviceShare;
using cluster::kBlockSize;
using cluster::NodeFacts;
using cluster::NodeIndex;
using cluster::NodeMode;
using cluster::NodeRow;

namespace {

// A rack is within a zone: two zones may both have an r1.
std::string RackName(const NodeFacts& facts) {
  return facts.zone.empty() && facts.rack.empty() ? std::string() : facts.zone + '/' + facts.rack;
}

}  // namespace

Ledger::Ledger(std::vector<std::string> requirements, bool binds)
    : binds_(binds),
      requirements_(std::make_shared<const std::vector<std::string>>(std::move(requirements))) {
  products_.words = std::make_shared<const std::vector<std::string>>(1);
  zones_.words = std::make_shared<const std::vector<std::string>>(1);
  racks_.words = std::make_shared<const std::vector<std::string>>(1);
}

std::uint16_t Ledger::Vocabulary::Intern(std::string_view word) {
  for (std::size_t i = 0; i < words->size(); ++i) {
    if ((*words)[i] == word) {
      return static_cast<std::uint16_t>(i);
    }
  }
  if (words->size() > std::numeric_limits<std::uint16_t>::max()) {
    return 0;
  }
  auto longer = std::make_shared<std::vector<std::string>>(*words);
  longer->emplace_back(word);
  words = std::move(longer);
  return static_cast<std::uint16_t>(words->size() - 1);
}

// --- Look-ups.

Ledger::Pod* Ledger::Find(std::string_view uid) {
  const std::unique_ptr<Pod>* const pod = pods_.Find(uid);
  return pod == nullptr ? nullptr : pod->get();
}

const Ledger::Pod* Ledger::Find(std::string_view uid) const {
  const std::unique_ptr<Pod>* const pod = pods_.Find(uid);
  return pod == nullptr ? nullptr : pod->get();
}

Ledger::Pod& Ledger::Insert(std::string_view uid) {
  auto added = std::make_unique<Pod>();
  Pod& pod = *added;
  pod.request.uid = uid;
  pods_.Add(std::move(added));
  return pod;
}

void Ledger::Erase(std::string_view uid) {
  Pod* const pod = Find(uid);
  if (pod == nullptr) {
    return;
  }
  Unplace(*pod);
  pods_.Erase(uid);
  Unexpect(uid);
}

// --- Nodes.

NodeIndex Ledger::EnsureNode(std::string_view name) {
  if (const NodeIndex* const known = node_index_.Find(name)) {
    return *known;
  }
  NodeIndex index = 0;
  if (free_.empty()) {
    index = static_cast<NodeIndex>(nodes_.size());
    nodes_.emplace_back();
    if (index / kBlockSize == rows_.size()) {
      rows_.push_back(std::make_shared<cluster::RowBlock>());
      facts_.push_back(std::make_shared<cluster::FactsBlock>());
      rows_frozen_.push_back(false);
      facts_frozen_.push_back(false);
    }
  } else {
    index = free_.back();
    free_.pop_back();
  }
  nodes_[index].name = name;
  node_index_.Add(index);
  names_changed_ = true;
  return index;
}

void Ledger::DropIfEmpty(NodeIndex index) {
  Node& node = nodes_[index];
  if (node.facts != nullptr || !node.pods.empty()) {
    return;
  }
  node_index_.Erase(node.name);
  node = Node{};
  cluster::RowBlock& block = WritableRows(index);
  block.rows[index % kBlockSize] = {};
  block.hosts[index % kBlockSize] = {};
  free_.push_back(index);
  names_changed_ = true;
  ++version_;
}

void Ledger::BeginNodes() {
  ++node_generation_;
  listing_nodes_ = true;
}

void Ledger::EndNodes() {
  for (const Node& node : nodes_) {
    if (node.facts != nullptr && node.listed != node_generation_) {
      RemoveNode(std::string(node.name));
    }
  }
  listing_nodes_ = false;
  nodes_listed_ = true;
  DoubtAllOverlaps();
  ++version_;
}

void Ledger::PutNode(NodeFacts facts, device::NodeWords words) {
  const NodeIndex index = EnsureNode(facts.name);
  Node& node = nodes_[index];
  node.listed = node_generation_;
  if (node.facts != nullptr && *node.facts == facts) {
    return;  // a heartbeat
  }
  names_changed_ = names_changed_ || node.facts == nullptr;
  node.product = products_.Intern(cluster::LowerCase(facts.product));
  const std::uint16_t zone = zones_.Intern(facts.zone);
  const std::uint16_t rack = racks_.Intern(RackName(facts));
  places_changed_ = places_changed_ || zone != node.zone || rack != node.rack;
  node.zone = zone;
  node.rack = rack;
  node.kind = learner_.KindOf(facts);
  node.takes_pods = facts.ready && !facts.unschedulable;
  node.facts = std::make_shared<const NodeFacts>(std::move(facts));
  node.words = words_.Share(std::move(words));

  const NodeIndex block = index / kBlockSize;
  if (facts_frozen_[block]) {
    facts_[block] = std::make_shared<cluster::FactsBlock>(*facts_[block]);
    facts_frozen_[block] = false;
  }
  facts_[block]->facts[index % kBlockSize] = node.facts;

  for (Pod* pod : node.pods) {
    ResolveRecord(*pod);
  }
  if (synced()) {
    DoubtOverlaps(node);
  }
  Touch(index);
}

void Ledger::RemoveNode(std::string_view name) {
  const NodeIndex* const known = node_index_.Find(name);
  if (known == nullptr || nodes_[*known].facts == nullptr) {
    return;
  }
  const NodeIndex index = *known;
  Node& node = nodes_[index];
  node.takes_pods = false;
  node.facts = nullptr;
  node.words = nullptr;
  names_changed_ = true;
  const NodeIndex block = index / kBlockSize;
  if (facts_frozen_[block]) {
    facts_[block] = std::make_shared<cluster::FactsBlock>(*facts_[block]);
    facts_frozen_[block] = false;
  }
  facts_[block]->facts[index % kBlockSize] = nullptr;
  Touch(index);
  DropIfEmpty(index);
}

// --- Pods.

void Ledger::BeginPods() {
  ++pod_generation_;
  listing_pods_ = true;
}

void Ledger::EndPods() {
  std::vector<std::string> gone;
  for (const auto& pod : pods_.values()) {
    if (pod->listed == pod_generation_) {
      continue;
    }
    if (pod->state == AllocationState::kPending) {
      gone.push_back(pod->request.uid);
    } else {
      // It held room before the list was made, or took it while the list was on its way. Only a
      // read of the pod can tell.
      pod->unseen = true;
    }
  }
  for (const std::string& uid : gone) {
    Erase(uid);
  }
  listing_pods_ = false;
  pods_listed_ = true;
  DoubtAllOverlaps();
  ++version_;
}

// Once both kinds are known, whichever list ended last.
void Ledger::DoubtAllOverlaps() {
  if (!synced()) {
    return;
  }
  for (Node& node : nodes_) {
    DoubtOverlaps(node);
  }
}

bool Ledger::PutPod(PodUpdate update) {
  if (update.ended) {
    Erase(update.request.uid);
    return false;
  }
  Pod* pod = Find(update.request.uid);
  if (pod == nullptr) {
    pod = &Insert(update.request.uid);
  }
  pod->listed = pod_generation_;
  pod->unseen = false;
  return Observe(*pod, update);
}

// Takes over what the API server shows. A pod is bound only once, so an event without a node is
// older than our binding.
bool Ledger::Observe(Pod& pod, PodUpdate& update) {
  if (update.node.empty()) {
    if (pod.state == AllocationState::kPending) {
      pod.request = std::move(update.request);
      pod.gated = update.gated;
    }
    return false;
  }
  const NodeIndex index = EnsureNode(update.node);
  if (pod.state != AllocationState::kPending && pod.node != index) {
    Unplace(pod);  // bound elsewhere by somebody else; our own binding was refused or never arrived
  }
  if (pod.node == index) {
    pod.request.cpu = update.request.cpu;  // may be resized in place
    pod.request.memory = update.request.memory;
    if (pod.state == AllocationState::kAssumed && pod.request.demand_by_model) {
      pod.request.demand = std::move(update.request.demand);
    }
    Touch(index);
    return Confirm(pod, update);
  }
  pod.request = std::move(update.request);
  const bool unproven = TakeRecord(pod, std::move(update.record));
  pod.variant = pod.record.believed() ? pod.record.variant : nullptr;
  pod.by_others = update.by_others;
  pod.shown = true;
  Place(pod, index, AllocationState::kBound);
  Unexpect(pod.request.uid);
  ResolveRecord(pod);
  if (synced() && !listing_pods_) {
    DoubtOverlaps(nodes_[index]);
  }
  return unproven;
}

bool Ledger::TakeRecord(Pod& pod, PlacementRecord record) {
  pod.record = std::move(record);
  ++records_unproven_[static_cast<std::size_t>(pod.record.proof)];
  return pod.record.proof != signing::Proof::kSound;
}

// The API server shows the pod on the node where we have it. The first record that it shows stands.
bool Ledger::Confirm(Pod& pod, PodUpdate& update) {
  const bool kept = pod.state == AllocationState::kBound;
  pod.state = AllocationState::kBound;
  pod.in_flight = false;
  pod.doubted.reset();
  if (pod.shown) {
    if (pod.record.proof != signing::Proof::kSound && update.record.believed()) {
      Believe(pod, update);
    } else if (!(pod.record == update.record) && !pod.record_change_seen) {
      pod.record_change_seen = true;
      ++records_ignored_;
    }
    return false;
  }
  pod.shown = true;
  const bool unproven = TakeRecord(pod, std::move(update.record));
  if (kept) {
    return unproven;  // the API server told us that our binding was the one
  }
  // It may have been somebody else's binding that won, with other devices or another variant.
  pod.variant = pod.record.believed() ? pod.record.variant : nullptr;
  pod.by_others = update.by_others;
  const DeviceSet ours = std::exchange(pod.devices, {});
  pod.first_hand = false;
  pod.resolved = false;
  ResolveRecord(pod);
  pod.first_hand = !pod.doubtful && pod.devices == ours;
  return unproven;
}

// The proof that was wanting is there now: a key was added, or the record put back. Up to here the
// pod was charged wherever it could be, so that the room that its record names is still its own.
void Ledger::Believe(Pod& pod, PodUpdate& update) {
  pod.record = std::move(update.record);
  if (pod.first_hand) {
    return;
  }
  if (pod.request.demand_by_model) {
    pod.request.demand = std::move(update.request.demand);
  }
  pod.variant = pod.record.variant;
  if (!pod.doubtful) {
    return;  // it waits for its node, or holds whole devices
  }
  pod.resolved = pod.doubtful = false;
  ResolveRecord(pod);
  if (synced() && !listing_pods_) {
    DoubtOverlaps(nodes_[pod.node]);
  }
}

void Ledger::RemovePod(std::string_view uid) { Erase(uid); }

void Ledger::Meet(const cluster::PodRequest& request) {
  Pod* pod = Find(request.uid);
  if (pod == nullptr) {
    pod = &Insert(request.uid);
    pod->request = request;
    pod->listed = pod_generation_;
    return;
  }
  if (pod->state == AllocationState::kPending) {
    pod->request = request;
    pod->gated = false;  // else nobody would ask
  }
}

void Ledger::Place(Pod& pod, NodeIndex index, AllocationState state) {
  pod.node = index;
  pod.state = state;
  nodes_[index].pods.push_back(&pod);
  if (!std::exchange(pod.remembered, true)) {
    learner_.Remember(pod.request);
  }
  Touch(index);
}

void Ledger::Unplace(Pod& pod) {
  if (pod.node == kNoNode) {
    return;
  }
  const NodeIndex index = pod.node;
  std::erase(nodes_[index].pods, &pod);
  pod.node = kNoNode;
  pod.state = AllocationState::kPending;
  pod.devices = {};
  pod.variant = nullptr;
  if (pod.request.demand_by_model) {
    pod.request.demand = {};
  }
  pod.first_hand = pod.resolved = pod.doubtful = pod.by_others = pod.shown = pod.in_flight = false;
  pod.unnamed = pod.supposed = false;
  pod.doubted.reset();
  Touch(index);
  DropIfEmpty(index);
}

// Matches the record with the node's devices, once both are known.
void Ledger::ResolveRecord(Pod& pod) {
  if (pod.resolved || pod.state != AllocationState::kBound || nodes_[pod.node].facts == nullptr) {
    return;
  }
  const NodeFacts& facts = *nodes_[pod.node].facts;
  if (pod.request.demand.share && facts.mode != NodeMode::kShared) {
    return;  // nothing to match it with; the node may become a shared one
  }
  pod.resolved = true;
  if (!pod.request.demand.share) {
    return;
  }
  if (pod.record.believed()) {
    if (auto devices = device::ResolveRecord(pod.record.ids, facts, pod.request.demand);
        devices.ok()) {
      pod.devices = *devices;
      return;
    }
  }
  if (!binds_) {
    records_malformed_ += pod.record.present ? 1 : 0;
    Unname(pod);
    return;
  }
  ++records_malformed_;
  pod.doubtful = true;
}

void Ledger::Unname(Pod& pod) {
  pod.devices = {};
  pod.unnamed = true;
  pod.supposed = false;
  unnamed_.push_back(pod.request.uid);
  Touch(pod.node);
}

// Whether what pods say that they hold of a device is more than it has; what Berth chose itself is
// not.
bool Ledger::HearsayExceeds(const Node& node, int device) {
  const cluster::Device& facts = node.facts->devices[static_cast<std::size_t>(device)];
  std::int64_t memory = 0;
  std::int64_t cores = 0;
  bool hearsay = false;
  for (const Pod* pod : node.pods) {
    if (pod->doubtful || !pod->request.demand.share || !pod->devices.Has(device)) {
      continue;
    }
    const DeviceShare& share = *pod->request.demand.share;
    memory += share.exclusive() ? facts.memory.count() : share.memory.count();
    cores += share.cores.count();
    hearsay = hearsay || !pod->first_hand;
  }
  return hearsay && (memory > facts.memory.count() || cores > 100);
}

// Records read from annotations that together exceed a device cannot all be true: none of them is
// believed.
void Ledger::DoubtOverlaps(Node& node) {
  if (node.facts == nullptr || node.facts->mode != NodeMode::kShared) {
    return;
  }
  const std::vector<cluster::Device>& devices = node.facts->devices;
  for (std::size_t d = 0; d < devices.size(); ++d) {
    if (!HearsayExceeds(node, static_cast<int>(d))) {
      continue;
    }
    // What was only supposed gives way to what somebody wrote.
    for (Pod* pod : node.pods) {
      if (pod->supposed && pod->devices.Has(static_cast<int>(d))) {
        Unname(*pod);
      }
    }
    if (!binds_ && !HearsayExceeds(node, static_cast<int>(d))) {
      continue;
    }
    for (Pod* pod : node.pods) {
      if (!pod->first_hand && pod->request.demand.share && pod->devices.Has(static_cast<int>(d))) {
        pod->doubtful = true;
        ++records_malformed_;
      }
    }
    Touch(static_cast<NodeIndex>(&node - nodes_.data()));
  }
}

// --- Rows.

void Ledger::Touch(NodeIndex index) {
  ++version_;
  if (!nodes_[index].dirty) {
    nodes_[index].dirty = true;
    dirty_.push_back(index);
  }
}

cluster::RowBlock& Ledger::WritableRows(NodeIndex index) {
  const NodeIndex block = index / kBlockSize;
  if (rows_frozen_[block]) {
    rows_[block] = std::make_shared<cluster::RowBlock>(*rows_[block]);
    rows_frozen_[block] = false;
  }
  return *rows_[block];
}

void Ledger::Refresh(NodeIndex index) {
  Node& node = nodes_[index];
  if (node.dirty) {
    node.dirty = false;
    cluster::RowBlock& block = WritableRows(index);
    block.rows[index % kBlockSize] = BuildRow(node);
    block.hosts[index % kBlockSize] = {.cpu = node.host.cpu, .kind = node.kind};
  }
}

void Ledger::RefreshAll() {
  for (const NodeIndex index : dirty_) {
    Refresh(index);
  }
  dirty_.clear();
}

namespace {

// What pods hold of one shared device.
struct Held {
  std::int64_t memory = 0;
  std::int64_t cores = 0;
  bool touched = false;

  void Add(const DeviceShare& share, const cluster::Device& device) {
    memory += share.exclusive() ? device.memory.count() : share.memory.count();
    cores += share.cores.count();
    touched = true;
  }
};

}  // namespace

// From the facts and from everything that is on the node, anew: nothing can drift.
NodeRow Ledger::BuildRow(Node& node) const {
  NodeRow row;
  node.host = {};
  if (node.facts == nullptr) {
    return row;
  }
  const NodeFacts& facts = *node.facts;
  row.mode = facts.mode;
  row.prefer_no_schedule = facts.prefer_no_schedule;
  row.product = node.product;
  row.zone = node.zone;
  row.rack = node.rack;

  node.host = {.cpu = facts.cpu,
               .memory = facts.memory,
               .pods = facts.pods - static_cast<std::int64_t>(node.pods.size())};
  for (const Pod* pod : node.pods) {
    node.host.cpu -= pod->request.cpu;
    node.host.memory -= pod->request.memory;
  }

  std::int64_t overcommitted = 0;
  if (facts.mode == NodeMode::kWhole) {
    for (const cluster::WholeDevices& owned : facts.whole) {
      std::int64_t taken = 0;
      for (const Pod* pod : node.pods) {
        for (const cluster::WholeDevices& wanted : pod->request.demand.whole) {
          taken += wanted.device_class == owned.device_class ? wanted.count : 0;
        }
      }
      const std::int64_t free = owned.count - taken;
      row.whole(row.class_count++) = {.device_class = owned.device_class,
                                      .capacity = static_cast<std::uint16_t>(owned.count),
                                      .free = static_cast<std::int16_t>(std::max<std::int64_t>(
                                          free, std::numeric_limits<std::int16_t>::min()))};
      overcommitted += std::max<std::int64_t>(0, -free);
    }
  }
  row.overcommitted = static_cast<std::int16_t>(
      std::min<std::int64_t>(overcommitted, std::numeric_limits<std::int16_t>::max()));
  if (facts.mode != NodeMode::kShared) {
    return row;
  }

  row.device_count = static_cast<std::uint8_t>(facts.devices.size());
  for (std::size_t d = 0; d < facts.devices.size(); ++d) {
    const cluster::Device& device = facts.devices[d];
    Held held;
    for (const Pod* pod : node.pods) {
      if (pod->request.demand.share && !pod->doubtful && pod->devices.Has(static_cast<int>(d))) {
        held.Add(*pod->request.demand.share, device);
      }
    }
    if (held.memory > device.memory.count() || held.cores > 100) {
      ++row.overcommitted;
    }
    for (const Pod* pod : node.pods) {
      const bool anywhere = pod->doubtful || !pod->resolved;
      if (pod->request.demand.share && anywhere &&
          device.memory >= pod->request.demand.share->memory) {
        held.Add(*pod->request.demand.share, device);
      }
    }
    row.free_memory[d] =
        static_cast<std::int32_t>(std::max<std::int64_t>(0, device.memory.count() - held.memory));
    row.free_cores[d] = static_cast<std::uint8_t>(std::max<std::int64_t>(0, 100 - held.cores));
    if (!held.touched) {
      row.pristine.Add(static_cast<int>(d));
    }
    if (device.healthy) {
      row.usable.Add(static_cast<int>(d));
      row.memory_capacity += static_cast<std::int32_t>(device.memory.count());
      row.memory_free += row.free_memory[d];
    }
  }
  return row;
}

cluster::SnapshotPtr Ledger::Publish() {
  if (published_ != nullptr && published_->version() == version_) {
    return published_;
  }
  RefreshAll();
  if (names_changed_) {
    std::vector<std::string_view> names;
    names.reserve(nodes_.size());
    for (const Node& node : nodes_) {
      names.push_back(node.facts != nullptr ? std::string_view(node.name) : std::string_view());
    }
    names_ = std::make_shared<const cluster::NameTable>(names);
    names_changed_ = false;
  }
  outlook_ = cluster::Rebased(std::move(outlook_), names_);
  // What a node costs depends on where those are that hold copies, which no row of its own shows.
  if (std::exchange(places_changed_, false) && outlook_.weights != nullptr) {
    outlook_.weights = std::make_shared<const cluster::WeightTable>(*outlook_.weights);
  }
  rows_frozen_.assign(rows_frozen_.size(), true);
  facts_frozen_.assign(facts_frozen_.size(), true);
  published_ = std::make_shared<const cluster::Snapshot>(
      cluster::Snapshot::Parts{.version = version_,
                               .names = names_,
                               .rows = {rows_.begin(), rows_.end()},
                               .facts = {facts_.begin(), facts_.end()},
                               .products = products_.words,
                               .zones = zones_.words,
                               .racks = racks_.words,
                               .requirements = requirements_,
                               .outlook = outlook_});
  return published_;
}

// --- What pods ask for.

std::optional<Lesson> Ledger::BeginLesson() {
  if (listing_nodes_ || listing_pods_ || !learner_.is_due()) {
    return std::nullopt;
  }
  std::vector<std::int64_t> of_kind(learner_.kinds(), 0);
  for (const Node& node : nodes_) {
    if (node.facts != nullptr) {
      ++of_kind[node.kind];
    }
  }
  return learner_.Begin(of_kind);
}

void Ledger::EndLesson(Lesson lesson, std::shared_ptr<const cluster::Demand> demand) {
  learner_.End(std::move(lesson));
  if (learner_.is_learning()) {
    outlook_.demand = std::move(demand);
    published_ = nullptr;
  }
}

// --- What is known beyond nodes and pods.

void Ledger::SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
  outlook_.catalog = std::move(catalog);
  published_ = nullptr;
  ++version_;
}

void Ledger::SetLearning(bool is_learning) {
  if (learner_.SetLearning(is_learning)) {
    outlook_.demand = nullptr;
    published_ = nullptr;
    ++version_;
  }
}

void Ledger::SetTypicalPods(TypicalPods pods) { learner_.Tell(std::move(pods)); }

void Ledger::SetLoads(std::shared_ptr<const cluster::LoadTable> loads) {
  outlook_.loads = std::move(loads);
  published_ = nullptr;
}

void Ledger::SetWeights(std::shared_ptr<const cluster::WeightTable> weights) {
  outlook_.weights = std::move(weights);
  published_ = nullptr;
}

// --- Expectations.

void Ledger::Expect(std::string_view uid, std::string_view node, DeviceSet devices,
                    cluster::DeviceDemand demand, Instant expires) {
  Unexpect(uid);
  const Pod* pod = Find(uid);
  const NodeIndex* const index = node_index_.Find(node);
  if (pod == nullptr || pod->state != AllocationState::kPending || index == nullptr) {
    return;
  }
  expectations_.push_back({.uid = std::string(uid),
                           .node = *index,
                           .devices = devices,
                           .demand = std::move(demand),
                           .cpu = pod->request.cpu,
                           .expires = expires});
}

void Ledger::Unexpect(std::string_view uid) {
  std::erase_if(expectations_, [uid](const Expectation& held) { return held.uid == uid; });
}

std::vector<Store::ExpectedRoom> Ledger::Expected(std::string_view except_uid, Instant now) {
  std::erase_if(expectations_, [now](const Expectation& held) { return held.expires <= now; });
  std::vector<Store::ExpectedRoom> others;
  for (const Expectation& held : expectations_) {
    if (held.uid != except_uid) {
      others.push_back(
          {.node = held.node, .devices = held.devices, .demand = held.demand, .cpu = held.cpu});
    }
  }
  return others;
}

// --- Commitment.

std::optional<Error> Ledger::CheckRoom(const Pod& pod, const cluster::DeviceDemand& demand,
                                       NodeIndex index, DeviceSet devices) {
  Refresh(index);
  const Node& node = nodes_[index];
  const NodeRow& row = rows_[index / kBlockSize]->rows[index % kBlockSize];
  const auto no_room = [&](std::string_view what) {
    return Error{ErrorCode::kConflict, fmt::format("{} on {}: taken meanwhile", what, node.name)};
  };
  for (const cluster::WholeDevices& wanted : demand.whole) {
    const cluster::WholeRoom* room = cluster::FindClass(row, wanted.device_class);
    if (row.mode != NodeMode::kWhole || room == nullptr || room->free < wanted.count) {
      return no_room("insufficient devices");
    }
  }
  if (demand.share) {
    const DeviceSet roomy = cluster::Roomy(row, *demand.share);
    if (row.mode != NodeMode::kShared || devices.size() != demand.share->count ||
        (roomy & devices) != devices) {
      return no_room("insufficient device room");
    }
  }
  if (node.host.cpu < pod.request.cpu) {
    return no_room("insufficient cpu");
  }
  if (node.host.memory < pod.request.memory) {
    return no_room("insufficient memory");
  }
  if (node.host.pods < 1) {
    return no_room("too many pods");
  }
  return std::nullopt;
}

// What the pod asks: a pod that asks a model alone, what was chosen for it.
const cluster::DeviceDemand& Ledger::DemandOf(const Pod& pod,
                                              const std::optional<ModelTaking>& model) {
  return pod.request.demand_by_model && model ? model->demand : pod.request.demand;
}

void Ledger::TakeModel(Pod& pod, const std::optional<ModelTaking>& model) {
  if (!model) {
    return;
  }
  if (pod.request.demand_by_model) {
    pod.request.demand = model->demand;
  }
  pod.variant = std::make_shared<const ChosenVariant>(
      ChosenVariant{.name = model->variant, .model_version = model->version});
}

Result<DeviceSet> Ledger::Assume(std::string_view uid, std::string_view node, DeviceSet devices,
                                 const std::optional<ModelTaking>& model) {
  Pod* pod = Find(uid);
  if (pod == nullptr) {
    return Error{ErrorCode::kNotFound, fmt::format("pod with uid {} is not known", uid)};
  }
  const NodeIndex* const known = node_index_.Find(node);
  if (known == nullptr || nodes_[*known].facts == nullptr) {
    return InvalidArgument(fmt::format("node {} does not exist", node));
  }
  const NodeIndex index = *known;
  const std::string& held_by = pod->node == kNoNode ? nodes_[index].name : nodes_[pod->node].name;
  switch (pod->state) {
    case AllocationState::kBound:
      if (pod->node == index) {
        return Error{ErrorCode::kAlreadyExists, fmt::format("already bound to {}", held_by)};
      }
      return Error{ErrorCode::kConflict, fmt::format("already bound to {}", held_by)};
    case AllocationState::kAssumed:
      if (pod->in_flight) {
        return Error{ErrorCode::kConflict, fmt::format("a binding to {} is under way", held_by)};
      }
      if (pod->node != index) {
        return Error{ErrorCode::kConflict,
                     fmt::format("the outcome of a binding to {} is not known yet", held_by)};
      }
      pod->in_flight = true;
      return pod->devices;
    case AllocationState::kPending:
      break;
  }
  const cluster::DeviceDemand& demand = DemandOf(*pod, model);
  if (auto error = CheckRoom(*pod, demand, index, devices)) {
    return *error;
  }
  TakeModel(*pod, model);
  pod->devices = devices;
  pod->in_flight = true;
  pod->first_hand = true;
  pod->resolved = true;
  pod->doubtful = false;
  Place(*pod, index, AllocationState::kAssumed);
  Unexpect(uid);
  return devices;
}

void Ledger::Keep(std::string_view uid) {
  if (Pod* pod = Find(uid); pod != nullptr && pod->state == AllocationState::kAssumed) {
    pod->state = AllocationState::kBound;
    pod->in_flight = false;
    pod->doubted.reset();
  }
}

void Ledger::Doubt(std::string_view uid, Instant now) {
  if (Pod* pod = Find(uid); pod != nullptr && pod->state == AllocationState::kAssumed) {
    pod->in_flight = false;
    pod->doubted = now;
  }
}

void Ledger::Forget(std::string_view uid) {
  if (Pod* pod = Find(uid); pod != nullptr && pod->state == AllocationState::kAssumed) {
    pod->in_flight = false;
    if (!pod->doubted) {
      Unplace(*pod);
    }
  }
}

std::vector<Store::Unsettled> Ledger::UnsettledPods() const {
  std::vector<Store::Unsettled> unsettled;
  for (const auto& pod : pods_.values()) {
    if ((pod->doubted && !pod->in_flight) || pod->unseen) {
      unsettled.push_back(
          {.ns = pod->request.ns, .name = pod->request.name, .uid = pod->request.uid});
    }
  }
  std::ranges::sort(unsettled, {}, &Store::Unsettled::uid);
  return unsettled;
}

void Ledger::SettleUnbound(std::string_view uid, Instant now, Duration grace) {
  Pod* pod = Find(uid);
  if (pod == nullptr) {
    return;
  }
  pod->unseen = false;
  if (pod->doubted && !pod->in_flight && now - *pod->doubted >= grace) {
    Unplace(*pod);
  }
}

// --- Suppositions.

std::vector<NodeIndex> Ledger::NodesFor(const cluster::PodRequest& pod) const {
  std::vector<NodeIndex> fitting;
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.takes_pods && node.host.cpu >= pod.cpu && node.host.memory >= pod.memory &&
        node.host.pods >= 1) {
      fitting.push_back(i);
    }
  }
  return fitting;
}

std::vector<std::string> Ledger::TakeUnnamed() {
  std::ranges::sort(unnamed_);
  const auto twice = std::ranges::unique(unnamed_);
  unnamed_.erase(twice.begin(), twice.end());
  return std::exchange(unnamed_, {});
}

bool Ledger::Suppose(std::string_view uid, DeviceSet devices,
                     const std::optional<ModelTaking>& model) {
  Pod* pod = Find(uid);
  if (pod == nullptr || !pod->unnamed) {
    return false;
  }
  pod->unnamed = false;
  Touch(pod->node);
  Refresh(pod->node);
  const cluster::DeviceDemand& demand = DemandOf(*pod, model);
  const NodeRow& row = rows_[pod->node / kBlockSize]->rows[pod->node % kBlockSize];
  const DeviceSet roomy = demand.share ? cluster::Roomy(row, *demand.share) : DeviceSet();
  if (!demand.share || devices.size() != demand.share->count || (roomy & devices) != devices) {
    pod->doubtful = true;
    Touch(pod->node);
    return false;
  }
  TakeModel(*pod, model);
  pod->devices = devices;
  pod->supposed = true;
  Touch(pod->node);
  return true;
}

// --- Reading.

bool Ledger::IsByOthers(const Pod& pod, NodeMode mode) const {
  return pod.by_others && !pod.request.demand.empty() && nodes_[pod.node].facts != nullptr &&
         nodes_[pod.node].facts->mode == mode;
}

PodView Ledger::ViewOf(const Pod& pod) const {
  return {.request = pod.request,
          .state = pod.state,
          .node = pod.node == kNoNode ? std::string() : nodes_[pod.node].name,
          .devices = pod.devices,
          .doubtful = pod.doubtful,
          .by_others = IsByOthers(pod, NodeMode::kWhole) || IsByOthers(pod, NodeMode::kShared),
          .gated = pod.gated && pod.state == AllocationState::kPending,
          .variant = pod.variant != nullptr ? pod.variant->name : std::string(),
          .model_version = pod.variant != nullptr ? pod.variant->model_version : std::string()};
}

std::optional<PodView> Ledger::FindPod(std::string_view uid) const {
  const Pod* pod = Find(uid);
  return pod == nullptr ? std::nullopt : std::optional(ViewOf(*pod));
}

std::optional<PodView> Ledger::FindPod(std::string_view ns, std::string_view name) const {
  for (const auto& pod : pods_.values()) {
    if (pod->request.name == name && pod->request.ns == ns) {
      return ViewOf(*pod);
    }
  }
  return std::nullopt;
}

std::vector<NodeView> Ledger::Nodes(std::string_view after, std::size_t limit) {
  RefreshAll();
  std::vector<NodeIndex> wanted;
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].facts != nullptr && nodes_[i].name > after) {
      wanted.push_back(i);
    }
  }
  const auto by_name = [this](NodeIndex i) -> const std::string& { return nodes_[i].name; };
  const std::size_t count = std::min(limit, wanted.size());
  std::ranges::partial_sort(wanted, wanted.begin() + static_cast<std::ptrdiff_t>(count), {},
                            by_name);
  wanted.resize(count);

  std::vector<NodeView> views;
  views.reserve(count);
  for (const NodeIndex i : wanted) {
    const Node& node = nodes_[i];
    NodeView view{.facts = node.facts,
                  .row = rows_[i / kBlockSize]->rows[i % kBlockSize],
                  .host = node.host,
                  .pods = {}};
    for (const Pod* pod : node.pods) {
      view.pods.push_back(ViewOf(*pod));
    }
    std::ranges::sort(view.pods, {}, [](const PodView& pod) {
      return std::pair(pod.request.ns, pod.request.name);
    });
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<PodView> Ledger::Pods(const PodKey& after, std::size_t limit) const {
  std::vector<std::pair<PodKey, const Pod*>> wanted;
  for (const auto& pod : pods_.values()) {
    const PodKey key{.ns = pod->request.ns, .name = pod->request.name, .uid = pod->request.uid};
    if (key > after) {
      wanted.emplace_back(key, pod.get());
    }
  }
  const std::size_t count = std::min(limit, wanted.size());
  std::ranges::partial_sort(wanted, wanted.begin() + static_cast<std::ptrdiff_t>(count), {},
                            [](const auto& entry) { return entry.first; });
  std::vector<PodView> views;
  views.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    views.push_back(ViewOf(*wanted[i].second));
  }
  return views;
}

std::vector<Holding> Ledger::Holdings(NodeIndex first, NodeIndex last) const {
  std::vector<Holding> holdings;
  for (NodeIndex i = first; i < last && i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.facts == nullptr) {
      continue;
    }
    const DeviceSet all = DeviceSet::First(static_cast<int>(node.facts->devices.size()));
    for (const Pod* pod : node.pods) {
      const cluster::PodRequest& request = pod->request;
      if (request.demand.empty()) {
        continue;
      }
      Holding holding{.node = i,
                      .uid = request.uid,
                      .ns = request.ns,
                      .name = request.name,
                      .model = request.model};
      if (request.demand.share) {
        holding.devices = pod->doubtful || !pod->resolved ? all : pod->devices;
        holding.memory = request.demand.share->memory;
        holding.cores = request.demand.share->cores;
      }
      for (const cluster::WholeDevices& whole : request.demand.whole) {
        holding.whole += whole.count;
      }
      holdings.push_back(std::move(holding));
    }
  }
  return holdings;
}

std::vector<PodView> Ledger::ModelPods() const {
  std::vector<PodView> pods;
  for (const std::unique_ptr<Pod>& pod : pods_.values()) {
    if (pod->variant != nullptr) {
      pods.push_back(ViewOf(*pod));
    }
  }
  std::ranges::sort(pods, {}, [](const PodView& pod) {
    return std::tie(pod.request.ns, pod.request.name, pod.request.uid);
  });
  return pods;
}

Moment Ledger::Capture() {
  Moment moment{.snapshot = Publish(), .nodes = {}, .pods = {}};
  for (const Node& node : nodes_) {
    if (node.facts != nullptr) {
      moment.nodes.push_back({.facts = node.facts, .words = node.words});
    }
  }
  moment.pods.reserve(pods_.size());
  for (const std::unique_ptr<Pod>& pod : pods_.values()) {
    moment.pods.push_back(ViewOf(*pod));
  }
  return moment;
}

Totals Ledger::totals() {
  RefreshAll();
  Totals totals{.records_ignored = records_ignored_,
                .records_malformed = records_malformed_,
                .expectations = expectations_.size(),
                .version = version_};
  std::ranges::copy(records_unproven_, totals.records_unproven);
  totals.records_unproven[static_cast<std::size_t>(signing::Proof::kSound)] = 0;
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.facts != nullptr) {
      ++totals.nodes;
      ++totals.nodes_by_mode[static_cast<std::size_t>(node.facts->mode)];
      totals.devices_overcommitted +=
          static_cast<std::uint64_t>(rows_[i / kBlockSize]->rows[i % kBlockSize].overcommitted);
    }
  }
  for (const auto& pod : pods_.values()) {
    totals.pods_pending += pod->state == AllocationState::kPending ? 1 : 0;
    totals.pods_assumed += pod->state == AllocationState::kAssumed ? 1 : 0;
    totals.pods_bound += pod->state == AllocationState::kBound ? 1 : 0;
    totals.pods_doubtful += pod->doubtful ? 1 : 0;
    totals.pods_by_others_whole += IsByOthers(*pod, NodeMode::kWhole) ? 1 : 0;
    totals.pods_by_others_shared += IsByOthers(*pod, NodeMode::kShared) ? 1 : 0;
  }
  return totals;
}

}  // namespace berth::state
