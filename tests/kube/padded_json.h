// JSON for Decoder, which reads past the end: text with the padding it asks for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "berth/kube/decoder.h"

namespace berth::kube {

class PaddedJson {
 public:
  // The padding is the worst there can be: it looks like the end of everything.
  explicit PaddedJson(std::string text, char padding = '}') : text_(std::move(text)) {
    size_ = text_.size();
    text_.append(kJsonPadding, padding);
  }
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::string text_;
  std::size_t size_ = 0;
};

// Both take a whole object.
inline Result<PodObject> DecodePodText(const std::string& json) {
  return Decoder({.constraints = true, .created = true}).Pod(PaddedJson(json).view());
}
inline Result<NodeObject> DecodeNodeText(const std::string& json) {
  return Decoder().Node(PaddedJson(json).view());
}

// A pod ml/llm-0 with these members beside its metadata, e.g. R"("spec": {})".
inline std::string PodJson(const std::string& members) {
  return R"({"metadata": {"namespace": "ml", "name": "llm-0", "uid": "u0"})" +
         (members.empty() ? "" : ", " + members) + "}";
}

}  // namespace berth::kube
