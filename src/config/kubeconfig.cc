#include "berth/config/kubeconfig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "berth/base/base64.h"
#include "document.h"

namespace berth::config {
namespace {

constexpr std::size_t kMaxFile = std::size_t{16} << 20;

Result<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr) {
    return InvalidArgument(fmt::format("{}: {}", path, std::generic_category().message(errno)));
  }
  std::string text;
  std::array<char, 16384> buffer;
  while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0 && text.size() <= kMaxFile) {
    text.append(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file.get()));
  }
  if (std::ferror(file.get()) != 0) {
    return InvalidArgument(fmt::format("{}: {}", path, std::generic_category().message(errno)));
  }
  if (text.size() > kMaxFile) {
    return InvalidArgument(fmt::format("{}: larger than {} bytes", path, kMaxFile));
  }
  return text;
}

// Reads one kubeconfig; every error names the file and the field.
class Loader {
 public:
  explicit Loader(const std::string& path) : path_(path) {}

  Result<Kubeconfig> Load() {
    BERTH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path_));
    const Documents read = ReadDocuments(text);
    if (!read.complaints.empty()) {
      std::string first = Format({read.complaints.front()}, path_);
      first.pop_back();  // the line's end
      return InvalidArgument(std::move(first));
    }
    if (read.documents.empty() || read.documents.front()->kind != Node::Kind::kMap) {
      return Bad("", "holds no kubeconfig");
    }
    const Node& root = *read.documents.front();
    if (const std::string_view kind = root.Text("kind"); !kind.empty() && kind != "Config") {
      return Bad("kind", fmt::format("found {}, expected Config", kind));
    }
    const std::string_view current = root.Text("current-context");
    if (current.empty()) {
      return Bad("current-context", "is not set");
    }
    BERTH_ASSIGN_OR_RETURN(const Named context, Find(root, "contexts", "context", current));
    const std::string_view cluster_name = context.node->Text("cluster");
    if (cluster_name.empty()) {
      return Bad(context.path + ".cluster", "is not set");
    }
    BERTH_ASSIGN_OR_RETURN(const Named cluster, Find(root, "clusters", "cluster", cluster_name));
    BERTH_RETURN_IF_ERROR(ReadCluster(cluster));
    if (const std::string_view user_name = context.node->Text("user"); !user_name.empty()) {
      BERTH_ASSIGN_OR_RETURN(const Named user, Find(root, "users", "user", user_name));
      BERTH_RETURN_IF_ERROR(ReadUser(user));
    }
    return std::move(config_);
  }

 private:
  // An entry of one of the lists, with its path for errors: "clusters[kind].cluster".
  struct Named {
    const Node* node = nullptr;
    std::string path;
  };

  Error Bad(std::string_view field, std::string_view message) const {
    return InvalidArgument(
        fmt::format("{}: {}{}{}", path_, field, field.empty() ? "" : ": ", message));
  }

  Result<Named> Find(const Node& root, std::string_view list, std::string_view kind,
                     std::string_view name) const {
    const Node* const items = root.Find(list);
    if (items != nullptr) {
      for (const NodePtr& item : items->items) {
        if (item->Text("name") != name) {
          continue;
        }
        Named named{item->Find(kind), fmt::format("{}[{}].{}", list, name, kind)};
        if (named.node == nullptr || named.node->kind != Node::Kind::kMap) {
          return Bad(named.path, "is not set");
        }
        return named;
      }
    }
    return Bad(list, fmt::format("no {} is named {}", kind, name));
  }

  std::string Resolve(std::string_view file) const {
    return (std::filesystem::path(path_).parent_path() / file).string();
  }

  // The PEM text of `field`-data (base64) or else of the file that `field` names; empty when
  // neither is set.
  Result<std::string> Pem(const Named& named, const std::string& field) const {
    std::string pem;
    std::string path = fmt::format("{}.{}-data", named.path, field);
    if (const std::string_view data = named.node->Text(field + "-data"); !data.empty()) {
      std::optional<std::string> decoded = DecodeBase64(data);
      if (!decoded) {
        return Bad(path, "is not base64");
      }
      pem = *std::move(decoded);
    } else if (const std::string_view file = named.node->Text(field); !file.empty()) {
      path = fmt::format("{}.{}", named.path, field);
      Result<std::string> text = ReadFile(Resolve(file));
      if (!text) {
        return Bad(path, text.error().message);
      }
      pem = *std::move(text);
    } else {
      return pem;
    }
    if (pem.find("-----BEGIN ") == std::string::npos) {
      return Bad(path, "holds no PEM block");
    }
    return pem;
  }

  Status RefuseFields(const Named& named, const std::vector<std::string_view>& fields,
                      std::string_view reason) const {
    for (const std::string_view field : fields) {
      if (named.node->Find(field) != nullptr) {
        return Bad(fmt::format("{}.{}", named.path, field), reason);
      }
    }
    return {};
  }

  Status ReadCluster(const Named& cluster) {
    BERTH_RETURN_IF_ERROR(RefuseFields(cluster, {"proxy-url"}, "is not supported"));
    config_.server = cluster.node->Text("server");
    if (!config_.server.starts_with("https://") && !config_.server.starts_with("http://")) {
      return Bad(cluster.path + ".server",
                 fmt::format("found \"{}\", expected an http:// or https:// URL", config_.server));
    }
    config_.tls_server_name = cluster.node->Text("tls-server-name");
    BERTH_ASSIGN_OR_RETURN(config_.ca_pem, Pem(cluster, "certificate-authority"));
    if (const Node* const insecure = cluster.node->Find("insecure-skip-tls-verify")) {
      const auto* const flag = std::get_if<bool>(&insecure->scalar);
      const std::string path = cluster.path + ".insecure-skip-tls-verify";
      if (flag == nullptr) {
        return Bad(path, "expected true or false");
      }
      if (*flag && !config_.ca_pem.empty()) {
        return Bad(path, "contradicts certificate-authority");
      }
      config_.insecure_skip_tls_verify = *flag;
    }
    return {};
  }

  Status ReadUser(const Named& user) {
    BERTH_RETURN_IF_ERROR(
        RefuseFields(user, {"exec", "auth-provider"},
                     "credential plugins are not supported; use a token or a client certificate"));
    BERTH_RETURN_IF_ERROR(
        RefuseFields(user, {"username", "password"}, "API servers no longer take passwords"));
    BERTH_RETURN_IF_ERROR(RefuseFields(user, {"as", "as-uid", "as-groups", "as-user-extra"},
                                       "impersonation is not supported"));
    BERTH_ASSIGN_OR_RETURN(config_.client_certificate_pem, Pem(user, "client-certificate"));
    BERTH_ASSIGN_OR_RETURN(config_.client_key_pem, Pem(user, "client-key"));
    if (config_.client_certificate_pem.empty() != config_.client_key_pem.empty()) {
      return Bad(fmt::format("{}.{}", user.path,
                             config_.client_key_pem.empty() ? "client-key" : "client-certificate"),
                 "is not set, and one is no use without the other");
    }
    config_.token = user.node->Text("token");
    if (const std::string_view file = user.node->Text("tokenFile"); !file.empty()) {
      config_.token_file = Resolve(file);
    }
    return {};
  }

  const std::string& path_;
  Kubeconfig config_;
};

}  // namespace

Result<Kubeconfig> LoadKubeconfig(const std::string& path) { return Loader(path).Load(); }

}  // namespace berth::config
