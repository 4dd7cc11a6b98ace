// A short name for a text, so that people and dashboards can tell two of them apart.
#pragma once

#include <string>
#include <string_view>

namespace berth::config {

// "fnv:1f2e3d4c5b6a7988". Not meant to withstand anybody.
std::string RevisionOf(std::string_view text);

}  // namespace berth::config
