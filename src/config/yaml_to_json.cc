#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "berth/config/yaml.h"
#include "events.h"
#include "json_text.h"
#include "scalar.h"

namespace berth::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// A stretch of the JSON written so far. Text once written stays where it is, so that an alias can
// copy it.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Member {
  Span key;  // quotes included
  Span value;
};

struct Pair {
  std::string key;
  std::string value;
};

// What an anchor names. `finished` is false while its own content is being read.
struct Anchor {
  bool finished = false;
  bool is_map = false;
  Span text;
  std::vector<Member> members;
};

// Where a value stands in its parent.
enum class Place : std::uint8_t { kValue, kKey, kMergeValue, kMergeItem };

// A sequence or map that is still open.
struct Frame {
  bool is_map = false;
  YAML::anchor_t anchor = 0;
  Position at;
  std::size_t begin = 0;
  Place place = Place::kValue;
  std::size_t anchors_before = 0;

  bool empty = true;
  // Maps only.
  bool has_key = false;  // a key is written, its value comes next
  bool merging = false;  // the key was `<<`
  Span key;
  std::vector<Member> members;
  std::vector<Position> member_positions;
  std::vector<Pair> merged;  // by `<<`, keys unique, the first one given wins
  std::unordered_set<std::string> merged_keys;
};

// Writes JSON as the events come in; no tree is built. After the first error it ignores the rest.
class JsonWriter final : public DocumentHandler {
 public:
  explicit JsonWriter(std::size_t max_bytes) : max_bytes_(max_bytes) { out_ = "["; }

  const std::optional<Error>& error() const { return error_; }
  std::string Take() && {
    out_ += ']';
    return std::move(out_);
  }

  void StartDocument() override { anchors_.clear(); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    WriteScalar(mark, anchor, Null{});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (error_) {
      return;
    }
    if (tag == "?" && value == "<<" && PlaceOfNext() == Place::kKey) {
      frames_.back().merging = true;
      frames_.back().has_key = true;
      return;
    }
    Result<Scalar> scalar = ResolveScalar(tag, value);
    if (!scalar) {
      Fail(At(mark), scalar.error().message);
      return;
    }
    WriteScalar(mark, anchor, *scalar);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t id) override {
    if (error_) {
      return;
    }
    const Anchor& anchor = anchors_[id];
    if (!anchor.finished) {
      Fail(At(mark), "the anchor's value contains itself");
      return;
    }
    switch (PlaceOfNext()) {
      case Place::kKey:
        Fail(At(mark), "an alias cannot be a key");
        return;
      case Place::kMergeValue:
      case Place::kMergeItem:
        if (!anchor.is_map) {
          Fail(At(mark), kMergeNeedsMap);
          return;
        }
        Merge(MergeTarget(), anchor.members, At(mark));
        EndMergeValue();
        return;
      case Place::kValue:
        break;
    }
    BeginValue();
    const std::size_t length = anchor.text.end - anchor.text.begin;
    if (!Grow(length, At(mark))) {
      return;
    }
    const std::size_t begin = out_.size();
    out_.reserve(begin + length);
    out_.append(out_.data() + anchor.text.begin, length);
    EndValue(At(mark), begin);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, '[');
  }
  void OnSequenceEnd() override { Close(']'); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, '{');
  }
  void OnMapEnd() override { Close('}'); }

 private:
  static constexpr std::string_view kMergeNeedsMap =
      "the merge key << takes a map or a list of maps";

  void Fail(Position at, std::string_view message, ErrorCode code = ErrorCode::kInvalidArgument) {
    if (!error_) {
      error_ = Error{code, fmt::format("{}:{}: {}", at.line, at.column, message)};
    }
  }

  // Accounts for `bytes` about to be written or, when merging, looked at: the work is bounded too.
  bool Grow(std::size_t bytes, Position at) {
    const std::size_t used = out_.size() + merge_bytes_;
    if (used > max_bytes_ || bytes > max_bytes_ - used) {
      Fail(at, fmt::format("the document grows past {} bytes of JSON", max_bytes_),
           ErrorCode::kResourceExhausted);
      return false;
    }
    return true;
  }

  Place PlaceOfNext() const {
    if (frames_.empty()) {
      return Place::kValue;
    }
    const Frame& frame = frames_.back();
    if (!frame.is_map) {
      return frame.place == Place::kMergeValue ? Place::kMergeItem : Place::kValue;
    }
    return !frame.has_key ? Place::kKey : frame.merging ? Place::kMergeValue : Place::kValue;
  }

  // Comma or nothing before the value; keys have written their own.
  void BeginValue() {
    if (frames_.empty()) {
      if (out_.size() > 1) {
        out_ += ',';
      }
    } else if (!frames_.back().is_map && !frames_.back().empty) {
      out_ += ',';
    }
  }

  void EndValue(Position at, std::size_t begin) {
    if (frames_.empty()) {
      return;
    }
    Frame& frame = frames_.back();
    frame.empty = false;
    if (frame.is_map) {
      frame.members.push_back({frame.key, {begin, out_.size()}});
      frame.has_key = false;
    }
    Grow(0, at);
  }

  void WriteKey(Position at, const Scalar& scalar) {
    Frame& frame = frames_.back();
    const Result<std::string> text = KeyText(scalar);
    if (!text) {
      Fail(at, text.error().message);
      return;
    }
    if (!frame.empty) {
      out_ += ',';
    }
    frame.key.begin = out_.size();
    AppendQuoted(out_, *text);
    frame.key.end = out_.size();
    out_ += ':';
    frame.has_key = true;
    frame.member_positions.push_back(at);
  }

  void WriteScalar(const YAML::Mark& mark, YAML::anchor_t anchor, const Scalar& scalar) {
    if (error_) {
      return;
    }
    const Position at = At(mark);
    switch (PlaceOfNext()) {
      case Place::kKey:
        if (anchor != 0) {
          Fail(at, "a key cannot carry an anchor");
          return;
        }
        WriteKey(at, scalar);
        return;
      case Place::kMergeValue:
      case Place::kMergeItem:
        Fail(at, kMergeNeedsMap);
        return;
      case Place::kValue:
        break;
    }
    if (frames_.empty() && std::holds_alternative<Null>(scalar)) {
      return;  // a document without content
    }
    BeginValue();
    const std::size_t begin = out_.size();
    AppendScalar(at, scalar);
    if (anchor != 0) {
      anchors_[anchor] = {.finished = true, .text = {begin, out_.size()}};
    }
    EndValue(at, begin);
  }

  void AppendScalar(Position at, const Scalar& scalar) {
    if (const auto* text = std::get_if<std::string>(&scalar)) {
      AppendQuoted(out_, *text);
    } else if (const auto* flag = std::get_if<bool>(&scalar)) {
      out_ += *flag ? "true" : "false";
    } else if (const auto* integer = std::get_if<std::int64_t>(&scalar)) {
      out_ += fmt::format_int(*integer).c_str();
    } else if (const auto* natural = std::get_if<std::uint64_t>(&scalar)) {
      out_ += fmt::format_int(*natural).c_str();
    } else if (const auto* number = std::get_if<double>(&scalar)) {
      if (!std::isfinite(*number)) {
        Fail(at, "infinity and not-a-number have no place in JSON");
        return;
      }
      out_ += FormatNumber(*number);
    } else {
      out_ += "null";
    }
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, char bracket) {
    if (error_) {
      return;
    }
    Frame frame{.is_map = bracket == '{', .anchor = anchor, .at = At(mark)};
    frame.place = PlaceOfNext();
    if (frame.place == Place::kKey) {
      Fail(frame.at, "a list or map cannot be a key");
      return;
    }
    if (frame.place == Place::kMergeItem && !frame.is_map) {
      Fail(frame.at, kMergeNeedsMap);
      return;
    }
    if (frame.place == Place::kValue) {
      BeginValue();
    }
    if (anchor != 0) {
      anchors_[anchor].finished = false;
    }
    frame.begin = out_.size();
    frame.anchors_before = anchors_.size();
    out_ += bracket;
    frames_.push_back(std::move(frame));
  }

  void Close(char bracket) {
    if (error_) {
      return;
    }
    Frame frame = std::move(frames_.back());
    if (frame.is_map && !FinishMap(frame)) {
      return;
    }
    out_ += bracket;
    frames_.pop_back();
    if (frame.place == Place::kMergeValue || frame.place == Place::kMergeItem) {
      CloseMerged(frame);
      return;
    }
    if (frame.anchor != 0) {
      anchors_[frame.anchor] = {.finished = true,
                                .is_map = frame.is_map,
                                .text = {frame.begin, out_.size()},
                                .members = std::move(frame.members)};
    }
    EndValue(frame.at, frame.begin);
  }

  // A map written in place as the value of `<<` (or the list around such maps) gives its members to
  // the map around it and is taken back.
  void CloseMerged(Frame& frame) {
    if (frame.anchor != 0 || anchors_.size() != frame.anchors_before) {
      Fail(frame.at, "an anchor cannot be set inside the value of the merge key <<");
      return;
    }
    if (frame.is_map) {
      Merge(MergeTarget(), frame.members, frame.at);
    }
    out_.resize(frame.begin);
    if (frame.place == Place::kMergeValue) {
      EndMergeValue();
    }
  }

  // Duplicates are told, then what `<<` brought is added; the map's own keys win.
  bool FinishMap(Frame& frame) {
    if (const std::optional<std::size_t> again = FindDuplicate(frame)) {
      Fail(frame.member_positions[*again],
           fmt::format("key {} is given twice", Text(frame.members[*again].key)));
      return false;
    }
    for (const Member& own : frame.members) {
      frame.merged_keys.erase(std::string(Text(own.key)));
    }
    for (const Pair& pair : frame.merged) {
      if (!frame.merged_keys.contains(pair.key)) {
        continue;
      }
      if (!Grow(pair.key.size() + pair.value.size() + 2, frame.at)) {
        return false;
      }
      if (!frame.empty) {
        out_ += ',';
      }
      frame.empty = false;
      Member member;
      member.key = {out_.size(), out_.size() + pair.key.size()};
      out_ += pair.key;
      out_ += ':';
      member.value = {out_.size(), out_.size() + pair.value.size()};
      out_ += pair.value;
      frame.members.push_back(member);
    }
    return true;
  }

  // Index of the first key that was there before.
  std::optional<std::size_t> FindDuplicate(const Frame& frame) const {
    std::vector<std::size_t> order(frame.members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {},
                      [&](std::size_t i) { return std::pair(Text(frame.members[i].key), i); });
    std::optional<std::size_t> first;
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (Text(frame.members[order[i]].key) == Text(frame.members[order[i - 1]].key)) {
        first = std::min(first.value_or(order[i]), order[i]);
      }
    }
    return first;
  }

  Frame& MergeTarget() {
    const bool in_list = !frames_.back().is_map;
    return in_list ? frames_[frames_.size() - 2] : frames_.back();
  }

  void Merge(Frame& target, const std::vector<Member>& members, Position at) {
    for (const Member& member : members) {
      merge_bytes_ += (member.key.end - member.key.begin) + (member.value.end - member.value.begin);
      if (!Grow(0, at)) {
        return;
      }
      std::string key(Text(member.key));
      if (target.merged_keys.insert(key).second) {
        target.merged.push_back({std::move(key), std::string(Text(member.value))});
      }
    }
  }

  void EndMergeValue() {
    Frame& frame = frames_.back();
    if (frame.is_map) {
      frame.has_key = false;
      frame.merging = false;
    }
  }

  std::string_view Text(Span span) const {
    return std::string_view(out_).substr(span.begin, span.end - span.begin);
  }

  std::size_t max_bytes_;
  std::string out_;
  std::size_t merge_bytes_ = 0;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Anchor> anchors_;
  std::optional<Error> error_;
};

std::string Join(const std::vector<std::string_view>& documents) {
  std::string out = "[";
  for (const std::string_view document : documents) {
    if (out.size() > 1) {
      out += ',';
    }
    out += document;
  }
  out += ']';
  return out;
}

}  // namespace

Result<std::string> YamlToJson(std::string_view text, std::size_t max_bytes) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (const auto documents = SplitJson(text)) {
    if (text.size() > max_bytes) {
      return Error{ErrorCode::kResourceExhausted,
                   fmt::format("1:1: the text is larger than {} bytes", max_bytes)};
    }
    return Join(*documents);
  }
  JsonWriter writer(max_bytes);
  const std::optional<SyntaxError> syntax_error = ReadEvents(text, writer);
  if (const std::optional<Error>& error = writer.error()) {
    return *error;
  }
  if (syntax_error) {
    return InvalidArgument(fmt::format("{}:{}: {}", syntax_error->at.line, syntax_error->at.column,
                                       syntax_error->message));
  }
  return std::move(writer).Take();
}

}  // namespace berth::config
