// Who a bearer token is and what they may do, by the API server's word (TokenReview and
// SubjectAccessReview).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "berth/apiclient/session.h"
#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/result.h"

namespace berth::apiclient {

struct AccessReview {
  bool authenticated = false;
  bool allowed = false;
  std::string user;  // empty where not authenticated
};

struct AccessReviewerOptions {
  Duration timeout = std::chrono::seconds(5);  // of both reviews together
  Duration allowed_for = std::chrono::seconds(60);
  Duration refused_for = std::chrono::seconds(10);
  std::size_t max_remembered = 1024;  // beyond it what ends first is forgotten
  std::size_t max_token_bytes = std::size_t{16} << 10;
};

// Thread-safe; no lock is held while the API server is asked.
class AccessReviewer {
 public:
  // `session` and `clock` outlive it.
  AccessReviewer(Session& session, AccessReviewerOptions options, const Clock& clock);

  // Whether the token's owner may `verb` ("get", "delete") the path outside of all resources. An
  // answer is remembered for a while; an Error (kUnavailable: no answer, kPermissionDenied: Berth
  // itself may not ask) is not.
  Result<AccessReview> Review(std::string_view token, std::string_view verb, std::string_view path)
      BERTH_EXCLUDES(mutex_);

 private:
  using Question = std::tuple<std::string, std::string, std::string>;  // token, verb, path
  struct Remembered {
    AccessReview review;
    Instant until;
  };

  Result<AccessReview> Ask(std::string_view token, std::string_view verb, std::string_view path);
  Result<net::ClientResponse> Post(std::string_view what, std::string path, std::string body,
                                   Instant deadline);
  void Remember(Question question, const AccessReview& review) BERTH_EXCLUDES(mutex_);

  Session& session_;
  const AccessReviewerOptions options_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<Question, Remembered> remembered_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::apiclient
