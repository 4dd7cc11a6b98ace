// Scrapes model servers and exporters, never on the request path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"
#include "berth/net/client.h"
#include "berth/telemetry/engine.h"
#include "berth/telemetry/load_model.h"
#include "berth/telemetry/reading.h"
#include "berth/telemetry/target.h"

namespace berth::telemetry {

// How a scrape, or a query, ended. Closed list: a metric's label.
enum class ScrapeResult : std::uint8_t {
  kOk,
  kTimeout,
  kUnreachable,   // refused, no route
  kBroken,        // the connection or the answer broke off
  kHttpError,     // another status than 200
  kTooLarge,      // the page
  kParseError,    // nothing on it could be understood
  kUnrecognised,  // the page is of no engine, or not of the one that the pod names
  kInvalid,       // the target cannot be asked: its address, path or TLS settings
};
inline constexpr std::size_t kScrapeResults = 9;
std::string_view Name(ScrapeResult result);  // "ok", "timeout", ...

struct CollectorOptions {
  Duration interval = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(2);        // of one scrape, connecting included
  Duration max_backoff = std::chrono::seconds(300);  // between tries of a target that fails
  // Scrapes under way at once of targets that failed the last time: what does not answer takes the
  // time of so many workers and no more. Fewer than there are workers.
  std::size_t failing_at_once = 4;
  std::size_t max_page_bytes = std::size_t{4} << 20;
  net::TlsOptions tls;  // for targets with https
  LoadModel model;
};

struct CollectorCounts {
  std::array<std::uint64_t, kScrapeResults> results{};  // by ScrapeResult
  std::uint64_t malformed = 0;                          // lines of pages
  std::uint64_t late = 0;       // scrapes begun more than an interval after they were due
  std::uint64_t targets = 0;    // now
  std::uint64_t failing = 0;    // of them
  std::uint64_t in_flight = 0;  // now
};

// Each target has its own moment within the interval, by its id, so that they are asked evenly and
// always at the same distance. A failing target's distance doubles with each failure in a row.
//
//             due                     kOk
//   waiting ───────▶ in flight ─────────────────▶ waiting
//                        │ else                      ▲ kOk
//                        └──────▶ failing ──(due, later and later)──▶ in flight
//
// A page's samples are as old as its timestamps say, where it has some; and as old as the first
// page on which a counter stood that moves in every living server (its own CPU time, its devices'
// energy): a frozen exporter goes on answering.
//
// As many scrapes are under way as threads are in Work. Thread-safe.
class Collector {
 public:
  using Sink = std::function<void(const Readings&)>;  // called by the threads in Work
  using Connect = std::function<Result<std::unique_ptr<net::Client>>(net::ClientOptions)>;

  // `engines` and `clock` outlive the collector.
  Collector(CollectorOptions options, const EngineTable& engines, const Clock& clock, Sink sink,
            Connect connect = &net::Client::Create);

  // What to scrape from now on. A target that stays the same keeps its connection, counters and
  // turn. Ids are unique: of two, the first counts.
  void SetTargets(const std::vector<Target>& targets) BERTH_EXCLUDES(mu_);

  // Scrapes what is due until stopped; then ends within the timeout of one scrape.
  void Work(const std::stop_token& stop) BERTH_EXCLUDES(mu_);

  // Scrapes the one target that has been due for longest; false: none is.
  bool ScrapeNext() BERTH_EXCLUDES(mu_);
  // When the next one is due; nothing: there is none to wait for.
  std::optional<Instant> NextDue() const BERTH_EXCLUDES(mu_);

  CollectorCounts counts() const BERTH_EXCLUDES(mu_);

 private:
  struct State {
    explicit State(Target scraped) : target(std::move(scraped)) {}
    const Target target;
    // Of the thread that has it in flight; else nobody's.
    std::unique_ptr<net::Client> client;
    const Engine* engine = nullptr;
    std::vector<std::string_view> wanted;  // the engine's metrics, then what always moves
    CounterMemory counters;
    std::optional<double> moving;  // what always moves, summed, on the last page
    Instant moved_at;              // since when it has stood at that
    // Under the lock.
    int failures = 0;  // in a row
    bool gone = false;
    Instant due;
  };
  using StatePtr = std::shared_ptr<State>;
  struct Later {
    bool operator()(const StatePtr& a, const StatePtr& b) const { return a->due > b->due; }
  };
  using Queue = std::priority_queue<StatePtr, std::vector<StatePtr>, Later>;
  struct Outcome {
    ScrapeResult result = ScrapeResult::kOk;
    std::uint64_t malformed = 0;
    Readings readings;
  };

  StatePtr TakeDue(Instant now) BERTH_REQUIRES(mu_);
  std::optional<Instant> NextDueLocked() const BERTH_REQUIRES(mu_);
  void DropGone(Queue& queue) BERTH_REQUIRES(mu_);
  void ScrapeAndReturn(const StatePtr& state) BERTH_EXCLUDES(mu_);
  void Requeue(const StatePtr& state, bool ok, Instant now) BERTH_REQUIRES(mu_);
  Outcome Scrape(State& state) const;
  Outcome ReadPage(State& state, const net::ClientResponse& response, Instant at,
                   WallTime wall) const;
  // False: the page is of no engine that is known.
  bool ChooseEngine(State& state, std::string_view page, PageFormat format) const;
  // The target's next moment after `after`.
  Instant NextTurn(const Target& target, Instant after) const;

  const CollectorOptions options_;
  const EngineTable& engines_;
  const Clock& clock_;
  const Sink sink_;
  const Connect connect_;

  mutable Mutex mu_;
  CondVar changed_;
  std::unordered_map<std::string, StatePtr> states_ BERTH_GUARDED_BY(mu_);  // by id
  Queue healthy_ BERTH_GUARDED_BY(mu_);
  Queue failing_ BERTH_GUARDED_BY(mu_);
  std::size_t failing_in_flight_ BERTH_GUARDED_BY(mu_) = 0;
  // Until when one of the threads waits; nothing: none does.
  std::optional<Instant> watched_until_ BERTH_GUARDED_BY(mu_);
  CollectorCounts counts_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::telemetry
