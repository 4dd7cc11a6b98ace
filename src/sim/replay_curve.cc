#include "replay_curve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace berth::sim {
namespace {

std::optional<std::size_t> PositionOf(const ReplayCurve& curve, int column) {
  const auto at = std::ranges::lower_bound(curve.column, column);
  return at != curve.column.end() && *at == column
             ? std::optional(static_cast<std::size_t>(at - curve.column.begin()))
             : std::nullopt;
}

std::optional<Reading> ReadingAt(const ReplayCurve& curve, int column) {
  const std::optional<std::size_t> at = PositionOf(curve, column);
  return at ? std::optional(Reading{.asked = curve.asked[*at],
                                    .allocated = curve.allocated[*at],
                                    .fragmented = curve.fragmented[*at]})
            : std::nullopt;
}

void Append(int column, const Reading& reading, ReplayCurve& curve) {
  curve.column.push_back(column);
  curve.asked.push_back(reading.asked);
  curve.allocated.push_back(reading.allocated);
  curve.fragmented.push_back(reading.fragmented);
}

// nullopt: some row has no such column.
std::optional<Reading> MeanAt(std::span<const ReplayRow> rows, int column) {
  const auto count = static_cast<double>(rows.size());
  Reading mean;
  for (const ReplayRow& row : rows) {
    const std::optional<Reading> reading = ReadingAt(row.result.curve, column);
    if (!reading) {
      return std::nullopt;
    }
    mean += *reading / count;
  }
  return mean;
}

}  // namespace

double RoundTo(int digits, double value) {
  const double scale = std::pow(10.0, digits);
  return std::nearbyint(value * scale) / scale;
}

Reading& Reading::operator+=(const Reading& other) {
  asked += other.asked;
  allocated += other.allocated;
  fragmented += other.fragmented;
  return *this;
}

Reading operator*(const Reading& reading, double factor) {
  return {.asked = reading.asked * factor,
          .allocated = reading.allocated * factor,
          .fragmented = reading.fragmented * factor};
}

Reading operator/(const Reading& reading, double divisor) {
  return {.asked = reading.asked / divisor,
          .allocated = reading.allocated / divisor,
          .fragmented = reading.fragmented / divisor};
}

void CurveBuilder::Add(int column, const Reading& reading, double weight) {
  Sums& sums = columns_[column];
  sums.sum += reading * weight;
  sums.weight += weight;
}

CurveBuilder::Sums CurveBuilder::SumsAt(int column) const {
  if (const auto at = columns_.find(column); at != columns_.end()) {
    return at->second;
  }
  Sums of_neighbours;
  for (const int near : {column - 1, column + 1}) {
    if (const auto at = columns_.find(near); at != columns_.end()) {
      of_neighbours.sum += at->second.sum;
      of_neighbours.weight += at->second.weight;
    }
  }
  return of_neighbours;
}

ReplayCurve CurveBuilder::Build() const {
  ReplayCurve curve;
  const int last = columns_.empty() ? -1 : columns_.rbegin()->first;
  for (int column = 0; column <= last; ++column) {
    const auto [sum, weight] = SumsAt(column);
    if (weight > 0) {
      const Reading mean = sum / weight;
      Append(column,
             {.asked = RoundTo(2, mean.asked),
              .allocated = RoundTo(2, mean.allocated),
              .fragmented = RoundTo(2, mean.fragmented)},
             curve);
    }
  }
  return curve;
}

ReplayCurve MeanCurve(std::span<const ReplayRow> rows) {
  ReplayCurve curve;
  for (const int column : rows.front().result.curve.column) {
    if (const std::optional<Reading> mean = MeanAt(rows, column)) {
      Append(column, *mean, curve);
    }
  }
  return curve;
}

std::optional<double> ReplayCurve::AllocatedAt(int wanted) const {
  const std::optional<Reading> reading = ReadingAt(*this, wanted);
  return reading ? std::optional(reading->allocated) : std::nullopt;
}

std::optional<double> ReplayCurve::FragmentedAt(int wanted) const {
  const std::optional<Reading> reading = ReadingAt(*this, wanted);
  return reading ? std::optional(reading->fragmented) : std::nullopt;
}

}  // namespace berth::sim
