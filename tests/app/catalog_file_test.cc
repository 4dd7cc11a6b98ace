// The catalog's file while the program runs: swapped, broken, repaired, away, half-written.
#include "catalog_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "berth/app/run.h"
#include "berth/config/catalog.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace berth::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kInterval = seconds(2);

std::string CatalogOf(const std::vector<std::string>& models) {
  std::string text = "apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\nmodels:\n";
  for (const std::string& model : models) {
    text += "- {name: " + model + ", variants: [{name: fp16, weights: 1Gi}]}\n";
  }
  return text;
}

class CatalogFileTest : public testing::Test {
 protected:
  std::string Path(const std::string& name = "catalog.yaml") const { return directory_.file(name); }
  void Write(const std::string& text, const std::string& name = "catalog.yaml") const {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::binary) << text;
  }

  void Open(const std::string& path) {
    Result<std::unique_ptr<CatalogFile>> file = CatalogFile::Open(path, kInterval, clock_, log_);
    ASSERT_TRUE(file.ok()) << file.error().message;
    file_ = std::move(file).value();
    file_->Start([this](const CatalogFile::CatalogPtr& catalog) {
      std::string names;
      for (const cluster::Model& model : catalog->models()) {
        names += names.empty() ? "" : " ";
        names += model.name;
      }
      published_.push_back(names);
    });
    lines_.clear();
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
  std::string Warnings() const {
    std::string warnings;
    for (const std::string& line : lines_) {
      warnings += line.find("\"warn\"") != std::string::npos ? line + "\n" : "";
    }
    return warnings;
  }

  const tests::TemporaryDirectory directory_;
  tests::ManualClock clock_;
  std::vector<std::string> lines_;
  observe::Logger log_{{}, clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
  std::unique_ptr<CatalogFile> file_;
  std::vector<std::string> published_;  // the models of each catalog
};

TEST_F(CatalogFileTest, HandsOverWhatItHasAndThenOnlyChanges) {
  Write(CatalogOf({"b", "a"}));
  Open(Path());
  EXPECT_THAT(published_, ElementsAre("a b"));
  const std::string first = file_->catalog()->revision();
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a b"));

  Write(CatalogOf({"a", "c"}));
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a b", "a c"));
  EXPECT_NE(file_->catalog()->revision(), first);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("model catalog loaded")));
  const observe::CatalogReading reading = file_->reading();
  EXPECT_EQ(reading.path, Path());
  EXPECT_EQ(reading.revision, file_->catalog()->revision());
  EXPECT_EQ(reading.models, 2U);
  EXPECT_EQ(reading.loaded_at, clock_.WallNow());
  EXPECT_EQ(reading.error, "");
}

TEST_F(CatalogFileTest, LooksAgainSoonOnceItSawAChange) {
  Write(CatalogOf({"a"}));
  Open(Path());
  EXPECT_EQ(Poll(), kInterval);
  Write(CatalogOf({"b"}));
  EXPECT_EQ(Poll(), milliseconds(250));
  EXPECT_EQ(Poll(), kInterval);
  EXPECT_THAT(published_, ElementsAre("a", "b"));
}

// The kubelet mounts a ConfigMap as catalog.yaml -> ..data/catalog.yaml, ..data -> a directory with
// a timestamp in its name, and swaps ..data by a rename.
TEST_F(CatalogFileTest, FollowsTheLinksOfAConfigMap) {
  Write(CatalogOf({"old"}), "..2026_01/catalog.yaml");
  fs::create_directory_symlink("..2026_01", Path("..data"));
  fs::create_symlink("..data/catalog.yaml", Path());
  Open(Path());

  Write(CatalogOf({"new"}), "..2026_02/catalog.yaml");
  fs::create_directory_symlink("..2026_02", Path("..data_tmp"));
  fs::rename(Path("..data_tmp"), Path("..data"));
  fs::remove_all(Path("..2026_01"));
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("old", "new"));
}

TEST_F(CatalogFileTest, ABadTextKeepsTheCatalogAndIsToldOnceUntilItIsRepaired) {
  Write(CatalogOf({"a"}));
  Open(Path());
  const std::string good = file_->reading().revision;
  const WallTime loaded_at = file_->reading().loaded_at;

  Write("apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\nmodels: [{name: a b}, 5]\n");
  PollTwice();
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a"));
  EXPECT_EQ(file_->catalog()->revision(), good);
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(Warnings(), HasSubstr("model catalog refused"));
  for (const std::string_view part :
       {":3:10: models[0].variants: ", ":3:17: models[0].name: ", ":3:23: models[1]: "}) {
    EXPECT_THAT(Warnings(), HasSubstr(part));
    EXPECT_THAT(file_->reading().error, HasSubstr(part));
  }
  EXPECT_EQ(file_->reading().revision, good);
  EXPECT_EQ(file_->reading().models, 1U);
  EXPECT_EQ(file_->reading().loaded_at, loaded_at);

  Write(CatalogOf({"a", "b"}));
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a", "a b"));
  EXPECT_EQ(file_->reading().error, "");
}

TEST_F(CatalogFileTest, TheSameTextAgainClearsTheErrorAndIsNoChange) {
  Write(CatalogOf({"a"}));
  Open(Path());
  Write("models: [");
  PollTwice();
  EXPECT_NE(file_->reading().error, "");
  Write(CatalogOf({"a"}));
  PollTwice();
  EXPECT_EQ(file_->reading().error, "");
  EXPECT_THAT(published_, ElementsAre("a"));
}

TEST_F(CatalogFileTest, AFileThatIsAwayForAMomentIsNotMissed) {
  Write(CatalogOf({"a"}));
  Open(Path());
  fs::remove(Path());
  Poll();
  Write(CatalogOf({"a"}));
  PollTwice();
  EXPECT_EQ(file_->reading().error, "");
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(CatalogFileTest, AFileThatStaysAwayIsToldOnceAndTheCatalogStays) {
  Write(CatalogOf({"a"}));
  Open(Path());
  fs::remove(Path());
  PollTwice();
  PollTwice();
  EXPECT_THAT(file_->reading().error, HasSubstr("No such file"));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("No such file")));
  EXPECT_NE(file_->catalog()->Find("a"), nullptr);

  Write(CatalogOf({"b"}));
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a", "b"));
}

TEST_F(CatalogFileTest, AHalfWrittenFileIsWaitedFor) {
  Write(CatalogOf({"a"}));
  Open(Path());
  Write("");  // truncated
  Poll();
  Write(CatalogOf({"b"}));  // sound, but not all of it
  Poll();
  Write(CatalogOf({"b", "c"}));
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a", "b c"));
  EXPECT_EQ(Warnings(), "");
}

TEST_F(CatalogFileTest, TooLargeATextIsRefused) {
  Write(CatalogOf({"a"}));
  Open(Path());
  Write(CatalogOf({"b"}) + std::string(config::kMaxCatalogText, '#'));
  PollTwice();
  EXPECT_THAT(file_->reading().error, HasSubstr("larger than 1Mi"));
  EXPECT_THAT(published_, ElementsAre("a"));

  std::string fits = CatalogOf({"b"});
  fits.append(config::kMaxCatalogText - fits.size(), '#');
  Write(fits);
  PollTwice();
  EXPECT_THAT(published_, ElementsAre("a", "b"));
}

TEST_F(CatalogFileTest, WhatIsNoFileIsRefusedAndNotWaitedFor) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  for (const std::string& path : {Path("pipe"), directory_.path().string()}) {
    const auto file = CatalogFile::Open(path, kInterval, clock_, log_);
    ASSERT_FALSE(file.ok()) << path;
    EXPECT_THAT(file.error().message, HasSubstr("is no regular file"));
  }
}

TEST_F(CatalogFileTest, ABadFirstTextIsAnErrorWithEverythingThatIsWrong) {
  Write("apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\nmodels: [5, 6]\n");
  const auto file = CatalogFile::Open(Path(), kInterval, clock_, log_);
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(file.error().message, HasSubstr(Path() + ":3:10: models[0]: "));
  EXPECT_THAT(file.error().message, HasSubstr(Path() + ":3:13: models[1]: "));
}

TEST_F(CatalogFileTest, DoubtsAreLogged) {
  Write(CatalogOf({"a"}));
  Open(Path());
  Write(CatalogOf({"a"}) + "- {name: b, variants: [{name: v, weights: 2Gi, deviceMemory: 1Gi}]}\n");
  PollTwice();
  EXPECT_THAT(Warnings(), HasSubstr(":5:62: warning: models[1].variants[0].deviceMemory: "));
  EXPECT_THAT(published_, ElementsAre("a", "a b"));
}

TEST_F(CatalogFileTest, WatchEndsWhenItIsTold) {
  Write(CatalogOf({"a"}));
  Open(Path());
  std::jthread watching([this](const std::stop_token& stop) { file_->Watch(stop); });
  watching.request_stop();
  watching.join();
  EXPECT_THAT(published_, ElementsAre("a"));
}

TEST_F(CatalogFileTest, ServeRefusesToStartWithABadCatalog) {
  Write("apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\nmodels: [5]\n");
  Write("", "nothing.yaml");
  Write("apiVersion: v1\nkind: List\nitems: []\n", "cluster.yaml");
  const auto serve = [&](const std::string& catalog) {
    std::ostringstream out;
    std::ostringstream err;
    const int code =
        app::Run({"serve", "--cluster", Path("cluster.yaml"), "--listen", "127.0.0.1:0",
                  "--operations-listen", "127.0.0.1:0", "--catalog", catalog},
                 out, err);
    return std::to_string(code) + " " + err.str();
  };
  EXPECT_THAT(serve(Path()), HasSubstr("2 berth serve: " + Path() + ":3:10: models[0]: found 5"));
  EXPECT_THAT(serve(Path("nothing.yaml")), HasSubstr(":1:1: is empty, expected a map"));
  EXPECT_THAT(serve(Path("missing.yaml")), HasSubstr("2 berth serve: " + Path("missing.yaml")));
}

}  // namespace
}  // namespace berth::app
