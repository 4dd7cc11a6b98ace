#include "berth/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace berth {

void CheckFailed(const char* expression, std::source_location where) {
  std::fprintf(stderr, "%s:%u: check failed in %s: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name(), expression);
  std::abort();
}

}  // namespace berth
