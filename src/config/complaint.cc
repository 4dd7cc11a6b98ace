#include "berth/config/complaint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace berth::config {

bool HasErrors(const std::vector<Complaint>& complaints) {
  return std::ranges::any_of(complaints,
                             [](const Complaint& c) { return c.severity == Severity::kError; });
}

void SortByPlace(std::vector<Complaint>& complaints) {
  std::ranges::sort(complaints, {}, [](const Complaint& c) {
    return std::tie(c.line, c.column, c.path, c.message);
  });
}

std::string Format(const std::vector<Complaint>& complaints, std::string_view file) {
  std::string out;
  for (const Complaint& complaint : complaints) {
    fmt::format_to(std::back_inserter(out), "{}:{}:{}: {}{}{}{}\n", file, complaint.line,
                   complaint.column, complaint.severity == Severity::kWarning ? "warning: " : "",
                   complaint.path, complaint.path.empty() ? "" : ": ", complaint.message);
  }
  return out;
}

Error Refused(const std::vector<Complaint>& complaints, std::string_view file) {
  std::string lines = Format(complaints, file);
  lines.pop_back();  // the last one's end
  return InvalidArgument(std::move(lines));
}

}  // namespace berth::config
