// Readings as lines of text: "gpu-a: disk, all of hf://org/model".
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "berth/inventory/source.h"

namespace berth::inventory {

inline const Source& SourceNamed(std::string_view name) {
  const auto at = std::ranges::find(Sources(), name, &Source::name);
  EXPECT_NE(at, Sources().end()) << name;
  return *at;
}

// The object of a text, as a reader gets it; the text outlives it.
class RawText {
 public:
  RawText(std::string name, std::string_view json, std::string ns = "") : text_(json) {
    text_.append(kube::kJsonPadding, '}');
    object_ = {.ns = std::move(ns),
               .name = std::move(name),
               .json = std::string_view(text_).substr(0, json.size())};
  }
  RawText(const RawText&) = delete;
  RawText& operator=(const RawText&) = delete;

  const kube::RawObject& object() const { return object_; }

 private:
  std::string text_;
  kube::RawObject object_;
};

inline Reading ReadObject(std::string_view source, const std::string& name, std::string_view json) {
  kube::Cursor cursor;
  return SourceNamed(source).read_object(cursor, RawText(name, json).object());
}

// One line for each fact. Keys are shown as the first of `ids` that a fact may mean by them.
inline std::vector<std::string> Lines(const Reading& reading, const std::vector<std::string>& ids) {
  constexpr std::string_view kTiers[] = {"device", "host", "disk", "peer", "remote"};
  std::vector<std::string> lines;
  for (const Fact& fact : reading.facts) {
    const auto id = std::ranges::find_if(ids, [&](const std::string& source) {
      const std::vector<SourceKey> keys = KeysOf(source);
      return std::ranges::find(keys, fact.key) != keys.end();
    });
    std::string line = fact.selector != nullptr ? "selected"
                       : fact.node.empty()      ? reading.node
                                                : fact.node;
    line += fmt::format(": {}, {}", kTiers[static_cast<std::size_t>(fact.tier)],
                        fact.bytes > Bytes(0) ? fmt::format("{}", fact.bytes.count()) : "all");
    line += fmt::format(" of {}", id == ids.end() ? Text(fact.key) : *id);
    if (fact.arriving) {
      line += fmt::format(", arriving in {} s", Seconds(fact.eta));
    }
    for (const std::string& device : fact.devices) {
      line += ", " + device;
    }
    if (fact.ttl > Duration{}) {
      line += fmt::format(", for {} s from {}", Seconds(fact.ttl),
                          fact.observed_at ? FormatRfc3339(*fact.observed_at) : "then");
    }
    if (!fact.pod_uid.empty()) {
      line += ", while " + fact.pod_uid;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace berth::inventory
