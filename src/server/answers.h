// How handlers fill a response.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "berth/net/http.h"

namespace berth::server {

using Json = nlohmann::ordered_json;  // members in the order in which they were written

void WriteJson(net::Response& response, const Json& value, int status = 200);
void WriteText(net::Response& response, std::string text, int status = 200);

// {"error":{"code":"not_found","message":"..."}} with the status that the code stands for.
void WriteError(net::Response& response, const Error& error);

}  // namespace berth::server
