#include "berth/plan/serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "berth/plan/stated_model.h"

namespace berth::plan {
namespace {

struct Load {
  std::string_view name;
  double rate = 0;
};

std::vector<Cell> RowOf(const ServingCase& serving, const Load& load, ModelState state) {
  const Service service = ServiceOf(serving.kinds, state);
  const std::int64_t slots = serving.servers * serving.slots;
  const double busy = load.rate * service.mean;
  const double use = busy / static_cast<double>(slots);
  const std::int64_t needed = SlotsNeeded(load.rate, service, serving.p99);
  std::vector<Cell> row = {std::string(load.name),
                           std::string(state == ModelState::kAsIs ? "as is" : "optimised"),
                           load.rate,
                           1e3 * service.mean,
                           service.cv2,
                           busy,
                           100 * use};
  if (use < 1) {
    const Queue queue = QueueOf(load.rate, service, slots);
    row.insert(row.end(), {100 * queue.waits, 1e3 * queue.mean, 1e3 * queue.p99});
  } else {
    row.insert(row.end(), 3, std::monostate());
  }
  const std::int64_t servers_needed = (needed + serving.slots - 1) / serving.slots;
  const Queue there = QueueOf(load.rate, service, needed);
  row.insert(row.end(),
             {static_cast<double>(needed), 1e3 * there.mean, 1e3 * there.p99,
              static_cast<double>(servers_needed), RateCarried(service, slots, serving.p99)});
  return row;
}

std::string StatedNote(const ServingCase& serving) {
  const double day = serving.per_day * 1e3 * ServiceOf(serving.kinds, ModelState::kAsIs).mean;
  const auto slots = static_cast<double>(serving.slots);
  const auto servers = static_cast<double>(serving.servers);
  return fmt::format(
      "Stated objective of a day: sum D / C + sum D / N = {:.6g} / {} + {:.6g} / {} = {:.6g} ms. "
      "It is the same for every assignment.",
      day, serving.slots, day, serving.servers, (day / slots) + (day / servers));
}

std::string SpeedNote(const ServingCase& serving) {
  std::string note = "Optimised:";
  for (const RequestKind& kind : serving.kinds) {
    note += fmt::format("{} {} x {:.4g}", &kind == serving.kinds.data() ? "" : ",", kind.name,
                        kind.speed);
  }
  return note + ", as --speed says or assumed; measure your own.";
}

}  // namespace

Service ServiceOf(std::span<const RequestKind> kinds, ModelState state) {
  double mean = 0;
  double square = 0;
  for (const RequestKind& kind : kinds) {
    const double time = Seconds(kind.time) / (state == ModelState::kOptimised ? kind.speed : 1);
    mean += kind.share * time;
    square += kind.share * time * time;
  }
  return {.mean = mean, .cv2 = std::max(0.0, (square / (mean * mean)) - 1)};
}

Report ServingReport(const ServingCase& serving) {
  Report report{
      .title = "Serving: what the fleet makes of the requests, and how many servers would do",
      .columns = {{"load", "load"},
                  {"model", "model"},
                  {"requests/s", "rate", NumberForm::kFourDigits},
                  {"service ms", "service_ms", NumberForm::kFourDigits},
                  {"cv2", "service_cv2"},
                  {"busy slots", "busy_slots", NumberForm::kFourDigits},
                  {"use %", "use_percent", NumberForm::kFourDigits},
                  {"waits %", "waits_percent", NumberForm::kFourDigits},
                  {"mean wait ms", "mean_wait_ms", NumberForm::kFourDigits},
                  {"p99 wait ms", "p99_wait_ms", NumberForm::kFourDigits},
                  {"slots needed", "slots_needed", NumberForm::kWhole, true},
                  {"mean then", "needed_mean_wait_ms", NumberForm::kFourDigits},
                  {"p99 then", "needed_p99_wait_ms", NumberForm::kFourDigits},
                  {"servers needed", "servers_needed", NumberForm::kWhole, true},
                  {"fleet carries/s", "fleet_carries_rate", NumberForm::kFourDigits}},
      .rows = {},
      .notes = {}};
  const bool is_optimised =
      std::ranges::any_of(serving.kinds, [](const RequestKind& kind) { return kind.speed != 1; });
  for (const Load& load :
       {Load{"day's mean", serving.per_day / kSecondsOfADay}, Load{"peak", serving.peak}}) {
    report.rows.push_back(RowOf(serving, load, ModelState::kAsIs));
    if (is_optimised) {
      report.rows.push_back(RowOf(serving, load, ModelState::kOptimised));
    }
  }
  report.notes.push_back(fmt::format(
      "N = {} servers, C = {} slots each. Needed: so that 99 of 100 requests wait no longer than "
      "{:.4g} ms, and the waits then; without a reserve for servers that fail.",
      serving.servers, serving.slots, 1e3 * serving.p99));
  if (is_optimised) {
    report.notes.push_back(SpeedNote(serving));
  }
  report.notes.push_back(StatedNote(serving));
  return report;
}

}  // namespace berth::plan
