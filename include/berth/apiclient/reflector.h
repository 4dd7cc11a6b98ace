// Keeps a sink true to the API server: lists all objects of a kind, then watches them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "berth/apiclient/backoff.h"
#include "berth/apiclient/line_splitter.h"
#include "berth/apiclient/session.h"
#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/kube/api.h"
#include "berth/kube/decoder.h"

namespace berth::apiclient {

enum class ObjectKind : std::uint8_t { kNodes, kPods };
std::string_view Name(ObjectKind kind);  // "nodes", "pods"

// A kind that is followed as JSON, where the cluster has it and shows it.
struct RawKind {
  std::string name;            // "localmodelnodes": in errors and logs
  std::string path;            // "/apis/serving.kserve.io/v1alpha1/localmodelnodes"
  std::string label_selector;  // empty: all objects
  std::string field_selector = {};
};

// Whether the API server has a RawKind and shows it to Berth.
enum class Access : std::uint8_t {
  kUnknown,
  kGranted,    // it has been listed
  kAbsent,     // 404: it is not installed; nothing of it is left in the sink
  kForbidden,  // 403: what was known before stays in the sink
};
std::string_view Name(Access access);  // "unknown", "granted", "absent", "forbidden"

// Why a list or a watch began anew. A watch that the API server ended in order does not count.
enum class RestartReason : std::uint8_t {
  kExpired,  // 410: the resource version is gone; list again
  kSilent,   // no byte for watch_silence
  kBroken,   // the connection was refused or broke
  kError,    // the API server said no, or something that is not understood
};
inline constexpr std::size_t kRestartReasons = 4;
std::string_view Name(RestartReason reason);  // "expired", "silent", "broken", "error"

struct ReflectorOptions {
  int page_size = 500;
  Duration list_timeout = std::chrono::seconds(30);   // of one page
  Duration watch_silence = std::chrono::seconds(90);  // bookmarks come about once a minute
  Duration backoff_min = std::chrono::milliseconds(500);
  Duration backoff_max = std::chrono::seconds(30);
  std::size_t max_page_bytes = std::size_t{256} << 20;
  std::size_t max_line_bytes = std::size_t{16} << 20;  // of one watch event
  kube::Parts parts;
  // Before a RawKind that is absent or forbidden is asked for again; up to twice as long.
  Duration denied_delay = std::chrono::minutes(5);
};

// An object that could not be decoded and did not reach the sink. What of it was readable is
// filled; a pod with a node_name holds room there that nobody counts.
struct MalformedObject {
  std::string kind;  // "nodes", "pods", RawKind::name
  std::string ns;
  std::string name;
  std::string uid;
  std::string node_name;
  Error error;
};

// Called on the thread of Run.
struct ReflectorHooks {
  std::function<void(const MalformedObject&)> on_malformed;
  std::function<void(std::string_view kind, RestartReason reason, const Error& error,
                     Duration delay)>
      on_restart;
  // Of a RawKind: access has changed. A refusal is no restart, and is told once.
  std::function<void(std::string_view kind, Access access, const Error& error)> on_access;
};

// What the reflector is given of the world; tests give it another one.
struct ReflectorWorld {
  const Clock& clock;
  Sleep sleep = SleepUntilStopped;
  Random random = SeededFromSystem();
};

struct ReflectorStats {
  bool synced = false;  // a list went through to its end; stays true
  Access access = Access::kUnknown;
  Instant last_event;                // of the list's end or a watch event, bookmarks included
  std::optional<Instant> list_sent;  // when the last list that went through was asked for
  std::size_t last_list_items = 0;
  std::uint64_t lists = 0;   // completed
  std::uint64_t events = 0;  // bookmarks included
  std::uint64_t malformed = 0;
  std::array<std::uint64_t, kRestartReasons> restarts{};  // by RestartReason
  std::string resource_version;                           // the watch goes on from here
};

//              a page failed                    ended in order, silent, broken, refused
//             ┌─────────────┐                    ┌──────────────┐
//             ▼             │    last page       ▼              │ from the last resource version
//   Run ──▶ Listing ────────┴──────────────▶ Watching ──────────┘
//             ▲                                  │
//             └──────────────────────────────────┘
//               410, another version refused, an event that cannot be attributed
//
// Each list starts from its first page. A watch that ended in order goes on at once, everything
// else after a back-off that an event (or a watch that lived a while) resets. Pods that have ended
// (Succeeded, Failed) are left out by the API server, and leave as deleted.
class Feed;

class Reflector {
 public:
  // `session`, `sink` and the world's clock outlive it.
  Reflector(ObjectKind kind, Session& session, kube::ObjectSink& sink, ReflectorOptions options,
            ReflectorHooks hooks, ReflectorWorld world);
  Reflector(const RawKind& kind, Session& session, kube::RawSink& sink, ReflectorOptions options,
            ReflectorHooks hooks, ReflectorWorld world);
  ~Reflector();

  // Blocks until a stop is requested, and returns within half a second of it. Calls the sink and
  // the hooks from this thread only.
  void Run(const std::stop_token& stop);

  // Lists again soon, whatever it is doing: a list that is asked for after this call is a quorum
  // read of what there is by then. Thread-safe.
  void RequestList() BERTH_EXCLUDES(mutex_);

  ReflectorStats stats() const BERTH_EXCLUDES(mutex_);  // thread-safe

 private:
  struct Restart {
    RestartReason reason = RestartReason::kError;
    Error error;
    bool relist = false;
    std::optional<Access> access = std::nullopt;  // it was refused for that
  };
  struct Watching;

  Reflector(std::unique_ptr<Feed> feed, Session& session, ReflectorOptions options,
            ReflectorHooks hooks, ReflectorWorld world);

  // Nothing: went well, or a stop was requested.
  std::optional<Restart> List(const std::stop_token& stop);
  std::optional<Restart> Watch(const std::stop_token& stop);
  bool TakeListRequest() BERTH_EXCLUDES(mutex_);

  std::optional<Restart> FetchPage(const std::string& continue_token, const std::stop_token& stop);
  Result<kube::ListMeta> DeliverPage();
  bool DeliverEvent(std::string_view line, Watching& watching);
  bool SkipEvent(std::string_view line, const Error& error, Watching& watching);

  Restart Refused(int code, std::string_view text) const;
  std::string ListTarget(const std::string& continue_token) const;
  std::string WatchTarget();

  void WaitAfter(const Restart& restart, const std::stop_token& stop) BERTH_EXCLUDES(mutex_);
  void NoteMalformed(const MalformedObject& object) BERTH_EXCLUDES(mutex_);
  void NoteEvent(const std::string& resource_version) BERTH_EXCLUDES(mutex_);
  void NoteList(const std::string& resource_version, std::size_t items, Instant sent)
      BERTH_EXCLUDES(mutex_);
  void NoteAccess(Access access, const Error& error) BERTH_EXCLUDES(mutex_);

  // Constant, or touched by the thread of Run only.
  const std::unique_ptr<Feed> feed_;
  Session& session_;
  const ReflectorOptions options_;
  const ReflectorHooks hooks_;
  const ReflectorWorld world_;
  Backoff backoff_;
  kube::Decoder decoder_;
  std::string page_;  // kept from page to page
  LineSplitter lines_;
  std::string resource_version_;

  mutable Mutex mutex_;
  ReflectorStats stats_ BERTH_GUARDED_BY(mutex_);
  bool list_requested_ BERTH_GUARDED_BY(mutex_) = false;
  std::stop_source watch_stop_ BERTH_GUARDED_BY(mutex_);  // ends the watch that runs
};

}  // namespace berth::apiclient
