// BERTH_CHECK: for what our own logic rules out. Outside input is never checked this way; it gets
// an Error.
#pragma once

#include <source_location>

namespace berth {

[[noreturn]] void CheckFailed(const char* expression,
                              std::source_location where = std::source_location::current());

}  // namespace berth

#define BERTH_CHECK(expression)          \
  do {                                   \
    if (!(expression)) [[unlikely]] {    \
      ::berth::CheckFailed(#expression); \
    }                                    \
  } while (false)
