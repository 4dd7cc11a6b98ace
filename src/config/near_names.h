// "Did you mean": the names that a mistyped one may stand for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::config {

// Nearest first, at most two. Case, '_' and '-' do not count as differences. Empty when nothing is
// near.
std::vector<std::string> NearNames(std::string_view name, const std::vector<std::string>& known);

}  // namespace berth::config
