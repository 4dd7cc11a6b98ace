// A port's certificate while the program runs: swapped like a mounted Secret, broken, expired,
// away.
#include "certificate_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "net/certificates.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace berth::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CertificateFilesTest : public testing::Test {
 protected:
  CertificateFilesTest() {
    // The certificates' time is the system's.
    clock_.Advance(std::chrono::system_clock::now() - clock_.WallNow());
    fs::create_directories(directory_.file("..1"));
    WritePair("..1", first_);
    Write("..1/ca.crt", authority_.pem());
    fs::create_directory_symlink("..1", directory_.file("..data"));
    for (const char* name : {"tls.crt", "tls.key", "ca.crt"}) {
      fs::create_symlink(std::string("..data/") + name, directory_.file(name));
    }
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.file(name), std::ios::binary) << text;
  }
  void WritePair(const std::string& in, const net::Identity& identity) const {
    Write(in + "/tls.crt", identity.certificate_pem);
    Write(in + "/tls.key", identity.key_pem);
  }
  // As the kubelet replaces a Secret.
  void Swap(const net::Identity& identity) {
    const std::string next = ".." + std::to_string(++version_);
    fs::create_directories(directory_.file(next));
    WritePair(next, identity);
    Write(next + "/ca.crt", authority_.pem());
    fs::create_directory_symlink(next, directory_.file("..data_tmp"));
    fs::rename(directory_.file("..data_tmp"), directory_.file("..data"));
  }

  Status Open() {
    auto files = CertificateFiles::Open({.use = "scheduler",
                                         .cert_file = directory_.file("tls.crt"),
                                         .key_file = directory_.file("tls.key"),
                                         .client_ca_file = directory_.file("ca.crt"),
                                         .client_names = {"system:kube-scheduler"}},
                                        clock_, log_);
    if (!files.ok()) {
      return files.error();
    }
    files_ = std::move(files).value();
    first_tls_ = files_->TakeFirst();
    files_->Start([this](const net::ServerTls& tls) {
      published_.push_back(tls);
      return Status();
    });
    return {};
  }
  void PollTwice() {
    files_->Poll(clock_.WallNow());
    files_->Poll(clock_.WallNow());
  }
  std::string Errors() const {
    std::string errors;
    for (const std::string& line : lines_) {
      errors += line.find("\"error\"") != std::string::npos ? line + "\n" : "";
    }
    return errors;
  }

  const net::TestAuthority authority_;
  const net::Identity first_ = authority_.Issue("berth", "");
  const tests::TemporaryDirectory directory_;
  tests::ManualClock clock_;
  std::vector<std::string> lines_;
  observe::Logger log_{{}, clock_, [this](std::string_view line) { lines_.emplace_back(line); }};
  std::unique_ptr<CertificateFiles> files_;
  net::ServerTls first_tls_;
  std::vector<net::ServerTls> published_;
  int version_ = 1;
};

TEST_F(CertificateFilesTest, GivesWhatTheFilesHold) {
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(first_tls_.certificate_pem, first_.certificate_pem);
  EXPECT_EQ(first_tls_.key_pem, first_.key_pem);
  EXPECT_EQ(first_tls_.client_ca_pem, authority_.pem());
  EXPECT_EQ(first_tls_.client_names, std::vector<std::string>{"system:kube-scheduler"});
  const observe::CertificateReading reading = files_->reading();
  EXPECT_EQ(reading.use, "scheduler");
  EXPECT_GT(reading.not_after, clock_.WallNow() + std::chrono::minutes(55));
  EXPECT_EQ(reading.error, "");
  PollTwice();
  EXPECT_TRUE(published_.empty());
}

TEST_F(CertificateFilesTest, ASwappedSecretCountsOnceItWasReadTwice) {
  ASSERT_TRUE(Open().ok());
  const net::Identity next = authority_.Issue("berth", "");
  Swap(next);
  EXPECT_EQ(files_->Poll(clock_.WallNow()), std::chrono::milliseconds(250));
  EXPECT_TRUE(published_.empty());
  files_->Poll(clock_.WallNow());
  ASSERT_EQ(published_.size(), 1U);
  EXPECT_EQ(published_[0].certificate_pem, next.certificate_pem);
  EXPECT_EQ(published_[0].client_names, first_tls_.client_names);
}

TEST_F(CertificateFilesTest, ABadPairKeepsTheOldOneAndSaysSo) {
  ASSERT_TRUE(Open().ok());
  net::Identity mixed = authority_.Issue("berth", "");
  mixed.key_pem = first_.key_pem;
  Swap(mixed);
  PollTwice();
  EXPECT_TRUE(published_.empty());
  EXPECT_THAT(files_->reading().error, HasSubstr("server key: "));
  EXPECT_THAT(files_->reading().error, HasSubstr("tls.key"));
  EXPECT_THAT(Errors(), HasSubstr("certificate refused, the one before stays in use"));
  Swap(authority_.Issue("berth", ""));
  PollTwice();
  EXPECT_EQ(published_.size(), 1U);
  EXPECT_EQ(files_->reading().error, "");
}

TEST_F(CertificateFilesTest, AnExpiredOneKeepsTheOldOne) {
  ASSERT_TRUE(Open().ok());
  Swap(authority_.Issue("berth", "", -60));
  PollTwice();
  EXPECT_TRUE(published_.empty());
  EXPECT_THAT(files_->reading().error, HasSubstr("the certificate has expired at "));
}

TEST_F(CertificateFilesTest, AnEmptyOrMissingFileOfAuthoritiesOpensNoDoor) {
  ASSERT_TRUE(Open().ok());
  Write("..1/ca.crt", "");
  PollTwice();
  EXPECT_TRUE(published_.empty());
  EXPECT_THAT(files_->reading().error, HasSubstr("ca.crt: the file is empty"));
  fs::remove(directory_.file("..1/ca.crt"));
  PollTwice();
  EXPECT_TRUE(published_.empty());
  EXPECT_THAT(files_->reading().error, HasSubstr("ca.crt"));
}

TEST_F(CertificateFilesTest, RefusesToBeginWithoutAPair) {
  fs::remove(directory_.file("..1/tls.key"));
  const Status missing = Open();
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("scheduler.tls: "));
  EXPECT_THAT(missing.error().message, HasSubstr("tls.key"));
  Write("..1/tls.key", "no key");
  ASSERT_FALSE(Open().ok());
}

}  // namespace
}  // namespace berth::app
