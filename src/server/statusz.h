// GET /statusz: one page of text for a person with curl.
#pragma once

#include <string>

#include "berth/base/clock.h"
#include "berth/server/routes.h"

namespace berth::server {

// "3d 4h 5m", "12m 3s", "8s".
std::string FormatDuration(Duration duration);

std::string StatusPage(const Operations& operations, Duration uptime);

}  // namespace berth::server
