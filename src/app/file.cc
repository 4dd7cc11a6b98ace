#include "file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <system_error>

namespace berth::app {

Result<std::string> ReadFile(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return std::move(text).str();
  }
  std::ifstream file(path, std::ios::binary);
  // An empty file is no error, but copying nothing is one to the stream.
  const bool empty = file && file.peek() == std::ifstream::traits_type::eof() && !file.bad();
  if (!empty && (!file || !(text << file.rdbuf()))) {
    return Error{ErrorCode::kNotFound, path + ": " + std::generic_category().message(errno)};
  }
  return std::move(text).str();
}

std::string NameOf(const std::string& path) { return path == "-" ? "standard input" : path; }

Result<std::string> ReadRegularFile(const std::string& path, std::size_t max_bytes) {
  const auto failed = [&path](int error) {
    return Error{ErrorCode::kNotFound, path + ": " + std::generic_category().message(error)};
  };
  // Without O_NONBLOCK a named pipe would wait here for its writer.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    return failed(errno);
  }
  const std::unique_ptr<const int, void (*)(const int*)> closing(
      &file, [](const int* open_file) { ::close(*open_file); });
  struct stat status{};
  if (::fstat(file, &status) != 0) {
    return failed(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return InvalidArgument(path + ": is no regular file");
  }
  std::string text;
  std::array<char, 16384> buffer;
  while (text.size() < max_bytes) {
    const ssize_t count =
        ::read(file, buffer.data(), std::min(buffer.size(), max_bytes - text.size()));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failed(errno);
    }
    if (count == 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

Status WriteFile(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  if (!file) {
    return Error{ErrorCode::kUnavailable,
                 "cannot write " + path + ": " + std::generic_category().message(errno)};
  }
  return {};
}

}  // namespace berth::app
