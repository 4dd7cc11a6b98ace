#include "berth/inventory/inventory.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "berth/base/check.h"
#include "books.h"

namespace berth::inventory {
namespace {

std::size_t PositionOf(const Source& source) {
  const std::span<const Source> all = Sources();
  BERTH_CHECK(&source >= all.data() && &source < all.data() + all.size());
  return static_cast<std::size_t>(&source - all.data());
}

std::string IdOf(std::string_view ns, std::string_view name) {
  return fmt::format("{}/{}", ns, name);
}

const Source& PodSource() {
  return *std::ranges::find_if(Sources(),
                               [](const Source& source) { return source.read_pod != nullptr; });
}

}  // namespace

Inventory::Inventory(Options options) : books_(std::make_unique<Books>(std::move(options))) {}

Inventory::~Inventory() = default;

void Inventory::BeginNodes() {
  const MutexLock lock(mu_);
  books_->BeginNodes();
}

void Inventory::EndNodes() {
  const MutexLock lock(mu_);
  books_->EndNodes();
}

std::vector<std::string> Inventory::PutNode(const kube::NodeObject& node, Moment at) {
  Books::NodeReadings readings = Books::ReadNode(node);
  const MutexLock lock(mu_);
  return books_->PutNode(node, std::move(readings), at);
}

void Inventory::RemoveNode(std::string_view name) {
  const MutexLock lock(mu_);
  books_->RemoveNode(name);
}

void Inventory::BeginObjects(const Source& source) {
  const MutexLock lock(mu_);
  books_->BeginObjects(PositionOf(source));
}

void Inventory::EndObjects(const Source& source) {
  const MutexLock lock(mu_);
  books_->EndObjects(PositionOf(source));
}

std::vector<std::string> Inventory::PutObject(const Source& source, const kube::RawObject& object,
                                              kube::Cursor& json, Moment at) {
  BERTH_CHECK(source.read_object != nullptr);
  Reading reading = source.read_object(json, object);
  const MutexLock lock(mu_);
  return books_->PutObject(PositionOf(source), IdOf(object.ns, object.name), std::move(reading),
                           at);
}

void Inventory::RemoveObject(const Source& source, std::string_view ns, std::string_view name) {
  const MutexLock lock(mu_);
  books_->RemoveObject(PositionOf(source), IdOf(ns, name));
}

void Inventory::BeginPods() {
  const MutexLock lock(mu_);
  books_->BeginPods();
}

void Inventory::EndPods(Instant now) {
  const MutexLock lock(mu_);
  books_->EndPods(now);
}

std::optional<ObservedStart> Inventory::PutPod(const kube::PodObject& pod, Instant now) {
  const std::optional<ServedModel> served = PodSource().read_pod(pod);
  if (!served && !pod.ended()) {
    return std::nullopt;  // nearly all: no lock for them
  }
  const MutexLock lock(mu_);
  if (!served) {
    books_->PodGone(pod.uid, now);
    return std::nullopt;
  }
  return books_->PutPod(pod, *served, now);
}

void Inventory::RemovePod(std::string_view uid, Instant now) {
  const MutexLock lock(mu_);
  books_->PodGone(uid, now);
}

void Inventory::Started(Start start) {
  const MutexLock lock(mu_);
  books_->Started(std::move(start));
}

void Inventory::SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
  const MutexLock lock(mu_);
  books_->SetCatalog(std::move(catalog));
}

std::shared_ptr<const cluster::WeightTable> Inventory::Build(const cluster::Snapshot& snapshot,
                                                             Instant now) {
  const MutexLock lock(mu_);
  return books_->Build(snapshot, now);
}

Counts Inventory::counts() const {
  const MutexLock lock(mu_);
  return books_->counts();
}

}  // namespace berth::inventory
