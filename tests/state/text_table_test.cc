// The table against a map that does the same, over random calls with few keys and colliding ones.
#include "text_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::state {
namespace {

struct Entry {
  std::string key;
  int number = 0;

  friend bool operator==(const Entry&, const Entry&) = default;
};
struct EntryKey {
  std::string_view operator()(const Entry& entry) const { return entry.key; }
};
using Table = TextTable<Entry, EntryKey>;

std::vector<std::pair<std::string, int>> Sorted(const Table& table) {
  std::vector<std::pair<std::string, int>> all;
  for (const Entry& entry : table.values()) {
    all.emplace_back(entry.key, entry.number);
  }
  std::ranges::sort(all);
  return all;
}

TEST(TextTableTest, AnEmptyTableHasNothingAndForgetsNothing) {
  Table table;
  EXPECT_EQ(table.Find("a"), nullptr);
  table.Erase("a");
  EXPECT_TRUE(Sorted(table).empty());
}

TEST(TextTableTest, AnEmptyTextIsAKeyToo) {
  Table table;
  table.Add({.key = "", .number = 7});
  ASSERT_NE(table.Find(""), nullptr);
  EXPECT_EQ(table.Find("")->number, 7);
}

TEST(TextTableTest, AgreesWithAMapOverRandomCalls) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same calls every time
  for (const unsigned keys : {3U, 12U, 400U}) {
    Table table;
    std::map<std::string, int> map;
    for (int step = 0; step < 20'000; ++step) {
      const std::string key = "pod-" + std::to_string(random() % keys);
      if (random() % 2 == 0) {
        table.Erase(key);
        map.erase(key);
      } else if (map.try_emplace(key, step).second) {
        table.Add({.key = key, .number = step});
      }
      const std::string asked = "pod-" + std::to_string(random() % keys);
      const Entry* const found = table.Find(asked);
      const auto wanted = map.find(asked);
      ASSERT_EQ(found != nullptr, wanted != map.end()) << asked << " at step " << step;
      if (found != nullptr) {
        ASSERT_EQ(*found, (Entry{.key = wanted->first, .number = wanted->second}));
      }
    }
    EXPECT_EQ(Sorted(table), (std::vector<std::pair<std::string, int>>(map.begin(), map.end())));
  }
}

}  // namespace
}  // namespace berth::state
