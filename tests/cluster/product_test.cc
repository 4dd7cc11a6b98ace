#include "berth/cluster/product.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::cluster {
namespace {

using tests::CaseName;

struct Case {
  std::string name;
  std::string product;
  std::vector<std::string> wanted;
  bool will_do = false;
};

class ProductTest : public ::testing::TestWithParam<Case> {};

TEST_P(ProductTest, IsNamedByWholeWords) {
  EXPECT_EQ(WillDo(GetParam().product, GetParam().wanted), GetParam().will_do);
}

const std::string kH100 = "nvidia-h100-80gb-hbm3";

INSTANTIATE_TEST_SUITE_P(Names, ProductTest,
                         ::testing::Values(Case{"NoWish", kH100, {}, true},
                                           Case{"Word", kH100, {"h100"}, true},
                                           Case{"Words", kH100, {"h100-80gb"}, true},
                                           Case{"All", kH100, {kH100}, true},
                                           Case{"PartOfAWord", "nvidia-h1000", {"h100"}, false},
                                           Case{"EndOfAWord", kH100, {"100"}, false},
                                           Case{"TheSecondWish", kH100, {"a100", "h100"}, true},
                                           Case{"NoneOfThem", kH100, {"a100", "l4"}, false},
                                           Case{"UnknownProduct", "", {"h100"}, false}),
                         CaseName);

}  // namespace
}  // namespace berth::cluster
