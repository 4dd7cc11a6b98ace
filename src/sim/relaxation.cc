#include "relaxation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dual_function.h"

namespace berth::sim {
namespace {

constexpr int kMostRounds = 20'000;
constexpr double kMostWork = 2e9;  // steps of all rounds together, about

// Goes down the slope of the bound, each time by as much as would take it so far below the least
// that was found if the slope stayed as it is: the subgradient method with Polyak's step (1969).
// Hopes for half as much when nothing is found for a while.
class Descent {
 public:
  Descent(const DualFunction& dual, double reached) : dual_(dual), reached_(reached) {
    Start(dual.ZeroPrices());
    if (const Bound full = dual.At(dual.FullPrices()); full.size < bound_.size) {
      Start(dual.FullPrices());
    }
  }

  double Run() {
    constexpr int kPatience = 50;
    const int rounds = static_cast<int>(std::min<double>(kMostRounds, kMostWork / dual_.Work()));
    double hope = (least_ - reached_) / 2;
    int in_vain = 0;
    for (int round = 0; round < rounds && least_ >= reached_ + 1 && hope >= 0.25; ++round) {
      if (!Go(std::max(reached_, least_ - hope))) {
        break;
      }
      in_vain = bound_.size < least_ ? 0 : in_vain + 1;
      least_ = std::min(least_, bound_.size);
      if (in_vain == kPatience) {
        in_vain = 0;
        hope /= 2;
      }
    }
    return least_;
  }

 private:
  void Start(Prices prices) {
    at_ = std::move(prices);
    bound_ = dual_.At(at_);
    least_ = bound_.size;
  }

  // False: there is no way down.
  bool Go(double target) {
    double squares = 0;
    ForEachPrice([&squares](double& /*price*/, double slope) { squares += slope * slope; });
    if (squares <= 0) {
      return false;
    }
    const double move = (bound_.size - target) / squares;
    ForEachPrice(
        [move](double& price, double slope) { price = std::max(0.0, price - (move * slope)); });
    bound_ = dual_.At(at_);
    return true;
  }

  // But for those that would fall below 0.
  template <typename Visit>
  void ForEachPrice(Visit visit) {
    const auto visit_all = [&visit](auto& prices, const auto& slopes) {
      for (std::size_t i = 0; i < prices.size(); ++i) {
        if (slopes[i] < 0 || prices[i] > 0) {
          visit(prices[i], slopes[i]);
        }
      }
    };
    visit_all(at_.pods, bound_.slope.pods);
    for (std::size_t group = 0; group < at_.of_group.size(); ++group) {
      visit_all(at_.pods_of_group[group], bound_.slope.pods_of_group[group]);
      visit_all(at_.of_group[group], bound_.slope.of_group[group]);
    }
  }

  const DualFunction& dual_;
  const double reached_;
  Prices at_;
  Bound bound_;  // there
  double least_ = 0;
};

}  // namespace

std::int64_t UpperBound(const Relaxation& relaxation, std::int64_t reached) {
  const DualFunction dual(relaxation);
  const double bound = Descent(dual, static_cast<double>(reached)).Run();
  // Sizes are whole; the sums above are exact to many more digits than this.
  return static_cast<std::int64_t>(std::floor((bound * (1 + 1e-10)) + 1e-6));
}

}  // namespace berth::sim
