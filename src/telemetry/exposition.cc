#include "berth/telemetry/exposition.h"

#include <charconv>
#include <cstring>

namespace berth::telemetry {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

std::string_view SkipBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) {
    text.remove_prefix(1);
  }
  return text;
}

// Up to the next blank.
std::string_view TakeToken(std::string_view& text) {
  text = SkipBlanks(text);
  std::size_t size = 0;
  while (size < text.size() && !IsBlank(text[size])) {
    ++size;
  }
  const std::string_view token = text.substr(0, size);
  text.remove_prefix(size);
  return token;
}

struct Pair {
  std::string_view name;
  std::string_view value;  // escapes as they stand
};

// Takes `name="value"` off the front, and the comma behind it. Nothing where the text is no such
// thing.
std::optional<Pair> TakePair(std::string_view& text) {
  Pair pair;
  text = SkipBlanks(text);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return std::nullopt;
  }
  pair.name = text.substr(0, equals);
  while (!pair.name.empty() && IsBlank(pair.name.back())) {
    pair.name.remove_suffix(1);
  }
  text = SkipBlanks(text.substr(equals + 1));
  if (pair.name.empty() || text.empty() || text.front() != '"') {
    return std::nullopt;
  }
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') {
    end += text[end] == '\\' ? 2 : 1;
  }
  if (end >= text.size()) {
    return std::nullopt;
  }
  pair.value = text.substr(1, end - 1);
  text = SkipBlanks(text.substr(end + 1));
  if (!text.empty()) {
    if (text.front() != ',') {
      return std::nullopt;
    }
    text.remove_prefix(1);
    text = SkipBlanks(text);
  }
  return pair;
}

bool WellFormed(std::string_view labels) {
  for (std::string_view rest = SkipBlanks(labels); !rest.empty();) {
    if (!TakePair(rest)) {
      return false;
    }
  }
  return true;
}

std::string Unescape(std::string_view raw) {
  std::string value;
  value.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      value += raw[i];
      continue;
    }
    const char escaped = raw[++i];
    if (escaped == 'n') {
      value += '\n';
    } else if (escaped == '\\' || escaped == '"') {
      value += escaped;
    } else {
      value += '\\';
      value += escaped;
    }
  }
  return value;
}

// Where the brace that closes the labels stands; a brace within quotes does not close.
std::size_t FindClosingBrace(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '}' && !quoted) {
      return i;
    }
  }
  return std::string_view::npos;
}

// Position in `wanted` of the metric that the line begins with; the number of names: none of them.
std::size_t Match(std::string_view line, std::span<const std::string_view> wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view name = wanted[i];
    if (line.size() <= name.size()) {
      continue;
    }
    // The byte behind the name differs more often than its first ones do.
    const char behind = line[name.size()];
    if ((behind == '{' || IsBlank(behind)) && line.starts_with(name)) {
      return i;
    }
  }
  return wanted.size();
}

// What follows the metric's name. False: malformed.
bool ParseRest(std::string_view rest, PageFormat format, Sample& sample) {
  rest = SkipBlanks(rest);
  if (!rest.empty() && rest.front() == '{') {
    rest.remove_prefix(1);
    const std::size_t end = FindClosingBrace(rest);
    if (end == std::string_view::npos || !WellFormed(rest.substr(0, end))) {
      return false;
    }
    sample.labels = Labels(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  const std::optional<double> value = ParseValue(TakeToken(rest));
  if (!value) {
    return false;
  }
  sample.value = *value;
  const std::string_view timestamp = TakeToken(rest);
  if (timestamp.empty() || timestamp == "#") {
    return true;
  }
  const std::optional<double> at = ParseValue(timestamp);
  if (!at) {
    return false;
  }
  sample.unix_seconds = format == PageFormat::kOpenMetrics ? *at : *at / 1000;
  const std::string_view exemplar = TakeToken(rest);
  return exemplar.empty() || exemplar == "#";
}

}  // namespace

std::optional<std::string_view> Labels::Raw(std::string_view name) const {
  for (std::string_view rest = SkipBlanks(text_); !rest.empty();) {
    const std::optional<Pair> pair = TakePair(rest);
    if (!pair) {
      break;
    }
    if (pair->name == name) {
      return pair->value;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Labels::Find(std::string_view name) const {
  const std::optional<std::string_view> raw = Raw(name);
  return raw ? std::optional(Unescape(*raw)) : std::nullopt;
}

bool Labels::Is(std::string_view name, std::string_view value) const { return Raw(name) == value; }

void AppendLabel(std::string_view name, std::string_view value, std::string& text) {
  if (!text.empty()) {
    text += ',';
  }
  text.append(name).append("=\"");
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') {
      text += '\\';
    }
    text += c;
  }
  text += '"';
}

PageFormat FormatOf(std::string_view content_type) {
  return content_type.starts_with("application/openmetrics-text") ? PageFormat::kOpenMetrics
                                                                  : PageFormat::kText;
}

std::optional<double> ParseValue(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || parsed != end) {
    return std::nullopt;
  }
  return value;
}

PageCounts WalkPage(std::string_view page, PageFormat format,
                    std::span<const std::string_view> wanted,
                    const std::function<void(const Sample&)>& on_sample) {
  PageCounts counts;
  if (page.size() > kMaxPageBytes) {
    counts.too_large = true;
    return counts;
  }
  while (!page.empty()) {
    const void* const feed = std::memchr(page.data(), '\n', page.size());
    if (feed == nullptr) {
      ++counts.malformed;
      break;
    }
    const auto size = static_cast<std::size_t>(static_cast<const char*>(feed) - page.data());
    std::string_view line = page.substr(0, size);
    page.remove_prefix(size + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    line = SkipBlanks(line);
    if (line.empty() || line.front() == '{') {  // a name in quotes: none that is wanted needs them
      continue;
    }
    if (line.front() == '#') {
      if (format == PageFormat::kOpenMetrics && line == "# EOF") {
        break;
      }
      continue;
    }
    if (!IsNameStart(line.front())) {
      ++counts.malformed;
      continue;
    }
    Sample sample{.metric = Match(line, wanted)};
    if (sample.metric == wanted.size()) {
      continue;
    }
    if (!ParseRest(line.substr(wanted[sample.metric].size()), format, sample)) {
      ++counts.malformed;
      continue;
    }
    if (counts.samples == kMaxPageSamples) {
      counts.too_large = true;
      break;
    }
    ++counts.samples;
    on_sample(sample);
  }
  return counts;
}

}  // namespace berth::telemetry
