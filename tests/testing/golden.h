// Golden files: text that others parse or read, kept under version control and compared byte for
// byte. UPDATE_GOLDEN=1 rewrites them; the diff is reviewed like code. Paths are relative to
// tests/: "golden/metrics/fresh.txt", "../docs/metrics.md".
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "testing/tests_directory.h"

namespace berth::tests {

inline std::string ReadText(std::string_view path) {
  std::ifstream file(std::filesystem::path(kTestsDirectory) / path, std::ios::binary);
  EXPECT_TRUE(file) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline ::testing::AssertionResult MatchesGolden(std::string_view actual, std::string_view path) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe): nobody sets it
    const std::filesystem::path file = std::filesystem::path(kTestsDirectory) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
  }
  const std::string wanted = ReadText(path);
  if (actual == wanted) {
    return ::testing::AssertionSuccess();
  }
  const auto differs = std::ranges::mismatch(actual, wanted).in2 - wanted.begin();
  const auto line = std::count(wanted.begin(), wanted.begin() + differs, '\n') + 1;
  return ::testing::AssertionFailure() << path << " differs from line " << line
                                       << " on; UPDATE_GOLDEN=1 rewrites it. Now it would be:\n"
                                       << actual;
}

}  // namespace berth::tests
