#include "berth/plan/standby.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace berth::plan {
namespace {

// The number of events where `mean` are expected, without the tails beyond a probability of 1e-20.
class Poisson {
 public:
  explicit Poisson(double mean)
      : first_(std::max(std::int64_t{0},
                        static_cast<std::int64_t>(mean - (10 * std::sqrt(mean)) - 20))) {
    const auto count = static_cast<std::size_t>((20 * std::sqrt(mean)) + 60);
    const auto mode = static_cast<std::size_t>(static_cast<std::int64_t>(mean) - first_);
    // Relative to the mode's, so that no exponential is needed.
    probabilities_.assign(count, 0);
    probabilities_[mode] = 1;
    for (std::size_t i = mode; i + 1 < count; ++i) {
      probabilities_[i + 1] = probabilities_[i] * mean / Number(i + 1);
    }
    for (std::size_t i = mode; i > 0; --i) {
      probabilities_[i - 1] = probabilities_[i] * Number(i) / mean;
    }
    const double sum = std::accumulate(probabilities_.begin(), probabilities_.end(), 0.0);
    for (double& probability : probabilities_) {
      probability /= sum;
    }
  }

  double AtLeast(std::int64_t limit) const {
    double probability = 0;
    for (std::size_t i = probabilities_.size(); i > 0 && Number(i - 1) >= AsDouble(limit); --i) {
      probability += probabilities_[i - 1];
    }
    return probability;
  }

  // The least number that is passed with a probability of at most `tail`.
  std::int64_t Quantile(double tail) const {
    double passed = 0;
    std::size_t i = probabilities_.size() - 1;
    while (i > 0 && passed + probabilities_[i] <= tail) {
      passed += probabilities_[i];
      --i;
    }
    return first_ + static_cast<std::int64_t>(i);
  }

  // Expected number above `limit`.
  double Excess(std::int64_t limit) const {
    double excess = 0;
    for (std::size_t i = 0; i < probabilities_.size(); ++i) {
      excess += probabilities_[i] * std::max(0.0, Number(i) - AsDouble(limit));
    }
    return excess;
  }

 private:
  static double AsDouble(std::int64_t number) { return static_cast<double>(number); }
  double Number(std::size_t i) const { return AsDouble(first_) + static_cast<double>(i); }

  std::int64_t first_;
  std::vector<double> probabilities_;  // of first_ and those after it
};

// Of the set-up, what is left when the start is due.
double RestOfSetup(const StandbyCase& standby) {
  return std::max(0.0, standby.setup - standby.lead);
}

// A start waits longer than t when as many as there are slots came within the set-up time less t.
double P99(const StandbyCase& standby, std::int64_t slots) {
  const double rest = RestOfSetup(standby);
  double least = 0;
  double most = rest;  // of the part of the set-up in which too few come
  while (most - least > 1e-9 * rest) {
    const double middle = (least + most) / 2;
    (Poisson(standby.rate * middle).AtLeast(slots) > 0.01 ? most : least) = middle;
  }
  return rest - most;
}

std::vector<Cell> RowOf(const StandbyCase& standby, std::int64_t slots, std::int64_t rule) {
  const StartTimes starts = StartsWith(standby, slots);
  const std::string name = slots == 0      ? (standby.lead > 0 ? "known ahead" : "off")
                           : slots < rule  ? "half the rule"
                           : slots == rule ? "the rule"
                                           : "twice the rule";
  return {name,       static_cast<double>(slots), 100 * starts.at_once, starts.mean, starts.p99,
          starts.idle};
}

}  // namespace

std::int64_t StandbySlots(const StandbyCase& standby) {
  return Poisson(standby.rate * RestOfSetup(standby)).Quantile(standby.idle_cost);
}

StartTimes StartsWith(const StandbyCase& standby, std::int64_t slots) {
  const double rest = RestOfSetup(standby);
  if (rest == 0) {
    return {.at_once = 1, .mean = 0, .p99 = 0, .idle = static_cast<double>(slots)};
  }
  const double expected = standby.rate * rest;
  const Poisson starts(expected);
  const double waiting = starts.Excess(slots);  // starts at one time; by Little's law:
  return {.at_once = slots == 0 ? 0 : 1 - starts.AtLeast(slots),
          .mean = waiting / standby.rate,
          .p99 = P99(standby, slots),
          .idle = slots == 0 ? 0 : static_cast<double>(slots) - expected + waiting};
}

Report StandbyReport(const StandbyCase& standby) {
  const std::int64_t rule = StandbySlots(standby);
  Report report{.title = "Pre-scheduling: when replicas are ready, with slots set up ahead",
                .columns = {{"pre-scheduling", "pre_scheduling"},
                            {"slots", "standby_slots", NumberForm::kWhole},
                            {"at once %", "at_once_percent"},
                            {"mean start s", "mean_start_s", NumberForm::kTwoDecimals, true},
                            {"p99 start s", "p99_start_s", NumberForm::kTwoDecimals, true},
                            {"idle slots", "idle_slots"}},
                .rows = {},
                .notes = {}};
  if (standby.lead > 0) {
    StandbyCase unknown = standby;
    unknown.lead = 0;
    report.rows.push_back(RowOf(unknown, 0, rule));
  }
  for (const std::int64_t slots : std::set{std::int64_t{0}, rule / 2, rule, 2 * rule}) {
    report.rows.push_back(RowOf(standby, slots, rule));
  }
  report.notes = {fmt::format(
      "{:.4g} starts an hour, {:.4g} s to set up, known {:.4g} s ahead. A standby slot costs "
      "{:.4g} of a late start: {} slots, the {:.4g} quantile of the starts within one set-up.",
      3600 * standby.rate, standby.setup, standby.lead, standby.idle_cost, rule,
      1 - standby.idle_cost)};
  return report;
}

}  // namespace berth::plan
