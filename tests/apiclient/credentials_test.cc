#include "berth/apiclient/credentials.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;

// A directory of its own for each test, gone afterwards.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~CredentialsTest() override { std::filesystem::remove_all(directory_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary | std::ios::trunc) << text;
  }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }

  static Environment Variables(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
      const auto found = values.find(name);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    };
  }
  static Environment Cluster(const std::string& host = "10.0.0.1") {
    return Variables({{"KUBERNETES_SERVICE_HOST", host}, {"KUBERNETES_SERVICE_PORT", "443"}});
  }

  std::unique_ptr<TokenSource> Source(const std::string& file) {
    Result<std::unique_ptr<TokenSource>> source = TokenSource::Create(
        {.origin = {}, .tls = {}, .token = "unused", .token_file = file}, clock_);
    EXPECT_TRUE(source.ok());
    return source.ok() ? *std::move(source) : nullptr;
  }

  std::filesystem::path directory_;
  ManualClock clock_;
};

TEST_F(CredentialsTest, OwnNamespaceIsMountedOrEmpty) {
  EXPECT_EQ(OwnNamespace(directory_.string()), "");
  Write("namespace", "berth-system\n");
  EXPECT_EQ(OwnNamespace(directory_.string()), "berth-system");
}

TEST_F(CredentialsTest, InClusterReadsTheMountedServiceAccount) {
  Write("token", "abc\n");
  Write("ca.crt", "-----BEGIN CERTIFICATE-----");
  const Result<Credentials> found = InCluster(directory_.string(), Cluster());
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->origin, "https://10.0.0.1:443");
  EXPECT_EQ(found->tls.ca_pem, "-----BEGIN CERTIFICATE-----");
  EXPECT_FALSE(found->tls.skip_verification);
  EXPECT_EQ(found->token_file, Path("token"));
}

TEST_F(CredentialsTest, AnIpv6HostStandsInBrackets) {
  Write("token", "abc");
  Write("ca.crt", "pem");
  EXPECT_EQ(InCluster(directory_.string(), Cluster("fd00::1"))->origin, "https://[fd00::1]:443");
}

TEST_F(CredentialsTest, OutsideOfAClusterItSaysWhatIsMissing) {
  const Error error = InCluster(directory_.string(), Variables({})).error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_NE(error.message.find("KUBERNETES_SERVICE_HOST"), std::string::npos);

  const Error no_token = InCluster(directory_.string(), Cluster()).error();
  EXPECT_EQ(no_token.message, Path("token") + ": cannot be read");

  Write("token", "abc");
  EXPECT_EQ(InCluster(directory_.string(), Cluster()).error().message,
            Path("ca.crt") + ": cannot be read");
  Write("ca.crt", "");
  EXPECT_FALSE(InCluster(directory_.string(), Cluster()).ok());
}

TEST_F(CredentialsTest, AFixedTokenStaysAndARefusedOneIsNotTriedAgain) {
  Credentials credentials;
  credentials.token = "fixed";
  const Result<std::unique_ptr<TokenSource>> source = TokenSource::Create(credentials, clock_);
  ASSERT_TRUE(source.ok());
  clock_.Advance(1h);
  EXPECT_EQ((*source)->Token(), "fixed");
  EXPECT_FALSE((*source)->Refresh("fixed"));
}

TEST_F(CredentialsTest, ATokenFileIsReadAgainAfterItsInterval) {
  Write("token", "first\n");
  const auto source = Source(Path("token"));
  EXPECT_EQ(source->Token(), "first");
  Write("token", "second");
  clock_.Advance(TokenSource::kRereadInterval - 1ms);
  EXPECT_EQ(source->Token(), "first");
  clock_.Advance(1ms);
  EXPECT_EQ(source->Token(), "second");
}

TEST_F(CredentialsTest, ARefusedTokenIsReadAgainAtOnce) {
  Write("token", "first");
  const auto source = Source(Path("token"));
  EXPECT_FALSE(source->Refresh("first"));
  Write("token", "second");
  EXPECT_TRUE(source->Refresh("first"));
  EXPECT_EQ(source->Token(), "second");
}

TEST_F(CredentialsTest, AFileThatWentAwayOrBrokeLeavesTheLastTokenInUse) {
  Write("token", "first");
  const auto source = Source(Path("token"));
  for (const char* broken : {"", "\n", "two words", "line\nline", "nul\x01"}) {
    Write("token", broken);
    EXPECT_FALSE(source->Refresh("first")) << broken;
    EXPECT_EQ(source->Token(), "first") << broken;
  }
  std::filesystem::remove(Path("token"));
  clock_.Advance(1h);
  EXPECT_EQ(source->Token(), "first");
}

TEST_F(CredentialsTest, AWrongTokenFileIsFoundAtTheStartWithoutShowingIt) {
  const auto create = [&](const std::string& file) {
    return TokenSource::Create({.origin = {}, .tls = {}, .token = {}, .token_file = file}, clock_);
  };
  EXPECT_EQ(create(Path("none")).error().message, Path("none") + ": cannot be read");
  Write("token", "sec ret");
  EXPECT_EQ(create(Path("token")).error().message.find("ret"), std::string::npos);
}

}  // namespace
}  // namespace berth::apiclient
