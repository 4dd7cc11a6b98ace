#include "relaxation.h"

#include <gtest/gtest.h>

namespace berth::sim {
namespace {

constexpr Amounts kMuch{1'000'000, 1'000'000, 1'000'000, 1'000'000};

// One class, one group of `count` alike bins.
Relaxation Of(PieceClass pods, Bin bin, std::int64_t count) {
  return {.classes = {pods},
          .groups = {
              {.classes = {{.position = 0, .most = 1000}}, .bins = {{bin, count}}, .has = kMuch}}};
}

TEST(Relaxation, IsTheDemandWhereThereIsRoomForAll) {
  EXPECT_EQ(UpperBound(Of({.pods = 3, .size = 4, .weight = 4}, {.room = 10}, 9), 12), 12);
}

TEST(Relaxation, IsWhatTheBinsHoldWhereMoreIsAsked) {
  EXPECT_EQ(UpperBound(Of({.pods = 9, .size = 5, .weight = 5}, {.room = 10}, 2), 20), 20);
}

// Two pieces of 4 go into 10, not two and a half.
TEST(Relaxation, CutsNoPieces) {
  EXPECT_EQ(UpperBound(Of({.pods = 9, .size = 4, .weight = 4}, {.room = 10}, 2), 16), 16);
}

TEST(Relaxation, GivesAnUnusedBinToWhomFillsIt) {
  const PieceClass pods{.pods = 9, .size = 10, .weight = 1, .fills_bin = true};
  EXPECT_EQ(UpperBound(Of(pods, {.room = 10, .unused = true}, 2), 20), 20);
  EXPECT_EQ(UpperBound(Of(pods, {.room = 10, .unused = false}, 2), 0), 0);
}

TEST(Relaxation, LooksAtBinsOfThePodsKindOnly) {
  EXPECT_EQ(
      UpperBound(Of({.pods = 9, .size = 4, .bin_kind = 1, .weight = 4}, {.kind = 2, .room = 8}, 2),
                 0),
      0);
}

// Room for ten, CPU for three.
TEST(Relaxation, CountsTheOtherResources) {
  for (std::size_t resource = 0; resource < kResources; ++resource) {
    Relaxation relaxation = Of({.pods = 10, .size = 5, .weight = 5}, {.room = 10}, 5);
    relaxation.classes[0].needs[resource] = 2;
    relaxation.groups[0].has[resource] = 6;
    EXPECT_EQ(UpperBound(relaxation, 15), 15) << resource;
  }
}

// 6 + 4 fill a bin, 6 + 6 do not fit: of two bins and six pods no more than 20.
TEST(Relaxation, MixesPiecesInABin) {
  const Relaxation relaxation{
      .classes = {{.pods = 3, .size = 6, .weight = 6}, {.pods = 1, .size = 4, .weight = 4}},
      .groups = {{.classes = {{.position = 0, .most = 1000}, {.position = 1, .most = 1000}},
                  .bins = {{{.room = 10}, 2}},
                  .has = kMuch}}};
  EXPECT_EQ(UpperBound(relaxation, 16), 16) << "one of the 6 stays alone";
}

// Pieces in MiB, none a multiple of another: the bins are divided more coarsely than that.
TEST(Relaxation, StaysABoundWhereRoomIsRounded) {
  const std::int64_t bound =
      UpperBound(Of({.pods = 99, .size = 81'919, .weight = 9'973}, {.room = 81'919}, 1),
                 std::int64_t{8} * 81'919);
  EXPECT_GE(bound, std::int64_t{8} * 81'919);
  EXPECT_LE(bound, std::int64_t{9} * 81'919);
}

// Thousands of them go into a bin: they are taken to be placed, rather than weighed.
TEST(Relaxation, TakesTheTiniestAsPlaced) {
  EXPECT_EQ(
      UpperBound(
          {.classes = {{.pods = 7, .size = 1, .weight = 1},
                       {.pods = 1, .size = 80'000, .weight = 80'000}},
           .groups = {{.classes = {{.position = 0, .most = 1000}, {.position = 1, .most = 1000}},
                       .bins = {{{.room = 80'000}, 1}},
                       .has = kMuch}}},
          80'000),
      80'007);
}

// The bins hold ten pieces, enough for three pods of three, but the nodes take two.
TEST(Relaxation, KeepsToWhatTheNodesTakeOfAClass) {
  Relaxation relaxation =
      Of({.pods = 5, .size = 6, .pieces = 3, .weight = 2}, {.room = 10, .unused = false}, 2);
  relaxation.groups[0].classes[0].most = 2;
  EXPECT_EQ(UpperBound(relaxation, 12), 12);
}

TEST(Relaxation, OfNothingIsNothing) { EXPECT_EQ(UpperBound({}, 0), 0); }

}  // namespace
}  // namespace berth::sim
