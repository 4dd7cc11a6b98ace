#include "plan_cases.h"

#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "berth/cluster/catalog.h"
#include "berth/config/catalog.h"
#include "berth/config/complaint.h"
#include "experiments.h"
#include "file.h"
#include "task_file.h"

namespace berth::app {
namespace {

using CatalogPtr = std::shared_ptr<const cluster::Catalog>;
using plan::RequestKind;
using plan::ServingCase;
using std::chrono::hours;

constexpr std::int64_t kMostServers = 1'000'000;
constexpr std::int64_t kMostSlots = 1000;  // of a server
constexpr double kMostBusy = 1e9;          // slots on average: more takes long to calculate

template <typename Number>
Result<Number> ReadOr(const Arguments& arguments, std::string_view flag, Number least, Number most,
                      Number otherwise) {
  const auto text = arguments.Get(flag);
  return text ? ReadNumber(flag, *text, least, most) : otherwise;
}

Result<double> ReadSeconds(const Arguments& arguments, std::string_view flag, Duration least,
                           double otherwise) {
  const auto text = arguments.Get(flag);
  if (!text) {
    return otherwise;
  }
  BERTH_ASSIGN_OR_RETURN(const Duration duration, ReadDuration(flag, *text, least, hours(24)));
  return Seconds(duration);
}

// "search:0.5ms:0.6"
Result<RequestKind> ReadKind(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (first == 0 || second == std::string_view::npos) {
    return InvalidArgument(
        fmt::format("--mix: expected NAME:TIME:SHARE, such as search:0.5ms:0.6, found '{}'", text));
  }
  BERTH_ASSIGN_OR_RETURN(
      const Duration time,
      ReadDuration("--mix", text.substr(first + 1, second - first - 1), Duration(1), hours(24)));
  BERTH_ASSIGN_OR_RETURN(const double share,
                         ReadNumber("--mix", text.substr(second + 1), 0.0, 1.0));
  return RequestKind{.name = std::string(text.substr(0, first)), .time = time, .share = share};
}

RequestKind* FindKind(std::vector<RequestKind>& kinds, std::string_view name) {
  const auto at = std::ranges::find(kinds, name, &RequestKind::name);
  return at == kinds.end() ? nullptr : &*at;
}

Result<std::vector<RequestKind>> ReadMix(std::string_view text) {
  std::vector<RequestKind> kinds;
  double sum = 0;
  for (const std::string_view word : CommaSeparated(text)) {
    BERTH_ASSIGN_OR_RETURN(RequestKind kind, ReadKind(word));
    if (FindKind(kinds, kind.name) != nullptr) {
      return InvalidArgument(fmt::format("--mix: {} is given twice", kind.name));
    }
    sum += kind.share;
    kinds.push_back(std::move(kind));
  }
  if (std::abs(sum - 1) > 1e-6) {
    return InvalidArgument(fmt::format("--mix: the shares add up to {:.6g}, expected 1", sum));
  }
  return kinds;
}

// "1.3", or "llama-3-8b@int8" of the catalog.
Result<double> ReadSpeed(std::string_view text, const cluster::Catalog* catalog) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) {
    return ReadNumber("--speed", text, 0.001, 1000.0);
  }
  if (catalog == nullptr) {
    return InvalidArgument(fmt::format("--speed: {} needs --catalog", text));
  }
  const cluster::Model* const model = catalog->Find(text.substr(0, at));
  if (model == nullptr) {
    return InvalidArgument(
        fmt::format("--speed: the catalog has no model '{}'", text.substr(0, at)));
  }
  const cluster::ModelVariant* const variant = cluster::FindVariant(*model, text.substr(at + 1));
  if (variant == nullptr) {
    return InvalidArgument(
        fmt::format("--speed: {} has no variant '{}'", model->name, text.substr(at + 1)));
  }
  return variant->speed;
}

// "search=1.3,purchase=bert@int8"; those that are not named stay as they are.
Result<std::vector<RequestKind>> WithSpeeds(std::vector<RequestKind> kinds,
                                            const Arguments& arguments) {
  BERTH_ASSIGN_OR_RETURN(const CatalogPtr catalog, ReadCatalog(arguments));
  const auto speeds = arguments.Get("--speed");
  if (!speeds) {
    return catalog ? Result<std::vector<RequestKind>>(InvalidArgument(
                         "--catalog: nothing is read from it without --speed KIND=MODEL@VARIANT"))
                   : kinds;
  }
  for (RequestKind& kind : kinds) {
    kind.speed = 1;
  }
  std::vector<const RequestKind*> told;
  for (const std::string_view word : CommaSeparated(*speeds)) {
    const std::size_t equals = word.find('=');
    RequestKind* const kind = FindKind(kinds, word.substr(0, equals));
    if (equals == std::string_view::npos || kind == nullptr) {
      std::vector<std::string_view> known;
      known.reserve(kinds.size());
      for (const RequestKind& other : kinds) {
        known.push_back(other.name);
      }
      return InvalidArgument(fmt::format(
          "--speed: expected KIND=FACTOR or KIND=MODEL@VARIANT, of the kinds {}; found '{}'",
          fmt::join(known, ", "), word));
    }
    if (std::ranges::find(told, kind) != told.end()) {
      return InvalidArgument(fmt::format("--speed: {} is given twice", kind->name));
    }
    told.push_back(kind);
    BERTH_ASSIGN_OR_RETURN(kind->speed, ReadSpeed(word.substr(equals + 1), catalog.get()));
  }
  return kinds;
}

Result<std::vector<Duration>> ReadTasks(const std::string& path) {
  BERTH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseTasks(text, NameOf(path));
}

Status CheckBusy(std::string_view flag, double rate, const ServingCase& serving) {
  for (const plan::ModelState state : {plan::ModelState::kAsIs, plan::ModelState::kOptimised}) {
    const double busy = rate * plan::ServiceOf(serving.kinds, state).mean;
    if (busy > kMostBusy) {
      return InvalidArgument(
          fmt::format("{}: keeps {:.4g} slots busy, more than {:.4g}", flag, busy, kMostBusy));
    }
  }
  return {};
}

Result<std::vector<plan::Problem>> ReadInstances(const Arguments& arguments) {
  std::vector<plan::Problem> problems;
  if (const auto names = arguments.Get("--instance")) {
    BERTH_ASSIGN_OR_RETURN(const auto families,
                           ReadNamed("--instance", "instance", *names, plan::Families()));
    for (const plan::Family* family : families) {
      problems.push_back({.name = std::string(family->name), .make = family->make});
    }
    return problems;
  }
  for (const plan::Family& family : plan::Families()) {
    if (!family.only_if_named) {
      problems.push_back({.name = std::string(family.name), .make = family.make});
    }
  }
  return problems;
}

Result<std::vector<plan::Problem>> ReadProblems(const Arguments& arguments) {
  const auto tasks = arguments.Get("--tasks");
  const auto servers = arguments.Get("--servers");
  const auto slots = arguments.Get("--slots");
  if (!tasks) {
    if (servers || slots) {
      return InvalidArgument("--servers and --slots go with --tasks; instances have their own");
    }
    return ReadInstances(arguments);
  }
  if (arguments.Has("--instance")) {
    return InvalidArgument("--tasks and --instance exclude each other");
  }
  if (!servers) {
    return InvalidArgument("--tasks needs --servers, and --slots where a server has several");
  }
  BERTH_ASSIGN_OR_RETURN(const std::int64_t count,
                         ReadNumber<std::int64_t>("--servers", *servers, 1, kMostServers));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t of_each,
                         ReadNumber<std::int64_t>("--slots", slots.value_or("1"), 1, kMostSlots));
  if (count * of_each > kMostServers) {
    return InvalidArgument(
        fmt::format("--servers x --slots: {} is more than {}", count * of_each, kMostServers));
  }
  BERTH_ASSIGN_OR_RETURN(std::vector<Duration> demands, ReadTasks(*tasks));
  const auto machines = static_cast<std::size_t>(count * of_each);
  return std::vector<plan::Problem>{
      {.name = "own", .make = [demands = std::move(demands), machines](std::uint64_t /*seed*/) {
         return plan::Instance{.demands = demands, .machines = machines};
       }}};
}

}  // namespace

Result<CatalogPtr> ReadCatalog(const Arguments& arguments) {
  const auto path = arguments.Get("--catalog");
  if (!path) {
    return CatalogPtr();
  }
  BERTH_ASSIGN_OR_RETURN(const std::string text, ReadFile(*path));
  config::ParsedCatalog parsed = config::ParseCatalog(text);
  if (!parsed.ok()) {
    return config::Refused(parsed.complaints, *path);
  }
  return std::make_shared<const cluster::Catalog>(std::move(parsed.catalog));
}

Result<ServingCase> ReadServing(const Arguments& arguments) {
  ServingCase serving;
  if (const auto mix = arguments.Get("--mix")) {
    BERTH_ASSIGN_OR_RETURN(serving.kinds, ReadMix(*mix));
  }
  BERTH_ASSIGN_OR_RETURN(serving.kinds, WithSpeeds(std::move(serving.kinds), arguments));
  BERTH_ASSIGN_OR_RETURN(serving.per_day, ReadOr(arguments, "--day", 1.0, 1e14, serving.per_day));
  BERTH_ASSIGN_OR_RETURN(serving.peak, ReadOr(arguments, "--peak", 0.001, 1e9, serving.peak));
  BERTH_ASSIGN_OR_RETURN(serving.servers, ReadOr<std::int64_t>(arguments, "--servers", 1,
                                                               kMostServers, serving.servers));
  BERTH_ASSIGN_OR_RETURN(serving.slots,
                         ReadOr<std::int64_t>(arguments, "--slots", 1, kMostSlots, serving.slots));
  BERTH_ASSIGN_OR_RETURN(serving.p99, ReadSeconds(arguments, "--p99", Duration(0), serving.p99));
  BERTH_RETURN_IF_ERROR(CheckBusy("--peak", serving.peak, serving));
  BERTH_RETURN_IF_ERROR(CheckBusy("--day", serving.per_day / plan::kSecondsOfADay, serving));
  return serving;
}

Result<plan::StandbyCase> ReadStandby(const Arguments& arguments) {
  plan::StandbyCase standby;
  if (const auto starts = arguments.Get("--starts")) {
    BERTH_ASSIGN_OR_RETURN(const double per_hour, ReadNumber("--starts", *starts, 0.001, 1e6));
    standby.rate = per_hour / 3600;
  }
  constexpr Duration kShortest = std::chrono::milliseconds(1);
  BERTH_ASSIGN_OR_RETURN(standby.setup,
                         ReadSeconds(arguments, "--setup", kShortest, standby.setup));
  BERTH_ASSIGN_OR_RETURN(standby.lead, ReadSeconds(arguments, "--lead", Duration(0), standby.lead));
  BERTH_ASSIGN_OR_RETURN(standby.idle_cost,
                         ReadOr(arguments, "--idle-cost", 0.001, 0.999, standby.idle_cost));
  return standby;
}

Result<StatedCase> ReadStated(const Arguments& arguments) {
  using std::chrono::milliseconds;
  StatedCase stated{.demands = {milliseconds(10), milliseconds(20), milliseconds(30),
                                milliseconds(40), milliseconds(50)}};
  if (const auto tasks = arguments.Get("--tasks")) {
    BERTH_ASSIGN_OR_RETURN(stated.demands, ReadTasks(*tasks));
  }
  BERTH_ASSIGN_OR_RETURN(stated.servers, ReadOr<std::int64_t>(arguments, "--servers", 1,
                                                              kMostServers, stated.servers));
  BERTH_ASSIGN_OR_RETURN(stated.slots,
                         ReadOr<std::int64_t>(arguments, "--slots", 1, kMostSlots, stated.slots));
  return stated;
}

Result<SchedulersCase> ReadSchedulers(const Arguments& arguments) {
  constexpr std::array<std::uint64_t, 10> kSeeds = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  SchedulersCase schedulers;
  BERTH_ASSIGN_OR_RETURN(schedulers.seeds, ReadSeeds(arguments, kSeeds));
  BERTH_ASSIGN_OR_RETURN(schedulers.schedulers,
                         ReadNamedOrAll(arguments, "--scheduler", "scheduler", plan::Schedulers()));
  BERTH_ASSIGN_OR_RETURN(schedulers.problems, ReadProblems(arguments));
  return schedulers;
}

}  // namespace berth::app
