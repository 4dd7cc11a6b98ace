// berth explain POD: asks a running Berth why.
#include <fmt/format.h>

#include <array>
#include <ostream>
#include <string>
#include <string_view>

#include "arguments.h"
#include "berth/app/run.h"
#include "berth/net/client.h"
#include "commands.h"
#include "file.h"

namespace berth::app {
namespace {

constexpr std::array kFlags = {
    Flag{"--server", "URL", "operations port of Berth; default http://127.0.0.1:7481"},
    Flag{"--ca-file", "FILE", "authority of an https server; default: the system's"},
    Flag{"--token-file", "FILE", "bearer token, where the server asks for one"},
    Flag{"-n", "NAMESPACE", "namespace of the pod; default \"default\""},
    Flag{"--limit", "N", "nodes of each kind, those that fit and those that do not; default 20"},
    Flag{"-o", "FORMAT", "table (default) or json"},
};

int Fail(std::ostream& err, const Error& error) {
  err << "berth explain: " << error.message << '\n';
  return error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kNotFound ? kWrongUse
                                                                                         : kFailed;
}

bool IsName(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<std::string> Target(const Arguments& arguments) {
  if (arguments.operands.size() != 1) {
    return InvalidArgument("name one pod: berth explain POD [-n NAMESPACE]");
  }
  const std::string& pod = arguments.operands.front();
  const std::string ns = arguments.Get("-n").value_or("default");
  const std::string format = arguments.Get("-o").value_or("table");
  const std::string limit = arguments.Get("--limit").value_or("20");
  if (!IsName(pod)) {
    return InvalidArgument(fmt::format("'{}' is no name of a pod", pod));
  }
  if (!IsName(ns)) {
    return InvalidArgument(fmt::format("-n: '{}' is no name of a namespace", ns));
  }
  if (format != "table" && format != "json") {
    return InvalidArgument(fmt::format("-o: expected table or json, found '{}'", format));
  }
  if (limit.find_first_not_of("0123456789") != std::string::npos) {
    return InvalidArgument(fmt::format("--limit: expected a number, found '{}'", limit));
  }
  return fmt::format("/api/v1/pods/{}/{}/explain?output={}&limit={}", ns, pod, format, limit);
}

}  // namespace

int Explain(std::span<const std::string> words, std::ostream& out, std::ostream& err) {
  const Result<Arguments> arguments = ParseArguments(words, kFlags);
  if (!arguments.ok()) {
    return Fail(err, arguments.error());
  }
  if (arguments->help) {
    out << "usage: berth explain POD [flags]\n\n" << FlagHelp(kFlags);
    return kDone;
  }
  const Result<std::string> target = Target(*arguments);
  if (!target.ok()) {
    return Fail(err, target.error());
  }
  const std::string origin = arguments->Get("--server").value_or("http://127.0.0.1:7481");
  net::ClientRequest request{.target = *target};
  if (const auto file = arguments->Get("--token-file")) {
    const Result<std::string> token = ReadFile(*file);
    if (!token.ok()) {
      return Fail(err, token.error());
    }
    request.headers = {
        {"Authorization", "Bearer " + token->substr(0, token->find_first_of("\r\n"))}};
  }
  net::TlsOptions tls;
  if (const auto file = arguments->Get("--ca-file")) {
    Result<std::string> ca = ReadFile(*file);
    if (!ca.ok()) {
      return Fail(err, ca.error());
    }
    tls.ca_pem = std::move(ca).value();
  }
  const auto client = net::Client::Create({.origin = origin, .tls = std::move(tls)});
  if (!client.ok()) {
    return Fail(err, client.error());
  }
  const Result<net::ClientResponse> answer = (*client)->Send(request, std::chrono::seconds(10));
  if (!answer.ok()) {
    return Fail(
        err, Error{ErrorCode::kUnavailable, fmt::format("{}: {}", origin, answer.error().message)});
  }
  if (answer->status != 200) {
    err << "berth explain: " << answer->body << '\n';
    return kFailed;
  }
  out << answer->body;
  return kDone;
}

}  // namespace berth::app
