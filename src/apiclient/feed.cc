#include "feed.h"

#include <fmt/format.h>

#include <utility>

#include "percent.h"

namespace berth::apiclient {
namespace {

using kube::Decoder;

// Pods that have ended (Succeeded, Failed) are left out by the API server, and leave as deleted.
constexpr std::string_view kLivePods = "status.phase!=Succeeded,status.phase!=Failed";

class NodeFeed final : public Feed {
 public:
  explicit NodeFeed(kube::ObjectSink& sink) : sink_(sink) {}

  std::string_view name() const override { return Name(ObjectKind::kNodes); }
  std::string_view path() const override { return "/api/v1/nodes"; }
  Resource resource() const override { return Resource::kNodes; }

  void Begin() override { sink_.BeginNodes(); }
  void End() override { sink_.EndNodes(); }
  Result<kube::ListMeta> DeliverPage(Decoder& decoder, std::string_view page,
                                     const std::function<void()>& taken,
                                     const Decoder::Malformed& malformed) override {
    return decoder.NodeList(
        page,
        [&](kube::NodeObject&& node) {
          taken();
          sink_.PutNode(std::move(node));
        },
        malformed);
  }
  Result<Decoder::WatchEvent> DecodeEvent(Decoder& decoder, std::string_view line) override {
    return decoder.NodeEvent(line);
  }
  void Put(Decoder::WatchEvent&& event) override { sink_.PutNode(std::move(event.node)); }
  void Remove(const Decoder::WatchEvent& event) override { sink_.RemoveNode(event.node.name); }
  void Remove(const ObjectIdentity& object) override { sink_.RemoveNode(object.name); }

 private:
  kube::ObjectSink& sink_;
};

class PodFeed final : public Feed {
 public:
  explicit PodFeed(kube::ObjectSink& sink) : sink_(sink) {}

  std::string_view name() const override { return Name(ObjectKind::kPods); }
  std::string_view path() const override { return "/api/v1/pods"; }
  std::string_view selection() const override { return selection_; }
  Resource resource() const override { return Resource::kPods; }

  void Begin() override { sink_.BeginPods(); }
  void End() override { sink_.EndPods(); }
  Result<kube::ListMeta> DeliverPage(Decoder& decoder, std::string_view page,
                                     const std::function<void()>& taken,
                                     const Decoder::Malformed& malformed) override {
    return decoder.PodList(
        page,
        [&](kube::PodObject&& pod) {
          taken();
          sink_.PutPod(std::move(pod));
        },
        malformed);
  }
  Result<Decoder::WatchEvent> DecodeEvent(Decoder& decoder, std::string_view line) override {
    return decoder.PodEvent(line);
  }
  void Put(Decoder::WatchEvent&& event) override { sink_.PutPod(std::move(event.pod)); }
  void Remove(const Decoder::WatchEvent& event) override { sink_.RemovePod(event.pod.uid); }
  void Remove(const ObjectIdentity& object) override { sink_.RemovePod(object.uid); }

 private:
  kube::ObjectSink& sink_;
  const std::string selection_ = "&fieldSelector=" + PercentEncode(kLivePods);
};

std::string Parameter(std::string_view name, const std::string& value) {
  return value.empty() ? "" : std::string(name) + PercentEncode(value);
}

class RawFeed final : public Feed {
 public:
  RawFeed(RawKind kind, kube::RawSink& sink)
      : kind_(std::move(kind)),
        selection_(Parameter("&labelSelector=", kind_.label_selector) +
                   Parameter("&fieldSelector=", kind_.field_selector)),
        sink_(sink) {}

  std::string_view name() const override { return kind_.name; }
  std::string_view path() const override { return kind_.path; }
  std::string_view selection() const override { return selection_; }
  Resource resource() const override { return Resource::kOther; }
  bool optional() const override { return true; }

  void Begin() override { sink_.Begin(); }
  void End() override { sink_.End(); }
  Result<kube::ListMeta> DeliverPage(Decoder& decoder, std::string_view page,
                                     const std::function<void()>& taken,
                                     const Decoder::Malformed& malformed) override {
    return decoder.RawList(
        page,
        [&](kube::RawObject&& object) {
          taken();
          sink_.Put(object);
        },
        malformed);
  }
  Result<Decoder::WatchEvent> DecodeEvent(Decoder& decoder, std::string_view line) override {
    return decoder.RawEvent(line);
  }
  void Put(Decoder::WatchEvent&& event) override { sink_.Put(event.raw); }
  void Remove(const Decoder::WatchEvent& event) override {
    sink_.Remove(event.raw.ns, event.raw.name);
  }
  void Remove(const ObjectIdentity& object) override { sink_.Remove(object.ns, object.name); }

 private:
  const RawKind kind_;
  const std::string selection_;
  kube::RawSink& sink_;
};

}  // namespace

std::unique_ptr<Feed> MakeFeed(ObjectKind kind, kube::ObjectSink& sink) {
  if (kind == ObjectKind::kNodes) {
    return std::make_unique<NodeFeed>(sink);
  }
  return std::make_unique<PodFeed>(sink);
}

std::unique_ptr<Feed> MakeFeed(const RawKind& kind, kube::RawSink& sink) {
  return std::make_unique<RawFeed>(kind, sink);
}

}  // namespace berth::apiclient
