// Readings of a replay, gathered in the columns of a curve.
#pragma once

#include <map>
#include <span>

#include "berth/sim/replay.h"

namespace berth::sim {

// Halves to the even digit, as the published evaluation rounds.
double RoundTo(int digits, double value);

// What a curve tells of one moment, in percent as there.
struct Reading {
  double asked = 0;
  double allocated = 0;
  double fragmented = 0;

  Reading& operator+=(const Reading& other);
  friend Reading operator*(const Reading& reading, double factor);
  friend Reading operator/(const Reading& reading, double divisor);
};

class CurveBuilder {
 public:
  // `weight`: one of an event, or how long things stayed so.
  void Add(int column, const Reading& reading, double weight);

  // A column without readings is taken for its neighbours, and left out where they have none
  // either.
  ReplayCurve Build() const;

 private:
  struct Sums {
    Reading sum;
    double weight = 0;
  };
  Sums SumsAt(int column) const;

  std::map<int, Sums> columns_;
};

// Of the columns that all of them have. Not empty.
ReplayCurve MeanCurve(std::span<const ReplayRow> rows);

}  // namespace berth::sim
