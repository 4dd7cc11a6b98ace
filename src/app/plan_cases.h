// What the experiments of `berth plan` work on, from the command line.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arguments.h"
#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/cluster/catalog.h"
#include "berth/plan/comparison.h"
#include "berth/plan/scheduler.h"
#include "berth/plan/serving.h"
#include "berth/plan/standby.h"

namespace berth::app {

// Of --catalog; nullptr: none is named.
Result<std::shared_ptr<const cluster::Catalog>> ReadCatalog(const Arguments& arguments);

// --mix, --speed, --catalog, --day, --peak, --servers, --slots, --p99; without them the shop.
Result<plan::ServingCase> ReadServing(const Arguments& arguments);

// --starts, --setup, --lead, --idle-cost
Result<plan::StandbyCase> ReadStandby(const Arguments& arguments);

struct StatedCase {
  std::vector<Duration> demands;
  std::int64_t servers = 4;
  std::int64_t slots = 4;
};

// --tasks, --servers, --slots; without them the worked example.
Result<StatedCase> ReadStated(const Arguments& arguments);

struct SchedulersCase {
  std::vector<plan::Problem> problems;
  std::vector<const plan::Scheduler*> schedulers;
  std::vector<std::uint64_t> seeds;
};

// --tasks with --servers and --slots, or --instance; --scheduler, --seed, --seeds
Result<SchedulersCase> ReadSchedulers(const Arguments& arguments);

}  // namespace berth::app
