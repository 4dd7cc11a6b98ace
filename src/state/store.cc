#include "berth/state/store.h"

#include <utility>

#include "berth/device/read.h"
#include "berth/device/write.h"
#include "ledger.h"

namespace berth::state {
namespace {

// A pod that asks a model alone takes what was chosen for it; `catalog` is asked only for those.
template <typename CatalogNow>
PodUpdate UpdateOf(const kube::PodObject& pod, cluster::PodRequest request, const Rules& rules,
                   CatalogNow catalog) {
  PodUpdate update{.request = std::move(request),
                   .node = pod.node_name,
                   .ended = pod.ended(),
                   .gated = pod.gated};
  if (pod.node_name.empty()) {
    return update;
  }
  update.by_others = kube::Find(pod.annotations, device::kAllocation) == nullptr;
  if (!update.by_others && rules.proof_of && !update.ended) {
    update.record.proof = rules.proof_of(pod);
  }
  const bool has_record = update.request.demand.share || !update.request.model.empty();
  if (!has_record) {
    return update;
  }
  const signing::Proof proof = update.record.proof;
  Result<device::Record> record = device::ReadRecord(pod);
  if (update.request.demand_by_model) {
    const bool believed = record.ok() && proof == signing::Proof::kSound;
    update.request.demand =
        device::DemandOnRecord(update.request, believed ? &*record : nullptr, catalog().get());
  }
  if (record.ok()) {
    update.record = {.present = true, .proof = proof, .ids = std::move(record->devices)};
    if (!record->variant.empty()) {
      update.record.variant = std::make_shared<const ChosenVariant>(ChosenVariant{
          .name = std::move(record->variant), .model_version = std::move(record->model_version)});
    }
  } else {
    update.record = {
        .present = record.error().code != ErrorCode::kNotFound, .malformed = true, .proof = proof};
  }
  return update;
}

std::vector<std::string> NodeLabelsOf(const Rules& rules) {
  std::vector<std::string> labels = rules.requirement_labels;
  if (!rules.rack_label.empty()) {
    labels.push_back(rules.rack_label);
  }
  return labels;
}

}  // namespace

Store::Store(device::ClassTable classes, Rules rules)
    : classes_(std::move(classes)),
      rules_(std::move(rules)),
      node_labels_(NodeLabelsOf(rules_)),
      ledger_(std::make_unique<Ledger>(rules_.requirements, rules_.binds)) {}
Store::~Store() = default;

void Store::BeginNodes() {
  const MutexLock lock(mu_);
  ledger_->BeginNodes();
}

void Store::EndNodes() {
  {
    const MutexLock lock(mu_);
    ledger_->EndNodes();
    changed_.NotifyAll();
  }
  Learn();
}

void Store::BeginPods() {
  const MutexLock lock(mu_);
  ledger_->BeginPods();
}

void Store::EndPods() {
  {
    const MutexLock lock(mu_);
    ledger_->EndPods();
    changed_.NotifyAll();
  }
  Learn();
}

void Store::PutNode(kube::NodeObject node) {
  cluster::NodeFacts facts = device::ReadNode(node, classes_, rules_.rack_label);
  if (rules_.requirements_met_by) {
    facts.requirements_met = rules_.requirements_met_by(node);
  }
  device::NodeWords words = device::WordsOf(node, classes_, node_labels_);
  {
    const MutexLock lock(mu_);
    ledger_->PutNode(std::move(facts), std::move(words));
    changed_.NotifyAll();
  }
  Learn();
}

void Store::PutPod(kube::PodObject pod) {
  PodUpdate update = UpdateOf(pod, Read(pod), rules_, [this] {
    const MutexLock lock(mu_);
    return ledger_->catalog();
  });
  const signing::Proof proof = update.record.proof;
  bool unproven = false;
  {
    const MutexLock lock(mu_);
    unproven = ledger_->PutPod(std::move(update));
    changed_.NotifyAll();
  }
  Learn();
  if (unproven && rules_.on_unproven) {
    rules_.on_unproven(pod, proof);
  }
}

void Store::RemoveNode(std::string_view name) {
  const MutexLock lock(mu_);
  ledger_->RemoveNode(name);
  changed_.NotifyAll();
}

void Store::RemovePod(std::string_view uid) {
  const MutexLock lock(mu_);
  ledger_->RemovePod(uid);
  changed_.NotifyAll();
}

bool Store::synced() const {
  const MutexLock lock(mu_);
  return ledger_->synced();
}

cluster::SnapshotPtr Store::snapshot() const {
  const MutexLock lock(mu_);
  return ledger_->Publish();
}

std::uint64_t Store::version() const {
  const MutexLock lock(mu_);
  return ledger_->version();
}

std::uint64_t Store::WaitForChange(std::uint64_t seen, Duration timeout) const {
  const MutexLock lock(mu_);
  if (ledger_->version() <= seen) {
    changed_.WaitFor(mu_, timeout);
  }
  return ledger_->version();
}

std::optional<PodView> Store::FindPod(std::string_view uid) const {
  const MutexLock lock(mu_);
  return ledger_->FindPod(uid);
}

std::optional<PodView> Store::FindPod(std::string_view ns, std::string_view name) const {
  const MutexLock lock(mu_);
  return ledger_->FindPod(ns, name);
}

std::vector<NodeView> Store::Nodes(std::string_view after, std::size_t limit) const {
  const MutexLock lock(mu_);
  return ledger_->Nodes(after, limit);
}

std::vector<PodView> Store::Pods(const PodKey& after, std::size_t limit) const {
  const MutexLock lock(mu_);
  return ledger_->Pods(after, limit);
}

std::vector<Holding> Store::Holdings(cluster::NodeIndex first, cluster::NodeIndex last) const {
  const MutexLock lock(mu_);
  return ledger_->Holdings(first, last);
}

std::vector<PodView> Store::ModelPods() const {
  const MutexLock lock(mu_);
  return ledger_->ModelPods();
}

Totals Store::totals() const {
  const MutexLock lock(mu_);
  return ledger_->totals();
}

void Store::SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
  const MutexLock lock(mu_);
  ledger_->SetCatalog(std::move(catalog));
  changed_.NotifyAll();
}

void Store::SetLearning(bool is_learning) {
  {
    const MutexLock lock(mu_);
    ledger_->SetLearning(is_learning);
    changed_.NotifyAll();
  }
  Learn();
}

void Store::SetTypicalPods(TypicalPods pods) {
  {
    const MutexLock lock(mu_);
    ledger_->SetTypicalPods(std::move(pods));
  }
  Learn();
}

// Whoever comes while another is at it leaves it to that one, who looks again when done: one lesson
// follows the other, and none is lost.
void Store::Learn() {
  for (;;) {
    std::optional<Lesson> lesson;
    {
      const MutexLock lock(mu_);
      lesson = ledger_->BeginLesson();
    }
    if (!lesson) {
      return;
    }
    auto demand = std::make_shared<const cluster::Demand>(lesson->WorkOut());
    const MutexLock lock(mu_);
    ledger_->EndLesson(*std::move(lesson), std::move(demand));
  }
}

void Store::SetLoads(std::shared_ptr<const cluster::LoadTable> loads) {
  const MutexLock lock(mu_);
  ledger_->SetLoads(std::move(loads));
}

void Store::SetWeights(std::shared_ptr<const cluster::WeightTable> weights) {
  const MutexLock lock(mu_);
  ledger_->SetWeights(std::move(weights));
}

cluster::PodRequest Store::Read(const kube::PodObject& pod) const {
  cluster::PodRequest request = device::ReadPod(pod, classes_);
  if (rules_.requirements_of) {
    const std::optional<cluster::RequirementSet> wanted = rules_.requirements_of(pod);
    request.requirements = wanted.value_or(0);
    if (!wanted && request.fault == cluster::PodFault::kNone) {
      request.fault = cluster::PodFault::kResidencyUnknown;
    }
  }
  if (rules_.profile_of) {
    if (const auto profile = rules_.profile_of(pod)) {
      request.profile = *profile;
    } else if (request.fault == cluster::PodFault::kNone) {
      request.fault = cluster::PodFault::kProfileUnknown;
    }
  }
  return request;
}

void Store::Meet(const cluster::PodRequest& pod) {
  const MutexLock lock(mu_);
  ledger_->Meet(pod);
}

void Store::Expect(std::string_view uid, std::string_view node, cluster::DeviceSet devices,
                   cluster::DeviceDemand demand, Instant expires) {
  const MutexLock lock(mu_);
  ledger_->Expect(uid, node, devices, std::move(demand), expires);
}

void Store::Unexpect(std::string_view uid) {
  const MutexLock lock(mu_);
  ledger_->Unexpect(uid);
}

std::vector<Store::ExpectedRoom> Store::Expected(std::string_view except_uid, Instant now) {
  const MutexLock lock(mu_);
  return ledger_->Expected(except_uid, now);
}

Result<Assumption> Store::Assume(std::string_view uid, std::string_view node,
                                 cluster::DeviceSet devices,
                                 const std::optional<ModelTaking>& model) {
  const MutexLock lock(mu_);
  BERTH_ASSIGN_OR_RETURN(const cluster::DeviceSet taken,
                         ledger_->Assume(uid, node, devices, model));
  return Assumption(*this, std::string(uid), taken);
}

Store::Offer Store::NodesFor(const cluster::PodRequest& pod) const {
  const MutexLock lock(mu_);
  Offer offer{.snapshot = ledger_->Publish(), .nodes = {}};
  offer.nodes = ledger_->NodesFor(pod);
  return offer;
}

std::vector<PodView> Store::TakeUnnamed() {
  const MutexLock lock(mu_);
  std::vector<PodView> pods;
  for (const std::string& uid : ledger_->TakeUnnamed()) {
    if (auto pod = ledger_->FindPod(uid)) {
      pods.push_back(*std::move(pod));
    }
  }
  return pods;
}

bool Store::Suppose(std::string_view uid, cluster::DeviceSet devices,
                    const std::optional<ModelTaking>& model) {
  const MutexLock lock(mu_);
  const bool supposed = ledger_->Suppose(uid, devices, model);
  changed_.NotifyAll();
  return supposed;
}

std::vector<Store::Unsettled> Store::UnsettledPods() const {
  const MutexLock lock(mu_);
  return ledger_->UnsettledPods();
}

void Store::Settle(std::string_view uid, std::optional<kube::PodObject> pod, Instant now,
                   Duration grace) {
  if (!pod || pod->uid != uid) {
    RemovePod(uid);
    return;
  }
  if (!pod->node_name.empty() || pod->ended()) {
    PutPod(*std::move(pod));
    return;
  }
  const MutexLock lock(mu_);
  ledger_->SettleUnbound(uid, now, grace);
  changed_.NotifyAll();
}

void Store::Keep(std::string_view uid) {
  {
    const MutexLock lock(mu_);
    ledger_->Keep(uid);
  }
  Learn();
}

void Store::Doubt(std::string_view uid, Instant now) {
  const MutexLock lock(mu_);
  ledger_->Doubt(uid, now);
}

void Store::Forget(std::string_view uid) {
  const MutexLock lock(mu_);
  ledger_->Forget(uid);
  changed_.NotifyAll();
}

Assumption::Assumption(Store& store, std::string uid, cluster::DeviceSet devices)
    : store_(&store), uid_(std::move(uid)), devices_(devices) {}

Assumption::Assumption(Assumption&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)),
      uid_(std::move(other.uid_)),
      devices_(other.devices_) {}

Assumption::~Assumption() {
  if (store_ != nullptr) {
    store_->Forget(uid_);
  }
}

void Assumption::Keep() && { std::exchange(store_, nullptr)->Keep(uid_); }

void Assumption::Doubt(Instant now) && { std::exchange(store_, nullptr)->Doubt(uid_, now); }

}  // namespace berth::state
