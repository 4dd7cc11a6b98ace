#include "decision_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace berth::app {
namespace {

// Lines name pods and clients: not for everyone's eyes.
int OpenForAppending(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

}  // namespace

Result<std::unique_ptr<DecisionFile>> DecisionFile::Open(std::string path) {
  std::unique_ptr<DecisionFile> file(new DecisionFile(std::move(path)));
  file->fd_ = file->IsStandardOutput() ? STDOUT_FILENO : OpenForAppending(file->path_);
  if (file->fd_ < 0) {
    return InvalidArgument("decisionLog.file: " + file->path_ + ": " +
                           std::generic_category().message(errno));
  }
  return file;
}

DecisionFile::~DecisionFile() {
  if (!IsStandardOutput() && fd_ >= 0) {
    ::close(fd_);
  }
}

void DecisionFile::OpenAgainIfMoved() {
  struct stat here{};
  struct stat there{};
  if (IsStandardOutput() || (::fstat(fd_, &here) == 0 && ::stat(path_.c_str(), &there) == 0 &&
                             here.st_ino == there.st_ino && here.st_dev == there.st_dev)) {
    return;
  }
  if (const int next = OpenForAppending(path_); next >= 0) {
    ::close(std::exchange(fd_, next));
  }
}

bool DecisionFile::Append(std::string_view lines) {
  OpenAgainIfMoved();
  while (!lines.empty()) {
    const ssize_t written = ::write(fd_, lines.data(), lines.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace berth::app
