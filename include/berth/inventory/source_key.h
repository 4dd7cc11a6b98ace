// What facts call weights by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::inventory {

// The first 64 bits of the SHA-256 of a canonical id ("hf://org/model@revision#int8"); as 16
// hexadecimal digits it is KServe's storage key, the name of the folder that holds the weights.
enum class SourceKey : std::uint64_t {};

SourceKey KeyOf(std::string_view source);  // white space around it does not count
std::string Text(SourceKey key);           // 16 digits, lower case

// 16 hexadecimal digits, upper case or lower; nullopt: they are not.
std::optional<SourceKey> ParseKey(std::string_view text);

// Every key under which some source of facts may speak of the catalog's `source`: its own first,
// then those that an adapter makes of it (Source::alias).
std::vector<SourceKey> KeysOf(std::string_view source);

}  // namespace berth::inventory
