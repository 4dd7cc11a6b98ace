#include "berth/apiclient/line_splitter.h"

namespace berth::apiclient {

LineSplitter::LineSplitter(std::size_t max_line_bytes, std::size_t padding)
    : max_line_bytes_(max_line_bytes), padding_(padding) {}

bool LineSplitter::Feed(std::string_view bytes, const OnLine& on_line,
                        const OnTooLong& on_too_long) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const bool complete = end != std::string_view::npos;
    const std::string_view piece = bytes.substr(0, end);
    bytes.remove_prefix(complete ? end + 1 : bytes.size());

    if (skipping_) {
      skipping_ = !complete;
      continue;
    }
    if (used_ + piece.size() > max_line_bytes_) {
      used_ = 0;
      skipping_ = !complete;
      if (!on_too_long(max_line_bytes_)) {
        return false;
      }
      continue;
    }
    if (buffer_.size() < used_ + piece.size() + padding_) {
      buffer_.resize(used_ + piece.size() + padding_);
    }
    piece.copy(buffer_.data() + used_, piece.size());
    used_ += piece.size();
    if (complete) {
      const std::string_view line(buffer_.data(), used_);
      used_ = 0;
      if (!on_line(line)) {
        return false;
      }
    }
  }
  return true;
}

void LineSplitter::Reset() {
  used_ = 0;
  skipping_ = false;
}

}  // namespace berth::apiclient
