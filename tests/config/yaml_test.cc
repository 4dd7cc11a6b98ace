#include "berth/config/yaml.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "testing/case_name.h"

namespace berth::config {
namespace {

std::string Json(std::string_view yaml, std::size_t max_bytes = std::size_t{1} << 20) {
  const Result<std::string> json = YamlToJson(yaml, max_bytes);
  return json ? *json : std::string(Name(json.error().code)) + " " + json.error().message;
}

struct Case {
  std::string name;
  std::string yaml;
  std::string json;
};

// Without it gtest prints a failed parameter byte by byte.
void PrintTo(const Case& value, std::ostream* out) { *out << value.yaml; }

class YamlToJsonTest : public ::testing::TestWithParam<Case> {};

TEST_P(YamlToJsonTest, ReadsAsKubectlDoes) { EXPECT_EQ(Json(GetParam().yaml), GetParam().json); }

// What sigs.k8s.io/yaml v1.6.0 made of each scalar.
INSTANTIATE_TEST_SUITE_P(
    Scalars, YamlToJsonTest,
    ::testing::Values(
        Case{"Booleans", "[y, Yes, on, true, TRUE, n, No, OFF, false]",
             "[[true,true,true,true,true,false,false,false,false]]"},
        Case{"NearlyBooleans", "[oN, tRUE, yEs]", R"([["oN","tRUE","yEs"]])"},
        Case{"Nulls", "[~, null, Null, nULL, ]", R"([[null,null,null,"nULL"]])"},
        Case{"Decimals", "[0, -0, +5, 1_000, 1__0, _1]", R"([[0,0,5,1000,10,"_1"]])"},
        Case{"Octals", "[007, 010, 08, 0o17, 0O17]", "[[7,8,8,15,15]]"},
        Case{"Hexadecimals", "[0x1F, -0x1F, 0x, 0xg]", R"([[31,-31,"0x","0xg"]])"},
        Case{"Binaries", "[0b101, -0b11, 0b2]", R"([[5,-3,"0b2"]])"},
        Case{"Floats", "[1e3, 1E3, 0.1, 1., .5, -.5, +.5, 0.1e1, 1_0.5, .5_0]",
             "[[1000,1000,0.1,1,0.5,-0.5,0.5,1,10.5,0.5]]"},
        Case{"FloatLayout", "[1e20, 1e21, 1e-6, 1e-7, -1e-7, 1.7976931348623157e308,]",
             "[[100000000000000000000,1e+21,0.000001,1e-7,-1e-7,1.7976931348623157e+308]]"},
        Case{"NearlyNumbers", "[., .e5, 1e, 1e400, 1e-400, 1.2.3, 1:30, 2024-01-01]",
             R"([[".",".e5","1e","1e400",0,"1.2.3","1:30","2024-01-01"]])"},
        Case{"EndsOf64Bits",
             "[9223372036854775807, 9223372036854775808, 18446744073709551615, "
             "-9223372036854775808,]",
             "[[9223372036854775807,9223372036854775808,18446744073709551615,"
             "-9223372036854775808]]"},
        Case{"Past64Bits",
             "[18446744073709551616, -9223372036854775809, 0xFFFFFFFFFFFFFFFFFF, "
             "123456789012345678901234567890,]",
             "[[18446744073709552000,-9223372036854776000,\"0xFFFFFFFFFFFFFFFFFF\","
             "1.2345678901234568e+29]]"},
        Case{"Quantities", "[1Gi, 500m, 100Mi]", R"([["1Gi","500m","100Mi"]])"},
        Case{"Quoted", R"(["1", 'true', "", 'it''s', "~"])", R"([["1","true","","it's","~"]])"},
        Case{"Escapes", R"("\x41\u00e9\t\0\"\\\x7f")", "[\"A\u00e9\\t\\u0000\\\"\\\\\x7f\"]"},
        Case{"Tags", R"([!!str 1, !!int "3", !!float 3, !!bool yes, !!null ~, ! 5, !foo bar])",
             R"([["1",3,3,true,null,"5","bar"]])"},
        Case{"Blocks", "a: |\n  x\n  y\nb: >-\n  p\n  q\n", R"([{"a":"x\ny\n","b":"p q"}])"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Keys, YamlToJsonTest,
    ::testing::Values(
        Case{"Numbers", "{1: a, 0x10: b, 010: c, 1.5: d}",
             R"([{"1":"a","16":"b","8":"c","1.5":"d"}])"},
        Case{"Exponents", "{1e3: a, 1e6: b, 0.00001: c, .inf: d}",
             R"([{"1000":"a","1e+06":"b","1e-05":"c",".inf":"d"}])"},
        Case{"Booleans", "{on: a, \"off\": b}", R"([{"true":"a","off":"b"}])"},
        Case{"Null", "{~: a}", "invalid_argument 1:2: null cannot be a key"},
        Case{"List", "? [a]\n: b", "invalid_argument 1:3: a list or map cannot be a key"},
        Case{"Twice", "a: 1\nb: 2\na: 3\n", "invalid_argument 3:1: key \"a\" is given twice"},
        Case{"TwiceAsNumber", "{10: a, \"10\": b}",
             "invalid_argument 1:9: key \"10\" is given twice"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Documents, YamlToJsonTest,
    ::testing::Values(Case{"None", "", "[]"}, Case{"OnlyComments", "# nothing\n", "[]"},
                      Case{"Many", "a: 1\n---\nb: 2\n---\n- c\n", R"([{"a":1},{"b":2},["c"]])"},
                      Case{"EmptyOnesAreLeftOut", "---\n---\na: 1\n---\n# end\n---\n",
                           R"([{"a":1}])"},
                      Case{"EndMarkers", "a: 1\n...\nb: 2\n...\n", R"([{"a":1},{"b":2}])"},
                      Case{"ByteOrderMark",
                           "\xEF\xBB\xBF"
                           "a: 1",
                           R"([{"a":1}])"},
                      Case{"NestedEmpty", "{a: {}, b: [], c: }", R"([{"a":{},"b":[],"c":null}])"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Anchors, YamlToJsonTest,
    ::testing::Values(
        Case{"Alias", "a: &x {b: [1]}\nc: *x\n", R"([{"a":{"b":[1]},"c":{"b":[1]}}])"},
        Case{"AliasOfScalar", "a: &x 5\nb: *x\n", R"([{"a":5,"b":5}])"},
        Case{"EndWithTheirDocument", "a: &x 1\n---\nb: *x\n",
             "invalid_argument 3:4: the referenced anchor is not defined"},
        Case{"Itself", "a: &x [*x]", "invalid_argument 1:8: the anchor's value contains itself"},
        Case{"MergeAddsWhatIsMissing", "a: &x {b: 1, c: 2}\nd: {<<: *x, b: 5}\n",
             R"([{"a":{"b":1,"c":2},"d":{"b":5,"c":2}}])"},
        Case{"MergeNeverOverrides", "a: &x {b: 1}\nd: {b: 5, <<: *x}\n",
             R"([{"a":{"b":1},"d":{"b":5}}])"},
        Case{"EarlierOfManyWins", "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n",
             R"([{"a":{"b":1},"c":{"b":2,"d":3},"e":{"b":1,"d":3}}])"},
        Case{"MergeInPlace", "{<<: {a: 1}, b: 2}", R"([{"b":2,"a":1}])"},
        Case{"MergeOfMerged", "a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y}\n",
             R"([{"a":{"b":1},"c":{"d":2,"b":1},"e":{"d":2,"b":1}}])"},
        Case{"MergeNeedsAMap", "a: &x 5\nb: {<<: *x}\n",
             "invalid_argument 2:9: the merge key << takes a map or a list of maps"},
        Case{"QuotedMergeKeyIsAKey", R"({"<<": 1,})", R"([{"<<":1}])"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Malformed, YamlToJsonTest,
    ::testing::Values(
        Case{"Syntax", "a: 1\nb: [1, 2\n", "invalid_argument 3:1: end of sequence flow not found"},
        Case{"StrayComma", "[1],", "invalid_argument 1:4: text after the end of the document"},
        Case{"StrayBracket", "a: 1\n]\n", "invalid_argument 2:1: illegal flow end"},
        Case{"SecondValue", "[1] x", "invalid_argument 1:5: text after the end of the document"},
        Case{"ControlCharacter", std::string("a: 1\nb: \x04 c\n"),
             "invalid_argument 2:4: control character U+0004 is not allowed"},
        Case{"NotUtf8", "a: \xC3(", "invalid_argument 1:4: the text is not UTF-8"},
        Case{"Overlong", "\xE0\x80\x80", "invalid_argument 1:1: the text is not UTF-8"},
        Case{"Surrogate", "\xED\xA0\x80", "invalid_argument 1:1: the text is not UTF-8"},
        Case{"Infinity", "a: .inf",
             "invalid_argument 1:4: infinity and not-a-number have no place in JSON"},
        Case{"WrongTag", "a: !!int foo",
             "invalid_argument 1:4: \"foo\" is not of its tag's type !!int"}),
    berth::tests::CaseName);

TEST(YamlToJson, PassesJsonThroughAsItIs) {
  EXPECT_EQ(Json(R"( {"a": 1e0, "a": [] }  )"), R"([{"a": 1e0, "a": [] }])");
  EXPECT_EQ(Json("[1]\n{}\n"), "[[1],{}]");
  EXPECT_EQ(Json(R"({"emoji": "\ud83d\ude00"})"), R"([{"emoji": "\ud83d\ude00"}])");
}

TEST(YamlToJson, ReadsFlowStyleThatIsNoJsonAsYaml) {
  EXPECT_EQ(Json("{a: 1}"), R"([{"a":1}])");
  EXPECT_EQ(Json(R"({"a": 010})"), R"([{"a":8}])");
  EXPECT_EQ(Json("[1, 2,]"), "[[1,2]]");
}

TEST(YamlToJson, StopsAtTheLimitInsteadOfLaughingABillionTimes) {
  std::string bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) {
      bomb += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    }
    bomb += "]\n";
  }
  EXPECT_EQ(Json(bomb), "resource_exhausted 6:15: the document grows past 1048576 bytes of JSON");
}

TEST(YamlToJson, BoundsTheWorkOfMerging) {
  std::string text = "a: &a {";
  for (int i = 0; i < 1000; ++i) {
    text += "k" + std::to_string(i) + ": 1,";
  }
  text += "}\nb:\n  <<: [";
  for (int i = 0; i < 1000; ++i) {
    text += "*a,";
  }
  text += "]\n";
  EXPECT_TRUE(Json(text).starts_with("resource_exhausted 3:")) << Json(text);
}

TEST(YamlToJson, RefusesNestingThatWouldExhaustTheStack) {
  const std::string json = Json(std::string(100'000, '['));
  EXPECT_TRUE(json.starts_with("invalid_argument 1:")) << json;
}

}  // namespace
}  // namespace berth::config
