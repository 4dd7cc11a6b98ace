#include "record_proofs.h"

#include <gtest/gtest.h>

#include <string>

#include "berth/base/base64.h"
#include "berth/device/read.h"
#include "testing/case_name.h"

namespace berth::app {
namespace {

using signing::Proof;

constexpr std::string_view kRecord = R"({"v":1,"uid":"u0","node":"a","whole":{"x/y":1}})";
constexpr WallTime kTurnedOn(std::chrono::seconds(1'795'497'631));

signing::RecordKeys Keys(char secret) {
  return signing::RecordKeys::Parse("k1:" + EncodeBase64(std::string(32, secret))).value();
}

// As the API server shows it after the binding.
kube::PodObject Bound(const kube::Binding& binding) {
  return {.ns = binding.ns,
          .name = binding.name,
          .uid = binding.uid,
          .annotations = binding.annotations,
          .node_name = binding.node};
}

kube::Binding Signed(const signing::RecordKeys& keys) {
  kube::Binding binding{.ns = "ml", .name = "p", .uid = "u0", .node = "a"};
  binding.annotations = {{std::string(device::kDevices), "0"},
                         {std::string(device::kAllocation), std::string(kRecord)}};
  SignRecord(binding, keys);
  return binding;
}

TEST(RecordProofs, ABindingsRecordIsProvenOnItsPodAndOnNoOther) {
  const kube::PodObject pod = Bound(Signed(Keys('1')));
  EXPECT_EQ(*kube::Find(pod.annotations, device::kDevices), "0");
  EXPECT_EQ(ProofOf(pod, Keys('1'), {}), Proof::kSound);
  EXPECT_EQ(ProofOf(pod, Keys('2'), {}), Proof::kWrong);
  kube::PodObject other = pod;
  other.uid = "u1";
  EXPECT_EQ(ProofOf(other, Keys('1'), {}), Proof::kWrong);
  other = pod;
  other.node_name = "b";
  EXPECT_EQ(ProofOf(other, Keys('1'), {}), Proof::kWrong);
}

TEST(RecordProofs, ABindingWithoutARecordIsLeftAlone) {
  kube::Binding binding{.ns = "ml", .name = "p", .uid = "u0", .node = "a"};
  SignRecord(binding, Keys('1'));
  EXPECT_TRUE(binding.annotations.empty());
  EXPECT_EQ(ProofOf(Bound(binding), Keys('1'), {}), Proof::kMissing);
}

struct Older {
  std::string name;
  std::optional<WallTime> before;
  std::optional<WallTime> created;
  bool is_signed;
  Proof want;
};

class OlderPodTest : public testing::TestWithParam<Older> {};

TEST_P(OlderPodTest, IsExcusedForWantOfAMac) {
  kube::PodObject pod = Bound(Signed(Keys('2')));  // not with our key
  if (!GetParam().is_signed) {
    pod.annotations = {{std::string(device::kAllocation), std::string(kRecord)}};
  }
  pod.created = GetParam().created;
  EXPECT_EQ(ProofOf(pod, Keys('1'), GetParam().before), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OlderPodTest,
    testing::Values(
        Older{"Older", kTurnedOn, kTurnedOn - std::chrono::seconds(1), false, Proof::kSound},
        Older{"AtThatSecond", kTurnedOn, kTurnedOn, false, Proof::kMissing},
        Older{"Younger", kTurnedOn, kTurnedOn + std::chrono::seconds(1), false, Proof::kMissing},
        Older{"OfUnknownAge", kTurnedOn, std::nullopt, false, Proof::kMissing},
        Older{"NobodyIsExcused", std::nullopt, WallTime(), false, Proof::kMissing},
        Older{"OlderButForged", kTurnedOn, WallTime(), true, Proof::kWrong}),
    tests::CaseName);

}  // namespace
}  // namespace berth::app
