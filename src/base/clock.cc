#include "berth/base/clock.h"

#include <ctime>

namespace berth {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string FormatRfc3339(WallTime time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[sizeof "2026-11-24T05:20:31Z"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace berth
