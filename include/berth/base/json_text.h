// Writing JSON needs little: the one thing to get right is a string.
#pragma once

#include <string>
#include <string_view>

namespace berth {

// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, as Go's
// encoder has it.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace berth
