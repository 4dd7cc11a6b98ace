// A trace is replayed: its pods come one by one, and a packing policy places each or refuses it for
// good. Which policy fills the devices best? docs/quality.md says what is measured, and how.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/sim/placer.h"
#include "berth/sim/trace.h"

namespace berth::sim {

// Which of several nodes with the same points is taken.
enum class TieRule : std::uint8_t { kLowestRank, kAny };

enum class ReplayMode : std::uint8_t {
  kArrivals,    // in the given order; nobody leaves
  kDepartures,  // at the times of the trace
};

// What Berth's packings by demand know of the pods: what docked so far, or beforehand all of them.
enum class Foresight : std::uint8_t { kNone, kTrace };

// All but the policy. Borrows the trace.
struct ReplaySetup {
  std::span<const TraceNode> nodes;
  std::span<const TracePod> pods;
  std::vector<std::uint32_t> arrivals;  // rows of pods; with departures their times count instead
  std::vector<std::uint32_t> ranks;     // by row of a node
  std::uint64_t seed = 0;               // of what a policy draws
  TieRule ties = TieRule::kLowestRank;
  ReplayMode mode = ReplayMode::kArrivals;
  Foresight foresight = Foresight::kNone;
};

// One pod that comes. With inflation a row comes more than once.
struct Arrival {
  std::uint32_t event = 0;  // position among all that come
  std::uint32_t pod = 0;    // row
};

// A policy at work in a cluster of its own; nodes are named by their rows.
class Packer {
 public:
  virtual ~Packer() = default;
  // nullopt: no node has room. Else the pod is there from now on.
  virtual std::optional<Spot> Place(const Arrival& arrival) = 0;
  // A pod that was placed leaves.
  virtual void Leave(const Arrival& arrival, const Spot& spot) = 0;
};

struct ReplayWorld;  // src/sim/replay_world.h

struct PackingPolicy {
  std::string_view name;
  std::string_view help;
  std::unique_ptr<Packer> (*make)(const ReplayWorld& world) = nullptr;
};

// In the order of tables: the published ones first, then Berth's own.
std::span<const PackingPolicy> PackingPolicies();

struct ReplayPlacement {
  Arrival arrival;
  Spot spot;
};

// Pods by the devices that they ask for.
enum class PodClass : std::uint8_t { kNone, kShare, kOne, kTwo, kFour, kEight, kOther };
inline constexpr std::size_t kPodClasses = 7;
std::string_view PodClassName(std::size_t pod_class);

// What becomes of idle devices when typical pods come, each as often as in the trace.
enum class IdleUse : std::uint8_t {
  kUsable,        // the pod could have it
  kLacksDevices,  // too little free on the device, or on too few
  kLacksCpu,
  kLacksBoth,
  kWrongModel,
  kNoDevicesAsked,  // the pod takes CPU alone, and there is enough
  kNoDevicesNoCpu,  // same, and there is not
};
inline constexpr std::size_t kIdleUses = 7;
std::string_view IdleUseName(std::size_t use);

// One value a column: the mean over the column's events, to two digits. With arrivals a column is
// a percent of the devices that all pods so far asked together, and columns without events are left
// out; with departures it is a percent of the time.
struct ReplayCurve {
  std::vector<int> column;
  std::vector<double> asked;       // % of the devices, by the pods that came and have not left
  std::vector<double> allocated;   // % of the devices
  std::vector<double> fragmented;  // % of the idle devices that typical pods cannot use, on average

  // nullopt: there is no such column.
  std::optional<double> AllocatedAt(int wanted) const;
  std::optional<double> FragmentedAt(int wanted) const;
};

struct ReplayResult {
  ReplayCurve curve;
  std::vector<ReplayPlacement> placements;
  // Pods that found no room, by PodClass. Whole numbers but in a mean.
  std::array<double, kPodClasses> failed{};
  // At the end, in percent as in the curve.
  double end_allocated = 0;
  double end_fragmented = 0;
  std::array<double, kIdleUses> end_idle{};  // by IdleUse, % of the devices

  double all_failed() const;
};

// `done` is told now and then how many events there were and will be.
ReplayResult Replay(const ReplaySetup& setup, const PackingPolicy& policy,
                    const std::function<void(std::size_t, std::size_t)>& done);

struct ReplayRow {
  std::string policy;
  std::optional<std::uint64_t> seed;  // nullopt: the mean over seeds, without placements
  ReplayResult result;
};

// Each number is the mean over rows, of the columns that all of them have. Not empty.
ReplayRow MeanOf(std::span<const ReplayRow> rows);

// Every policy in every setup, policy by policy; with several setups each with its mean row last.
std::vector<ReplayRow> CompareReplays(std::span<const ReplaySetup> setups,
                                      std::span<const PackingPolicy* const> policies,
                                      const std::function<void(std::size_t, std::size_t)>& done);

}  // namespace berth::sim
