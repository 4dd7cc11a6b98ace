// Reads one YAML document by tables of settings, and complains of everything that is wrong with it.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/config/complaint.h"
#include "document.h"
#include "setting.h"

namespace berth::config {

// People write these files; one of this size is something else.
inline constexpr std::size_t kMaxText = std::size_t{1} << 20;

struct Place {
  int line = 1;
  int column = 1;
};

inline Place PlaceOf(const Node& node) { return {node.line, node.column}; }
inline Place PlaceOf(const Entry& entry) { return {entry.line, entry.column}; }

// As a complaint quotes it.
std::string Shown(std::string_view text);
std::string Shown(const Node& node);

std::string Child(std::string_view path, std::string_view key);

// A key of a map that is no setting but a list of its own tables, read by `read`; empty: by others.
struct Nested {
  std::string_view key;
  std::function<void(const Node& node, const std::string& path)> read;
};

// Keys that a map at `prefix` may have, by the table's dotted paths.
std::vector<std::string> KeysBelow(std::span<const SettingSpec> specs, std::string_view prefix);

class TableReader {
 public:
  struct Header {
    std::string_view api_version;  // with `kind`, or neither: the document says nothing of it
    std::string_view kind;
    std::string_view what;  // "a configuration"
  };

  // The map at the top of the text's one document; nullptr when there is none: complained of,
  // unless the text has no content. Lives as long as the reader.
  const Node* Open(std::string_view text, const Header& header);

  // Reads the settings of the map at `path` into `owner`. Those that are absent or null are left as
  // they are.
  template <typename Owner>
  void ReadMap(const Node& map, const std::string& path, std::span<const Setting<Owner>> table,
               Owner& owner, std::span<const Nested> nested = {}) {
    const std::function<void(std::size_t, const SettingValue&)> set =
        [&](std::size_t row, const SettingValue& value) { table[row].field.set(owner, value); };
    ReadRows(map, path, "", SpecsOf(table), nested, set);
  }

  // Calls `read` for every item of a list of at most `most` maps, after complaining of those that
  // are none. `keys` says what a map has, `what` what the list holds: "device classes".
  void EachItem(const Node& list, const std::string& path, std::string_view what,
                const std::vector<std::string>& keys, std::size_t most,
                const std::function<void(const Node& item, const std::string& path)>& read);

  // Names of the items read so far, so that each is given once.
  class Names {
   public:
    // Complains when `value`, the setting `key` of the item at `path`, was there before.
    void Add(TableReader& reader, const std::string& path, std::string_view key,
             const std::string& value);

   private:
    std::map<std::string, std::string, std::less<>> paths_;  // of the item, by value
  };

  void Complain(Place at, std::string_view path, std::string message,
                Severity severity = Severity::kError);
  // Where the setting stands in the file, or `otherwise`.
  Place PlaceOfSetting(std::string_view path, Place otherwise) const;
  bool IsGiven(std::string_view path) const { return places_.contains(path); }
  // It has a complaint of its own.
  bool IsMalformed(std::string_view path) const { return malformed_.contains(path); }
  // Complains at `path`, or at the other setting where only that one is in the file. Says nothing
  // where one of the two has a complaint of its own.
  void ComplainOfPair(Place otherwise, std::string_view path, std::string_view other,
                      std::string message);

  // Paths that an unknown key may stand for, wherever it is found outside of lists.
  void SuggestElsewhere(std::vector<std::string_view> paths) { elsewhere_ = std::move(paths); }

  // In the order of the text, at most a hundred and how many more there are.
  std::vector<Complaint> TakeComplaints();

 private:
  using SetRow = std::function<void(std::size_t row, const SettingValue& value)>;

  // `prefix` is the map's path within the table.
  void ReadRows(const Node& map, const std::string& path, std::string_view prefix,
                std::span<const SettingSpec> specs, std::span<const Nested> nested,
                const SetRow& set);
  // nullopt, complained of, where the node is no such value.
  std::optional<SettingValue> Read(const SettingSpec& spec, const Node& node,
                                   const std::string& path);
  std::optional<SettingValue> ReadList(const SettingSpec& spec, const Node& list,
                                       const std::string& path);
  std::optional<SettingValue> ReadLabels(const Node& map, const std::string& path);
  void ExpectText(const Node& root, std::string_view key, std::string_view wanted);
  void ComplainUnknown(const Entry& entry, const std::string& path,
                       const std::vector<std::string>& known);
  std::vector<std::string> NearElsewhere(std::string_view key) const;
  bool IsFull() const;

  Documents documents_;
  std::vector<Complaint> complaints_;
  std::size_t unshown_ = 0;
  Severity unshown_severity_ = Severity::kWarning;  // the worst
  std::vector<std::string_view> elsewhere_;
  std::map<std::string, Place, std::less<>> places_;  // of every setting in the file, by path
  std::set<std::string, std::less<>> malformed_;      // those with a complaint of their own
};

}  // namespace berth::config
