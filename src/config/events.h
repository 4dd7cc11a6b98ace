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

// Feeds every document of `text` to `handler`. Text that is not UTF-8 or holds control characters
// (yaml-cpp would take one of them for the end) is refused before the first event.
std::optional<SyntaxError> ReadEvents(std::string_view text, YAML::EventHandler& handler);

}  // namespace berth::config
