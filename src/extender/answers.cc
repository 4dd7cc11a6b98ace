#include "answers.h"

#include "berth/base/json_text.h"

namespace berth::extender {

void AppendError(std::string_view message, std::string& out) {
  std::string text = "berth: ";
  text += message;
  out += "{\"Error\":";
  AppendJsonString(text, out);
  out += '}';
}

}  // namespace berth::extender
