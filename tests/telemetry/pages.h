// Metric pages of tests/golden/telemetry, read as the collector reads them.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "berth/telemetry/engine.h"
#include "testing/golden.h"

namespace berth::telemetry {

// A target whose page is scraped every 15 seconds.
class Scraped {
 public:
  explicit Scraped(std::string_view engine, const EngineTable& engines = EngineTable::BuiltIn())
      : engine_(engines.Find(engine)) {
    EXPECT_NE(engine_, nullptr) << engine;
  }
  explicit Scraped(const Engine& engine) : engine_(&engine) {}

  Readings Read(std::string_view page) {
    std::vector<Sample> samples;
    const PageCounts counts = WalkPage(page, PageFormat::kText, engine_->metrics(),
                                       [&](const Sample& sample) { samples.push_back(sample); });
    EXPECT_EQ(counts.malformed, 0U);
    at_ += std::chrono::seconds(15);
    return ReadSamples(*engine_, samples, at_, "uid-1", node_, max_batch_, LoadModel(), memory_);
  }
  Readings ReadFile(std::string_view name) {
    return Read(tests::ReadText("golden/telemetry/" + std::string(name)));
  }

  Scraped& MaxBatch(double max_batch) {
    max_batch_ = max_batch;
    return *this;
  }
  Scraped& OnNode(std::string node) {
    node_ = std::move(node);
    return *this;
  }

 private:
  const Engine* engine_;
  CounterMemory memory_;
  Instant at_ = Instant(std::chrono::hours(1));
  double max_batch_ = 0;
  std::string node_;
};

inline const EndpointReading& TheEndpoint(const Readings& readings) {
  static const EndpointReading none;
  EXPECT_EQ(readings.endpoints.size(), 1U);
  return readings.endpoints.size() == 1 ? readings.endpoints[0] : none;
}

inline std::string_view RecogniseFile(std::string_view name) {
  static const EngineTable table = EngineTable::BuiltIn();
  const Engine* const engine =
      table.Recognise(tests::ReadText("golden/telemetry/" + std::string(name)), PageFormat::kText);
  return engine == nullptr ? "none" : engine->name();
}

}  // namespace berth::telemetry
