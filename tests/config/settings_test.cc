// Laws of the settings' tables: every row holds them, those of settings to come too.
#include "settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "catalog_settings.h"
#include "quantities.h"
#include "testing/golden.h"

namespace berth::config {
namespace {

using berth::tests::ReadText;

double AsNumber(const SettingValue& value) {
  const auto* const integer = std::get_if<std::int64_t>(&value);
  return integer != nullptr ? static_cast<double>(*integer) : std::get<double>(value);
}

// Well-formed, and no default.
std::string OtherText(const SettingSpec& spec) {
  switch (spec.type) {
    case SettingType::kUrl:
      return "https://[::1]:9090/prometheus";
    case SettingType::kPath:
      return "/etc/berth/a file";
    case SettingType::kTime:
      return "2026-11-24T05:20:31Z";
    case SettingType::kName:
      return "batch";  // of a profile
    case SettingType::kLabel:
      return "example.com/rack";
    default:
      return "other.example:9";
  }
}

// Of any table.
template <typename Owner>
void CheckRows(std::span<const Setting<Owner>> table) {
  std::set<std::string_view> paths;
  for (const Setting<Owner>& setting : table) {
    const SettingSpec& spec = setting.spec;
    EXPECT_TRUE(paths.insert(spec.path).second) << spec.path;
    EXPECT_TRUE(spec.help.ends_with('.')) << spec.path;
    EXPECT_EQ(spec.type == SettingType::kChoice || spec.type == SettingType::kWord,
              !spec.choices.empty())
        << spec.path;
    if (IsNumber(spec.type) && !spec.required) {
      const double value = AsNumber(setting.field.get(Owner{}));
      EXPECT_GE(value, static_cast<double>(spec.min)) << spec.path;
      EXPECT_LE(value, static_cast<double>(spec.max)) << spec.path;
    }
  }
}

TEST(Settings, OfEveryTableHaveUniquePathsHelpAndDefaultsWithinTheirRange) {
  CheckRows(Settings());
  CheckRows(ProfileSettings());
  CheckRows(NodeClassSettings());
  CheckRows(TypicalPodSettings());
  CheckRows(DeviceClassSettings());
  CheckRows(ModelSettings());
  CheckRows(VariantSettings());
  CheckRows(DatasetSettings());
}

TEST(Settings, HaveASection) {
  for (const Setting<Configuration>& setting : Settings()) {
    const std::string_view section = setting.spec.path.substr(0, setting.spec.path.rfind('.'));
    EXPECT_NE(std::ranges::find(Sections(), section, &Section::path), Sections().end())
        << setting.spec.path;
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
      *text = OtherText(spec);
    } else if (auto* const decimal = std::get_if<double>(&value)) {
      *decimal = static_cast<double>(spec.min) + 0.125;
    } else if (auto* const names = std::get_if<std::vector<std::string>>(&value)) {
      *names = {"system:kube-scheduler", "b"};
    } else if (spec.type == SettingType::kChoice) {
      value = static_cast<std::int64_t>(spec.choices.size() - 1);
    } else {
      value = spec.max;
    }
    Configuration changed;
    setting.field.set(changed, value);
    // Those that must keep up with it.
    changed.scheduler.max_total_body_bytes =
        std::max(changed.scheduler.max_total_body_bytes, changed.scheduler.max_body_bytes);
    changed.scheduler.allow_plain |= spec.path == "scheduler.listen";
    Configuration::Scheduler::Tls& tls = changed.scheduler.tls;
    if (!tls.allowed_client_names.empty() || !tls.client_ca_file.empty() ||
        !tls.cert_file.empty() || !tls.key_file.empty()) {
      tls.cert_file = tls.key_file = tls.client_ca_file = "/etc/berth/a file";
    }
    Configuration::Operations::Tls& own = changed.operations.tls;
    if (!own.cert_file.empty() || !own.key_file.empty()) {
      own.cert_file = own.key_file = "/etc/berth/a file";
    }
    changed.telemetry.interval = std::max(changed.telemetry.interval, changed.telemetry.timeout);
    changed.telemetry.cutoff = std::max(changed.telemetry.cutoff, changed.telemetry.interval);
    if (changed.leadership.mode != LeadershipMode::kNone) {
      changed.leadership.lease_name = "berth";
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

TEST(Bandwidth, ReadsBytesAndBits) {
  EXPECT_EQ(ParseBandwidth("20GB/s"), 20'000'000'000);
  EXPECT_EQ(ParseBandwidth("1.25GB/s"), 1'250'000'000);
  EXPECT_EQ(ParseBandwidth("3GiB/s"), 3LL << 30);
  EXPECT_EQ(ParseBandwidth("1.5MiB/s"), 3 << 19);
  EXPECT_EQ(ParseBandwidth("10Gbit/s"), 1'250'000'000);
  EXPECT_EQ(ParseBandwidth("1.6Gbit/s"), 200'000'000);
  EXPECT_EQ(ParseBandwidth("0"), 0);
  EXPECT_EQ(ParseBandwidth("0.4B/s"), 0);
  for (const std::string_view text : {"", "5", "GB/s", "3GB", "3 GB/s", "3Gb/s", "3gb/s", "-3GB/s",
                                      "3KB/s", "1e3B/s", "1..5GB/s", ".GB/s", "9223373TB/s"}) {
    EXPECT_EQ(ParseBandwidth(text), std::nullopt) << text;
  }
}

TEST(Bandwidth, PrintsWhatItReads) {
  for (const std::string_view text :
       {"0B/s", "1B/s", "999B/s", "1kB/s", "1.001kB/s", "200MB/s", "1.25GB/s", "3.221225472GB/s",
        "20GB/s", "9223372.036854775807TB/s"}) {
    EXPECT_EQ(FormatBandwidth(ParseBandwidth(text).value_or(-1)), text);
  }
}

TEST(Url, IsWhatAnHttpClientTakes) {
  for (const std::string_view text :
       {"http://a", "https://prometheus.monitoring:9090", "http://[::1]:9090/x/y", "http://[::1]",
        "http://10.0.0.1/"}) {
    EXPECT_TRUE(IsUrl(text)) << text;
  }
  for (const std::string_view text :
       {"", "prometheus:9090", "ftp://a", "http://", "http:///x", "http://:80", "http://a:port",
        "http://::1", "http://user@a", "http://a?b", "http://a#b", "http://a b", "HTTP://a"}) {
    EXPECT_FALSE(IsUrl(text)) << text;
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
