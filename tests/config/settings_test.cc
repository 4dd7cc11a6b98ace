// Laws of the settings' tables: every row holds them, those of settings to come too.
#include "settings.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "quantities.h"
#include "testing/golden.h"

namespace berth::config {
namespace {

using berth::tests::ReadText;

bool HasRange(const SettingSpec& spec) {
  return spec.type == SettingType::kCount || spec.type == SettingType::kDecimal ||
         spec.type == SettingType::kSize || spec.type == SettingType::kDuration;
}

double AsNumber(const SettingValue& value) {
  const auto* const integer = std::get_if<std::int64_t>(&value);
  return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
}

TEST(Settings, HaveUniquePathsHelpAndASection) {
  std::set<std::string_view> paths;
  for (const Setting<Configuration>& setting : Settings()) {
    const SettingSpec& spec = setting.spec;
    EXPECT_TRUE(paths.insert(spec.path).second) << spec.path;
    EXPECT_TRUE(spec.help.ends_with('.')) << spec.path;
    EXPECT_EQ(spec.type == SettingType::kChoice, !spec.choices.empty()) << spec.path;
    const std::string_view section = spec.path.substr(0, spec.path.rfind('.'));
    EXPECT_NE(std::ranges::find(Sections(), section, &Section::path), Sections().end())
        << spec.path;
  }
}

TEST(Settings, HaveDefaultsWithinTheirRange) {
  const Configuration defaults;
  for (const Setting<Configuration>& setting : Settings()) {
    if (HasRange(setting.spec)) {
      const double value = AsNumber(setting.field.get(defaults));
      EXPECT_GE(value, static_cast<double>(setting.spec.min)) << setting.spec.path;
      EXPECT_LE(value, static_cast<double>(setting.spec.max)) << setting.spec.path;
    }
  }
}

// Sets each to something else than its default, alone, and reads it back through the file's text.
TEST(Settings, SurviveTheWayThroughYamlOneByOne) {
  for (const Setting<Configuration>& setting : Settings()) {
    const SettingSpec& spec = setting.spec;
    SettingValue value = setting.field.get(Configuration{});
    if (auto* const flag = std::get_if<bool>(&value)) {
      *flag = !*flag;
    } else if (auto* const text = std::get_if<std::string>(&value)) {
      *text = "other.example:9";
    } else if (auto* const decimal = std::get_if<double>(&value)) {
      *decimal = static_cast<double>(spec.min) + 0.125;
    } else if (spec.type == SettingType::kChoice) {
      value = static_cast<std::int64_t>(spec.choices.size() - 1);
    } else {
      value = spec.max;
    }
    Configuration changed;
    setting.field.set(changed, value);
    if (spec.path == "scheduler.maxBodySize") {
      changed.scheduler.max_total_body_bytes = changed.scheduler.max_body_bytes;
    }
    const Parsed parsed = ParseConfiguration(ToYaml(changed));
    EXPECT_TRUE(parsed.ok()) << Format(parsed.complaints, spec.path);
    EXPECT_EQ(setting.field.get(parsed.configuration), value) << spec.path;
    EXPECT_EQ(ToYaml(parsed.configuration), ToYaml(changed)) << spec.path;
  }
}

TEST(Settings, AreAllShownInTheExample) {
  const std::string example = ReadText("../examples/berth.yaml");
  for (const Setting<Configuration>& setting : Settings()) {
    const std::string key(setting.spec.path.substr(setting.spec.path.rfind('.') + 1));
    EXPECT_NE(example.find("  " + key + ": "), std::string::npos) << setting.spec.path;
  }
}

TEST(Duration, ReadsGosForms) {
  using std::chrono::milliseconds;
  EXPECT_EQ(ParseDuration("1m30s"), milliseconds(90'000));
  EXPECT_EQ(ParseDuration("1.5s"), milliseconds(1500));
  EXPECT_EQ(ParseDuration(".5s"), milliseconds(500));
  EXPECT_EQ(ParseDuration("0"), milliseconds(0));
  EXPECT_EQ(ParseDuration("2562047h"), std::chrono::hours(2'562'047));
  for (const std::string_view text :
       {"", "5", "s", ".s", "5 s", "-5s", "+5s", "5S", "1d", "1s2", "1..5s", "2562048h",
        "99999999999999999999s", "9223372036854775807ns1ns"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(Duration, PrintsWhatItReads) {
  for (const std::string_view text : {"0s", "1ns", "250ms", "5s", "1m30s", "1h", "1s500ms"}) {
    EXPECT_EQ(FormatDuration(ParseDuration(text).value_or(Duration(-1))), text);
  }
}

TEST(Size, ReadsKubernetesUnits) {
  EXPECT_EQ(ParseSize("4096"), 4096);
  EXPECT_EQ(ParseSize("128Mi"), 128 << 20);
  EXPECT_EQ(ParseSize("2G"), 2'000'000'000);
  EXPECT_EQ(ParseSize("8388607Ti"), 8'388'607LL << 40);
  for (const std::string_view text :
       {"", "Mi", "128MB", "128 Mi", "-1", "1.5Gi", "8388608Ti", "9223372036854775808", "1mi"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

TEST(Size, PrintsWhatItReads) {
  for (const std::string_view text : {"0", "1", "1000", "1Ki", "1025", "3Mi", "1Ti", "1024Ti"}) {
    EXPECT_EQ(FormatSize(ParseSize(text).value_or(-1)), text);
  }
}

}  // namespace
}  // namespace berth::config
