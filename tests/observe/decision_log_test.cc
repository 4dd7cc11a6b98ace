#include "berth/observe/decision_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "testing/manual_clock.h"

namespace berth::observe {
namespace {

struct Rig {
  explicit Rig(DecisionLogOptions options = {})
      : log(options, 0xabc, clock, [this](std::string_view lines) {
          text += lines;
          return takes;
        }) {}

  tests::ManualClock clock{Duration{}};
  std::string text;
  bool takes = true;
  DecisionLog log;
};

TEST(DecisionLog, WritesOneObjectPerLineWithoutWhatIsEmpty) {
  Rig rig;
  rig.log.Put({{"verb", "bind"}, {"node", ""}, {"took_ms", 1.25}, {"fitting", 3}, {"ok", true}});
  rig.log.Put({{"pod", "a\n\"b\""}});
  EXPECT_EQ(rig.text, "");  // nobody waits for the file
  rig.log.Flush();
  EXPECT_EQ(rig.text,
            "{\"ts\":\"2026-11-24T05:20:31Z\",\"verb\":\"bind\",\"took_ms\":1.250,\"fitting\":3,"
            "\"ok\":true}\n"
            "{\"ts\":\"2026-11-24T05:20:31Z\",\"pod\":\"a\\n\\\"b\\\"\"}\n");
  EXPECT_EQ(rig.log.reading().written, 2U);
}

TEST(DecisionLog, CutsLongTextsBetweenCharacters) {
  Rig rig({.max_text_bytes = 4});
  rig.log.Put({{"error", "abc\xc3\xa4xyz"}});
  rig.log.Flush();
  EXPECT_EQ(rig.text, "{\"ts\":\"2026-11-24T05:20:31Z\",\"error\":\"abc\"}\n");
}

TEST(DecisionLog, DropsAndCountsWhatTheQueueDoesNotHold) {
  Rig rig({.max_queued_bytes = 100});
  for (int i = 0; i < 5; ++i) {
    rig.log.Put({{"n", i}});  // 39 bytes
  }
  EXPECT_EQ(rig.log.reading().dropped, 3U);
  rig.log.Flush();
  rig.log.Put({{"n", 9}});
  rig.log.Flush();
  EXPECT_EQ(rig.log.reading().written, 3U);
  EXPECT_EQ(rig.log.reading().dropped, 3U);
}

TEST(DecisionLog, CountsWhatTheFileDoesNotTake) {
  Rig rig;
  rig.takes = false;
  rig.log.Put({{"n", 1}});
  rig.log.Put({{"n", 2}});
  rig.log.Flush();
  EXPECT_EQ(rig.log.reading().written, 0U);
  EXPECT_EQ(rig.log.reading().dropped, 2U);
}

TEST(DecisionLog, TakesTheRatiosShareOfCalls) {
  Rig rig({.refusal_ratio = 0.25, .answer_ratio = 0});
  int refusals = 0;
  int answers = 0;
  for (int i = 0; i < 100; ++i) {
    refusals += rig.log.TakesRefusal() ? 1 : 0;
    answers += rig.log.TakesAnswer() ? 1 : 0;
  }
  EXPECT_EQ(refusals, 25);
  EXPECT_EQ(answers, 0);
  EXPECT_TRUE(Rig({.refusal_ratio = 1}).log.TakesRefusal());
}

TEST(DecisionLog, IdsAreUniqueAndTellTheProcess) {
  Rig rig;
  EXPECT_EQ(rig.log.NewId(), "0000000000000abc-1");
  EXPECT_EQ(rig.log.NewId(), "0000000000000abc-2");
}

TEST(DecisionLog, ManyWritersLoseNothingAndTheLastLinesAreWrittenAtTheEnd) {
  Rig rig;
  {
    const std::jthread writer([&](const std::stop_token& stop) { rig.log.Run(stop); });
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&, i] {
        for (int k = 0; k < 500; ++k) {
          rig.log.Put({{"n", i * 1000 + k}});
        }
      });
    }
  }
  EXPECT_EQ(rig.log.reading().written, 2000U);
  EXPECT_EQ(std::ranges::count(rig.text, '\n'), 2000);
}

}  // namespace
}  // namespace berth::observe
