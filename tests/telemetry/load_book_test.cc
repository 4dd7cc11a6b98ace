#include "berth/telemetry/load_book.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "telemetry/occupancy.h"

namespace berth::telemetry {
namespace {

using namespace std::chrono_literals;
using cluster::DeviceSet;
using cluster::NodeLoad;

const Instant kStart = Instant(std::chrono::hours(100));

Readings Endpoint(std::string uid, double load, Instant at, std::optional<double> queue = {}) {
  return {.endpoints = {{.pod_uid = std::move(uid),
                         .signals = {.queue_seconds = queue},
                         .load = load,
                         .at = at}}};
}

Readings Device(std::string node, std::string id, double utilisation, Instant at,
                std::string pod = "") {
  return {.devices = {{.node = std::move(node),
                       .id = std::move(id),
                       .ns = pod.empty() ? "" : "ml",
                       .pod = std::move(pod),
                       .utilisation = utilisation,
                       .at = at}}};
}

class Book {
 public:
  Book& Told(const Readings& readings, Instant now) {
    book_.Observe(readings, now);
    return *this;
  }
  // The first node's.
  NodeLoad Load(const World& world, Instant now) { return Table(world, now)->nodes.at(0); }
  float Device0(const World& world, Instant now) { return Load(world, now).load[0]; }
  std::shared_ptr<const cluster::LoadTable> Table(const World& world, Instant now) {
    return book_.Build(world.Build(), now);
  }
  LoadBookCounts counts() const { return book_.counts(); }

 private:
  LoadBook book_{LoadModel()};
};

World OneServer() { return World().SharedNode("a", {Server("u1")}); }

TEST(LoadBook, AMeasuredEndpointIsItsDevicesLoad) {
  Book book;
  book.Told(Endpoint("u1", 0.4, kStart, 2.0), kStart);
  const NodeLoad load = book.Load(OneServer(), kStart + 10s);
  EXPECT_FLOAT_EQ(load.load[0], 0.4F);
  EXPECT_FLOAT_EQ(load.queue_seconds[0], 2);
  EXPECT_FLOAT_EQ(load.load[1], 0);
  EXPECT_FLOAT_EQ(load.confidence, 1);
  EXPECT_EQ(load.free_memory[0], 12345);
}

TEST(LoadBook, EndpointsOnADeviceShareWhatIsLeft) {
  Book book;
  book.Told(Endpoint("u1", 0.4, kStart), kStart).Told(Endpoint("u2", 0.5, kStart), kStart);
  EXPECT_FLOAT_EQ(book.Device0(World().SharedNode("a", {Server("u1"), Server("u2")}), kStart),
                  0.7F);
}

TEST(LoadBook, AnEndpointOfTwoDevicesLoadsBoth) {
  Book book;
  book.Told(Endpoint("u1", 0.4, kStart), kStart);
  const NodeLoad load =
      book.Load(World().SharedNode("a", {OnDevices(Server("u1"), DeviceSet::First(2))}), kStart);
  EXPECT_FLOAT_EQ(load.load[0], 0.4F);
  EXPECT_FLOAT_EQ(load.load[1], 0.4F);
}

TEST(LoadBook, AHigherLoadIsBelievedSoonerThanALowerOne) {
  Book rising;
  rising.Told(Endpoint("u1", 0, kStart), kStart).Told(Endpoint("u1", 1, kStart + 5s), kStart + 5s);
  EXPECT_FLOAT_EQ(rising.Device0(OneServer(), kStart + 5s), 0.5F);

  Book falling;
  falling.Told(Endpoint("u1", 1, kStart), kStart)
      .Told(Endpoint("u1", 0, kStart + 30s), kStart + 30s);
  EXPECT_FLOAT_EQ(falling.Device0(OneServer(), kStart + 30s), 0.5F);
}

// --- Nobody measures it.

TEST(Missing, AServerIsNotIdle) {
  Book book;
  const NodeLoad load = book.Load(OneServer(), kStart);
  EXPECT_FLOAT_EQ(load.load[0], 0.5F);
  EXPECT_FLOAT_EQ(load.confidence, 0);
  EXPECT_EQ(book.counts().nodes_missing, 1U);
  EXPECT_TRUE(book.counts().degraded());
}

TEST(Missing, AServerIsTakenForTheMeanOfItsModel) {
  Book book;
  book.Told(Endpoint("u2", 0.8, kStart, 3.0), kStart)
      .Told(Endpoint("u3", 0.6, kStart, 1.0), kStart)
      .Told(Endpoint("u4", 0.1, kStart), kStart);
  const NodeLoad load = book.Load(World()
                                      .SharedNode("a", {Server("u1")})
                                      .SharedNode("b", {Server("u2")})
                                      .SharedNode("c", {Server("u3")})
                                      .SharedNode("d", {Server("u4", "other")}),
                                  kStart);
  EXPECT_FLOAT_EQ(load.load[0], 0.7F);
  EXPECT_FLOAT_EQ(load.queue_seconds[0], 2);
}

TEST(Missing, WithoutItsModelForTheMedianOfAll) {
  Book book;
  book.Told(Endpoint("u2", 0.9, kStart), kStart)
      .Told(Endpoint("u3", 0.3, kStart), kStart)
      .Told(Endpoint("u4", 0.2, kStart), kStart);
  EXPECT_FLOAT_EQ(book.Device0(World()
                                   .SharedNode("a", {Server("u1", "mine")})
                                   .SharedNode("b", {Server("u2"), Server("u3"), Server("u4")}),
                               kStart),
                  0.3F);
}

TEST(Missing, AServerWhoseLikesAreIdleIsStillNotIdle) {
  Book book;
  book.Told(Endpoint("u2", 0, kStart), kStart);
  EXPECT_FLOAT_EQ(
      book.Device0(World().SharedNode("a", {Server("u1")}).SharedNode("b", {Server("u2")}), kStart),
      0.1F);
}

TEST(Missing, TheOwnersWordOutranksTheOthers) {
  Holder server = Server("u1");
  server.expected_load = 0.9;
  Book book;
  book.Told(Endpoint("u2", 0.2, kStart), kStart);
  EXPECT_FLOAT_EQ(
      book.Device0(World().SharedNode("a", {server}).SharedNode("b", {Server("u2")}), kStart),
      0.9F);
}

TEST(Missing, ABatchPodWeighsWhatItHolds) {
  Holder by_cores = Batch("u1", 8_GiB);
  by_cores.cores = Percent(30);
  EXPECT_FLOAT_EQ(Book().Device0(World().SharedNode("a", {by_cores}), kStart), 0.3F);
  EXPECT_FLOAT_EQ(Book().Device0(World().SharedNode("a", {Batch("u1", 60_GiB)}), kStart), 0.75F);
  EXPECT_FLOAT_EQ(Book().Device0(World().SharedNode("a", {Batch("u1", 80_GiB)}), kStart), 1);
}

TEST(Missing, ADeviceThatNobodyHoldsIsIdleForSure) {
  Book book;
  const NodeLoad load = book.Load(World().SharedNode("a", {}), kStart);
  EXPECT_FLOAT_EQ(load.load[0], 0);
  EXPECT_FLOAT_EQ(load.confidence, 1);
  EXPECT_EQ(book.counts().nodes_missing, 0U);
  EXPECT_FALSE(book.counts().degraded());
  // But no sign that telemetry works.
  EXPECT_FLOAT_EQ(book.Table(World().SharedNode("a", {}), kStart)->fresh_share, 0);
}

// --- The device's own utilisation.

TEST(Utilisation, CorrectsWhatBatchPodsHold) {
  Book book;
  book.Told(Device("a", "GPU-0", 0.9, kStart), kStart);
  const NodeLoad load = book.Load(World().SharedNode("a", {Batch("u1", 8_GiB)}), kStart + 1s);
  EXPECT_FLOAT_EQ(load.load[0], 0.9F);
  EXPECT_FLOAT_EQ(load.confidence, 1);
}

TEST(Utilisation, OfADeviceWithMeasuredAndOtherPodsIsAFloor) {
  Book book;
  book.Told(Endpoint("u1", 0.2, kStart), kStart).Told(Device("a", "GPU-0", 0.6, kStart), kStart);
  const World both = World().SharedNode("a", {Server("u1"), Batch("u2")});
  EXPECT_FLOAT_EQ(book.Device0(both, kStart), 0.6F);
  // A measured server alone is not its device's utilisation: a batch of one keeps it near 1.
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart), 0.2F);
}

TEST(Utilisation, OfADeviceThatNobodyHoldsCounts) {
  Book book;
  book.Told(Device("a", "GPU-1", 0.6, kStart), kStart);
  EXPECT_FLOAT_EQ(book.Load(World().SharedNode("a", {}), kStart).load[1], 0.6F);
}

TEST(Utilisation, IsFoundByIndexWhereOneSideKnowsNoUuid) {
  Readings by_index = Device("a", "", 0.6, kStart);
  by_index.devices[0].index = 1;
  Book book;
  book.Told(by_index, kStart);
  EXPECT_FLOAT_EQ(book.Load(World().SharedNode("a", {}), kStart).load[1], 0.6F);

  Readings both = Device("a", "GPU-x", 0.7, kStart);
  both.devices[0].index = 0;
  Book other;
  other.Told(both, kStart);
  EXPECT_FLOAT_EQ(other.Device0(World().Add({.name = "a",
                                             .mode = cluster::NodeMode::kShared,
                                             .devices = {{.id = "0", .memory = 80_GiB}}},
                                            {}),
                                kStart),
                  0.7F);
  EXPECT_FLOAT_EQ(other.Device0(World().SharedNode("a", {}), kStart), 0);  // another UUID's
}

// --- Whole nodes: the mean over the devices that are held.

TEST(WholeNode, WeighsPodsByTheirDevices) {
  Book book;
  book.Told(Endpoint("u1", 0.2, kStart), kStart).Told(Endpoint("u2", 0.8, kStart), kStart);
  const NodeLoad load = book.Load(
      World().WholeNode("a", {OfWhole(Server("u1"), 3), OfWhole(Server("u2"), 1)}), kStart);
  EXPECT_FLOAT_EQ(load.load[0], 0.35F);
  EXPECT_FLOAT_EQ(load.confidence, 1);
}

TEST(WholeNode, ABatchPodHasAllOfItsDevices) {
  const NodeLoad load = Book().Load(World().WholeNode("a", {OfWhole(Batch("u1"), 2)}), kStart);
  EXPECT_FLOAT_EQ(load.load[0], 1);
  EXPECT_FLOAT_EQ(load.confidence, 0);
}

TEST(WholeNode, UtilisationIsFoundByThePod) {
  Book book;
  book.Told(Device("a", "GPU-3", 0.4, kStart, "pod-u1"), kStart)
      .Told(Device("a", "GPU-5", 0.6, kStart, "pod-u1"), kStart)
      .Told(Device("a", "GPU-6", 0.9, kStart, "pod-u2"), kStart);
  EXPECT_FLOAT_EQ(book.Device0(World().WholeNode("a", {OfWhole(Batch("u1"), 2)}), kStart), 0.5F);
}

TEST(WholeNode, UtilisationOfNoPodIsSpreadOverThoseThatNobodyMeasures) {
  Book book;
  book.Told(Device("a", "GPU-3", 0.4, kStart), kStart)
      .Told(Device("a", "GPU-5", 0.2, kStart), kStart)
      .Told(Device("a", "GPU-6", 0.0, kStart), kStart);
  EXPECT_FLOAT_EQ(book.Device0(World().WholeNode("a", {OfWhole(Batch("u1"), 2)}), kStart), 0.3F);
}

// --- Bound since.

TEST(InFlight, APodThatIsNotReadyIsExpectedOnTop) {
  Book book;
  book.Told(Endpoint("u1", 0.4, kStart), kStart).Told(Device("a", "GPU-0", 0.1, kStart), kStart);
  const World world = World().SharedNode("a", {Server("u1"), Starting(Server("u2"), kStart + 1s)});
  EXPECT_FLOAT_EQ(book.Device0(world, kStart + 2s), 1 - 0.6F * 0.6F);
  // Its confidence is that of what runs.
  EXPECT_FLOAT_EQ(book.Load(world, kStart + 2s).confidence, 1);
}

TEST(InFlight, APodBoundAfterTheSampleIsNotInIt) {
  Book book;
  book.Told(Device("a", "GPU-0", 0.2, kStart), kStart);
  Holder late = Batch("u2");
  late.bound_at = kStart + 1s;
  const World world = World().SharedNode("a", {Batch("u1"), late});
  EXPECT_FLOAT_EQ(book.Device0(world, kStart + 2s), 1 - 0.8F * 0.5F);
  // The next sample has it.
  book.Told(Device("a", "GPU-0", 0.2, kStart + 15s), kStart + 15s);
  EXPECT_FLOAT_EQ(book.Device0(world, kStart + 15s), 0.2F);
}

TEST(InFlight, OnAWholeNodeToo) {
  Book book;
  book.Told(Device("a", "GPU-0", 0.2, kStart, "pod-u1"), kStart);
  EXPECT_FLOAT_EQ(
      book.Device0(World().WholeNode("a", {OfWhole(Batch("u1"), 1),
                                           OfWhole(Starting(Batch("u2"), kStart + 1s), 1)}),
                   kStart + 2s),
      0.6F);
}

// --- Sources that fail.

TEST(Staleness, ADeadExporterFadesIntoTheEstimate) {
  Book book;
  book.Told(Endpoint("u1", 0.0, kStart), kStart);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart + 30s), 0);
  // Nothing else is fresh once it is not: the estimate is unknown_load.
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart + 90s), 0.25F);
  EXPECT_FLOAT_EQ(book.Load(OneServer(), kStart + 90s).confidence, 0.5F);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart + 150s), 0.375F);
  EXPECT_EQ(book.counts().nodes_stale, 1U);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart + 301s), 0.5F);
  EXPECT_EQ(book.counts().nodes_missing, 1U);
}

TEST(Staleness, ADeadDeviceExporterFadesIntoWhatIsHeld) {
  Book book;
  book.Told(Device("a", "GPU-0", 0.1, kStart), kStart);
  const World world = World().SharedNode("a", {Batch("u1", 60_GiB)});
  EXPECT_FLOAT_EQ(book.Device0(world, kStart + 30s), 0.1F);
  EXPECT_FLOAT_EQ(book.Device0(world, kStart + 90s), 0.425F);
  EXPECT_FLOAT_EQ(book.Device0(world, kStart + 301s), 0.75F);
}

TEST(Staleness, AFrozenExporterFadesTheSameWay) {
  Book frozen;
  Book dead;
  for (int i = 0; i <= 20; ++i) {
    frozen.Told(Endpoint("u1", 0.05, kStart), kStart + i * 15s);  // neither value nor time moves
  }
  dead.Told(Endpoint("u1", 0.05, kStart), kStart);
  EXPECT_EQ(frozen.counts().repeated, 20U);
  for (const Duration age : {30s, 90s, 200s, 301s}) {
    EXPECT_EQ(frozen.Device0(OneServer(), kStart + age), dead.Device0(OneServer(), kStart + age));
  }
}

TEST(Staleness, ASampleFromTheFutureIsNotBelieved) {
  Book book;
  book.Told(Endpoint("u1", 0, kStart + 1h), kStart)
      .Told(Device("a", "GPU-0", 0, kStart + 1h), kStart);
  EXPECT_EQ(book.counts().clock, 2U);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart), 0.5F);
  // A small difference of clocks is none.
  book.Told(Endpoint("u1", 0.2, kStart + 4s), kStart);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart), 0.2F);
}

TEST(Staleness, ASampleFromLongAgoIsNotBelieved) {
  Book book;
  book.Told(Endpoint("u1", 0, kStart - 1h), kStart)
      .Told(Device("a", "GPU-0", 0, kStart - 1h), kStart);
  EXPECT_EQ(book.counts().outdated, 2U);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart), 0.5F);
}

TEST(Staleness, AValueThatIsNoLoadIsNotBelieved) {
  Book book;
  for (const double value : {std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity(), -0.1, 1.6}) {
    book.Told(Endpoint("u1", value, kStart), kStart)
        .Told(Device("a", "GPU-0", value, kStart), kStart);
  }
  EXPECT_EQ(book.counts().discarded, 8U);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart), 0.5F);
  // A queue that is no number leaves the load.
  book.Told(Endpoint("u1", 0.3, kStart, std::numeric_limits<double>::quiet_NaN()), kStart);
  EXPECT_FLOAT_EQ(book.Load(OneServer(), kStart).load[0], 0.3F);
  EXPECT_FLOAT_EQ(book.Load(OneServer(), kStart).queue_seconds[0], 0);
}

// A counter that went back makes no rate, hence no reading (Triton.ARestartGivesNoRate); the last
// load stands and ages.
TEST(Staleness, AScrapeWithoutAReadingLeavesTheLastOne) {
  Book book;
  book.Told(Endpoint("u1", 0.7, kStart), kStart).Told(Readings{.discarded = 1}, kStart + 15s);
  EXPECT_FLOAT_EQ(book.Device0(OneServer(), kStart + 15s), 0.7F);
  EXPECT_EQ(book.counts().discarded, 1U);
}

TEST(Table, TellsTheShareOfNodesThatAreFresh) {
  Book book;
  book.Told(Endpoint("u1", 0.4, kStart), kStart);
  const World world = World()
                          .SharedNode("a", {Server("u1")})
                          .SharedNode("b", {Server("u2")})
                          .SharedNode("c", {Batch("u3")})
                          .WholeNode("d", {OfWhole(Server("u4"), 1)})
                          .SharedNode("empty", {})
                          .Add({.name = "none"}, {});
  const auto table = book.Table(world, kStart);
  EXPECT_FLOAT_EQ(table->fresh_share, 0.25F);
  EXPECT_EQ(table->nodes.size(), 6U);
  EXPECT_EQ(table->names->name(3), "d");
  EXPECT_EQ(book.counts().nodes_fresh, 1U);
  EXPECT_EQ(book.counts().nodes_missing, 3U);
  EXPECT_EQ(table->nodes[5], NodeLoad{});
}

// Whatever fails, a node with a server is never told idler than one whose telemetry says idle, and
// every number stays in its range.
TEST(Property, NothingLooksIdleForWantOfTelemetry) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    Book book;
    Instant now = kStart;
    for (int i = 0; i < 40; ++i) {
      now += std::chrono::seconds(pick(1, 40));
      const Instant at = now - std::chrono::seconds(pick(-20, 60));
      const double value = pick(0, 12) / 10.0;
      const std::string uid = "u" + std::to_string(pick(2, 6));
      book.Told(pick(0, 1) == 0 ? Endpoint(uid, value, at, value)
                                : Device("b", "GPU-" + std::to_string(pick(0, 1)), value, at),
                now);
    }
    World world;
    world.SharedNode("unwatched", {Server("u1")});
    world.SharedNode("b", {Server("u2"), OnDevices(Batch("u3"), DeviceSet::Only(1)),
                           Starting(Server("u4"), now)});
    world.WholeNode("c", {OfWhole(Server("u5"), pick(1, 8)), OfWhole(Batch("u6"), pick(1, 8))});
    const auto table = book.Table(world, now + std::chrono::seconds(pick(0, 400)));
    EXPECT_GE(table->nodes[0].load[0], 0.1F);
    for (const NodeLoad& node : table->nodes) {
      EXPECT_GE(node.confidence, 0);
      EXPECT_LE(node.confidence, 1);
      for (std::size_t d = 0; d < cluster::kMaxDevices; ++d) {
        EXPECT_GE(node.load[d], 0);
        EXPECT_LE(node.load[d], 1);
        EXPECT_TRUE(std::isfinite(node.queue_seconds[d]) && node.queue_seconds[d] >= 0);
      }
    }
  }
}

}  // namespace
}  // namespace berth::telemetry
