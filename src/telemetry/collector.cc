#include "berth/telemetry/collector.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "scrape_outcome.h"

namespace berth::telemetry {
namespace {

// A Python server's CPU time moves by rendering the page. That of a small exporter may not, between
// two scrapes; the energy of its devices does.
constexpr std::array<std::string_view, 1> kMovesInServers = {"process_cpu_seconds_total"};
constexpr std::array<std::string_view, 1> kMovesInExporters = {
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"};

constexpr int kMostDoublings = 16;  // keeps the shift small; max_backoff comes long before

// FNV-1a: the same on every machine and in every run, so that a restart keeps each target's turn.
std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

std::string_view ContentType(const net::Headers& headers) {
  const auto is_content_type = [](const auto& header) {
    constexpr std::string_view kName = "content-type";
    return std::ranges::equal(header.first, kName, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
    });
  };
  const auto found = std::ranges::find_if(headers, is_content_type);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::string_view Name(ScrapeResult result) {
  static constexpr std::array<std::string_view, kScrapeResults> kNames = {
      "ok",        "timeout",     "unreachable",  "broken", "http_error",
      "too_large", "parse_error", "unrecognised", "invalid"};
  return kNames[static_cast<std::size_t>(result)];
}

ScrapeResult ResultOf(const Error& error, Duration elapsed, Duration timeout) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return ScrapeResult::kInvalid;
    case ErrorCode::kResourceExhausted:
      return ScrapeResult::kTooLarge;
    case ErrorCode::kUnavailable:
      return elapsed >= timeout ? ScrapeResult::kTimeout : ScrapeResult::kUnreachable;
    default:
      return elapsed >= timeout ? ScrapeResult::kTimeout : ScrapeResult::kBroken;
  }
}

Collector::Collector(CollectorOptions options, const EngineTable& engines, const Clock& clock,
                     Sink sink, Connect connect)
    : options_(std::move(options)),
      engines_(engines),
      clock_(clock),
      sink_(std::move(sink)),
      connect_(std::move(connect)) {}

Instant Collector::NextTurn(const Target& target, Instant after) const {
  const auto interval = options_.interval.count();
  const auto phase =
      static_cast<Duration::rep>(Hash(target.id) % static_cast<std::uint64_t>(interval));
  const auto since = after.time_since_epoch().count() - phase;
  return Instant(Duration(phase + (since / interval + 1) * interval));
}

void Collector::SetTargets(const std::vector<Target>& targets) {
  const MutexLock lock(mu_);
  const Instant now = clock_.Now();
  std::unordered_map<std::string, StatePtr> next;
  next.reserve(targets.size());
  for (const Target& target : targets) {
    if (next.contains(target.id)) {
      continue;
    }
    const auto known = states_.find(target.id);
    if (known != states_.end() && known->second->target == target) {
      next.emplace(target.id, std::move(known->second));
      states_.erase(known);
      continue;
    }
    auto state = std::make_shared<State>(target);
    state->due = NextTurn(target, now);
    healthy_.push(state);
    next.emplace(target.id, std::move(state));
  }
  for (auto& [id, state] : states_) {
    state->gone = true;
  }
  states_ = std::move(next);
  changed_.NotifyAll();
}

void Collector::DropGone(Queue& queue) {
  while (!queue.empty() && queue.top()->gone) {
    queue.pop();
  }
}

Collector::StatePtr Collector::TakeDue(Instant now) {
  DropGone(healthy_);
  DropGone(failing_);
  Queue* queue = nullptr;
  if (!failing_.empty() && failing_.top()->due <= now &&
      failing_in_flight_ < options_.failing_at_once) {
    queue = &failing_;
  }
  if (!healthy_.empty() && healthy_.top()->due <= now &&
      (queue == nullptr || healthy_.top()->due <= failing_.top()->due)) {
    queue = &healthy_;
  }
  if (queue == nullptr) {
    return nullptr;
  }
  StatePtr state = queue->top();
  queue->pop();
  ++counts_.in_flight;
  if (state->failures > 0) {
    ++failing_in_flight_;
  }
  if (now - state->due > options_.interval) {
    ++counts_.late;
  }
  return state;
}

std::optional<Instant> Collector::NextDueLocked() const {
  std::optional<Instant> due;
  if (!healthy_.empty()) {
    due = healthy_.top()->due;
  }
  // When all places of failing ones are taken, the end of one of them wakes us.
  if (!failing_.empty() && failing_in_flight_ < options_.failing_at_once) {
    due = std::min(due.value_or(failing_.top()->due), failing_.top()->due);
  }
  return due;
}

std::optional<Instant> Collector::NextDue() const {
  const MutexLock lock(mu_);
  return NextDueLocked();
}

bool Collector::ScrapeNext() {
  StatePtr state;
  {
    const MutexLock lock(mu_);
    state = TakeDue(clock_.Now());
  }
  if (state == nullptr) {
    return false;
  }
  ScrapeAndReturn(state);
  return true;
}

// One thread waits for the next moment, the others for it to leave: a scrape wakes one thread, not
// all of them.
void Collector::Work(const std::stop_token& stop) {
  const std::stop_callback on_stop(stop, [this] {
    const MutexLock lock(mu_);
    changed_.NotifyAll();
  });
  while (true) {
    StatePtr state;
    {
      const MutexLock lock(mu_);
      while (!stop.stop_requested() && (state = TakeDue(clock_.Now())) == nullptr) {
        const std::optional<Instant> due = NextDueLocked();
        if (watched_until_ || !due) {
          changed_.Wait(mu_);
          continue;
        }
        watched_until_ = due;
        (void)changed_.WaitFor(mu_, *due - clock_.Now());
        watched_until_.reset();
      }
      if (!watched_until_) {
        changed_.NotifyOne();
      }
    }
    if (state != nullptr) {
      ScrapeAndReturn(state);
    }
    if (stop.stop_requested()) {
      return;
    }
  }
}

void Collector::ScrapeAndReturn(const StatePtr& state) {
  const Outcome outcome = Scrape(*state);
  if (outcome.result == ScrapeResult::kOk) {
    sink_(outcome.readings);
  }
  const MutexLock lock(mu_);
  const Instant now = clock_.Now();
  --counts_.in_flight;
  ++counts_.results[static_cast<std::size_t>(outcome.result)];
  counts_.malformed += outcome.malformed;
  if (state->failures > 0) {
    --failing_in_flight_;
  }
  if (!state->gone) {
    Requeue(state, outcome.result == ScrapeResult::kOk, now);
  }
  // A target that waited for this one's place may be due before what is watched for.
  if (watched_until_ && NextDueLocked().value_or(*watched_until_) < *watched_until_) {
    changed_.NotifyAll();
  }
}

void Collector::Requeue(const StatePtr& state, bool ok, Instant now) {
  if (ok) {
    state->failures = 0;
    state->due = NextTurn(state->target, now);
    healthy_.push(state);
    return;
  }
  state->failures = std::min(state->failures + 1, kMostDoublings);
  const Duration delay =
      std::min(options_.interval * (1 << (state->failures - 1)), options_.max_backoff);
  state->due = NextTurn(state->target, now + delay);
  failing_.push(state);
}

Collector::Outcome Collector::Scrape(State& state) const {
  const Target& target = state.target;
  if (state.client == nullptr) {
    auto client = connect_({.origin = target.origin(),
                            .tls = target.scheme == "https" ? options_.tls : net::TlsOptions(),
                            .connect_timeout = options_.timeout,
                            .max_response_bytes = options_.max_page_bytes,
                            .max_idle_connections = 1});
    if (!client.ok()) {
      return {.result = ScrapeResult::kInvalid};
    }
    state.client = std::move(client).value();
  }
  net::ClientRequest request;
  request.target = target.path;
  request.headers = {{"Accept", "text/plain;version=0.0.4"}, {"User-Agent", "berth"}};
  const Instant at = clock_.Now();
  const WallTime wall = clock_.WallNow();
  const Result<net::ClientResponse> response = state.client->Send(request, options_.timeout);
  if (!response.ok()) {
    return {.result = ResultOf(response.error(), clock_.Now() - at, options_.timeout)};
  }
  if (response->status != 200) {
    return {.result = ScrapeResult::kHttpError};
  }
  return ReadPage(state, *response, at, wall);
}

bool Collector::ChooseEngine(State& state, std::string_view page, PageFormat format) const {
  if (state.engine != nullptr) {
    return true;
  }
  state.engine = state.target.engine.empty() ? engines_.Recognise(page, format)
                                             : engines_.Find(state.target.engine);
  if (state.engine == nullptr) {
    return false;
  }
  state.wanted.assign(state.engine->metrics().begin(), state.engine->metrics().end());
  const auto& moves = state.engine->is_exporter() ? kMovesInExporters : kMovesInServers;
  state.wanted.insert(state.wanted.end(), moves.begin(), moves.end());
  return true;
}

Collector::Outcome Collector::ReadPage(State& state, const net::ClientResponse& response,
                                       Instant at, WallTime wall) const {
  const Target& target = state.target;
  const PageFormat format = FormatOf(ContentType(response.headers));
  if (!ChooseEngine(state, response.body, format)) {
    return {.result = ScrapeResult::kUnrecognised};
  }
  std::vector<Sample> samples;
  std::optional<double> unix_seconds;  // the newest that the page says
  std::optional<double> moving;
  const PageCounts counts =
      WalkPage(response.body, format, state.wanted, [&](const Sample& sample) {
        if (sample.metric >= state.engine->metrics().size()) {
          moving = moving.value_or(0) + sample.value;
          return;
        }
        samples.push_back(sample);
        if (sample.unix_seconds) {
          unix_seconds =
              std::max(unix_seconds.value_or(*sample.unix_seconds), *sample.unix_seconds);
        }
      });
  Outcome outcome{.malformed = counts.malformed};
  if (counts.too_large) {
    outcome.result = ScrapeResult::kTooLarge;
    return outcome;
  }
  if (samples.empty()) {
    if (target.engine.empty()) {
      state.engine = nullptr;  // another server may answer there now
    }
    outcome.result = counts.malformed > 0 ? ScrapeResult::kParseError : ScrapeResult::kUnrecognised;
    return outcome;
  }
  if (!moving || moving != state.moving) {
    state.moving = moving;
    state.moved_at = at;
  }
  const Instant written = unix_seconds ? at - AgeOf(*unix_seconds, wall) : at;
  outcome.readings =
      ReadSamples(*state.engine, samples, std::min(written, state.moved_at), target.id, target.node,
                  target.max_batch, options_.model, state.counters);
  return outcome;
}

CollectorCounts Collector::counts() const {
  const MutexLock lock(mu_);
  CollectorCounts counts = counts_;
  counts.targets = states_.size();
  counts.failing = static_cast<std::uint64_t>(
      std::ranges::count_if(states_, [](const auto& s) { return s.second->failures > 0; }));
  return counts;
}

}  // namespace berth::telemetry
