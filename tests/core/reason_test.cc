#include "berth/core/reason.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>

#include "testing/golden.h"

namespace berth::core {
namespace {

using cluster::PodFault;

// Codes are labels of metrics, texts stand in events and in alerts that people wrote: both are API.
TEST(Reason, CodesAndTextsAreApi) {
  std::string list;
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    list += std::string(Code(reason)) + ": " + std::string(Text(reason)) + "\n";
  }
  EXPECT_TRUE(tests::MatchesGolden(list, "golden/core/reasons.txt"));
}

TEST(Reason, CodesAndTextsTellReasonsApart) {
  std::set<std::string_view> codes;
  std::set<std::string_view> texts;
  for (int i = 0; i < kReasonCount; ++i) {
    codes.insert(Code(static_cast<Reason>(i)));
    texts.insert(Text(static_cast<Reason>(i)));
  }
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(kReasonCount));
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(kReasonCount));
}

TEST(Reason, EveryFaultOfAPodHasItsOwn) {
  constexpr std::array kFaults = {
      PodFault::kMemoryInvalid,       PodFault::kCoresInvalid,     PodFault::kCountInvalid,
      PodFault::kCountAlone,          PodFault::kWholeAndShared,   PodFault::kTooManyClasses,
      PodFault::kAcceleratorsInvalid, PodFault::kResourceUnknown,  PodFault::kModelInvalid,
      PodFault::kProfileUnknown,      PodFault::kResidencyUnknown, PodFault::kDataInvalid};
  EXPECT_EQ(FaultReason(PodFault::kNone), Reason::kFits);
  std::set<Reason> reasons;
  for (const PodFault fault : kFaults) {
    reasons.insert(FaultReason(fault));
  }
  EXPECT_EQ(reasons.size(), kFaults.size());
  EXPECT_FALSE(reasons.contains(Reason::kFits));
}

}  // namespace
}  // namespace berth::core
