#include "berth/cluster/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cluster {
namespace {

std::vector<std::string_view> Views(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

void ExpectEveryNameAtItsIndex(const std::vector<std::string>& names) {
  const NameTable table(Views(names));
  ASSERT_EQ(table.size(), names.size());
  for (NodeIndex i = 0; i < names.size(); ++i) {
    ASSERT_EQ(table.Find(names[i]), i) << names[i];
    ASSERT_EQ(table.name(i), names[i]);
    ASSERT_EQ(table.quoted(i), "\"" + names[i] + "\"");
  }
}

TEST(NameTable, OfNoNamesFindsNone) {
  const NameTable table({});
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.Find("a"), std::nullopt);
  EXPECT_EQ(table.Find(""), std::nullopt);
}

TEST(NameTable, FindsItsOneName) {
  ExpectEveryNameAtItsIndex({"gpu-a-1"});
  EXPECT_EQ(NameTable({"gpu-a-1"}).Find("gpu-a-2"), std::nullopt);
}

// Hashing takes eight bytes a step: every length around a step, and names that differ in one byte.
TEST(NameTable, TellsNamesOfEveryLengthApart) {
  std::vector<std::string> names;
  for (std::size_t length = 1; length <= 40; ++length) {
    names.emplace_back(length, 'n');
    for (std::size_t at = 0; at < length; ++at) {
      names.emplace_back(length, 'n');
      names.back()[at] = 'm';
    }
  }
  ExpectEveryNameAtItsIndex(names);
}

TEST(NameTable, APrefixIsNotTheName) {
  const NameTable table({"gpu-a-1", "gpu-a-10", "gpu-a-100.example.internal"});
  EXPECT_EQ(table.Find("gpu-a-1"), 0U);
  EXPECT_EQ(table.Find("gpu-a-10"), 1U);
  for (const std::string_view absent :
       {"", "g", "gpu-a-", "gpu-a-100", "gpu-a-100.example.interna", "gpu-a-1 "}) {
    EXPECT_EQ(table.Find(absent), std::nullopt) << absent;
  }
  EXPECT_EQ(table.Find(std::string_view("gpu-a-1\0", 8)), std::nullopt);
}

TEST(NameTable, AFreeIndexHasNoNameAndIsNotFound) {
  const NameTable table({"a", "", "b"});
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.Find(""), std::nullopt);
  EXPECT_EQ(table.name(1), "");
  EXPECT_EQ(table.quoted(1), "");
  EXPECT_EQ(table.Find("b"), 2U);
}

TEST(NameTable, FindsAllOfManyNamesAndNoOther) {
  constexpr std::uint32_t kSeed = 20240917;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  std::set<std::string> names;
  while (names.size() < 100'000) {
    std::string name = "ip-10-" + std::to_string(random() % 256) + "-";
    name += std::to_string(random() % 65536) + ".eu-central-1.compute.internal";
    names.insert(std::move(name));
  }
  ExpectEveryNameAtItsIndex({names.begin(), names.end()});

  const std::vector<std::string> list(names.begin(), names.end());
  const NameTable table(Views(list));
  for (int i = 0; i < 100'000; ++i) {
    const std::string other = "ip-11-" + std::to_string(i) + ".eu-central-1.compute.internal";
    ASSERT_EQ(table.Find(other), std::nullopt) << other;
  }
}

TEST(NameTable, IsBuiltWhateverTheNamesAre) {
  // Equal names hash alike under every seed. One of them is found.
  const std::vector<std::string> same(1000, "gpu-a-1");
  const NameTable table(Views(same));
  const auto found = table.Find("gpu-a-1");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(table.name(*found), "gpu-a-1");
  EXPECT_EQ(table.Find("gpu-a-2"), std::nullopt);
}

TEST(NameTable, QuotesForTheWireAndStillFindsTheNameItself) {
  const std::vector<std::string> names = {"a\"b", "plain", "back\\slash", "line\nbreak", "bad\xff"};
  const NameTable table(Views(names));
  EXPECT_EQ(table.quoted(0), R"("a\"b")");
  EXPECT_EQ(table.quoted(1), R"("plain")");
  EXPECT_EQ(table.quoted(2), R"("back\\slash")");
  EXPECT_EQ(table.quoted(3), R"("line\u000abreak")");
  EXPECT_EQ(table.quoted(4), "\"bad\xEF\xBF\xBD\"");
  for (NodeIndex i = 0; i < names.size(); ++i) {
    EXPECT_EQ(table.name(i), names[i]);
    EXPECT_EQ(table.Find(names[i]), i);
  }
}

TEST(NameTable, RanksNamesInByteOrder) {
  const NameTable table({"b", "a-10", "a", "a-9", "B"});
  const auto before = [&](NodeIndex a, NodeIndex b) { return table.rank(a) < table.rank(b); };
  EXPECT_TRUE(before(4, 2));  // B, a
  EXPECT_TRUE(before(2, 1));  // a, a-10
  EXPECT_TRUE(before(1, 3));  // a-10, a-9
  EXPECT_TRUE(before(3, 0));  // a-9, b
}

TEST(NameTable, RanksDependOnTheNamesAloneNotOnTheirIndices) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) {
    names.push_back("node-" + std::to_string(i));
  }
  const NameTable forwards(Views(names));
  std::ranges::reverse(names);
  const NameTable backwards(Views(names));
  for (const std::string& name : names) {
    EXPECT_EQ(forwards.rank(*forwards.Find(name)), backwards.rank(*backwards.Find(name))) << name;
  }
}

}  // namespace
}  // namespace berth::cluster
