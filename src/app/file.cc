#include "file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace berth::app {

Result<std::string> ReadFile(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return std::move(text).str();
  }
  std::ifstream file(path, std::ios::binary);
  if (!file || !(text << file.rdbuf())) {
    return Error{ErrorCode::kNotFound, path + ": " + std::strerror(errno)};
  }
  return std::move(text).str();
}

}  // namespace berth::app
