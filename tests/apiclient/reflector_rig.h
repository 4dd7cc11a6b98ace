// A reflector on its own thread, between a scripted API server and a sink that writes a diary.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "berth/apiclient/reflector.h"
#include "rig.h"

namespace berth::apiclient {

// Lines in the order in which they were written. Thread-safe.
class Diary {
 public:
  void Write(std::string line) BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const BERTH_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ BERTH_GUARDED_BY(mutex_);
};

// Writes down what it is told: "begin", "put a", "end", "remove a". Pods are removed by uid, which
// the tests' pods make of their name.
class DiarySink final : public kube::ObjectSink, public Diary {
 public:
  void BeginNodes() override { Write("begin"); }
  void EndNodes() override { Write("end"); }
  void BeginPods() override { Write("begin"); }
  void EndPods() override { Write("end"); }
  void PutNode(kube::NodeObject node) override { Write("put " + node.name); }
  void PutPod(kube::PodObject pod) override { Write("put " + pod.name); }
  void RemoveNode(std::string_view name) override { Write("remove " + std::string(name)); }
  void RemovePod(std::string_view uid) override { Write("remove " + std::string(uid)); }
};

inline std::string NodeJson(const std::string& name, const std::string& version) {
  return R"({"metadata":{"name":")" + name + R"(","uid":"uid-)" + name +
         R"(","resourceVersion":")" + version + R"("},"spec":{},"status":{}})";
}

inline std::string PodJson(const std::string& name, const std::string& version,
                           const std::string& spec = "{}") {
  return R"({"metadata":{"namespace":"ml","name":")" + name + R"(","uid":"uid-)" + name +
         R"(","resourceVersion":")" + version + R"("},"spec":)" + spec + R"(,"status":{}})";
}

// A spec that no decoder takes: cpu is no quantity.
inline constexpr char kMalformedSpec[] =
    R"({"nodeName":"node-1","containers":[{"name":"c","resources":{"requests":{"cpu":"x"}}}]})";

inline Answer Page(const std::string& version, const std::vector<std::string>& items,
                   const std::string& continue_token = "") {
  std::string json = R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" +
                     continue_token + R"("},"items":[)";
  for (const std::string& item : items) {
    json += (json.back() == '[' ? "" : ",") + item;
  }
  return Answer::Json(200, json + "]}");
}

inline std::string EventLine(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

inline std::string Bookmark(const std::string& version) {
  return EventLine("BOOKMARK", R"({"metadata":{"resourceVersion":")" + version + R"("}})");
}

class ReflectorTest : public testing::Test {
 protected:
  static constexpr char kPods[] = "/api/v1/pods";
  static constexpr char kNodes[] = "/api/v1/nodes";

  ~ReflectorTest() override { Stop(); }

  // Sleeps are written down instead of slept, and the random source always says `random_`.
  void Start(ObjectKind kind = ObjectKind::kPods, ReflectorOptions options = {}) {
    StartIn({.clock = clock_,
             .sleep = [this](Duration delay, const std::stop_token&) { Note(sleeps_, delay); },
             .random = [this] { return random_; }},
            kind, options);
  }

  void StartIn(ReflectorWorld world, ObjectKind kind, ReflectorOptions options) {
    const ReflectorHooks hooks{
        .on_malformed = [this](const MalformedObject& object) { Note(malformed_, object); },
        .on_restart = [this](std::string_view, RestartReason reason, const Error& error,
                             Duration) { Note(errors_, std::pair(reason, error)); }};
    reflector_ =
        std::make_unique<Reflector>(kind, *session_, sink_, options, hooks, std::move(world));
    thread_ = std::jthread([this](const std::stop_token& stop) { reflector_->Run(stop); });
  }

  // How long Run took to return.
  std::chrono::steady_clock::duration Stop() {
    const auto start = std::chrono::steady_clock::now();
    if (thread_.joinable()) {
      thread_.request_stop();
      thread_.join();
    }
    return std::chrono::steady_clock::now() - start;
  }

  // Waits until the server was asked `count` times and the last answer was worked through as far
  // as the diary must say, then stops.
  void RunUntil(std::size_t requests, const std::vector<std::string>& diary) {
    EXPECT_EQ(server_.WaitForRequests(requests).size(), requests);
    EXPECT_TRUE(Eventually([&] { return sink_.lines().size() >= diary.size(); }));
    Stop();
    EXPECT_EQ(sink_.lines(), diary);
  }

  template <typename Predicate>
  static bool Eventually(Predicate predicate) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!predicate()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  std::uint64_t Restarts(RestartReason reason) const {
    return reflector_->stats().restarts[static_cast<std::size_t>(reason)];
  }

  template <typename T>
  std::vector<T> Noted(const std::vector<T>& notes) const {
    const MutexLock lock(notes_mutex_);
    return notes;
  }
  std::vector<Duration> sleeps() const { return Noted(sleeps_); }
  std::vector<MalformedObject> malformed() const { return Noted(malformed_); }
  std::vector<std::pair<RestartReason, Error>> errors() const { return Noted(errors_); }

  FakeApiServer server_;
  ManualClock clock_;
  RequestProbe probe_;
  std::unique_ptr<Session> session_ = Connect(server_.origin(), clock_, probe_);
  DiarySink sink_;
  double random_ = 0;
  std::unique_ptr<Reflector> reflector_;

 private:
  template <typename T>
  void Note(std::vector<T>& notes, const T& note) {
    const MutexLock lock(notes_mutex_);
    notes.push_back(note);
  }

  mutable Mutex notes_mutex_;
  std::vector<Duration> sleeps_;
  std::vector<MalformedObject> malformed_;
  std::vector<std::pair<RestartReason, Error>> errors_;
  std::jthread thread_;
};

}  // namespace berth::apiclient
