#include "berth/signing/record_keys.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/base/base64.h"
#include "testing/case_name.h"

namespace berth::signing {
namespace {

using tests::CaseName;

const std::string kOne = EncodeBase64(std::string(32, '1'));
const std::string kTwo = EncodeBase64(std::string(40, '2'));

constexpr Subject kSubject{.ns = "ml", .name = "llm-0", .uid = "8f0c", .node = "gpu-a-1"};
constexpr std::string_view kRecord =
    R"({"v":1,"uid":"8f0c","node":"gpu-a-1","devices":["0"],"memoryMiB":8192,"cores":30})";

RecordKeys Keys(const std::string& text) {
  Result<RecordKeys> keys = RecordKeys::Parse(text);
  EXPECT_TRUE(keys.ok()) << keys.error().message;
  return std::move(keys).value();
}

// The MAC was made by another implementation (Python's hmac).
TEST(RecordKeys, SignByteByByte) {
  EXPECT_EQ(Keys("k1:" + kOne).Sign(kSubject, kRecord),
            R"({"v":1,"uid":"8f0c","node":"gpu-a-1","devices":["0"],"memoryMiB":8192,"cores":30,)"
            R"("mac":"k1:BbpEkzGraTdNn5FZ7ZuJF0meUq43e7DrOaqgub9d/yM="})");
}

TEST(RecordKeys, TheFirstSignsAndAllVerify) {
  const RecordKeys before = Keys("k1:" + kOne);
  const RecordKeys added = Keys("k1:" + kOne + "\nk2:" + kTwo);
  const RecordKeys turned = Keys("k2:" + kTwo + "\nk1:" + kOne + "\n");
  const RecordKeys after = Keys("k2:" + kTwo);
  EXPECT_EQ(turned.ids(), (std::vector<std::string>{"k2", "k1"}));
  const std::string old = added.Sign(kSubject, kRecord);
  EXPECT_EQ(old, before.Sign(kSubject, kRecord));
  EXPECT_EQ(turned.Check(kSubject, old), Proof::kSound);
  const std::string renewed = turned.Sign(kSubject, kRecord);
  EXPECT_EQ(added.Check(kSubject, renewed), Proof::kSound);
  EXPECT_EQ(after.Check(kSubject, renewed), Proof::kSound);
  EXPECT_EQ(after.Check(kSubject, old), Proof::kUnknownKey);
  EXPECT_EQ(before.Check(kSubject, renewed), Proof::kUnknownKey);
}

struct Forgery {
  std::string name;
  Subject subject = kSubject;
  std::string (*change)(std::string) = [](std::string record) { return record; };
  Proof want = Proof::kWrong;
};

class ForgeryTest : public testing::TestWithParam<Forgery> {};

TEST_P(ForgeryTest, IsNotBelieved) {
  const RecordKeys keys = Keys("k1:" + kOne);
  const std::string record = keys.Sign(kSubject, kRecord);
  ASSERT_EQ(keys.Check(kSubject, record), Proof::kSound);
  EXPECT_EQ(keys.Check(GetParam().subject, GetParam().change(record)), GetParam().want);
}

std::string Replaced(std::string record, std::string_view from, std::string_view to) {
  const std::size_t at = record.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return record.replace(at, from.size(), to);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ForgeryTest,
    testing::Values(
        Forgery{"AnotherPod", {.ns = "ml", .name = "llm-0", .uid = "9a1d", .node = "gpu-a-1"}},
        Forgery{"AnotherName", {.ns = "ml", .name = "llm-1", .uid = "8f0c", .node = "gpu-a-1"}},
        Forgery{"AnotherNamespace", {.ns = "x", .name = "llm-0", .uid = "8f0c", .node = "gpu-a-1"}},
        Forgery{"AnotherNode", {.ns = "ml", .name = "llm-0", .uid = "8f0c", .node = "gpu-a-2"}},
        // The same letters, cut elsewhere.
        Forgery{"ShiftedFields", {.ns = "mll", .name = "lm-0", .uid = "8f0c", .node = "gpu-a-1"}},
        Forgery{"AnotherDevice", kSubject,
                [](std::string r) { return Replaced(std::move(r), "[\"0\"]", "[\"1\"]"); }},
        Forgery{"OneByteMore", kSubject,
                [](std::string r) { return Replaced(std::move(r), ":8192", ":8192 "); }},
        Forgery{"AnotherMember", kSubject,
                [](std::string r) { return Replaced(std::move(r), ",\"mac", ",\"x\":1,\"mac"); }},
        Forgery{"MemberBehind", kSubject,
                [](std::string r) { return Replaced(std::move(r), "\"}", "\",\"x\":1}"); }},
        Forgery{"MacChanged", kSubject,
                [](std::string r) {
                  char& digit = r[r.size() - 6];
                  digit = digit == 'A' ? 'B' : 'A';
                  return r;
                }},
        Forgery{"CutInTheMac", kSubject,
                [](std::string r) { return r.substr(0, r.size() - 12) + "\"}"; }},
        Forgery{"CutShort", kSubject, [](std::string r) { return r.substr(0, r.size() - 1); }},
        Forgery{"EmptyMac", kSubject,
                [](std::string r) { return r.substr(0, r.find("k1:")) + "k1:\"}"; }},
        Forgery{"NoMac", kSubject, [](std::string) { return std::string(kRecord); },
                Proof::kMissing},
        Forgery{"Empty", kSubject, [](std::string) { return std::string(); }, Proof::kMissing},
        Forgery{"UnknownId", kSubject,
                [](std::string r) { return Replaced(std::move(r), "k1:", "k2:"); },
                Proof::kUnknownKey},
        Forgery{"WrongKeyOfTheSameId", kSubject,
                [](std::string) { return Keys("k1:" + kTwo).Sign(kSubject, kRecord); }}),
    CaseName);

struct File {
  std::string name;
  std::string text;
  std::string want;  // the complaint; empty: none
};

class KeyFileTest : public testing::TestWithParam<File> {};

TEST_P(KeyFileTest, IsCheckedLineByLine) {
  const Result<RecordKeys> keys = RecordKeys::Parse(GetParam().text);
  EXPECT_EQ(keys.ok() ? "" : keys.error().message, GetParam().want);
}

std::string ManyKeys(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "k" + std::to_string(i) + ":" + kOne + "\n";
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, KeyFileTest,
    testing::Values(
        File{"One", "k1:" + kOne, ""},
        File{"CommentsAndSpace", "# made in May\r\n\n  k-2_x.y:" + kTwo + " \r\n", ""},
        File{"Sixteen", ManyKeys(16), ""},
        File{"Empty", "", "holds no key, expected lines id:base64"},
        File{"OnlyComments", "# k1:" + kOne, "holds no key, expected lines id:base64"},
        File{"NoColon", "k1:" + kOne + "\n" + kTwo, "line 2: expected id:base64"},
        File{"NoId", ":" + kOne, "line 1: the id is not 1 to 63 letters, digits, '-', '_' and '.'"},
        File{"BadId", "\nk 1:" + kOne,
             "line 2: the id is not 1 to 63 letters, digits, '-', '_' and '.'"},
        File{"LongId", std::string(64, 'k') + ":" + kOne,
             "line 1: the id is not 1 to 63 letters, digits, '-', '_' and '.'"},
        File{"IdTwice", "k1:" + kOne + "\nk1:" + kTwo, "line 2: the id k1 is given twice"},
        File{"NoBase64", "k1:not base64!", "line 1: the key k1 is no base64"},
        File{"SpaceWithin", "k1:" + kOne.substr(0, 8) + " " + kOne.substr(8),
             "line 1: the key k1 is no base64"},
        File{"OneByteShort", "k1:" + EncodeBase64(std::string(31, 'x')),
             "line 1: the key k1 has 31 bytes, expected 32 to 1024"},
        File{"JustLongEnough", "k1:" + EncodeBase64(std::string(1024, 'x')), ""},
        File{"TooLong", "k1:" + EncodeBase64(std::string(1025, 'x')),
             "line 1: the key k1 has 1025 bytes, expected 32 to 1024"},
        File{"Seventeen", ManyKeys(17), "line 17: more than 16 keys"},
        File{"TooLarge", std::string((64 << 10) + 1, '#'), "is larger than 65536 bytes"}),
    CaseName);

}  // namespace
}  // namespace berth::signing
