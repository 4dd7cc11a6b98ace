// What a Reflector follows, and how it reaches its sink: one for each kind of sink.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "berth/apiclient/reflector.h"
#include "berth/apiclient/request_probe.h"
#include "berth/kube/api.h"
#include "berth/kube/decoder.h"
#include "salvage.h"

namespace berth::apiclient {

class Feed {
 public:
  virtual ~Feed() = default;

  virtual std::string_view name() const = 0;  // "pods": in errors and logs
  virtual std::string_view path() const = 0;
  virtual std::string_view selection() const { return {}; }  // "&fieldSelector=...", encoded
  virtual Resource resource() const = 0;
  // The cluster may lack the kind, or keep it from Berth, and nothing is amiss.
  virtual bool optional() const { return false; }

  virtual void Begin() = 0;
  virtual void End() = 0;
  // `taken` is called for each item that has reached the sink.
  virtual Result<kube::ListMeta> DeliverPage(kube::Decoder& decoder, std::string_view page,
                                             const std::function<void()>& taken,
                                             const kube::Decoder::Malformed& malformed) = 0;
  virtual Result<kube::Decoder::WatchEvent> DecodeEvent(kube::Decoder& decoder,
                                                        std::string_view line) = 0;
  virtual void Put(kube::Decoder::WatchEvent&& event) = 0;
  virtual void Remove(const kube::Decoder::WatchEvent& event) = 0;
  virtual void Remove(const ObjectIdentity& object) = 0;
};

// The sinks outlive the feeds.
std::unique_ptr<Feed> MakeFeed(ObjectKind kind, kube::ObjectSink& sink);
std::unique_ptr<Feed> MakeFeed(const RawKind& kind, kube::RawSink& sink);

}  // namespace berth::apiclient
