#include "berth/telemetry/prometheus_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/fake_client.h"
#include "testing/case_name.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace berth::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

std::string Item(const std::string& metric, const std::string& value) {
  return fmt::format(R"({{"metric":{{{}}},"value":[1795497631.5,"{}"]}})", metric, value);
}

std::string Answer(const std::string& items, const std::string& more = "") {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"vector","result":[{}]}}{}}})",
                     items, more);
}

const std::string kPod =
    R"("namespace":"ml","pod":"llm-0","instance":"10.0.0.7:8000","job":"pods")";

std::string Vllm(const std::string& labels, double running, double waiting) {
  return Item(R"("__name__":"vllm:num_requests_running",)" + labels, fmt::format("{}", running)) +
         "," +
         Item(R"("__name__":"vllm:num_requests_waiting",)" + labels, fmt::format("{}", waiting));
}

class PrometheusTest : public ::testing::Test {
 protected:
  PrometheusTest() { options_.engines = {"vllm"}; }

  PrometheusSource& source() {
    if (source_ == nullptr) {
      auto created = PrometheusSource::Create(options_, engines_, clock_, servers_.connect());
      EXPECT_TRUE(created.ok()) << created.error().message;
      source_ = std::move(created).value();
    }
    return *source_;
  }
  Readings Poll() { return source().Poll(pods_, nodes_); }
  PrometheusCounts counts() { return source().counts(); }
  std::uint64_t Count(ScrapeResult result) {
    return counts().results[static_cast<std::size_t>(result)];
  }

  tests::ManualClock clock_;
  EngineTable engines_ = EngineTable::BuiltIn();
  PrometheusOptions options_{.origin = "http://prometheus:9090"};
  std::vector<Target> pods_ = {
      {.id = "u1", .ns = "ml", .name = "llm-0", .node = "gpu-a-1", .host = "10.0.0.7"},
      {.id = "u2", .ns = "gpu", .name = "dcgm-x", .node = "gpu-a-2", .host = "10.0.0.8"}};
  cluster::NameTable nodes_{{"gpu-a-1", "gpu-a-2"}};

  std::string values_ = Answer(Vllm(kPod, 128, 0));
  std::string ages_ = Answer(Item(kPod, "12.5"));
  // What is answered instead; nothing: the above.
  std::function<std::optional<Result<net::ClientResponse>>(const net::ClientRequest&)> instead_ =
      [](const auto&) { return std::nullopt; };
  FakeServers servers_{
      [this](const FakeServers::Asked& asked, Duration) -> Result<net::ClientResponse> {
        if (auto other = instead_(asked.request)) {
          return *std::move(other);
        }
        const std::string& form =
            asked.request.method == "POST" ? asked.request.body : asked.request.target;
        return Page(form.find("timestamp") == std::string::npos ? values_ : ages_);
      }};
  std::unique_ptr<PrometheusSource> source_;
};

TEST_F(PrometheusTest, AsksForTheValuesAndForTheirAge) {
  const Readings readings = Poll();
  ASSERT_THAT(readings.endpoints, SizeIs(1));
  EXPECT_EQ(readings.endpoints[0].pod_uid, "u1");
  EXPECT_EQ(readings.endpoints[0].load, 0.5);
  EXPECT_EQ(readings.endpoints[0].at, clock_.Now() - 12500ms);
  EXPECT_FALSE(counts().degraded);

  const auto asked = servers_.asked();
  ASSERT_THAT(asked, SizeIs(2));
  EXPECT_EQ(asked[0].request.method, "POST");
  EXPECT_EQ(asked[0].request.target, "/api/v1/query");
  EXPECT_EQ(asked[0].request.content_type, "application/x-www-form-urlencoded");
  EXPECT_THAT(asked[0].request.body,
              HasSubstr("query=%7B__name__%3D~%22vllm%3Anum_requests_running%7Cvllm%3Anum_"));
  EXPECT_EQ(asked[1].request.body,
            "query=%28time%28%29%20-%20timestamp%28vllm%3Anum_requests_running%29%29%20or%20"
            "%28time%28%29%20-%20timestamp%28vllm%3Anum_requests_waiting%29%29");
}

TEST_F(PrometheusTest, SeriesOfOnePodAreOneEndpoint) {
  values_ =
      Answer(Vllm(kPod + R"(,"engine":"0")", 64, 5) + "," + Vllm(kPod + R"(,"engine":"1")", 64, 0));
  const Readings readings = Poll();
  ASSERT_THAT(readings.endpoints, SizeIs(1));
  EXPECT_EQ(readings.endpoints[0].signals.running, 128);
  EXPECT_DOUBLE_EQ(readings.endpoints[0].load, 1 - 0.75 * 0.5);
}

struct MappingCase {
  std::string name;
  std::string labels;
  std::string want;  // uid; empty: unmapped
};

class Mapping : public PrometheusTest, public ::testing::WithParamInterface<MappingCase> {};

TEST_P(Mapping, OfASeriesToItsPod) {
  values_ = Answer(Vllm(GetParam().labels, 1, 0));
  ages_ = Answer(Item(GetParam().labels, "1"));
  const Readings readings = Poll();
  if (GetParam().want.empty()) {
    EXPECT_THAT(readings.endpoints, IsEmpty());
    EXPECT_EQ(counts().unmapped, 2U);
  } else {
    ASSERT_THAT(readings.endpoints, SizeIs(1));
    EXPECT_EQ(readings.endpoints[0].pod_uid, GetParam().want);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Labels, Mapping,
    ::testing::Values(
        MappingCase{"ByName", R"("namespace":"ml","pod":"llm-0")", "u1"},
        MappingCase{
            "ExportedOutranks",
            R"("exported_namespace":"ml","exported_pod":"llm-0","namespace":"gpu","pod":"dcgm-x")",
            "u1"},
        MappingCase{"ByAddress", R"("instance":"10.0.0.7:8000")", "u1"},
        MappingCase{"NameUnknownAddressKnown",
                    R"("namespace":"ml","pod":"gone","instance":"10.0.0.7:8000")", "u1"},
        MappingCase{"Unknown", R"("namespace":"ml","pod":"gone","instance":"10.9.9.9:1")", ""},
        MappingCase{"Nothing", R"("job":"x")", ""}),
    tests::CaseName);

TEST_F(PrometheusTest, AnAddressOfTwoPodsIsNobodys) {
  pods_[1].host = pods_[0].host;
  values_ = Answer(Vllm(R"("instance":"10.0.0.7:8000")", 1, 0));
  EXPECT_THAT(Poll().endpoints, IsEmpty());
}

TEST_F(PrometheusTest, AServerThatSaysItIsAnotherIsNotRead) {
  pods_[0].engine = "sglang";
  EXPECT_THAT(Poll().endpoints, IsEmpty());
}

TEST_F(PrometheusTest, DevicesAreMappedToTheirNode) {
  options_.engines = {"dcgm"};
  const auto util = [](const std::string& labels) {
    return Item(R"("__name__":"DCGM_FI_DEV_GPU_UTIL",)" + labels, "50");
  };
  const std::string by_label = R"("UUID":"GPU-0","Hostname":"gpu-a-1","pod":"dcgm-y")";
  const std::string by_pod =
      R"("UUID":"GPU-1","Hostname":"dcgm-x","namespace":"gpu","pod":"dcgm-x")";
  const std::string by_address = R"("UUID":"GPU-2","instance":"10.0.0.8:9400")";
  const std::string nowhere = R"("UUID":"GPU-3","Hostname":"dcgm-z")";
  values_ =
      Answer(util(by_label) + "," + util(by_pod) + "," + util(by_address) + "," + util(nowhere));
  ages_ = Answer(Item(by_label, "1") + "," + Item(by_pod, "2") + "," + Item(by_address, "2"));
  const Readings readings = Poll();
  ASSERT_THAT(readings.devices, SizeIs(3));
  EXPECT_EQ(readings.devices[0].node, "gpu-a-1");
  EXPECT_EQ(readings.devices[0].id, "GPU-0");
  EXPECT_EQ(readings.devices[0].at, clock_.Now() - 1s);
  EXPECT_EQ(readings.devices[1].node, "gpu-a-2");
  EXPECT_EQ(readings.devices[2].node, "gpu-a-2");
  EXPECT_EQ(counts().unmapped, 1U);
}

TEST_F(PrometheusTest, OfUnknownAgeIsAsGoodAsMissing) {
  ages_ = Answer("");
  EXPECT_THAT(Poll().endpoints, IsEmpty());
}

TEST_F(PrometheusTest, AFrozenCounterIsNoRateOfZero) {
  options_.engines = {"triton"};
  const auto page = [](int requests, int microseconds) {
    const auto item = [](const std::string& name, int value) {
      return Item(R"("__name__":")" + name + R"(",)" + kPod, fmt::format("{}", value));
    };
    return Answer(item("nv_inference_request_success", requests) + "," +
                  item("nv_inference_request_duration_us", microseconds) + "," +
                  item("nv_inference_queue_duration_us", 0));
  };
  values_ = page(100, 0);
  ages_ = Answer(Item(kPod, "1"));
  EXPECT_THAT(Poll().endpoints, IsEmpty());

  clock_.Advance(15s);
  values_ = page(250, 30'000'000);
  const Readings moved = Poll();
  ASSERT_THAT(moved.endpoints, SizeIs(1));
  EXPECT_DOUBLE_EQ(moved.endpoints[0].signals.running.value_or(-1), 2);

  clock_.Advance(15s);
  ages_ = Answer(Item(kPod, "16.02"));  // the same sample, as far as the queries' own time can tell
  EXPECT_THAT(Poll().endpoints, IsEmpty());
}

TEST_F(PrometheusTest, AProxyThatTakesNoPostIsAskedByGet) {
  instead_ = [](const net::ClientRequest& request) -> std::optional<Result<net::ClientResponse>> {
    return request.method == "POST" ? std::optional<Result<net::ClientResponse>>(
                                          net::ClientResponse{.status = 405, .body = ""})
                                    : std::nullopt;
  };
  EXPECT_THAT(Poll().endpoints, SizeIs(1));
  const auto asked = servers_.asked();
  ASSERT_THAT(asked, SizeIs(3));  // POST once, never again
  EXPECT_EQ(asked[1].request.method, "GET");
  EXPECT_THAT(asked[1].request.target, HasSubstr("/api/v1/query?query=%7B"));
  EXPECT_FALSE(counts().degraded);
}

TEST_F(PrometheusTest, TheTokenIsReadAnewAndHeadersGoAlong) {
  const tests::TemporaryDirectory directory;
  const std::string file = directory.file("token");
  options_.bearer_token_file = file;
  options_.headers = {{"X-Scope-OrgID", "gpu"}};
  options_.path_prefix = "/prometheus";
  const auto write = [&](std::string_view token) { std::ofstream(file) << token; };
  const auto last = [&] { return servers_.asked().back().request; };

  write("one\n");
  (void)Poll();
  EXPECT_EQ(last().target, "/prometheus/api/v1/query");
  EXPECT_THAT(last().headers, Contains(Pair("Authorization", "Bearer one")));
  EXPECT_THAT(last().headers, Contains(Pair("X-Scope-OrgID", "gpu")));
  write("two\n");
  (void)Poll();
  EXPECT_THAT(last().headers, Contains(Pair("Authorization", "Bearer two")));
  std::filesystem::remove(file);
  (void)Poll();  // the last good one
  EXPECT_THAT(last().headers, Contains(Pair("Authorization", "Bearer two")));
}

struct TroubleCase {
  std::string name;
  Result<net::ClientResponse> answer;
  ScrapeResult want;
  bool misconfigured = false;
};

class Trouble : public PrometheusTest, public ::testing::WithParamInterface<TroubleCase> {};

TEST_P(Trouble, IsCountedAndShownAsDegraded) {
  instead_ = [](const auto&) { return GetParam().answer; };
  const Readings readings = Poll();
  EXPECT_THAT(readings.endpoints, IsEmpty());
  EXPECT_EQ(Count(GetParam().want), 1U);
  EXPECT_TRUE(counts().degraded);
  EXPECT_EQ(counts().misconfigured, GetParam().misconfigured);

  instead_ = [](const auto&) { return std::nullopt; };
  EXPECT_THAT(Poll().endpoints, SizeIs(1));
  EXPECT_FALSE(counts().degraded);
  EXPECT_FALSE(counts().misconfigured);
}

net::ClientResponse StatusOf(int status, std::string body = "") {
  return {.status = status, .body = std::move(body)};
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Trouble,
    ::testing::Values(
        TroubleCase{"Down", Error{ErrorCode::kUnavailable, "refused"}, ScrapeResult::kUnreachable},
        TroubleCase{"Broken", Error{ErrorCode::kUnknownOutcome, "broke"}, ScrapeResult::kBroken},
        TroubleCase{"TooLarge", Error{ErrorCode::kResourceExhausted, "x"}, ScrapeResult::kTooLarge},
        TroubleCase{"BadQuery",
                    StatusOf(400, R"({"status":"error","errorType":"bad_data","error":"x"})"),
                    ScrapeResult::kHttpError, true},
        TroubleCase{"Unauthorised", StatusOf(401, "no"), ScrapeResult::kHttpError, true},
        TroubleCase{"TooManyRequests", StatusOf(429), ScrapeResult::kHttpError},
        TroubleCase{"Unavailable", StatusOf(503), ScrapeResult::kHttpError},
        TroubleCase{"Html", StatusOf(200, "<html>login</html>"), ScrapeResult::kParseError},
        TroubleCase{
            "NoVector",
            StatusOf(200,
                     R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})"),
            ScrapeResult::kParseError},
        TroubleCase{"ErrorWith200", StatusOf(200, R"({"status":"error","error":"x"})"),
                    ScrapeResult::kParseError},
        TroubleCase{"NoPair", StatusOf(200, Answer(R"({"metric":{},"value":[1]})")),
                    ScrapeResult::kParseError},
        TroubleCase{"NoNumber", StatusOf(200, Answer(R"({"metric":{},"value":[1,"x"]})")),
                    ScrapeResult::kParseError},
        TroubleCase{"NoMetric", StatusOf(200, Answer(R"({"value":[1,"1"]})")),
                    ScrapeResult::kParseError}),
    tests::CaseName);

TEST_F(PrometheusTest, AnswersInPartAreTakenAndShownAsDegraded) {
  values_ = Answer(Vllm(kPod, 128, 0), R"(,"warnings":["a store is away"])");
  EXPECT_THAT(Poll().endpoints, SizeIs(1));
  EXPECT_EQ(counts().partial, 1U);
  EXPECT_TRUE(counts().degraded);
}

TEST_F(PrometheusTest, HistogramsAndValuesThatCannotBeAreLeftOut) {
  values_ = Answer(R"({"metric":{"__name__":"x"},"histogram":[1,{"count":"1"}]},)" +
                   Item(R"("__name__":"vllm:num_requests_running",)" + kPod, "NaN"));
  const Readings readings = Poll();
  EXPECT_THAT(readings.endpoints, IsEmpty());
  EXPECT_EQ(readings.discarded, 1U);
}

TEST_F(PrometheusTest, ARoundEndsWithItsBudgetAndTheNextBeginsElsewhere) {
  options_.engines = {"vllm", "tgi", "sglang"};
  options_.budget = 10s;
  instead_ = [&](const auto&) -> std::optional<Result<net::ClientResponse>> {
    clock_.Advance(5s);
    return net::ClientResponse{.status = 503, .body = ""};
  };
  (void)Poll();
  EXPECT_EQ(counts().skipped, 1U);
  EXPECT_THAT(servers_.asked(), SizeIs(2));
  EXPECT_THAT(servers_.asked()[0].request.body, HasSubstr("vllm"));
  (void)Poll();
  EXPECT_THAT(servers_.asked()[2].request.body, HasSubstr("tgi"));
}

TEST_F(PrometheusTest, NamesWithoutAPrefixAreAskedForOnDemandOnly) {
  options_.engines = {};
  (void)Poll();
  for (const auto& asked : servers_.asked()) {
    EXPECT_THAT(asked.request.body, Not(HasSubstr("%22num_requests_running")));
  }
}

TEST(PrometheusSource, RefusesAnUnknownEngine) {
  const tests::ManualClock clock;
  const EngineTable engines = EngineTable::BuiltIn();
  const auto source = PrometheusSource::Create(
      {.origin = "http://prometheus:9090", .engines = {"acme"}}, engines, clock);
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().message, "engine 'acme' is unknown");
}

TEST(PrometheusSource, RefusesAnOriginThatIsNone) {
  const tests::ManualClock clock;
  const EngineTable engines = EngineTable::BuiltIn();
  EXPECT_FALSE(PrometheusSource::Create({.origin = "prometheus"}, engines, clock).ok());
}

}  // namespace
}  // namespace berth::telemetry
