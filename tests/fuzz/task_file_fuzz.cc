// The input as a file of tasks: what is taken has a lower bound, what is refused has a line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "berth/base/check.h"
#include "berth/plan/instance.h"
#include "task_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto tasks = berth::app::ParseTasks(input, "t");
  if (!tasks.ok()) {
    BERTH_CHECK(tasks.error().message.starts_with("t:"));
    return 0;
  }
  BERTH_CHECK(berth::plan::LowerBound({*tasks, 3}) > berth::Duration(0));
  return 0;
}
