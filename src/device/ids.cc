#include "ids.h"

#include <algorithm>
#include <array>

namespace berth::device {
namespace {

constexpr std::size_t kMaxId = 128;
constexpr std::array<std::string_view, 3> kRuntimeWords = {"all", "none", "void"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsIdCharacter(char c) {
  constexpr std::string_view kMarks = "-_.:/";
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

bool IsDeviceId(std::string_view text) {
  return !text.empty() && text.size() <= kMaxId && std::ranges::all_of(text, IsIdCharacter) &&
         std::ranges::find(kRuntimeWords, text) == kRuntimeWords.end();
}

bool IsNumber(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

std::string JoinIds(const std::vector<std::string>& ids) {
  std::string joined;
  for (const std::string& id : ids) {
    if (!joined.empty()) {
      joined += ',';
    }
    joined += id;
  }
  return joined;
}

}  // namespace berth::device
