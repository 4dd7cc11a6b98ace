// The status line and headers of an answer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "berth/net/http.h"

namespace berth::net {

std::string_view ReasonPhrase(int status);

// 1xx, 204 and 304 end with their head.
constexpr bool MayHaveBody(int status) { return status >= 200 && status != 204 && status != 304; }

enum class AfterAnswer { kKeepAlive, kKeepAliveHttp10, kClose };

// Replaces `text` by the head that announces response.body. Headers that would break out of their
// line are left out.
void WriteAnswerHead(const Response& response, AfterAnswer after, std::string& text);

}  // namespace berth::net
