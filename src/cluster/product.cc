#include "berth/cluster/product.h"

#include <algorithm>
#include <cstddef>

namespace berth::cluster {
namespace {

bool IsBoundary(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == '-' || text[at] == '_' || text[at] == ' ';
}

bool Names(std::string_view product, std::string_view wanted) {
  for (std::size_t at = product.find(wanted); at != std::string_view::npos;
       at = product.find(wanted, at + 1)) {
    if ((at == 0 || IsBoundary(product, at - 1)) && IsBoundary(product, at + wanted.size())) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool WillDo(std::string_view product, std::span<const std::string> wanted) {
  return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& accelerator) {
           return Names(product, accelerator);
         });
}

}  // namespace berth::cluster
