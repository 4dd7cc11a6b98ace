// Where the decision log's lines go: standard output, or the end of a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::app {

// Not thread-safe.
class DecisionFile {
 public:
  // "-": standard output. kInvalidArgument: the file cannot be opened for appending.
  static Result<std::unique_ptr<DecisionFile>> Open(std::string path);
  ~DecisionFile();
  DecisionFile(const DecisionFile&) = delete;
  DecisionFile& operator=(const DecisionFile&) = delete;

  // All of it, at the end. False: some is lost. Opens the file anew where it was moved away, so
  // that whoever rotates files need not tell.
  bool Append(std::string_view lines);

 private:
  explicit DecisionFile(std::string path) : path_(std::move(path)) {}
  bool IsStandardOutput() const { return path_ == "-"; }
  void OpenAgainIfMoved();

  const std::string path_;
  int fd_ = -1;
};

}  // namespace berth::app
