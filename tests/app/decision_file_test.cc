#include "decision_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "testing/temporary_directory.h"

namespace berth::app {
namespace {

std::string TextOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(DecisionFile, AppendsAndFollowsARotation) {
  const tests::TemporaryDirectory directory;
  const std::string path = directory.file("decisions.jsonl");
  std::ofstream(path) << "before\n";
  const auto file = DecisionFile::Open(path);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->Append("one\n"));
  std::filesystem::rename(path, path + ".1");
  EXPECT_TRUE((*file)->Append("two\n"));
  EXPECT_TRUE((*file)->Append("three\n"));
  EXPECT_EQ(TextOf(path + ".1"), "before\none\n");
  EXPECT_EQ(TextOf(path), "two\nthree\n");
}

TEST(DecisionFile, SaysWhatItCannotOpen) {
  const tests::TemporaryDirectory directory;
  const auto file = DecisionFile::Open(directory.file("none/decisions.jsonl"));
  ASSERT_FALSE(file.ok());
  EXPECT_NE(file.error().message.find("decisionLog.file: "), std::string::npos);
  EXPECT_NE(file.error().message.find("none/decisions.jsonl"), std::string::npos);
}

TEST(DecisionFile, TellsWhatIsLost) {
  const auto file = DecisionFile::Open("/dev/full");
  ASSERT_TRUE(file.ok());
  EXPECT_FALSE((*file)->Append("one\n"));
}

}  // namespace
}  // namespace berth::app
