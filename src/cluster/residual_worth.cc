#include "berth/cluster/residual_worth.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace berth::cluster {
namespace {

constexpr double kTiny = 1e-9;
constexpr double kNoise = 1e-13;  // less than that only rounding leaves of the numbers here

double WithoutNoise(double value) { return std::abs(value) < kNoise ? 0 : value; }

// By capacity: the most that shares of these sizes and worths put into it. Sizes grow.
struct Knapsack {
  Knapsack(std::span<const ShareCount> shares, const std::vector<double>& worth) {
    added.fill(-1);
    std::vector<int> useful;  // a share worth no more than smaller ones in its place is of no use
    std::size_t next = 0;     // of shares, to become useful or not
    for (int capacity = 1; capacity <= kParts; ++capacity) {
      const auto at = static_cast<std::size_t>(capacity);
      best[at] = best[at - 1];
      const auto try_with = [&](int share) {
        const auto i = static_cast<std::size_t>(share);
        const double with = best[at - static_cast<std::size_t>(shares[i].parts)] + worth[i];
        const bool is_better = with > best[at] + kTiny;
        if (is_better) {
          best[at] = with;
          added[at] = share;
        }
        return is_better;
      };
      for (const int share : useful) {
        try_with(share);
      }
      if (next < shares.size() && shares[next].parts == capacity) {
        const auto share = static_cast<int>(next++);
        if (try_with(share)) {
          useful.push_back(share);
        }
      }
    }
  }

  // How many of each share fill a device best.
  std::vector<double> Pattern(std::span<const ShareCount> shares) const {
    std::vector<double> pattern(shares.size(), 0);
    for (int rest = kParts; rest > 0;) {
      const int i = added[static_cast<std::size_t>(rest)];
      if (i < 0) {
        --rest;
        continue;
      }
      ++pattern[static_cast<std::size_t>(i)];
      rest -= shares[static_cast<std::size_t>(i)].parts;
    }
    return pattern;
  }

  std::array<double, kParts + 1> best{};
  std::array<int, kParts + 1> added{};  // the share that was put in last; -1: none
};

// min Σ devices of each pattern, so that all shares are held: the revised simplex method, with the
// patterns found as they are needed. Patterns hold few sizes, and the inverse of the basis is full
// of zeros, so work is done only where there is something.
class CuttingStock {
 public:
  // Sizes grow.
  explicit CuttingStock(std::span<const ShareCount> shares)
      : shares_(shares), size_(shares.size()), inverse_(size_ * size_, 0) {
    for (std::size_t i = 0; i < size_; ++i) {
      const int per_device = kParts / shares[i].parts;
      inverse_[(i * size_) + i] = 1.0 / per_device;
      amounts_.push_back(shares[i].count / per_device);
      duals_.push_back(1.0 / per_device);
    }
  }

  // Of each share, in devices. Feasible whenever the search ends: no device holds more than one
  // device's worth.
  std::vector<double> Duals() && {
    const std::size_t most_steps = 50 * (size_ + 1);
    for (std::size_t step = 0; step < most_steps; ++step) {
      const std::optional<Column> entering = Entering();
      if (!entering || !Exchange(*entering)) {
        break;
      }
    }
    for (double& dual : duals_) {
      dual = std::max(dual, 0.0);
    }
    const double fullest = Knapsack(shares_, duals_).best[kParts];
    for (double& dual : duals_) {
      dual /= std::max(fullest, kTiny);
    }
    return std::move(duals_);
  }

 private:
  struct Entry {
    std::size_t at = 0;
    double value = 0;
  };
  using Sparse = std::vector<Entry>;  // what is not zero

  struct Column {
    Sparse entries;     // of the shares
    double saving = 0;  // devices less, for each that it takes
  };

  // nullopt: nothing makes the sum less.
  std::optional<Column> Entering() const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (duals_[i] < -kTiny) {  // more room than is needed costs nothing
        return Column{.entries = {{.at = i, .value = -1}}, .saving = -duals_[i]};
      }
    }
    const Knapsack knapsack(shares_, duals_);
    if (knapsack.best[kParts] <= 1 + (10 * kTiny)) {
      return std::nullopt;
    }
    return Column{.entries = NotZero(knapsack.Pattern(shares_)),
                  .saving = knapsack.best[kParts] - 1};
  }

  static Sparse NotZero(std::span<const double> values) {
    Sparse sparse;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != 0) {
        sparse.push_back({.at = i, .value = values[i]});
      }
    }
    return sparse;
  }

  std::span<double> Row(std::size_t row) { return {&inverse_[row * size_], size_}; }

  // False: it cannot leave the basis, which only rounding makes possible.
  bool Exchange(const Column& entering) {
    std::vector<double> direction(size_, 0);
    for (std::size_t row = 0; row < size_; ++row) {
      for (const Entry& entry : entering.entries) {
        direction[row] += inverse_[(row * size_) + entry.at] * entry.value;
      }
      direction[row] = WithoutNoise(direction[row]);
    }
    std::optional<std::size_t> leaving;
    double amount = 0;
    for (std::size_t row = 0; row < size_; ++row) {
      if (direction[row] > kTiny && (!leaving || amounts_[row] / direction[row] < amount - kTiny)) {
        leaving = row;
        amount = amounts_[row] / direction[row];
      }
    }
    if (!leaving) {
      return false;
    }
    Pivot(*leaving, direction, amount);
    for (const Entry& entry : NotZero(Row(*leaving))) {
      duals_[entry.at] -= entering.saving * entry.value;
    }
    return true;
  }

  void Pivot(std::size_t pivot, const std::vector<double>& direction, double amount) {
    for (double& value : Row(pivot)) {
      value /= direction[pivot];
    }
    const Sparse pivot_row = NotZero(Row(pivot));
    amounts_[pivot] = amount;
    for (std::size_t row = 0; row < size_; ++row) {
      if (row == pivot || direction[row] == 0) {
        continue;
      }
      amounts_[row] -= amount * direction[row];
      const std::span<double> values = Row(row);
      for (const Entry& entry : pivot_row) {
        values[entry.at] = WithoutNoise(values[entry.at] - (direction[row] * entry.value));
      }
    }
  }

  std::span<const ShareCount> shares_;
  std::size_t size_;
  std::vector<double> inverse_;  // of the basis, by rows
  std::vector<double> amounts_;  // of the columns in the basis
  std::vector<double> duals_;    // of the basis
};

}  // namespace

ResidualWorth WorthOfResiduals(std::vector<ShareCount> shares) {
  ResidualWorth worth{};
  if (!shares.empty()) {
    std::ranges::sort(shares, {}, &ShareCount::parts);
    const Knapsack filled(shares, CuttingStock(shares).Duals());
    // What differs by rounding alone is the same, on any machine.
    constexpr double kGrain = 1 << 20;
    std::ranges::transform(filled.best, worth.begin(), [](double value) {
      return static_cast<float>(std::round(value * kGrain) / kGrain);
    });
  }
  worth[kParts] = 1;
  return worth;
}

}  // namespace berth::cluster
