// Berth on the command line, and what it says.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "berth/app/run.h"

namespace berth::app {

struct Said {
  int code = 0;
  std::string out;
  std::string err;
};

inline Said Say(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = Run(arguments, out, err);
  return {.code = code, .out = out.str(), .err = err.str()};
}

}  // namespace berth::app
