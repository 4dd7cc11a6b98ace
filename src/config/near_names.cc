#include "near_names.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace berth::config {
namespace {

constexpr std::size_t kMaxLength = 64;  // nobody mistypes a longer one

std::string Fold(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_' && c != '-') {
      folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return folded;
}

// Levenshtein: insertions, deletions and replacements from `a` to `b`.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> NearNames(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > kMaxLength) {
    return {};
  }
  const std::string folded = Fold(name);
  const std::size_t limit = std::max<std::size_t>(1, (folded.size() + 1) / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : known) {
    if (const std::size_t distance = Distance(folded, Fold(candidate)); distance <= limit) {
      near.emplace_back(distance, candidate);
    }
  }
  std::ranges::sort(near);
  std::vector<std::string> names;
  for (auto& [distance, candidate] : near) {
    if (names.size() < 2) {
      names.push_back(std::move(candidate));
    }
  }
  return names;
}

}  // namespace berth::config
