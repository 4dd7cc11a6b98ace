#include "berth/apiclient/access_reviewer.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "answer.h"
#include "berth/base/json_text.h"

namespace berth::apiclient {
namespace {

constexpr std::string_view kTokenReviews = "/apis/authentication.k8s.io/v1/tokenreviews";
constexpr std::string_view kAccessReviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

struct User {
  std::string name;
  std::string spec;  // the members of a SubjectAccessReview's spec that say who it is
};

Error Malformed(std::string_view what) {
  return {ErrorCode::kUnavailable, std::string(what) + ": the answer cannot be read"};
}

// Nothing: the token is nobody's.
Result<std::optional<User>> ReadTokenReview(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element status;
  if (parser.parse(body)["status"].get(status) != simdjson::SUCCESS) {
    return Malformed("TokenReview");
  }
  bool authenticated = false;
  if (status["authenticated"].get(authenticated) != simdjson::SUCCESS || !authenticated) {
    return std::optional<User>();
  }
  simdjson::dom::element user;
  std::string_view name;
  if (status["user"].get(user) != simdjson::SUCCESS ||
      user["username"].get(name) != simdjson::SUCCESS || name.empty()) {
    return Malformed("TokenReview");
  }
  User found{.name = std::string(name), .spec = "\"user\":"};
  AppendJsonString(name, found.spec);
  for (const std::string_view key : {"uid", "groups", "extra"}) {
    simdjson::dom::element value;
    if (user[key].get(value) == simdjson::SUCCESS && !value.is_null()) {
      found.spec.append(",\"").append(key).append("\":").append(simdjson::minify(value));
    }
  }
  return std::optional<User>(std::move(found));
}

Result<bool> ReadAccessReview(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element status;
  if (parser.parse(body)["status"].get(status) != simdjson::SUCCESS) {
    return Malformed("SubjectAccessReview");
  }
  const auto says = [&status](std::string_view key) {
    bool value = false;
    return status[key].get(value) == simdjson::SUCCESS && value;
  };
  return says("allowed") && !says("denied");
}

}  // namespace

AccessReviewer::AccessReviewer(Session& session, AccessReviewerOptions options, const Clock& clock)
    : session_(session), options_(options), clock_(clock) {}

Result<AccessReview> AccessReviewer::Review(std::string_view token, std::string_view verb,
                                            std::string_view path) {
  if (token.empty() || token.size() > options_.max_token_bytes) {
    return AccessReview{};
  }
  Question question{token, verb, path};
  {
    const MutexLock lock(mutex_);
    const auto known = remembered_.find(question);
    if (known != remembered_.end() && clock_.Now() < known->second.until) {
      return known->second.review;
    }
  }
  BERTH_ASSIGN_OR_RETURN(AccessReview review, Ask(token, verb, path));
  Remember(std::move(question), review);
  return review;
}

Result<AccessReview> AccessReviewer::Ask(std::string_view token, std::string_view verb,
                                         std::string_view path) {
  const Instant deadline = clock_.Now() + options_.timeout;
  std::string body =
      R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":)";
  AppendJsonString(token, body);
  body += "}}";
  BERTH_ASSIGN_OR_RETURN(
      const net::ClientResponse who,
      Post("TokenReview", std::string(kTokenReviews), std::move(body), deadline));
  BERTH_ASSIGN_OR_RETURN(const std::optional<User> user, ReadTokenReview(who.body));
  if (!user) {
    return AccessReview{};
  }
  body = R"({"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{)" +
         user->spec + R"(,"nonResourceAttributes":{"path":)";
  AppendJsonString(path, body);
  body += ",\"verb\":";
  AppendJsonString(verb, body);
  body += "}}}";
  BERTH_ASSIGN_OR_RETURN(
      const net::ClientResponse may,
      Post("SubjectAccessReview", std::string(kAccessReviews), std::move(body), deadline));
  BERTH_ASSIGN_OR_RETURN(const bool allowed, ReadAccessReview(may.body));
  return AccessReview{.authenticated = true, .allowed = allowed, .user = user->name};
}

Result<net::ClientResponse> AccessReviewer::Post(std::string_view what, std::string path,
                                                 std::string body, Instant deadline) {
  net::ClientRequest request{.method = "POST",
                             .target = std::move(path),
                             .headers = {},
                             .body = std::move(body),
                             .content_type = "application/json"};
  // A review changes nothing: as safe to lose as a read.
  Result<net::ClientResponse> answer =
      session_.Send({Verb::kCreate, Resource::kOther}, std::move(request), deadline - clock_.Now());
  if (!answer.ok()) {
    return TransportError(what, answer.error(), Effect::kRead);
  }
  BERTH_RETURN_IF_ERROR(CheckAnswer(what, *answer, Effect::kRead));
  return answer;
}

void AccessReviewer::Remember(Question question, const AccessReview& review) {
  const Instant now = clock_.Now();
  const MutexLock lock(mutex_);
  if (remembered_.size() >= options_.max_remembered) {
    std::erase_if(remembered_, [now](const auto& entry) { return entry.second.until <= now; });
  }
  if (remembered_.size() >= options_.max_remembered) {
    // Refusals end sooner than leave: whoever tries tokens pushes nobody out who has leave.
    remembered_.erase(std::ranges::min_element(
        remembered_, {}, [](const auto& entry) { return entry.second.until; }));
  }
  remembered_[std::move(question)] = {
      .review = review,
      .until = now + (review.allowed ? options_.allowed_for : options_.refused_for)};
}

}  // namespace berth::apiclient
