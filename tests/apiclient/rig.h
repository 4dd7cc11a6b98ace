// What the tests of this room share: a clock that is set by hand, and a session to a fake server.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "berth/apiclient/session.h"
#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "fakes/fake_api_server.h"
#include "testing/manual_clock.h"

namespace berth::apiclient {

using fakes::Answer;
using fakes::FakeApiServer;
using fakes::SeenRequest;
using tests::ManualClock;

// Names the cases of a table test.
inline constexpr auto kCaseName = [](const auto& test) { return test.param.name; };

// A session to `origin` with a fixed token.
inline std::unique_ptr<Session> Connect(const std::string& origin, const Clock& clock,
                                        RequestProbe& probe) {
  Credentials credentials;
  credentials.origin = origin;
  credentials.token = "s3cret";
  Result<std::unique_ptr<Session>> session =
      Session::Create(credentials, "berth/1.2.3", clock, probe);
  if (!session.ok()) {
    ADD_FAILURE() << session.error().message;
    return nullptr;
  }
  return *std::move(session);
}

// A metav1.Status, as the API server refuses.
inline std::string StatusJson(int code, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" +
         message + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace berth::apiclient
