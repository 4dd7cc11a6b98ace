#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/kube/decoder.h"
#include "operations_fixture.h"
#include "testing/case_name.h"

namespace berth::server {
namespace {

// The verbs under test never get as far as the API server.
class NoApi final : public kube::Api {
 public:
  Status Bind(const kube::Binding&) override { return Error{ErrorCode::kUnavailable, "no API"}; }
  Result<kube::PodObject> GetPod(std::string_view, std::string_view) override {
    return Error{ErrorCode::kUnavailable, "no API"};
  }
  Status PatchPodCondition(std::string_view, std::string_view, std::string_view,
                           const kube::PodCondition&) override {
    return Error{ErrorCode::kUnavailable, "no API"};
  }
};

struct VerbCase {
  std::string name;
  std::string path;
};

class SchedulerRoutesTest : public OperationsTest, public ::testing::WithParamInterface<VerbCase> {
 protected:
  SchedulerRoutesTest() { List({}); }  // synced

  net::Response Post(std::string body) {
    body.reserve(body.size() + kube::kJsonPadding);
    return Serve(SchedulerRoutes(service_), "POST", GetParam().path, body);
  }

  NoApi api_;
  observe::Logger log_{{}, clock_, [](std::string_view) {}};
  extender::Service service_{{}, store_, api_, clock_, metrics_, log_};
};

TEST_P(SchedulerRoutesTest, EachPathIsItsOwnVerb) {
  const net::Response response = Post("{}");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  const std::string verb = GetParam().path.substr(1);
  for (const char* each : {"filter", "prioritize", "preempt", "bind"}) {
    const std::string count = "berth_webhook_request_duration_seconds_count{verb=\"" +
                              std::string(each) + "\"} " + (verb == each ? "1" : "0") + "\n";
    EXPECT_THAT(Get("/metrics").body, ::testing::HasSubstr(count));
  }
}

TEST_P(SchedulerRoutesTest, ABodyThatIsNoJsonIsRefused) { EXPECT_EQ(Post("{").status, 400); }

INSTANTIATE_TEST_SUITE_P(Verbs, SchedulerRoutesTest,
                         ::testing::Values(VerbCase{"Filter", "/filter"},
                                           VerbCase{"Prioritize", "/prioritize"},
                                           VerbCase{"Preempt", "/preempt"},
                                           VerbCase{"Bind", "/bind"}),
                         tests::CaseName);

struct ClientCase {
  std::string name;
  std::string peer;
  std::string client_name;
  std::string logged;
};
class ClientTest : public OperationsTest, public ::testing::WithParamInterface<ClientCase> {};

TEST_P(ClientTest, IsInTheDecisionLog) {
  List({});
  NoApi api;
  observe::Logger log({}, clock_, [](std::string_view) {});
  std::string text;
  observe::DecisionLog decisions({}, 1, clock_, [&text](std::string_view lines) {
    text += lines;
    return true;
  });
  extender::Service service({.decision_log = &decisions}, store_, api, clock_, metrics_, log);
  std::string body = R"({"PodName":"p","PodNamespace":"ml","PodUID":"u","Node":"a"})";
  body.reserve(body.size() + kube::kJsonPadding);
  for (const net::Route& route : SchedulerRoutes(service)) {
    if (route.path == "/bind") {
      net::Response response;
      route.handler({.method = "POST",
                     .path = "/bind",
                     .query = {},
                     .body = body,
                     .authorization = {},
                     .peer = GetParam().peer,
                     .client_name = GetParam().client_name},
                    response);
    }
  }
  decisions.Flush();
  EXPECT_THAT(text, ::testing::HasSubstr("\"verb\":\"bind\",\"outcome\":\"error\",\"client\":\"" +
                                         GetParam().logged + "\""));
}

INSTANTIATE_TEST_SUITE_P(Clients, ClientTest,
                         ::testing::Values(ClientCase{"Certificate", "127.0.0.1:5",
                                                      "system:kube-scheduler",
                                                      "system:kube-scheduler"},
                                           ClientCase{"Loopback", "127.0.0.1:5", "", "loopback"},
                                           ClientCase{"Loopback6", "[::1]:5", "", "loopback"},
                                           ClientCase{"Address", "10.0.0.7:5", "", "10.0.0.7"}),
                         tests::CaseName);

TEST(SchedulerRoutes, NothingElseIsOnTheSchedulerPort) {
  const tests::ManualClock clock;
  state::Store store(device::ClassTable::BuiltIn());
  NoApi api;
  observe::Metrics metrics({});
  observe::Logger log({}, clock, [](std::string_view) {});
  extender::Service service({}, store, api, clock, metrics, log);
  const auto routes = SchedulerRoutes(service);
  EXPECT_EQ(routes.size(), 4);
  EXPECT_EQ(Serve(routes, "GET", "/filter").status, 0);
  EXPECT_EQ(Serve(routes, "GET", "/metrics").status, 0);
}

}  // namespace
}  // namespace berth::server
