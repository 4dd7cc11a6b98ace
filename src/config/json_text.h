// The little of JSON that this room needs: to know it when it sees it, and to write strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::config {

// Appends `text` (UTF-8) as a JSON string, quotes included.
void AppendQuoted(std::string& out, std::string_view text);

// The JSON documents (objects or arrays) that `text` is made of, with nothing but white space
// between them. nullopt when it is anything else, or nested more than 500 deep. Checks the grammar,
// not whether strings are UTF-8 or keys unique.
std::optional<std::vector<std::string_view>> SplitJson(std::string_view text);

// The string value of `key` in the object that `text` begins with; empty when there is none. Skims:
// text that is no JSON gives no particular answer.
std::string_view SkimTopLevelString(std::string_view text, std::string_view key);

}  // namespace berth::config
