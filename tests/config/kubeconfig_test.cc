#include "berth/config/kubeconfig.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

namespace berth::config {
namespace {

// "-----BEGIN CERTIFICATE-----\nAA==\n"
constexpr std::string_view kPemBase64 = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0K";
constexpr std::string_view kPem = "-----BEGIN CERTIFICATE-----\nAA==\n";

// A directory of its own, gone with the test.
class KubeconfigTest : public ::testing::Test {
 protected:
  KubeconfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kubeconfig.XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~KubeconfigTest() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  // One context with this cluster and user, in flow style.
  std::string WriteConfig(std::string_view cluster, std::string_view user = "{}") const {
    return Write("config",
                 "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
                 "contexts: [{name: b, context: {cluster: x}}, "
                 "{name: a, context: {cluster: c, user: u}}]\n"
                 "clusters: [{name: c, cluster: " +
                     std::string(cluster) + "}]\nusers: [{name: u, user: " + std::string(user) +
                     "}]\n");
  }

  // The error without the directory, which changes from run to run.
  std::string ErrorOf(const std::string& path) const {
    const Result<Kubeconfig> config = LoadKubeconfig(path);
    std::string message = config ? "no error" : config.error().message;
    const std::string prefix = directory_.string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos;
         at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  std::filesystem::path directory_;
};

TEST_F(KubeconfigTest, ReadsInlineData) {
  const std::string pem(kPemBase64);
  const Result<Kubeconfig> config = LoadKubeconfig(WriteConfig(
      "{server: \"https://10.0.0.1:6443\", tls-server-name: api, certificate-authority-data: " +
          pem + "}",
      "{client-certificate-data: " + pem + ", client-key-data: " + pem + ", token: 0123}"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://10.0.0.1:6443");
  EXPECT_EQ(config->tls_server_name, "api");
  EXPECT_FALSE(config->insecure_skip_tls_verify);
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->client_certificate_pem, kPem);
  EXPECT_EQ(config->client_key_pem, kPem);
  EXPECT_EQ(config->token, "0123");
  EXPECT_EQ(config->token_file, "");
}

TEST_F(KubeconfigTest, ReadsFilesRelativeToItself) {
  Write("ca.crt", std::string(kPem) + "ca");
  Write("tls.crt", std::string(kPem) + "crt");
  const std::string key = Write("tls.key", std::string(kPem) + "key");
  const Result<Kubeconfig> config = LoadKubeconfig(WriteConfig(
      "{server: \"https://h\", certificate-authority: ca.crt}",
      "{client-certificate: ./tls.crt, client-key: \"" + key + "\", tokenFile: token}"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->ca_pem, std::string(kPem) + "ca");
  EXPECT_EQ(config->client_certificate_pem, std::string(kPem) + "crt");
  EXPECT_EQ(config->client_key_pem, std::string(kPem) + "key");
  EXPECT_EQ(config->token_file, (directory_ / "token").string());
}

TEST_F(KubeconfigTest, PrefersDataToFiles) {
  const Result<Kubeconfig> config =
      LoadKubeconfig(WriteConfig("{server: \"https://h\", certificate-authority: missing.crt, "
                                 "certificate-authority-data: " +
                                 std::string(kPemBase64) + "}"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->ca_pem, kPem);
}

TEST_F(KubeconfigTest, NeedsNoUser) {
  const std::string path =
      Write("config",
            "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
            "clusters: [{name: c, cluster: {server: \"http://127.0.0.1:8001\", "
            "insecure-skip-tls-verify: true}}]\n");
  const Result<Kubeconfig> config = LoadKubeconfig(path);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "http://127.0.0.1:8001");
  EXPECT_TRUE(config->insecure_skip_tls_verify);
}

TEST_F(KubeconfigTest, NamesTheFileThatIsMissing) {
  EXPECT_EQ(ErrorOf((directory_ / "none").string()), "none: No such file or directory");
}

TEST_F(KubeconfigTest, NamesFileAndFieldOfEveryMistake) {
  struct Case {
    std::string cluster;
    std::string user;
    std::string error;
  };
  const std::string good = "{server: \"https://h\"}";
  Write("empty.crt", "");
  const Case cases[] = {
      {"{server: h:6443}", "{}",
       "config: clusters[c].cluster.server: found \"h:6443\", expected an http:// or https:// URL"},
      {"{}", "{}",
       "config: clusters[c].cluster.server: found \"\", expected an http:// or https:// URL"},
      {"{server: \"https://h\", proxy-url: \"http://p\"}", "{}",
       "config: clusters[c].cluster.proxy-url: is not supported"},
      {"{server: \"https://h\", certificate-authority-data: \"%%\"}", "{}",
       "config: clusters[c].cluster.certificate-authority-data: is not base64"},
      {"{server: \"https://h\", certificate-authority: ca.crt}", "{}",
       "config: clusters[c].cluster.certificate-authority: ca.crt: No such file or directory"},
      {"{server: \"https://h\", certificate-authority: empty.crt}", "{}",
       "config: clusters[c].cluster.certificate-authority: holds no PEM block"},
      {"{server: \"https://h\", insecure-skip-tls-verify: maybe}", "{}",
       "config: clusters[c].cluster.insecure-skip-tls-verify: expected true or false"},
      {"{server: \"https://h\", insecure-skip-tls-verify: true, certificate-authority-data: " +
           std::string(kPemBase64) + "}",
       "{}",
       "config: clusters[c].cluster.insecure-skip-tls-verify: contradicts certificate-authority"},
      {good, "{client-certificate-data: " + std::string(kPemBase64) + "}",
       "config: users[u].user.client-key: is not set, and one is no use without the other"},
      {good, "{client-key-data: " + std::string(kPemBase64) + "}",
       "config: users[u].user.client-certificate: is not set, and one is no use without the other"},
      {good, "{exec: {command: aws}}",
       "config: users[u].user.exec: credential plugins are not supported; use a token or a client "
       "certificate"},
      {good, "{auth-provider: {name: oidc}}",
       "config: users[u].user.auth-provider: credential plugins are not supported; use a token or "
       "a client certificate"},
      {good, "{username: a, password: b}",
       "config: users[u].user.username: API servers no longer take passwords"},
      {good, "{as: root}", "config: users[u].user.as: impersonation is not supported"},
      {good, "5", "config: users[u].user: is not set"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ErrorOf(WriteConfig(c.cluster, c.user)), c.error) << c.cluster << c.user;
  }
}

TEST_F(KubeconfigTest, NamesTheEntryThatIsMissing) {
  const auto error = [&](std::string_view text) { return ErrorOf(Write("config", text)); };
  EXPECT_EQ(error(""), "config: holds no kubeconfig");
  EXPECT_EQ(error("[]"), "config: holds no kubeconfig");
  EXPECT_EQ(error("kind: Pod"), "config: kind: found Pod, expected Config");
  EXPECT_EQ(error("kind: Config"), "config: current-context: is not set");
  EXPECT_EQ(error("current-context: a"), "config: contexts: no context is named a");
  EXPECT_EQ(error("current-context: a\ncontexts: [{name: a}]"),
            "config: contexts[a].context: is not set");
  EXPECT_EQ(error("current-context: a\ncontexts: [{name: a, context: {user: u}}]"),
            "config: contexts[a].context.cluster: is not set");
  EXPECT_EQ(error("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]"),
            "config: clusters: no cluster is named c");
  EXPECT_EQ(error("a: [\n"), "config:2:1: end of sequence flow not found");
}

}  // namespace
}  // namespace berth::config
