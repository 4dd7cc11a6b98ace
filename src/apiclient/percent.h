// Text on its way into a URL.
#pragma once

#include <string>
#include <string_view>

namespace berth::apiclient {

// Everything but RFC 3986's unreserved characters as %XX: safe in a path segment and in a query.
std::string PercentEncode(std::string_view text);

}  // namespace berth::apiclient
