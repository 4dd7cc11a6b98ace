// Requests to one API server in Berth's name: address, token, counting.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "berth/apiclient/credentials.h"
#include "berth/apiclient/request_probe.h"
#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/net/client.h"

namespace berth::apiclient {

// What a request is, in the probe's words.
struct Call {
  Verb verb = Verb::kGet;
  Resource resource = Resource::kPods;
};

// Adds the token and the user agent to each request and counts the answer. A 401 makes it read the
// token again; where that brings another token the request is sent once more (a refused one has
// done nothing). Thread-safe.
class Session {
 public:
  // `clock` and `probe` outlive the session.
  static Result<std::unique_ptr<Session>> Create(const Credentials& credentials,
                                                 std::string user_agent, const Clock& clock,
                                                 RequestProbe& probe);

  // As net::Client::Send; `timeout` spans both tries.
  Result<net::ClientResponse> Send(Call call, net::ClientRequest request, Duration timeout);

  // As net::Client::Stream.
  Status Stream(Call call, net::ClientRequest request, Duration silence,
                const std::stop_token& stop,
                const std::function<bool(int status, std::string_view error_body)>& on_status,
                const std::function<bool(std::string_view bytes)>& on_bytes);

 private:
  Session(std::unique_ptr<net::Client> client, std::unique_ptr<TokenSource> tokens,
          std::string user_agent, const Clock& clock, RequestProbe& probe);

  // Sets the headers of a request that goes out with `token`.
  void Sign(net::ClientRequest& request, const std::string& token) const;

  const std::unique_ptr<net::Client> client_;
  const std::unique_ptr<TokenSource> tokens_;
  const std::string user_agent_;
  const Clock& clock_;
  RequestProbe& probe_;
};

}  // namespace berth::apiclient
