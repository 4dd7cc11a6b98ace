#include "berth/telemetry/prometheus_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "engines.h"
#include "prometheus_answer.h"
#include "scrape_outcome.h"

namespace berth::telemetry {
namespace {

// Two ages of one sample differ by what the queries took: closer ones are of the same sample. A
// rate over such a distance would be none.
constexpr Duration kSameSample = std::chrono::seconds(1);

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  encoded.reserve(2 * text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string ValuesQuery(const Engine& engine) {
  return fmt::format("{{__name__=~\"{}\"}}", fmt::join(engine.metrics(), "|"));
}

std::string AgesQuery(const Engine& engine) {
  std::string query;
  for (const std::string_view mark : engine.metrics().first(engine.marks())) {
    fmt::format_to(std::back_inserter(query), "{}(time() - timestamp({}))",
                   query.empty() ? "" : " or ", mark);
  }
  return query;
}

// "10.0.0.7:8000", "[::1]:8000" -> the address.
std::string_view HostOf(std::string_view instance) {
  const std::string_view host = instance.substr(0, instance.rfind(':'));
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

// Whose series it is.
class PrometheusSource::Directory {
 public:
  Directory(const std::vector<Target>& pods, const cluster::NameTable& nodes) : nodes_(nodes) {
    for (const Target& pod : pods) {
      by_name_.emplace(pod.ns + "/" + pod.name, &pod);
      const auto [entry, first] = by_host_.emplace(pod.host, &pod);
      if (!first) {
        entry->second = nullptr;  // pods of a node's own network: the address tells them not apart
      }
    }
  }

  const Target* PodOf(const Labels& labels) const {
    const bool exported = labels.Has("exported_pod");
    const auto pod = labels.Find(exported ? "exported_pod" : "pod");
    const auto ns = labels.Find(exported ? "exported_namespace" : "namespace");
    if (pod && ns) {
      if (const auto found = by_name_.find(*ns + "/" + *pod); found != by_name_.end()) {
        return found->second;
      }
    }
    const auto instance = labels.Find("instance");
    if (!instance) {
      return nullptr;
    }
    const auto found = by_host_.find(std::string(HostOf(*instance)));
    return found == by_host_.end() ? nullptr : found->second;
  }

  // Empty: unknown.
  std::string NodeOf(const Labels& labels) const {
    for (const std::string_view name :
         {"node", "kubernetes_node", "exported_node", "Hostname", "hostname", "nodename"}) {
      if (auto node = labels.Find(name); node && nodes_.Find(*node)) {
        return *std::move(node);
      }
    }
    const Target* const pod = PodOf(labels);
    return pod == nullptr ? std::string() : pod->node;
  }

 private:
  const cluster::NameTable& nodes_;
  std::unordered_map<std::string, const Target*> by_name_;
  std::unordered_map<std::string, const Target*> by_host_;
};

Result<std::unique_ptr<PrometheusSource>> PrometheusSource::Create(PrometheusOptions options,
                                                                   const EngineTable& engines,
                                                                   const Clock& clock,
                                                                   const Connect& connect) {
  std::vector<const Engine*> asked;
  for (const std::string& name : options.engines) {
    const Engine* const engine = engines.Find(name);
    if (engine == nullptr) {
      return InvalidArgument(fmt::format("engine '{}' is unknown", name));
    }
    asked.push_back(engine);
  }
  if (asked.empty()) {
    // Without a prefix a name means many things to many servers: only who asks for it gets it.
    std::ranges::copy_if(engines.all(), std::back_inserter(asked),
                         [](const Engine* engine) { return engine->name() != "nim"; });
  }
  BERTH_ASSIGN_OR_RETURN(auto client, connect({.origin = options.origin,
                                               .tls = options.tls,
                                               .connect_timeout = options.timeout,
                                               .max_response_bytes = options.max_answer_bytes,
                                               .max_idle_connections = 1}));
  return std::unique_ptr<PrometheusSource>(
      new PrometheusSource(std::move(options), std::move(asked), clock, std::move(client)));
}

PrometheusSource::PrometheusSource(PrometheusOptions options, std::vector<const Engine*> asked,
                                   const Clock& clock, std::unique_ptr<net::Client> client)
    : options_(std::move(options)),
      asked_(std::move(asked)),
      clock_(clock),
      client_(std::move(client)) {}

// A file that has become unreadable or empty leaves the last good token in use.
void PrometheusSource::ReadToken() {
  if (options_.bearer_token_file.empty()) {
    return;
  }
  std::ifstream file(options_.bearer_token_file, std::ios::binary);
  std::string token{std::istreambuf_iterator<char>(file), {}};
  const auto end = token.find_last_not_of(" \t\r\n");
  token.erase(end == std::string::npos ? 0 : end + 1);
  if (!token.empty()) {
    token_ = std::move(token);
  }
}

Result<net::ClientResponse> PrometheusSource::Send(const std::string& form, Duration timeout) {
  net::ClientRequest request;
  request.target = options_.path_prefix + "/api/v1/query";
  if (by_get_) {
    request.target += "?" + form;
  } else {
    request.method = "POST";
    request.body = form;
    request.content_type = "application/x-www-form-urlencoded";
  }
  request.headers = options_.headers;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("User-Agent", "berth");
  if (!token_.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + token_);
  }
  return client_->Send(request, timeout);
}

std::string PrometheusSource::Query(const std::string& query, Instant deadline) {
  const Instant start = clock_.Now();
  if (start >= deadline) {
    const MutexLock lock(mu_);
    ++counts_.skipped;
    counts_.degraded = true;
    return {};
  }
  const Duration timeout = std::min(options_.timeout, deadline - start);
  const std::string form = "query=" + PercentEncode(query);
  Result<net::ClientResponse> response = Send(form, timeout);
  if (response.ok() && response->status == 405 && !by_get_) {
    by_get_ = true;
    response = Send(form, timeout);
  }
  if (!response.ok()) {
    Count(ResultOf(response.error(), clock_.Now() - start, timeout));
    return {};
  }
  if (response->status != 200) {
    const int status = response->status;
    const bool refused = status >= 400 && status < 500 && status != 408 && status != 429;
    Count(ScrapeResult::kHttpError);
    const MutexLock lock(mu_);
    counts_.misconfigured = counts_.misconfigured || refused;
    return {};
  }
  return std::move(response->body);
}

void PrometheusSource::Count(ScrapeResult result) {
  const MutexLock lock(mu_);
  ++counts_.results[static_cast<std::size_t>(result)];
  counts_.degraded = counts_.degraded || result != ScrapeResult::kOk;
}

void PrometheusSource::PollEngine(const Engine& engine, const Directory& directory,
                                  Instant deadline, Readings& readings) {
  const Instant now = clock_.Now();
  const auto ask = [&](const std::string& query) -> std::optional<Vector> {
    const std::string body = Query(query, deadline);
    if (body.empty()) {
      return std::nullopt;
    }
    Result<Vector> vector = ParseVector(body);
    Count(vector.ok() ? ScrapeResult::kOk : ScrapeResult::kParseError);
    if (!vector.ok()) {
      return std::nullopt;
    }
    if (vector->partial) {
      const MutexLock lock(mu_);
      ++counts_.partial;
      counts_.degraded = true;
    }
    return std::move(vector).value();
  };
  const std::optional<Vector> values = ask(ValuesQuery(engine));
  if (!values || values->series.empty()) {
    return;
  }
  const std::optional<Vector> ages = ask(AgesQuery(engine));
  if (!ages) {
    return;  // of unknown age: as good as missing
  }

  // By uid or node name: samples that one scrape of it would have had.
  struct Group {
    std::vector<Sample> samples;
    std::string node;             // of an exporter
    const Target* pod = nullptr;  // of an endpoint
    std::optional<double> age;    // seconds, of the newest
  };
  std::map<std::string, Group> groups;
  const auto group_of = [&](const Labels& labels, bool make) -> Group* {
    Group made;
    std::string key;
    if (engine.is_exporter()) {
      key = made.node = directory.NodeOf(labels);
    } else {
      made.pod = directory.PodOf(labels);
      const bool other =
          made.pod != nullptr && !made.pod->engine.empty() && made.pod->engine != engine.name();
      key = made.pod == nullptr || other ? "" : made.pod->id;
    }
    if (key.empty()) {
      return nullptr;
    }
    return make ? &groups.try_emplace(key, std::move(made)).first->second
                : (groups.contains(key) ? &groups.at(key) : nullptr);
  };
  std::uint64_t unmapped = 0;
  for (const Series& series : values->series) {
    const auto metric = std::ranges::find(engine.metrics(), series.name);
    Group* const group = group_of(Labels(series.labels), true);
    if (group == nullptr || metric == engine.metrics().end()) {
      ++unmapped;
      continue;
    }
    group->samples.push_back({.metric = static_cast<std::size_t>(metric - engine.metrics().begin()),
                              .labels = Labels(series.labels),
                              .value = series.value});
  }
  for (const Series& series : ages->series) {
    if (Group* const group = group_of(Labels(series.labels), false)) {
      group->age = std::min(group->age.value_or(series.value), series.value);
    }
  }
  {
    const MutexLock lock(mu_);
    counts_.unmapped += unmapped;
  }
  for (const auto& [key, group] : groups) {
    if (!group.age) {
      continue;
    }
    Instant at = now - FromSeconds(*group.age);
    CounterMemory& memory = counters_[fmt::format("{}\n{}", engine.name(), key)];
    if (memory.known && at - memory.at < kSameSample && memory.at - at < kSameSample) {
      at = memory.at;
    }
    Readings read = ReadSamples(
        engine, group.samples, at, group.pod == nullptr ? "" : group.pod->id, group.node,
        group.pod == nullptr ? 0 : group.pod->max_batch, options_.model, memory);
    std::ranges::move(read.endpoints, std::back_inserter(readings.endpoints));
    std::ranges::move(read.devices, std::back_inserter(readings.devices));
    readings.discarded += read.discarded;
  }
}

Readings PrometheusSource::Poll(const std::vector<Target>& pods, const cluster::NameTable& nodes) {
  {
    const MutexLock lock(mu_);
    counts_.degraded = false;
    counts_.misconfigured = false;
  }
  ReadToken();
  const Directory directory(pods, nodes);
  const Instant start = clock_.Now();
  Readings readings;
  // Each round begins with another engine: a budget that is too small starves none of them.
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    PollEngine(*asked_[(first_ + i) % asked_.size()], directory, start + options_.budget, readings);
  }
  first_ = (first_ + 1) % asked_.size();
  std::erase_if(counters_,
                [&](const auto& entry) { return start - entry.second.at > options_.model.cutoff; });
  return readings;
}

PrometheusCounts PrometheusSource::counts() const {
  const MutexLock lock(mu_);
  return counts_;
}

}  // namespace berth::telemetry
