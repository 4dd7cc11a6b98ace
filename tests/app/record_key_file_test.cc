// The keys of records while the program runs: replaced like a mounted Secret, broken, away.
#include "record_key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "berth/base/base64.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace berth::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kOne = "k1:" + EncodeBase64(std::string(32, '1')) + "\n";
const std::string kTwo = "k2:" + EncodeBase64(std::string(32, '2')) + "\n";

class RecordKeyFileTest : public testing::Test {
 protected:
  RecordKeyFileTest() { Write(kOne); }

  // As a mounted Secret is: another file under the same name.
  void Write(const std::string& text) const {
    std::ofstream(directory_.file("next"), std::ios::binary) << text;
    fs::rename(directory_.file("next"), directory_.file("keys"));
  }
  Status Open() {
    auto file = RecordKeyFile::Open(directory_.file("keys"), clock_, log_);
    if (!file.ok()) {
      return file.error();
    }
    file_ = std::move(file).value();
    file_->Start([this] { ++changes_; });
    return {};
  }
  void PollTwice() {
    file_->Poll(clock_.WallNow());
    file_->Poll(clock_.WallNow());
  }
  std::string Log() const {
    std::string all;
    for (const std::string& line : lines_) {
      all += line + "\n";
    }
    return all;
  }

  const tests::TemporaryDirectory directory_;
  tests::ManualClock clock_;
  std::vector<std::string> lines_;
  observe::Logger log_{{}, clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
  std::unique_ptr<RecordKeyFile> file_;
  int changes_ = 0;
};

TEST_F(RecordKeyFileTest, GivesWhatTheFileHolds) {
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(file_->keys()->ids(), ElementsAre("k1"));
  EXPECT_THAT(file_->reading().ids, ElementsAre("k1"));
  EXPECT_EQ(file_->reading().error, "");
  PollTwice();
  EXPECT_EQ(changes_, 0);
}

TEST_F(RecordKeyFileTest, ReplacedKeysCountOnceTheyWereReadTwice) {
  ASSERT_TRUE(Open().ok());
  const RecordKeyFile::KeysPtr before = file_->keys();
  Write(kTwo + kOne);
  EXPECT_EQ(file_->Poll(clock_.WallNow()), kSettle);
  EXPECT_THAT(file_->keys()->ids(), ElementsAre("k1"));
  EXPECT_EQ(file_->Poll(clock_.WallNow()), std::chrono::seconds(2));
  EXPECT_THAT(file_->keys()->ids(), ElementsAre("k2", "k1"));
  EXPECT_THAT(file_->reading().ids, ElementsAre("k2", "k1"));
  EXPECT_EQ(changes_, 1);
  EXPECT_THAT(before->ids(), ElementsAre("k1"));  // who holds them goes on with them
}

TEST_F(RecordKeyFileTest, ABrokenFileKeepsTheKeysAndSaysSoWithoutSayingThem) {
  ASSERT_TRUE(Open().ok());
  Write(kOne + "k2:c2VjcmV0\n");
  PollTwice();
  EXPECT_THAT(file_->keys()->ids(), ElementsAre("k1"));
  EXPECT_THAT(file_->reading().error, HasSubstr("keys: line 2: the key k2 has 6 bytes"));
  EXPECT_THAT(Log(), HasSubstr("record keys refused, those before stay in use"));
  EXPECT_EQ(changes_, 0);
  fs::remove(directory_.file("keys"));
  PollTwice();
  EXPECT_THAT(file_->keys()->ids(), ElementsAre("k1"));
  EXPECT_THAT(file_->reading().error, HasSubstr("No such file"));
  Write(kOne);
  PollTwice();
  EXPECT_EQ(file_->reading().error, "");
  EXPECT_THAT(Log(), Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(Log(), Not(HasSubstr(kOne.substr(3, 20))));
}

TEST_F(RecordKeyFileTest, RefusesToBeginWithoutKeys) {
  Write("");
  EXPECT_THAT(Open().error().message, HasSubstr("records.keyFile: "));
  EXPECT_THAT(Open().error().message, HasSubstr("keys: holds no key"));
  fs::remove(directory_.file("keys"));
  EXPECT_THAT(Open().error().message, HasSubstr("No such file"));
}

}  // namespace
}  // namespace berth::app
