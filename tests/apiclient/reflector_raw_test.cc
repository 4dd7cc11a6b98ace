// A kind that is followed as JSON, and that the cluster may not have.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reflector_rig.h"

namespace berth::apiclient {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

// "put ml/a {...}" with the object's spec.
class RawDiary final : public kube::RawSink, public Diary {
 public:
  void Begin() override { Write("begin"); }
  void End() override { Write("end"); }
  void Put(const kube::RawObject& object) override {
    const std::string json(object.json);
    Write("put " + object.ns + "/" + object.name + " " + json.substr(json.find("\"spec\"")));
  }
  void Remove(std::string_view ns, std::string_view name) override {
    Write("remove " + std::string(ns) + "/" + std::string(name));
  }
};

class RawReflectorTest : public testing::Test {
 protected:
  static constexpr char kPath[] = "/apis/example.com/v1/things";

  ~RawReflectorTest() override { Stop(); }

  void Start(std::string selector = "") {
    reflector_ = std::make_unique<Reflector>(
        RawKind{.name = "things", .path = kPath, .label_selector = std::move(selector)}, *session_,
        sink_, ReflectorOptions{},
        ReflectorHooks{.on_restart = [this](std::string_view kind, RestartReason, const Error&,
                                            Duration) { Note("restart " + std::string(kind)); },
                       .on_access =
                           [this](std::string_view kind, Access access, const Error& error) {
                             Note(std::string(kind) + " " + std::string(Name(access)) + ": " +
                                  error.message);
                           }},
        ReflectorWorld{.clock = clock_,
                       .sleep =
                           [this](Duration delay, const std::stop_token&) {
                             Note("sleep " + std::to_string(delay / 1s) + " s");
                           },
                       .random = [] { return 0.5; }});
    thread_ = std::jthread([this](const std::stop_token& stop) { reflector_->Run(stop); });
  }
  void Stop() {
    if (thread_.joinable()) {
      thread_.request_stop();
      thread_.join();
    }
  }
  void RunUntil(std::size_t requests, const Lines& diary) {
    EXPECT_EQ(server_.WaitForRequests(requests).size(), requests);
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (sink_.lines().size() < diary.size() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(1ms);
    }
    Stop();
    EXPECT_EQ(sink_.lines(), diary);
  }
  Lines notes() const BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return notes_;
  }

  FakeApiServer server_;
  ManualClock clock_;
  RequestProbe probe_;
  std::unique_ptr<Session> session_ = Connect(server_.origin(), clock_, probe_);
  RawDiary sink_;
  std::unique_ptr<Reflector> reflector_;

 private:
  void Note(std::string line) BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    notes_.push_back(std::move(line));
  }
  mutable Mutex mutex_;
  Lines notes_ BERTH_GUARDED_BY(mutex_);
  std::jthread thread_;
};

TEST_F(RawReflectorTest, ListsInPagesAndFollowsTheWatch) {
  server_.On("GET", kPath, Page("10", {PodJson("a", "1", R"({"x":"}"})")}, "next"));
  server_.On("GET", kPath, Page("10", {PodJson("b", "2")}));
  server_.On("GET", kPath,
             Answer::Stream({EventLine("MODIFIED", PodJson("a", "11", R"({"x":2})")),
                             EventLine("DELETED", PodJson("b", "12")), Bookmark("13")})
                 .ThenHold());
  Start("app=berth,tier in (x)");
  RunUntil(3, {"begin", R"(put ml/a "spec":{"x":"}"},"status":{}})",
               R"(put ml/b "spec":{},"status":{}})", "end",
               R"(put ml/a "spec":{"x":2},"status":{}})", "remove ml/b"});

  const std::vector<SeenRequest> asked = server_.requests();
  constexpr char kSelector[] = "&labelSelector=app%3Dberth%2Ctier%20in%20%28x%29";
  EXPECT_EQ(asked[0].query, std::string("limit=500") + kSelector);
  EXPECT_EQ(asked[1].query, std::string("limit=500") + kSelector + "&continue=next");
  EXPECT_EQ(asked[2].query, std::string("watch=true&allowWatchBookmarks=true&resourceVersion=10"
                                        "&timeoutSeconds=450") +
                                kSelector);
  EXPECT_TRUE(reflector_->stats().synced);
  EXPECT_EQ(reflector_->stats().access, Access::kGranted);
  EXPECT_EQ(notes(), Lines{"things granted: "});
  for (const RequestProbe::Count& count : probe_.counts()) {
    EXPECT_EQ(count.resource, Resource::kOther);
  }
}

struct DeniedCase {
  std::string name;
  int code = 0;
  Access access = Access::kUnknown;
  Lines diary;
};

class DeniedTest : public RawReflectorTest, public testing::WithParamInterface<DeniedCase> {};

TEST_P(DeniedTest, IsAskedForAgainSeldomAndToldOnce) {
  const auto& [name, code, access, diary] = GetParam();
  server_.On("GET", kPath, Answer::Json(code, StatusJson(code, "no such thing")));
  server_.On("GET", kPath, Answer::Json(code, StatusJson(code, "no such thing")));
  server_.On("GET", kPath, Page("10", {PodJson("a", "1")}));
  server_.On("GET", kPath, Answer::Stream({}).ThenHold());
  Start();
  RunUntil(4, diary);
  EXPECT_EQ(notes(),
            (Lines{"things " + std::string(Name(access)) + ": things: the API server answers " +
                       std::to_string(code) + ": no such thing",
                   "sleep 450 s", "sleep 450 s", "things granted: "}));
  const ReflectorStats stats = reflector_->stats();
  for (const std::uint64_t restarts : stats.restarts) {
    EXPECT_EQ(restarts, 0U);
  }
}

const std::string kPutA = R"(put ml/a "spec":{},"status":{}})";

INSTANTIATE_TEST_SUITE_P(
    Codes, DeniedTest,
    testing::Values(
        DeniedCase{"NotInstalled",
                   404,
                   Access::kAbsent,
                   {"begin", "begin", "end", "begin", "begin", "end", "begin", kPutA, "end"}},
        DeniedCase{"NoRights", 403, Access::kForbidden, {"begin", "begin", "begin", kPutA, "end"}}),
    kCaseName);

// The definition is deleted under a running watch: its objects are gone with it.
TEST_F(RawReflectorTest, EmptiesTheSinkWhenTheKindIsGone) {
  server_.On("GET", kPath, Page("10", {PodJson("a", "1")}));
  server_.On("GET", kPath, Answer::Json(404, "404 page not found"));
  server_.On("GET", kPath, Page("20", {}));
  server_.On("GET", kPath, Answer::Stream({}).ThenHold());
  Start();
  RunUntil(4, {"begin", kPutA, "end", "begin", "end", "begin", "end"});
  EXPECT_EQ(notes(), (Lines{"things granted: ",
                            "things absent: things: the API server answers 404: 404 page not found",
                            "sleep 450 s", "things granted: "}));
}

TEST_F(RawReflectorTest, WaitsAsEverForWhatMayPass) {
  server_.On("GET", kPath, Answer::Json(500, StatusJson(500, "etcd is away")));
  server_.On("GET", kPath, Page("10", {}));
  server_.On("GET", kPath, Answer::Stream({}).ThenHold());
  Start();
  RunUntil(3, {"begin", "begin", "end"});
  EXPECT_EQ(notes(), (Lines{"restart things", "sleep 0 s", "things granted: "}));
}

TEST(Access, HasNames) {
  EXPECT_EQ(Name(Access::kUnknown), "unknown");
  EXPECT_EQ(Name(Access::kGranted), "granted");
  EXPECT_EQ(Name(Access::kAbsent), "absent");
  EXPECT_EQ(Name(Access::kForbidden), "forbidden");
}

}  // namespace
}  // namespace berth::apiclient
