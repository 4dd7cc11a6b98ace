#include "berth/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace berth {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) {
    return InvalidArgument("odd");
  }
  return n / 2;
}

Result<int> Quarter(int n) {
  BERTH_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

Status MustBeEven(int n) {
  BERTH_RETURN_IF_ERROR(Half(n));
  return {};
}

TEST(Result, PassesTheFirstErrorUpUnchanged) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).error(), InvalidArgument("odd"));
  EXPECT_TRUE(MustBeEven(2).ok());
  EXPECT_EQ(MustBeEven(3).error().message, "odd");
}

TEST(Result, MovesValuesThatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(ErrorCode, EveryCodeHasItsOwnName) {
  EXPECT_EQ(Name(ErrorCode::kUnknownOutcome), "unknown_outcome");
  EXPECT_EQ(Name(ErrorCode::kExpired), "expired");
}

}  // namespace
}  // namespace berth
