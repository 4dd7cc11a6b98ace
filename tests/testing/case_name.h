// Names a row of a table test by its field `name`.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace berth::tests {

inline constexpr auto CaseName = [](const auto& info) -> std::string { return info.param.name; };

}  // namespace berth::tests
