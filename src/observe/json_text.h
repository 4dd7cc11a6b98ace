// Text as a JSON string, whatever bytes it holds.
#pragma once

#include <string>
#include <string_view>

namespace berth::observe {

// Appends `text` in quotes. Bytes that are no UTF-8 become U+FFFD, one for each.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace berth::observe
