#include "berth/base/json_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace berth {
namespace {

struct Case {
  std::string name;
  std::string_view text;
  std::string_view want;
};

class JsonStringTest : public testing::TestWithParam<Case> {};

TEST_P(JsonStringTest, IsWrittenSoThatAnyParserReadsTheTextBack) {
  std::string out;
  AppendJsonString(GetParam().text, out);
  EXPECT_EQ(out, GetParam().want);
}

using namespace std::string_view_literals;
INSTANTIATE_TEST_SUITE_P(
    Texts, JsonStringTest,
    testing::Values(Case{"Empty", "", R"("")"}, Case{"Plain", "gpu-a-1", R"("gpu-a-1")"},
                    Case{"QuoteAndBackslash", R"(a"b\c)", R"("a\"b\\c")"},
                    Case{"Control", "a\n\x01\0b"sv, R"("a\u000a\u0001\u0000b")"},
                    Case{"TwoToFourBytes", "é€😀", R"("é€😀")"},
                    Case{"LoneContinuation", "a\x80z", "\"a\xEF\xBF\xBDz\""},
                    Case{"CutShort", "a\xE2\x82", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    Case{"Overlong", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    Case{"Surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    Case{"BeyondUnicode", "\xF4\x90\x80\x80",
                         "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace berth
