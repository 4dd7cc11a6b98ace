// The one way into yaml-cpp: text in, events out, its exceptions caught.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <optional>
#include <string>
#include <string_view>

namespace berth::config {

// Counts from 1, as editors do.
struct Position {
  int line = 1;
  int column = 1;
};

inline Position At(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

struct SyntaxError {
  Position at;
  std::string message;
};

class DocumentHandler : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) final {
    start_ = mark;
    StartDocument();
  }
  void OnDocumentEnd() final {}
  const YAML::Mark& start() const { return start_; }  // of the latest document

 protected:
  virtual void StartDocument() = 0;

 private:
  YAML::Mark start_;
};

// Feeds every document of `text` to `handler`. Text that is not UTF-8 or holds control characters
// (yaml-cpp would take one of them for the end) is refused before the first event. After an error
// what the handler got is to be thrown away.
std::optional<SyntaxError> ReadEvents(std::string_view text, DocumentHandler& handler);

}  // namespace berth::config
