#include "answers.h"

#include "berth/base/json_text.h"

namespace berth::extender {

void Pieces::Flush() {
  out_.append(buffer_.data(), used_);
  used_ = 0;
}

void Pieces::Overflow(std::string_view piece) {
  Flush();
  if (piece.size() > buffer_.size()) {
    out_ += piece;
    return;
  }
  Append(piece);
}

void AppendError(std::string_view message, std::string& out) {
  std::string text = "berth: ";
  text += message;
  out += "{\"Error\":";
  AppendJsonString(text, out);
  out += '}';
}

}  // namespace berth::extender
