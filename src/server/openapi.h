// GET /openapi.json.
#pragma once

#include <string_view>

namespace berth::server {

// OpenAPI 3.1 of both ports, as JSON.
std::string_view OpenApi();

}  // namespace berth::server
