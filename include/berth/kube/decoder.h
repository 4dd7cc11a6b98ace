// JSON of the API server and of kube-scheduler -> objects.h. Lenient where Kubernetes is (unknown
// keys, null for absent), strict where a wrong value would miscount: those are errors that name the
// field.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "berth/kube/objects.h"

namespace berth::kube {

// Readable bytes that must follow every text given to Decoder.
inline constexpr std::size_t kJsonPadding = 64;

// Nesting beyond this is refused. Kubernetes' own objects stay far below.
inline constexpr std::size_t kMaxDepth = 128;

struct ListMeta {
  std::string resource_version;
  std::string continue_token;  // empty on the last page
  StringMap annotations;       // none of an API server's, but a file may have some
  std::size_t items = 0;
  std::size_t malformed = 0;  // items that could not be decoded and were left out
};

enum class WatchType : std::uint8_t { kAdded, kModified, kDeleted, kBookmark, kError };

// What is read only where it is wanted: it costs time on each of a hundred thousand objects.
struct Parts {
  bool images = false;       // of nodes: most of their JSON
  bool constraints = false;  // of pods, and taints of nodes
  bool created = false;      // of pods
};

// Reuses its buffers from call to call. Not thread-safe: one per thread.
class Decoder {
 public:
  explicit Decoder(Parts parts = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  Result<NodeObject> Node(std::string_view json);
  Result<PodObject> Pod(std::string_view json);

  // A page of a LIST. A malformed item is counted, reported to `malformed` and skipped; the page
  // goes on.
  using Malformed = std::function<void(const Error&)>;
  Result<ListMeta> NodeList(std::string_view json, const std::function<void(NodeObject&&)>& each,
                            const Malformed& malformed);
  Result<ListMeta> PodList(std::string_view json, const std::function<void(PodObject&&)>& each,
                           const Malformed& malformed);

  // Of any kind, as JSON.
  Result<ListMeta> RawList(std::string_view json, const std::function<void(RawObject&&)>& each,
                           const Malformed& malformed);

  // Any mix of objects: one object, a List, or a JSON array of them. `other` gets those that are
  // neither Node nor Pod. All are counted as items.
  using Other = std::function<void(std::string_view kind, RawObject&&)>;
  Result<ListMeta> Objects(std::string_view json, const std::function<void(NodeObject&&)>& node,
                           const std::function<void(PodObject&&)>& pod, const Other& other = {});

  // One line of a WATCH.
  struct WatchEvent {
    WatchType type = WatchType::kBookmark;
    std::string resource_version;  // also of bookmarks
    NodeObject node;               // the one that was asked for is filled
    PodObject pod;
    RawObject raw;
    std::int32_t error_code = 0;  // Status.code of an ERROR event, e.g. 410
    std::string error_message;
  };
  Result<WatchEvent> NodeEvent(std::string_view json);
  Result<WatchEvent> PodEvent(std::string_view json);
  Result<WatchEvent> RawEvent(std::string_view json);

  // metav1.Status of a failed call: its message; empty when the text is no Status.
  std::string StatusMessage(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace berth::kube
