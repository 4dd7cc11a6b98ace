#include "berth/config/configuration.h"

#include <gtest/gtest.h>

namespace berth::config {
namespace {

TEST(ParseConfiguration, AnEmptyDocumentMeansTheDefaults) {
  for (const std::string_view text :
       {"", "# nothing\n", "---\n", "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n"}) {
    const Parsed parsed = ParseConfiguration(text);
    EXPECT_EQ(Format(parsed.complaints, "berth.yaml"), "") << text;
    EXPECT_EQ(ToYaml(parsed.configuration), ToYaml(Configuration{})) << text;
  }
}

}  // namespace
}  // namespace berth::config
