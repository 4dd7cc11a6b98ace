#include "berth/base/clock.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/case_name.h"

namespace berth {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kTime(1795497631s);  // 2026-11-24T05:20:31Z

struct TimeCase {
  std::string name;
  std::string text;
  std::optional<WallTime> want;
};

class ParseTimeTest : public testing::TestWithParam<TimeCase> {};

TEST_P(ParseTimeTest, ReadsRfc3339) { EXPECT_EQ(ParseRfc3339(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Rows, ParseTimeTest,
    testing::Values(TimeCase{"Kubernetes", "2026-11-24T05:20:31Z", kTime},
                    TimeCase{"Fraction", "2026-11-24T05:20:31.25Z", kTime + 250ms},
                    TimeCase{"LongFraction", "2026-11-24T05:20:31.1234567899Z",
                             kTime + 123456789ns},
                    TimeCase{"East", "2026-11-24T07:20:31+02:00", kTime},
                    TimeCase{"West", "2026-11-23T23:50:31-05:30", kTime},
                    TimeCase{"Epoch", "1970-01-01T00:00:00Z", WallTime()},
                    TimeCase{"Empty", "", std::nullopt},
                    TimeCase{"NoZone", "2026-11-24T05:20:31", std::nullopt},
                    TimeCase{"NoSuchDay", "2026-02-29T05:20:31Z", std::nullopt},
                    TimeCase{"NoSuchHour", "2026-11-24T24:20:31Z", std::nullopt},
                    TimeCase{"Negative", "2026-11-24T-5:20:31Z", std::nullopt},
                    TimeCase{"BeyondTheRange", "9999-11-24T05:20:31Z", std::nullopt},
                    TimeCase{"MoreBehind", "2026-11-24T05:20:31Z ", std::nullopt},
                    TimeCase{"DotAlone", "2026-11-24T05:20:31.Z", std::nullopt}),
    tests::CaseName);

}  // namespace
}  // namespace berth
