// Names a row of a table test by its field `name`.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace berth::tests {
// NOLINTNEXTLINE(readability-identifier-naming): to its users it is a function
inline constexpr auto CaseName = [](const auto& info) -> std::string { return info.param.name; };

}  // namespace berth::tests
