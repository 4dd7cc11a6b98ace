#include "berth/kube/quantity.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>

namespace berth::kube {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::optional<std::int64_t> kRefused = std::nullopt;

struct Case {
  std::string name;
  std::string text;
  std::optional<std::int64_t> want;
};
void PrintTo(const Case& c, std::ostream* out) { *out << "'" << c.text << "'"; }
std::string CaseName(const testing::TestParamInfo<Case>& info) { return info.param.name; }

std::optional<std::int64_t> ValueOf(const Result<std::int64_t>& result) {
  return result.ok() ? std::optional(*result) : std::nullopt;
}

class UnitsTest : public testing::TestWithParam<Case> {};

TEST_P(UnitsTest, AreParsed) {
  const Result<std::int64_t> value = ParseQuantity(GetParam().text, 1);
  EXPECT_EQ(ValueOf(value), GetParam().want);
  if (!value.ok()) {
    EXPECT_EQ(value.error(), InvalidArgument("'" + GetParam().text + "' is not a quantity"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Plain, UnitsTest,
    testing::Values(Case{"Zero", "0", 0}, Case{"One", "1", 1}, Case{"LeadingZeros", "007", 7},
                    Case{"Plus", "+5", 5}, Case{"Minus", "-5", -5}, Case{"MinusZero", "-0", 0},
                    Case{"PointAtTheEnd", "5.", 5}, Case{"PointAtTheStart", ".0", 0},
                    Case{"FractionRoundsUp", "1.1", 2}, Case{"HalfRoundsUp", "0.5", 1},
                    Case{"NegativeRoundsAwayFromZero", "-1.5", -2},
                    Case{"WholeFraction", "1.000", 1}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(Decimal, UnitsTest,
                         testing::Values(Case{"Nano", "1000000000n", 1},
                                         Case{"NanoRoundsUp", "1n", 1},
                                         Case{"Micro", "2000000u", 2}, Case{"Milli", "1500m", 2},
                                         Case{"Kilo", "3k", 3000}, Case{"Mega", "3M", 3'000'000},
                                         Case{"Giga", "3G", 3'000'000'000},
                                         Case{"Tera", "3T", 3'000'000'000'000},
                                         Case{"Peta", "3P", 3'000'000'000'000'000},
                                         Case{"Exa", "3E", 3'000'000'000'000'000'000},
                                         Case{"FractionOfMega", "1.5M", 1'500'000}),
                         CaseName);

INSTANTIATE_TEST_SUITE_P(
    Binary, UnitsTest,
    testing::Values(
        Case{"Kibi", "1Ki", 1024}, Case{"Mebi", "1Mi", std::int64_t{1} << 20},
        Case{"Gibi", "4Gi", std::int64_t{4} << 30}, Case{"Tebi", "1Ti", std::int64_t{1} << 40},
        Case{"Pebi", "1Pi", std::int64_t{1} << 50}, Case{"Exbi", "7Ei", std::int64_t{7} << 60},
        Case{"Fraction", "1.5Gi", std::int64_t{3} << 29}, Case{"FractionRoundsUp", "0.1Ki", 103},
        Case{"TinyFraction", "0.0000000000000000000000000000000000000000001Ei", 1},
        Case{"ExactAtExbi", "0.5Ei", std::int64_t{1} << 59}, Case{"Negative", "-1Ki", -1024}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Exponents, UnitsTest,
    testing::Values(Case{"Small", "2e3", 2000}, Case{"Capital", "2E3", 2000},
                    Case{"Signed", "2e+3", 2000}, Case{"Negative", "2500e-3", 3},
                    Case{"ZeroTimesAnything", "0e2147483647", 0},
                    Case{"FarBelowOne", "1e-2147483648", 1}, Case{"FarAbove", "1e2147483647", kMax},
                    Case{"ExponentOf33Bits", "1e4294967296", kRefused},
                    Case{"Empty", "1e", kRefused}, Case{"EmptySigned", "-3.01e-", kRefused},
                    Case{"TwoSigns", "1e+-3", kRefused}, Case{"Fractional", "1e1.5", kRefused}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Ends, UnitsTest,
    testing::Values(
        Case{"Max", "9223372036854775807", kMax}, Case{"OneOver", "9223372036854775808", kMax},
        Case{"Min", "-9223372036854775808", kMin}, Case{"OneUnder", "-9223372036854775809", kMin},
        Case{"EightExbi", "8Ei", kMax}, Case{"TenExa", "10E", kMax},
        Case{"NearlyEightExbi", "7.99Ei", 9'211'842'821'808'707'339},
        Case{"ManyDigits", std::string(400, '9'), kMax},
        Case{"ManyZeros", std::string(400, '0') + "8", 8},
        Case{"ManyDecimals", "1." + std::string(400, '0'), 1},
        Case{"ManyDecimalsThenOne", "1." + std::string(400, '0') + "1", 2},
        Case{"BillionthsOfMany", "9223372036854775807000000000n", kMax},
        Case{"ThirtyDigitsOfNano", "123456789012345678000000000n", 123'456'789'012'345'678}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Refused, UnitsTest,
    testing::Values(Case{"Empty", "", kRefused}, Case{"Sign", "-", kRefused},
                    Case{"Point", ".", kRefused}, Case{"SuffixAlone", "Mi", kRefused},
                    Case{"Word", "aoeu", kRefused}, Case{"SpaceBefore", " 1", kRefused},
                    Case{"SpaceAfter", "1 ", kRefused}, Case{"TwoPoints", "1.1.M", kRefused},
                    Case{"SignInside", "1+1.0M", kRefused}, Case{"LowerMebi", "0.1mi", kRefused},
                    Case{"UnknownSuffix", "8x", kRefused}, Case{"CapitalKilo", "1K", kRefused},
                    Case{"LowerKibi", "1ki", kRefused}, Case{"LetterI", "1i", kRefused},
                    Case{"BytesWord", "8GB", kRefused}, Case{"GibiByte", "8GiB", kRefused},
                    Case{"Hexadecimal", "0x10", kRefused}, Case{"Infinity", "inf", kRefused},
                    Case{"Comma", "1,5", kRefused}),
    CaseName);

TEST(ParseQuantity, KeepsThousandthsOfACpu) {
  EXPECT_EQ(ValueOf(ParseQuantity("100m", 1000)), 100);
  EXPECT_EQ(ValueOf(ParseQuantity("1.5", 1000)), 1500);
  EXPECT_EQ(ValueOf(ParseQuantity("0.0001", 1000)), 1);
  EXPECT_EQ(ValueOf(ParseQuantity("2k", 1000)), 2'000'000);
  EXPECT_EQ(ValueOf(ParseQuantity("9223372036854775807", 1000)), kMax);
}

TEST(ParseQuantity, ShowsNoMoreThanTheBeginningOfALongText) {
  EXPECT_LT(ParseQuantity(std::string(100'000, 'x'), 1).error().message.size(), 200U);
}

struct CountCase {
  std::string name;
  std::string text;
  std::optional<std::int64_t> want;
  std::string error;
};
class CountTest : public testing::TestWithParam<CountCase> {};

TEST_P(CountTest, IsWholeAndNotNegative) {
  const Result<std::int64_t> value = ParseCount(GetParam().text);
  EXPECT_EQ(ValueOf(value), GetParam().want);
  EXPECT_EQ(value.ok() ? "" : value.error().message, GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, CountTest,
    testing::Values(
        CountCase{"Zero", "0", 0, ""}, CountCase{"Eight", "8", 8, ""},
        CountCase{"Thousand", "1k", 1000, ""}, CountCase{"ThousandthsThatAreWhole", "2000m", 2, ""},
        CountCase{"HalfOfAKibi", "0.5Ki", 512, ""}, CountCase{"Saturates", "1e30", kMax, ""},
        CountCase{"Fraction", "1500m", {}, "'1500m' is not a whole number"},
        CountCase{"TinyFraction", "1n", {}, "'1n' is not a whole number"},
        CountCase{"BinaryFraction", "0.3Ki", {}, "'0.3Ki' is not a whole number"},
        CountCase{"Negative", "-1", {}, "'-1' is negative"}, CountCase{"MinusZero", "-0", 0, ""},
        CountCase{"Malformed", "8x", {}, "'8x' is not a quantity"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace berth::kube
