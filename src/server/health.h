// Liveness and readiness.
#pragma once

#include <string_view>

#include "berth/net/http.h"
#include "berth/server/routes.h"

namespace berth::server {

// Proves only that the process turns; asks nobody.
void Livez(net::Response& response);

// 200 "ok", or 503 with a line for each check that waits; all checks with ?verbose.
void Readyz(const Operations& operations, std::string_view query, net::Response& response);

// Nothing when ready, else the first thing it waits for.
std::optional<std::string> NotReadyBecause(const Operations& operations);

}  // namespace berth::server
