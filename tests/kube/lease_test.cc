#include "berth/kube/lease.h"

#include <gtest/gtest.h>

#include "berth/kube/decoder.h"

namespace berth::kube {
namespace {

Result<Lease> Read(std::string json) {
  json.reserve(json.size() + kJsonPadding);
  return ReadLease(json);
}

TEST(Lease, IsReadAsWritten) {
  const Lease lease{.resource_version = "42",
                    .holder = "pod-\"0\"_1",
                    .duration_seconds = 15,
                    .acquire_time = "2026-11-24T05:20:31.000001Z",
                    .renew_time = "2026-11-24T05:20:33.000000Z",
                    .transitions = 3};
  const Result<Lease> read = Read(LeaseJson("berth", lease));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, lease);
}

TEST(Lease, WithoutAHolderSaysNull) {
  EXPECT_EQ(LeaseJson("berth", {.resource_version = "7", .duration_seconds = 1}),
            R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease",)"
            R"("metadata":{"name":"berth","resourceVersion":"7"},)"
            R"("spec":{"holderIdentity":null,"leaseDurationSeconds":1,"acquireTime":"",)"
            R"("renewTime":"","leaseTransitions":0}})");
}

TEST(Lease, MalformedFieldIsNamed) {
  const Result<Lease> read = Read(R"({"spec":{"leaseDurationSeconds":"15"}})");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message.find("spec.leaseDurationSeconds"), std::string::npos)
      << read.error().message;
}

TEST(MicroTime, HasSixDigits) {
  EXPECT_EQ(FormatMicroTime(WallTime(std::chrono::seconds(1795497631) + Duration(1'002'000))),
            "2026-11-24T05:20:31.001002Z");
}

}  // namespace
}  // namespace berth::kube
