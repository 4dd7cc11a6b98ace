#include "berth/apiclient/http_api.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxBytes = std::size_t{256} << 10;  // of all annotations, keys included
constexpr char kBindingPath[] = "/api/v1/namespaces/ml/pods/llm-0/binding";
constexpr char kPodPath[] = "/api/v1/namespaces/ml/pods/llm-0";
constexpr char kStatusPath[] = "/api/v1/namespaces/ml/pods/llm-0/status";

class HttpApiTest : public testing::Test {
 protected:
  static kube::Binding ToNodeA() {
    return {.ns = "ml", .name = "llm-0", .uid = "uid-1", .node = "a", .annotations = {}};
  }

  FakeApiServer server_;
  ManualClock clock_;
  RequestProbe probe_;
  std::unique_ptr<Session> session_ = Connect(server_.origin(), clock_, probe_);
  HttpApi api_{*session_, {.bind_timeout = 4s, .get_timeout = 4s, .patch_timeout = 10s}, clock_};
};

TEST_F(HttpApiTest, BindPostsTheBindingAndItsAnnotationsInOneCall) {
  server_.On("POST", kBindingPath, Answer::Json(201, R"({"kind":"Status","status":"Success"})"));
  kube::Binding binding = ToNodeA();
  binding.annotations = {{"berth.dev/devices", "GPU-0,GPU-1"},
                         {"berth.dev/allocation", "{\"v\":1,\n\t\"w\":\"a\\b\x01é\"}"}};
  ASSERT_TRUE(api_.Bind(binding).ok());

  const std::vector<SeenRequest> requests = server_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].query, "timeout=4000ms");
  EXPECT_EQ(requests[0].Header("Content-Type"), "application/json");
  EXPECT_EQ(requests[0].Header("Authorization"), "Bearer s3cret");
  EXPECT_EQ(requests[0].Header("User-Agent"), "berth/1.2.3");
  EXPECT_EQ(requests[0].body,
            R"({"apiVersion":"v1","kind":"Binding",)"
            R"("metadata":{"name":"llm-0","namespace":"ml","uid":"uid-1","annotations":{)"
            R"("berth.dev/devices":"GPU-0,GPU-1",)"
            R"("berth.dev/allocation":"{\"v\":1,\u000a\u0009\"w\":\"a\\b\u0001é\"}"}},)"
            R"("target":{"apiVersion":"v1","kind":"Node","name":"a"}})");
}

TEST_F(HttpApiTest, BindWithoutAnnotationsSendsAnEmptyMap) {
  server_.On("POST", kBindingPath, Answer::Json(201, "{}"));
  ASSERT_TRUE(api_.Bind(ToNodeA()).ok());
  EXPECT_EQ(server_.requests().at(0).body,
            R"({"apiVersion":"v1","kind":"Binding",)"
            R"("metadata":{"name":"llm-0","namespace":"ml","uid":"uid-1","annotations":{}},)"
            R"("target":{"apiVersion":"v1","kind":"Node","name":"a"}})");
}

TEST_F(HttpApiTest, NamesThatNeedItArePercentEncodedInThePath) {
  server_.On("POST", "/api/v1/namespaces/a%20b/pods/x%3Fy%23%C3%A9/binding",
             Answer::Json(201, "{}"));
  kube::Binding binding = ToNodeA();
  binding.ns = "a b";
  binding.name = "x?y#é";
  EXPECT_TRUE(api_.Bind(binding).ok());
}

TEST_F(HttpApiTest, ConditionIsAStrategicMergePatchWithTheUidAsPrecondition) {
  server_.On("PATCH", kStatusPath, Answer::Json(200, "{}"));
  ASSERT_TRUE(api_.PatchPodCondition("ml", "llm-0", "uid-1",
                                     {.type = "berth.dev/Fits",
                                      .status = "False",
                                      .reason = "NoFit",
                                      .message = "no \"device\" has room"})
                  .ok());
  const SeenRequest request = server_.requests().at(0);
  EXPECT_EQ(request.Header("Content-Type"), "application/strategic-merge-patch+json");
  EXPECT_EQ(request.body,
            R"({"metadata":{"uid":"uid-1"},"status":{"conditions":[{"type":"berth.dev/Fits",)"
            R"("status":"False","reason":"NoFit","message":"no \"device\" has room",)"
            R"("lastTransitionTime":"2026-11-24T06:20:31Z"}]}})");
}

TEST_F(HttpApiTest, GetPodReadsThePodAsItIsNow) {
  server_.On("GET", kPodPath,
             Answer::Json(200, R"({"kind":"Pod","metadata":{"namespace":"ml","name":"llm-0",)"
                               R"("uid":"uid-1","resourceVersion":"7"},"spec":{"nodeName":"a"}})"));
  const Result<kube::PodObject> pod = api_.GetPod("ml", "llm-0");
  ASSERT_TRUE(pod.ok()) << pod.error().message;
  EXPECT_EQ(pod->uid, "uid-1");
  EXPECT_EQ(pod->node_name, "a");
  EXPECT_EQ(server_.requests().at(0).query, "");  // no resourceVersion: a quorum read
}

TEST_F(HttpApiTest, GetPodSaysWhenTheBodyIsNoPod) {
  server_.On("GET", kPodPath, Answer::Json(200, "<html>"));
  EXPECT_FALSE(api_.GetPod("ml", "llm-0").ok());
}

TEST_F(HttpApiTest, EveryCallIsCountedByVerbResourceAndCode) {
  server_.On("POST", kBindingPath, Answer::Json(201, "{}"));
  server_.On("POST", kBindingPath, Answer::Json(409, "{}"));
  server_.On("POST", kBindingPath, Answer::HangUp());
  server_.On("GET", kPodPath, Answer::Json(404, "{}"));
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(api_.Bind(ToNodeA()));
  }
  static_cast<void>(api_.GetPod("ml", "llm-0"));
  EXPECT_EQ(probe_.counts(), (std::vector<RequestProbe::Count>{
                                 {Verb::kGet, Resource::kPods, 404, 1},
                                 {Verb::kCreate, Resource::kPodBinding, 0, 1},
                                 {Verb::kCreate, Resource::kPodBinding, 201, 1},
                                 {Verb::kCreate, Resource::kPodBinding, 409, 1},
                             }));
}

// What each status means for a write and for a read.
struct StatusCase {
  std::string name;
  int status;
  std::string body;
  bool retry_after;
  ErrorCode write;
  ErrorCode read;
};

class StatusTest : public HttpApiTest, public testing::WithParamInterface<StatusCase> {};

TEST_P(StatusTest, MeansTheSameWordForWord) {
  const StatusCase& c = GetParam();
  const auto script = [&](const char* method, const char* path) {
    Answer answer = Answer::Json(c.status, c.body);
    server_.On(method, path,
               c.retry_after ? std::move(answer).WithHeader("Retry-After", "1") : answer);
  };
  script("POST", kBindingPath);
  script("PATCH", kStatusPath);
  script("GET", kPodPath);
  EXPECT_EQ(api_.Bind(ToNodeA()).error().code, c.write);
  EXPECT_EQ(api_.PatchPodCondition("ml", "llm-0", "uid-1", {}).error().code, c.write);
  EXPECT_EQ(api_.GetPod("ml", "llm-0").error().code, c.read);
}

using enum ErrorCode;
const std::string kSaid = StatusJson(0, "said");
INSTANTIATE_TEST_SUITE_P(
    Codes, StatusTest,
    testing::Values(
        StatusCase{"Found302", 302, "", false, kUnavailable, kUnavailable},
        StatusCase{"BadRequest400", 400, kSaid, false, kInvalidArgument, kInvalidArgument},
        StatusCase{"Unauthorized401", 401, kSaid, false, kPermissionDenied, kPermissionDenied},
        StatusCase{"Forbidden403", 403, kSaid, false, kPermissionDenied, kPermissionDenied},
        StatusCase{"NotFound404", 404, kSaid, false, kNotFound, kNotFound},
        StatusCase{"NotAllowed405", 405, kSaid, false, kInvalidArgument, kInvalidArgument},
        StatusCase{"RequestTimeout408", 408, "", false, kUnknownOutcome, kUnavailable},
        StatusCase{"Conflict409", 409, kSaid, false, kConflict, kConflict},
        StatusCase{"Gone410", 410, kSaid, false, kExpired, kExpired},
        StatusCase{"TooLarge413", 413, "", false, kInvalidArgument, kInvalidArgument},
        StatusCase{"Unprocessable422", 422, kSaid, false, kInvalidArgument, kInvalidArgument},
        StatusCase{"TooMany429", 429, kSaid, true, kUnavailable, kUnavailable},
        StatusCase{"Internal500", 500, kSaid, false, kUnknownOutcome, kUnavailable},
        StatusCase{"BadGateway502", 502, "<html>", false, kUnknownOutcome, kUnavailable},
        StatusCase{"ProxysUnavailable503", 503, "<html>", true, kUnknownOutcome, kUnavailable},
        StatusCase{"Unavailable503WithoutRetry", 503, kSaid, false, kUnknownOutcome, kUnavailable},
        StatusCase{"ShuttingDown503", 503, kSaid, true, kUnavailable, kUnavailable},
        StatusCase{"Timeout504", 504, kSaid, false, kUnknownOutcome, kUnavailable}),
    kCaseName);

TEST_F(HttpApiTest, AnErrorCarriesTheApiServersWords) {
  server_.On("POST", kBindingPath,
             Answer::Json(409, StatusJson(409, R"(pod llm-0 is already assigned to node \"b\")")));
  EXPECT_EQ(api_.Bind(ToNodeA()).error(),
            (Error{kConflict,
                   "bind ml/llm-0 to a: the API server answers 409: pod llm-0 is already assigned "
                   "to node \"b\""}));
}

TEST_F(HttpApiTest, AnErrorWithoutAStatusShowsThePrintableBeginning) {
  server_.On("POST", kBindingPath, Answer::Json(502, "<html>\n" + std::string(1000, 'x')));
  EXPECT_EQ(api_.Bind(ToNodeA()).error().message,
            "bind ml/llm-0 to a: the API server answers 502: <html> " + std::string(193, 'x'));
}

TEST_F(HttpApiTest, AWriteThatWasSentAndNotAnsweredHasAnUnknownOutcome) {
  server_.On("POST", kBindingPath, Answer::HangUp());
  EXPECT_EQ(api_.Bind(ToNodeA()).error().code, kUnknownOutcome);
  EXPECT_EQ(server_.requests().size(), 1U);  // and is not sent again
}

TEST_F(HttpApiTest, AWriteThatTimesOutHasAnUnknownOutcome) {
  const SystemClock clock;
  RequestProbe probe;
  const auto session = Connect(server_.origin(), clock, probe);
  HttpApi api(*session, {.bind_timeout = 100ms}, clock);
  server_.On("POST", kBindingPath, Answer::Silence());
  EXPECT_EQ(api.Bind(ToNodeA()).error().code, kUnknownOutcome);
}

TEST_F(HttpApiTest, AnUnreachableServerWasNotAsked) {
  std::string origin;
  {
    const FakeApiServer gone;
    origin = gone.origin();
  }
  const auto session = Connect(origin, clock_, probe_);
  HttpApi api(*session, {}, clock_);
  EXPECT_EQ(api.Bind(ToNodeA()).error().code, kUnavailable);
  EXPECT_EQ(api.GetPod("ml", "llm-0").error().code, kUnavailable);
}

// What is refused before anything is sent: the server has no script.
struct RefusedCase {
  std::string name;
  kube::Binding binding;
  std::string says;
};

class RefusedBindingTest : public HttpApiTest, public testing::WithParamInterface<RefusedCase> {};

TEST_P(RefusedBindingTest, IsNeverSent) {
  const Status status = api_.Bind(GetParam().binding);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, kInvalidArgument);
  EXPECT_NE(status.error().message.find(GetParam().says), std::string::npos)
      << status.error().message;
  EXPECT_TRUE(server_.requests().empty());
}

kube::Binding Annotated(std::string key, std::string value) {
  return {.ns = "ml",
          .name = "llm-0",
          .uid = "uid-1",
          .node = "a",
          .annotations = {{std::move(key), std::move(value)}}};
}

INSTANTIATE_TEST_SUITE_P(
    Bindings, RefusedBindingTest,
    testing::Values(
        RefusedCase{"NoNamespace", {"", "p", "u", "n", {}}, "namespace \"\""},
        RefusedCase{"NoName", {"ml", "", "u", "n", {}}, "pod \"\""},
        RefusedCase{"NoUid", {"ml", "p", "", "n", {}}, "uid \"\""},
        RefusedCase{"NoNode", {"ml", "p", "u", "", {}}, "node \"\""},
        RefusedCase{"UpThePath", {"..", "p", "u", "n", {}}, "namespace \"..\""},
        RefusedCase{"SlashInAName", {"ml", "a/b", "u", "n", {}}, "pod \"a/b\""},
        RefusedCase{"EmptyKey", Annotated("", "v"), "annotation key \"\""},
        RefusedCase{"BadKey", Annotated("bad key!", "v"), "annotation key \"bad key!\""},
        RefusedCase{"NoNameAfterPrefix", Annotated("berth.dev/", "v"), "berth.dev/"},
        RefusedCase{"NoPrefixBeforeSlash", Annotated("/x", "v"), "\"/x\""},
        RefusedCase{"TwoSlashes", Annotated("a/b/c", "v"), "a/b/c"},
        RefusedCase{"DashAtTheEnd", Annotated("berth.dev/x-", "v"), "x-"},
        RefusedCase{"EmptyLabelInPrefix", Annotated("berth..dev/x", "v"), "berth..dev"},
        RefusedCase{"NameOf64", Annotated(std::string(64, 'a'), "v"), "annotation key"},
        RefusedCase{"PrefixOf254", Annotated(std::string(254, 'a') + "/x", "v"), "annotation key"},
        RefusedCase{"ValueIsNotUtf8", Annotated("a", "\xff"), "annotation a: is not UTF-8"},
        RefusedCase{"TooMuch", Annotated("a", std::string(kMaxBytes, 'x')),
                    "262145 bytes, at most 262144"}),
    kCaseName);

TEST_F(HttpApiTest, AnnotationsAtTheEdgeOfTheRulesAreSent) {
  const std::vector<kube::Binding> allowed = {
      Annotated(std::string(63, 'a'), "v"),
      Annotated(std::string(253, 'a') + "/" + std::string(63, 'b'), "v"),
      Annotated("Example.com/With.Dots_and-Dashes", ""),
      Annotated("a", std::string(kMaxBytes - 1, 'x')),
  };
  for (const kube::Binding& binding : allowed) {
    server_.On("POST", kBindingPath, Answer::Json(201, "{}"));
    const Status status = api_.Bind(binding);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

}  // namespace
}  // namespace berth::apiclient
