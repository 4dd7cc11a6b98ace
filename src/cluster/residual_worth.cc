#include "berth/cluster/residual_worth.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

namespace berth::cluster {
namespace {

constexpr double kTiny = 1e-9;

// By capacity: the most that shares of these sizes and worths put into it.
struct Knapsack {
  Knapsack(std::span<const ShareCount> shares, const std::vector<double>& worth) {
    added.fill(-1);
    for (int capacity = 1; capacity <= kParts; ++capacity) {
      const auto at = static_cast<std::size_t>(capacity);
      best[at] = best[at - 1];
      for (std::size_t i = 0; i < shares.size(); ++i) {
        if (shares[i].parts <= capacity) {
          const double with = best[at - static_cast<std::size_t>(shares[i].parts)] + worth[i];
          if (with > best[at] + kTiny) {
            best[at] = with;
            added[at] = static_cast<int>(i);
          }
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
// patterns found as they are needed.
class CuttingStock {
 public:
  explicit CuttingStock(std::span<const ShareCount> shares)
      : shares_(shares), size_(shares.size()), inverse_(size_ * size_, 0) {
    for (std::size_t i = 0; i < size_; ++i) {
      const int per_device = kParts / shares[i].parts;
      inverse_[(i * size_) + i] = 1.0 / per_device;
      amounts_.push_back(shares[i].count / per_device);
      prices_.push_back(1);
    }
  }

  // Of each share, in devices. Feasible whenever the search ends: no device holds more than one
  // device's worth.
  std::vector<double> Duals() {
    const std::size_t most_steps = 50 * (size_ + 1);
    std::vector<double> duals = CurrentDuals();
    for (std::size_t step = 0; step < most_steps; ++step) {
      const std::optional<Column> entering = Entering(duals);
      if (!entering || !Exchange(*entering)) {
        break;
      }
      duals = CurrentDuals();
    }
    for (double& dual : duals) {
      dual = std::max(dual, 0.0);
    }
    const double fullest = Knapsack(shares_, duals).best[kParts];
    for (double& dual : duals) {
      dual /= std::max(fullest, kTiny);
    }
    return duals;
  }

 private:
  struct Column {
    std::vector<double> entries;
    double price = 0;  // 1: a pattern; 0: more room than is needed
  };

  std::vector<double> CurrentDuals() const {
    std::vector<double> duals(size_, 0);
    for (std::size_t row = 0; row < size_; ++row) {
      for (std::size_t i = 0; i < size_; ++i) {
        duals[i] += prices_[row] * inverse_[(row * size_) + i];
      }
    }
    return duals;
  }

  // nullopt: nothing makes the sum less.
  std::optional<Column> Entering(const std::vector<double>& duals) const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (duals[i] < -kTiny) {
        Column surplus{.entries = std::vector<double>(size_, 0)};
        surplus.entries[i] = -1;
        return surplus;
      }
    }
    const Knapsack knapsack(shares_, duals);
    if (knapsack.best[kParts] <= 1 + (10 * kTiny)) {
      return std::nullopt;
    }
    return Column{.entries = knapsack.Pattern(shares_), .price = 1};
  }

  // False: it cannot leave the basis, which only rounding makes possible.
  bool Exchange(const Column& entering) {
    std::vector<double> direction(size_, 0);
    for (std::size_t row = 0; row < size_; ++row) {
      for (std::size_t i = 0; i < size_; ++i) {
        direction[row] += inverse_[(row * size_) + i] * entering.entries[i];
      }
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
    prices_[*leaving] = entering.price;
    return true;
  }

  void Pivot(std::size_t pivot, const std::vector<double>& direction, double amount) {
    for (std::size_t i = 0; i < size_; ++i) {
      inverse_[(pivot * size_) + i] /= direction[pivot];
    }
    amounts_[pivot] = amount;
    for (std::size_t row = 0; row < size_; ++row) {
      if (row == pivot || direction[row] == 0) {
        continue;
      }
      amounts_[row] -= amount * direction[row];
      for (std::size_t i = 0; i < size_; ++i) {
        inverse_[(row * size_) + i] -= direction[row] * inverse_[(pivot * size_) + i];
      }
    }
  }

  std::span<const ShareCount> shares_;
  std::size_t size_;
  std::vector<double> inverse_;  // of the basis, by rows
  std::vector<double> amounts_;  // of the columns in the basis
  std::vector<double> prices_;   // of the same
};

}  // namespace

ResidualWorth WorthOfResiduals(std::span<const ShareCount> shares) {
  ResidualWorth worth{};
  if (!shares.empty()) {
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
