// What is wrong with a file, and where: every reader of this room complains in the same words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"

namespace berth::config {

enum class Severity : std::uint8_t {
  kError,    // the file is refused
  kWarning,  // it works, but probably not as meant
};

// One complaint, placed. Lines and columns count from 1.
struct Complaint {
  int line = 0;
  int column = 0;
  std::string path;     // "scheduler.shortlist"; empty: the document as a whole
  std::string message;  // what was found, what was expected, the known alternatives
  Severity severity = Severity::kError;

  friend bool operator==(const Complaint&, const Complaint&) = default;
};

bool HasErrors(const std::vector<Complaint>& complaints);

// In the order of the text.
void SortByPlace(std::vector<Complaint>& complaints);

// One line each: "FILE:LINE:COLUMN: path: message", warnings "FILE:LINE:COLUMN: warning: path:
// ...".
std::string Format(const std::vector<Complaint>& complaints, std::string_view file);

// kInvalidArgument, with the same lines. Not empty.
Error Refused(const std::vector<Complaint>& complaints, std::string_view file);

}  // namespace berth::config
