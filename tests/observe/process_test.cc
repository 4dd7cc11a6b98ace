#include "process.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::observe {
namespace {

// proc(5): pid (comm) state ppid ... utime(14) stime(15) ... num_threads(20) ... starttime(22) ...
// rss(24).
const std::string kTail =
    " S 1 7 7 0 -1 4194560 900 0 0 0 120 30 0 0 20 0 9 0 5000 104857600 2560 18446744073709551615";

TEST(ProcStat, ReadsTheFieldsByTheirNumbers) {
  const auto stat = ParseProcStat("7 (berth)" + kTail);
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->cpu_ticks, 150);
  EXPECT_EQ(stat->threads, 9);
  EXPECT_EQ(stat->start_ticks, 5000);
  EXPECT_EQ(stat->resident_pages, 2560);
}

TEST(ProcStat, ACommandMayHoldBlanksAndParentheses) {
  const auto stat = ParseProcStat("7 (be) rth (x)" + kTail);
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->threads, 9);
}

TEST(ProcStat, RefusesWhatIsNoStat) {
  EXPECT_FALSE(ParseProcStat("").has_value());
  EXPECT_FALSE(ParseProcStat("7 (berth)").has_value());
  EXPECT_FALSE(ParseProcStat("7 (berth) S 1 7 7 0 -1 4194560 900 0 0 0 x 30 0 0 20 0 9 0 5000 1 2")
                   .has_value());
}

}  // namespace
}  // namespace berth::observe
