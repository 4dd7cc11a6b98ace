#include "berth/apiclient/session.h"

#include <utility>

namespace berth::apiclient {
namespace {

constexpr int kUnauthorized = 401;

}  // namespace

Result<std::unique_ptr<Session>> Session::Create(const Credentials& credentials,
                                                 std::string user_agent, const Clock& clock,
                                                 RequestProbe& probe) {
  BERTH_ASSIGN_OR_RETURN(std::unique_ptr<TokenSource> tokens,
                         TokenSource::Create(credentials, clock));
  BERTH_ASSIGN_OR_RETURN(
      std::unique_ptr<net::Client> client,
      net::Client::Create({.origin = credentials.origin, .tls = credentials.tls}));
  return std::unique_ptr<Session>(
      new Session(std::move(client), std::move(tokens), std::move(user_agent), clock, probe));
}

Session::Session(std::unique_ptr<net::Client> client, std::unique_ptr<TokenSource> tokens,
                 std::string user_agent, const Clock& clock, RequestProbe& probe)
    : client_(std::move(client)),
      tokens_(std::move(tokens)),
      user_agent_(std::move(user_agent)),
      clock_(clock),
      probe_(probe) {}

Result<net::ClientResponse> Session::Send(Call call, net::ClientRequest request, Duration timeout) {
  const Instant deadline = clock_.Now() + timeout;
  for (bool again = false;; again = true) {
    const std::string token = tokens_->Token();
    Sign(request, token);
    const Instant start = clock_.Now();
    Result<net::ClientResponse> answer = client_->Send(request, deadline - start);
    const Instant end = clock_.Now();
    probe_.Record(call.verb, call.resource, answer.ok() ? answer->status : 0, end - start);
    const bool refused = answer.ok() && answer->status == kUnauthorized;
    if (!refused || again || end >= deadline || !tokens_->Refresh(token)) {
      return answer;
    }
  }
}

Status Session::Stream(
    Call call, net::ClientRequest request, Duration silence, const std::stop_token& stop,
    const std::function<bool(int status, std::string_view error_body)>& on_status,
    const std::function<bool(std::string_view bytes)>& on_bytes) {
  for (bool again = false;; again = true) {
    const std::string token = tokens_->Token();
    Sign(request, token);
    const Instant start = clock_.Now();
    int code = 0;
    bool repeat = false;
    Status end = client_->Stream(
        request, silence, stop,
        [&](int status, std::string_view error_body) {
          code = status;
          probe_.Record(call.verb, call.resource, code, clock_.Now() - start);
          repeat = status == kUnauthorized && !again && tokens_->Refresh(token);
          return !repeat && on_status(status, error_body);
        },
        on_bytes);
    if (code == 0 && !stop.stop_requested()) {
      probe_.Record(call.verb, call.resource, code, clock_.Now() - start);
    }
    if (!repeat) {
      return end;
    }
  }
}

void Session::Sign(net::ClientRequest& request, const std::string& token) const {
  request.headers = {{"User-Agent", user_agent_}, {"Accept", "application/json"}};
  if (!token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + token);
  }
}

}  // namespace berth::apiclient
