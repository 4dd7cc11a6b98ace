#include "berth/apiclient/credentials.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

namespace berth::apiclient {
namespace {

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return Error{ErrorCode::kNotFound, path + ": cannot be read"};
  }
  return text;
}

// The token without the line end that editors and echo leave. Anything that could not stand in a
// header line is refused here, and never quoted: it is a secret.
Result<std::string> ReadToken(const std::string& path) {
  BERTH_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  if (text.empty()) {
    return InvalidArgument(path + ": is empty, expected a bearer token");
  }
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; })) {
    return InvalidArgument(path + ": is no bearer token (it holds spaces or control characters)");
  }
  return text;
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (value == nullptr) {
    return std::nullopt;
  }
  return value;
}

Result<Credentials> InCluster(const std::string& directory, const Environment& environment) {
  const std::string host = environment("KUBERNETES_SERVICE_HOST").value_or("");
  const std::string port = environment("KUBERNETES_SERVICE_PORT").value_or("");
  if (host.empty() || port.empty()) {
    return Error{ErrorCode::kNotFound,
                 "not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be "
                 "set"};
  }
  const bool ipv6 = host.find(':') != std::string::npos;

  Credentials credentials;
  credentials.origin = "https://" + (ipv6 ? "[" + host + "]" : host) + ":" + port;
  credentials.token_file = directory + "/token";
  BERTH_RETURN_IF_ERROR(ReadToken(credentials.token_file));
  BERTH_ASSIGN_OR_RETURN(credentials.tls.ca_pem, ReadFile(directory + "/ca.crt"));
  if (credentials.tls.ca_pem.empty()) {
    // An empty ca_pem would mean the system's authorities: never by accident.
    return InvalidArgument(directory + "/ca.crt: is empty, expected PEM certificates");
  }
  return credentials;
}

std::string OwnNamespace(const std::string& directory) {
  const Result<std::string> text = ReadFile(directory + "/namespace");
  return text.ok() ? text->substr(0, text->find_first_of(" \r\n")) : std::string();
}

Result<std::unique_ptr<TokenSource>> TokenSource::Create(const Credentials& credentials,
                                                         const Clock& clock) {
  std::string token = credentials.token;
  if (!credentials.token_file.empty()) {
    BERTH_ASSIGN_OR_RETURN(token, ReadToken(credentials.token_file));
  }
  return std::unique_ptr<TokenSource>(
      new TokenSource(std::move(token), credentials.token_file, clock));
}

TokenSource::TokenSource(std::string token, std::string file, const Clock& clock)
    : file_(std::move(file)),
      clock_(clock),
      token_(std::move(token)),
      next_read_(clock.Now() + kRereadInterval) {}

std::string TokenSource::Token() {
  {
    const Instant now = clock_.Now();
    const MutexLock lock(mutex_);
    if (file_.empty() || now < next_read_) {
      return token_;
    }
    next_read_ = now + kRereadInterval;  // the others go on with the token they have
  }
  Reread();
  const MutexLock lock(mutex_);
  return token_;
}

bool TokenSource::Refresh(std::string_view refused) {
  if (!file_.empty()) {
    Reread();
  }
  const MutexLock lock(mutex_);
  return token_ != refused;
}

void TokenSource::Reread() {
  Result<std::string> token = ReadToken(file_);
  if (!token.ok()) {
    return;  // in the middle of a rotation; the next 401 or interval reads again
  }
  const MutexLock lock(mutex_);
  token_ = *std::move(token);
}

}  // namespace berth::apiclient
