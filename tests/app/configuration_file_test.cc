// The configuration's file while the program runs: changed, broken, repaired, at odds with flags.
#include "configuration_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace berth::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kHead = "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n";

class ConfigurationFileTest : public testing::Test {
 protected:
  std::string path() const { return directory_.file("berth.yaml"); }
  void Write(const std::string& text) const {
    std::ofstream(path(), std::ios::binary) << kHead << text;
  }

  void Open(ConfigurationFile::Override override_by = {}) {
    std::string doubts;
    Result<std::unique_ptr<ConfigurationFile>> file =
        ConfigurationFile::Open(path(), std::move(override_by), clock_.WallNow(), doubts);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(doubts, "");
    file_ = std::move(file).value();
    file_->Start(clock_, log_, [this](const config::Configuration& configuration) {
      published_.push_back(configuration);
    });
  }

  Duration Poll() {
    clock_.Advance(seconds(2));
    return file_->Poll(clock_.WallNow());
  }
  // A change counts once it was seen twice.
  void PollTwice() {
    Poll();
    Poll();
  }

  const tests::TemporaryDirectory directory_;
  tests::ManualClock clock_;
  std::vector<std::string> lines_;
  observe::Logger log_{{}, clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
  std::unique_ptr<ConfigurationFile> file_;
  std::vector<config::Configuration> published_;
};

TEST_F(ConfigurationFileTest, HandsOverWhatMayChangeAndSaysWhatWaits) {
  Write("log: {level: info}\n");
  Open();
  PollTwice();
  EXPECT_THAT(published_, IsEmpty());
  const std::string hash = file_->reading().hash;

  Write("log: {level: debug}\nscheduler: {shortlist: 7}\n");
  EXPECT_EQ(Poll(), milliseconds(250));
  EXPECT_EQ(Poll(), seconds(2));
  ASSERT_EQ(published_.size(), 1U);
  EXPECT_EQ(published_[0].log.level, config::LogLevel::kDebug);
  EXPECT_EQ(published_[0].scheduler.shortlist, 32);
  EXPECT_EQ(file_->in_use()->log.level, config::LogLevel::kDebug);
  EXPECT_EQ(file_->at_start().log.level, config::LogLevel::kInfo);
  const observe::ConfigurationReading reading = file_->reading();
  EXPECT_EQ(reading.path, path());
  EXPECT_NE(reading.hash, hash);
  EXPECT_EQ(reading.loaded_at, clock_.WallNow());
  EXPECT_THAT(reading.waiting, ElementsAre("scheduler.shortlist"));
  EXPECT_EQ(reading.error, "");
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("configuration loaded"),
                                  HasSubstr("\"settings\":\"scheduler.shortlist\"")));

  Write("log: {level: info}\n");
  PollTwice();
  EXPECT_THAT(file_->reading().waiting, IsEmpty());
  EXPECT_EQ(file_->reading().hash, hash);
}

TEST_F(ConfigurationFileTest, ABadTextChangesNothingAndIsToldOnceUntilItIsRepaired) {
  Write("");
  Open();
  Write("log: {level: loud}\npolicy: {profil: batch}\n");
  PollTwice();
  PollTwice();
  EXPECT_THAT(published_, IsEmpty());
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("configuration refused")));
  EXPECT_THAT(file_->reading().error, HasSubstr(":3:14: log.level: "));
  EXPECT_THAT(file_->reading().error, HasSubstr(R"(:4:10: policy: unknown key "profil")"));

  Write("log: {level: warn}\n");
  PollTwice();
  EXPECT_EQ(file_->reading().error, "");
  EXPECT_EQ(published_.size(), 1U);
}

TEST_F(ConfigurationFileTest, WhatTheCommandLineSaysHoldsForLaterTextsToo) {
  Write("scheduler: {listen: '127.0.0.1:1'}\n");
  Open([](config::Configuration& configuration) -> Status {
    configuration.scheduler.listen = "127.0.0.1:7";
    return configuration.log.level == config::LogLevel::kError ? InvalidArgument("at odds")
                                                               : Status();
  });
  Write("scheduler: {listen: '127.0.0.1:2'}\nlog: {level: warn}\n");
  PollTwice();
  EXPECT_THAT(file_->reading().waiting, IsEmpty());
  EXPECT_EQ(file_->in_use()->scheduler.listen, "127.0.0.1:7");

  Write("log: {level: error}\n");
  PollTwice();
  EXPECT_EQ(file_->reading().error, "at odds");
  EXPECT_EQ(file_->in_use()->log.level, config::LogLevel::kWarn);
}

TEST_F(ConfigurationFileTest, WithoutAFileTheDefaultsHoldAndNothingIsWatched) {
  std::string doubts;
  const auto file = ConfigurationFile::Open("", {}, clock_.WallNow(), doubts);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(config::ToYaml((*file)->at_start()), config::ToYaml({}));
  EXPECT_EQ((*file)->reading().path, "");
  EXPECT_NE((*file)->reading().hash, "");
  (*file)->Watch({});  // returns, though nobody asked it to stop
}

TEST_F(ConfigurationFileTest, APipeIsReadOnceAndNotWatched) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  std::jthread writer([this] { Write("log: {level: warn}\n"); });
  std::string doubts;
  const auto file = ConfigurationFile::Open(path(), {}, clock_.WallNow(), doubts);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ((*file)->at_start().log.level, config::LogLevel::kWarn);
  (*file)->Watch({});
}

TEST_F(ConfigurationFileTest, AMissingOrBadFileIsToldAtTheStart) {
  std::string doubts;
  auto file = ConfigurationFile::Open(path(), {}, clock_.WallNow(), doubts);
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("No such file"));
  Write("log: {level: loud}\n");
  file = ConfigurationFile::Open(path(), {}, clock_.WallNow(), doubts);
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message, HasSubstr("log.level"));
  EXPECT_THAT(file.error().message, Not(testing::EndsWith("\n")));
}

}  // namespace
}  // namespace berth::app
