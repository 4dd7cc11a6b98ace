#include "berth/apiclient/reflector.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "answer.h"
#include "feed.h"
#include "percent.h"
#include "salvage.h"

namespace berth::apiclient {
namespace {

constexpr int kOk = 200;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kGone = 410;

// A watch that ends sooner and brought nothing was cut by something between us and the API server.
constexpr Duration kShortWatch = std::chrono::seconds(1);

// The API server ends a watch after this many seconds, plus up to as many again: watches that began
// together do not end together.
constexpr int kWatchSeconds = 300;

bool Blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// After these the same request may well succeed later; other 4xx mean that the resource version is
// no good.
bool MayPass(int code) { return code == 401 || code == 403 || code == 408 || code == 429; }

// The watch asks for a version that the API server has not reached: etcd came back from a backup.
bool FromTheFuture(std::string_view text) {
  return text.find("Too large resource version") != std::string_view::npos;
}

}  // namespace

// What is learnt while one watch runs.
struct Reflector::Watching {
  int status = 0;
  std::uint64_t events = 0;
  Instant last_byte;
  std::optional<Restart> refusal;
};

std::string_view Name(ObjectKind kind) { return kind == ObjectKind::kNodes ? "nodes" : "pods"; }

std::string_view Name(RestartReason reason) {
  switch (reason) {
    case RestartReason::kExpired:
      return "expired";
    case RestartReason::kSilent:
      return "silent";
    case RestartReason::kBroken:
      return "broken";
    case RestartReason::kError:
      return "error";
  }
  return "error";
}

std::string_view Name(Access access) {
  switch (access) {
    case Access::kUnknown:
      return "unknown";
    case Access::kGranted:
      return "granted";
    case Access::kAbsent:
      return "absent";
    case Access::kForbidden:
      return "forbidden";
  }
  return "unknown";
}

Reflector::Reflector(ObjectKind kind, Session& session, kube::ObjectSink& sink,
                     ReflectorOptions options, ReflectorHooks hooks, ReflectorWorld world)
    : Reflector(MakeFeed(kind, sink), session, options, std::move(hooks), std::move(world)) {}

Reflector::Reflector(const RawKind& kind, Session& session, kube::RawSink& sink,
                     ReflectorOptions options, ReflectorHooks hooks, ReflectorWorld world)
    : Reflector(MakeFeed(kind, sink), session, options, std::move(hooks), std::move(world)) {}

Reflector::Reflector(std::unique_ptr<Feed> feed, Session& session, ReflectorOptions options,
                     ReflectorHooks hooks, ReflectorWorld world)
    : feed_(std::move(feed)),
      session_(session),
      options_(options),
      hooks_(std::move(hooks)),
      world_(std::move(world)),
      backoff_(options.backoff_min, options.backoff_max, world_.random),
      decoder_(options.parts),
      lines_(options.max_line_bytes, kube::kJsonPadding) {}

Reflector::~Reflector() = default;

void Reflector::Run(const std::stop_token& stop) {
  bool listed = false;
  while (!stop.stop_requested()) {
    listed = !TakeListRequest() && listed;
    const std::optional<Restart> restart = listed ? Watch(stop) : List(stop);
    if (!restart) {
      listed = true;
      continue;
    }
    listed = listed && !restart->relist;
    WaitAfter(*restart, stop);
  }
}

ReflectorStats Reflector::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

void Reflector::RequestList() {
  std::stop_source watch;
  {
    const MutexLock lock(mutex_);
    list_requested_ = true;
    watch = watch_stop_;
  }
  watch.request_stop();
}

bool Reflector::TakeListRequest() {
  const MutexLock lock(mutex_);
  return std::exchange(list_requested_, false);
}

std::optional<Reflector::Restart> Reflector::List(const std::stop_token& stop) {
  const Instant sent = world_.clock.Now();
  std::string continue_token;
  std::size_t items = 0;
  feed_->Begin();
  do {
    std::optional<Restart> failed = FetchPage(continue_token, stop);
    if (failed || stop.stop_requested()) {
      return failed;
    }
    Result<kube::ListMeta> page = DeliverPage();
    if (page.ok() && page->resource_version.empty()) {
      page = InvalidArgument("metadata.resourceVersion: is missing");
    }
    if (!page.ok()) {
      return Restart{.reason = RestartReason::kError,
                     .error = {page.error().code,
                               fmt::format("list {}: {}", feed_->name(), page.error().message)}};
    }
    items += page->items;
    resource_version_ = std::move(page->resource_version);
    continue_token = std::move(page->continue_token);
  } while (!continue_token.empty());
  feed_->End();
  NoteList(resource_version_, items, sent);
  NoteAccess(Access::kGranted, {});
  page_ = std::string();  // a watch's lines are small: what pages needed is given back
  decoder_ = kube::Decoder(options_.parts);
  return std::nullopt;
}

// Streamed rather than sent, so that a stop need not wait for the answer.
std::optional<Reflector::Restart> Reflector::FetchPage(const std::string& continue_token,
                                                       const std::stop_token& stop) {
  const Instant deadline = world_.clock.Now() + options_.list_timeout;
  std::optional<Restart> refusal;
  page_.clear();
  net::ClientRequest request;
  request.target = ListTarget(continue_token);
  const Status end = session_.Stream(
      {Verb::kList, feed_->resource()}, std::move(request), options_.list_timeout, stop,
      [&](int status, std::string_view error_body) {
        if (status != kOk) {
          refusal = Refused(status, AnswerText(error_body));
        }
        return status == kOk;
      },
      [&](std::string_view bytes) {
        if (page_.size() + bytes.size() > options_.max_page_bytes) {
          refusal = Restart{.reason = RestartReason::kError,
                            .error = {ErrorCode::kResourceExhausted,
                                      fmt::format("list {}: a page is larger than {} bytes",
                                                  feed_->name(), options_.max_page_bytes)}};
          return false;
        }
        if (world_.clock.Now() >= deadline) {
          refusal = Restart{.reason = RestartReason::kBroken,
                            .error = {ErrorCode::kUnavailable,
                                      fmt::format("list {}: a page took longer than {} s",
                                                  feed_->name(), Seconds(options_.list_timeout))}};
          return false;
        }
        page_.append(bytes);
        return true;
      });
  if (!refusal && !end.ok()) {
    refusal = Restart{
        .reason = RestartReason::kBroken,
        .error = TransportError(fmt::format("list {}", feed_->name()), end.error(), Effect::kRead)};
  }
  return refusal;
}

Result<kube::ListMeta> Reflector::DeliverPage() {
  page_.reserve(page_.size() + kube::kJsonPadding);
  std::size_t index = 0;
  std::vector<std::size_t> refused;
  std::vector<Error> errors;
  const auto on_malformed = [&](const Error& error) {
    refused.push_back(index++);
    errors.push_back(error);
  };
  Result<kube::ListMeta> meta = feed_->DeliverPage(decoder_, page_, [&] { ++index; }, on_malformed);
  if (refused.empty()) {
    return meta;
  }
  std::vector<ObjectIdentity> identities = SalvageItems(page_, refused);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    NoteMalformed({.kind = std::string(feed_->name()),
                   .ns = std::move(identities[i].ns),
                   .name = std::move(identities[i].name),
                   .uid = std::move(identities[i].uid),
                   .node_name = std::move(identities[i].node_name),
                   .error = std::move(errors[i])});
  }
  return meta;
}

std::optional<Reflector::Restart> Reflector::Watch(const std::stop_token& stop) {
  std::stop_source ending;
  const std::stop_callback on_stop(stop, [&ending] { ending.request_stop(); });
  {
    const MutexLock lock(mutex_);
    if (list_requested_) {
      return std::nullopt;
    }
    watch_stop_ = ending;
  }
  const Instant start = world_.clock.Now();
  Watching watching{.status = 0, .events = 0, .last_byte = start, .refusal = std::nullopt};
  lines_.Reset();
  net::ClientRequest request;
  request.target = WatchTarget();
  const Status end = session_.Stream(
      {Verb::kWatch, feed_->resource()}, std::move(request), options_.watch_silence,
      ending.get_token(),
      [&](int status, std::string_view error_body) {
        watching.status = status;
        watching.last_byte = world_.clock.Now();
        if (status != kOk) {
          watching.refusal = Refused(status, AnswerText(error_body));
        }
        return status == kOk;
      },
      [&](std::string_view bytes) {
        watching.last_byte = world_.clock.Now();
        return lines_.Feed(
            bytes, [&](std::string_view line) { return DeliverEvent(line, watching); },
            [&](std::size_t limit) {
              return SkipEvent({},
                               {ErrorCode::kResourceExhausted,
                                fmt::format("a watch event is larger than {} bytes", limit)},
                               watching);
            });
      });
  if (ending.stop_requested()) {
    return std::nullopt;
  }
  const Instant now = world_.clock.Now();
  const bool lived = watching.status == kOk && !watching.refusal && now - start >= kShortWatch;
  if (watching.events > 0 || lived) {
    backoff_.Reset();
  }
  if (watching.refusal) {
    return watching.refusal;
  }
  if (!end.ok()) {
    const bool silent = now - watching.last_byte >= options_.watch_silence;
    return Restart{.reason = silent ? RestartReason::kSilent : RestartReason::kBroken,
                   .error = TransportError(fmt::format("watch {}", feed_->name()), end.error(),
                                           Effect::kRead)};
  }
  if (watching.events == 0 && !lived) {
    return Restart{
        .reason = RestartReason::kBroken,
        .error = {ErrorCode::kUnavailable, fmt::format("watch {}: ended at once", feed_->name())}};
  }
  return std::nullopt;
}

// False: the watch is to end.
bool Reflector::DeliverEvent(std::string_view line, Watching& watching) {
  if (Blank(line)) {
    return true;
  }
  Result<kube::Decoder::WatchEvent> decoded = feed_->DecodeEvent(decoder_, line);
  if (!decoded.ok()) {
    return SkipEvent(line, decoded.error(), watching);
  }
  kube::Decoder::WatchEvent& event = *decoded;
  const std::string version = std::move(event.resource_version);
  switch (event.type) {
    case kube::WatchType::kError:
      watching.refusal = Refused(event.error_code, event.error_message);
      return false;
    case kube::WatchType::kBookmark:
      break;
    case kube::WatchType::kAdded:
    case kube::WatchType::kModified:
      feed_->Put(std::move(event));
      break;
    case kube::WatchType::kDeleted:
      feed_->Remove(event);
      break;
  }
  ++watching.events;
  NoteEvent(version);
  return true;
}

// The object keeps its last good state in the sink, unless it was deleted. An event of which not
// even the object is known may have been anything, so the list must tell.
bool Reflector::SkipEvent(std::string_view line, const Error& error, Watching& watching) {
  std::optional<SalvagedEvent> event = SalvageEvent(line);
  if (!event) {
    NoteMalformed({.kind = std::string(feed_->name()),
                   .ns = {},
                   .name = {},
                   .uid = {},
                   .node_name = {},
                   .error = error});
    watching.refusal =
        Restart{.reason = RestartReason::kError,
                .error = {error.code, fmt::format("watch {}: {}", feed_->name(), error.message)},
                .relist = true};
    return false;
  }
  ObjectIdentity& object = event->object;
  if (event->deleted) {
    feed_->Remove(object);
  }
  ++watching.events;
  NoteEvent(object.resource_version);
  NoteMalformed({.kind = std::string(feed_->name()),
                 .ns = std::move(object.ns),
                 .name = std::move(object.name),
                 .uid = std::move(object.uid),
                 .node_name = std::move(object.node_name),
                 .error = error});
  return true;
}

// What the API server's refusal, as an answer or as an event of the watch, asks for.
Reflector::Restart Reflector::Refused(int code, std::string_view text) const {
  const bool expired = code == kGone;
  const bool useless = code >= 400 && code < 500 && !MayPass(code);
  const bool denied = feed_->optional() && (code == kNotFound || code == kForbidden);
  Restart restart{
      .reason = expired ? RestartReason::kExpired : RestartReason::kError,
      .error = {expired ? ErrorCode::kExpired : ErrorCode::kUnavailable,
                fmt::format("{}: the API server answers {}: {}", feed_->name(), code, text)},
      .relist = useless || denied || FromTheFuture(text)};
  if (denied) {
    restart.access = code == kNotFound ? Access::kAbsent : Access::kForbidden;
  }
  return restart;
}

std::string Reflector::ListTarget(const std::string& continue_token) const {
  std::string target =
      fmt::format("{}?limit={}{}", feed_->path(), options_.page_size, feed_->selection());
  if (!continue_token.empty()) {
    target += "&continue=" + PercentEncode(continue_token);
  }
  return target;
}

std::string Reflector::WatchTarget() {
  const int seconds = kWatchSeconds + static_cast<int>(kWatchSeconds * world_.random());
  return fmt::format(
      "{}?watch=true&allowWatchBookmarks=true&resourceVersion={}"
      "&timeoutSeconds={}{}",
      feed_->path(), PercentEncode(resource_version_), seconds, feed_->selection());
}

void Reflector::WaitAfter(const Restart& restart, const std::stop_token& stop) {
  if (restart.access) {
    if (*restart.access == Access::kAbsent) {  // its objects went with it
      feed_->Begin();
      feed_->End();
    }
    NoteAccess(*restart.access, restart.error);
    world_.sleep(options_.denied_delay +
                     std::chrono::duration_cast<Duration>(options_.denied_delay * world_.random()),
                 stop);
    return;
  }
  const Duration delay = backoff_.Next();
  {
    const MutexLock lock(mutex_);
    ++stats_.restarts[static_cast<std::size_t>(restart.reason)];
  }
  if (hooks_.on_restart) {
    hooks_.on_restart(feed_->name(), restart.reason, restart.error, delay);
  }
  world_.sleep(delay, stop);
}

void Reflector::NoteMalformed(const MalformedObject& object) {
  {
    const MutexLock lock(mutex_);
    ++stats_.malformed;
  }
  if (hooks_.on_malformed) {
    hooks_.on_malformed(object);
  }
}

void Reflector::NoteEvent(const std::string& resource_version) {
  if (!resource_version.empty()) {  // empty would mean "from whenever" in the next watch
    resource_version_ = resource_version;
  }
  const MutexLock lock(mutex_);
  ++stats_.events;
  stats_.last_event = world_.clock.Now();
  stats_.resource_version = resource_version_;
}

void Reflector::NoteAccess(Access access, const Error& error) {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(stats_.access, access) == access) {
      return;
    }
  }
  if (feed_->optional() && hooks_.on_access) {
    hooks_.on_access(feed_->name(), access, error);
  }
}

void Reflector::NoteList(const std::string& resource_version, std::size_t items, Instant sent) {
  const MutexLock lock(mutex_);
  stats_.synced = true;
  ++stats_.lists;
  stats_.list_sent = sent;
  stats_.last_list_items = items;
  stats_.last_event = world_.clock.Now();
  stats_.resource_version = resource_version;
}

}  // namespace berth::apiclient
