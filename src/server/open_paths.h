// Paths that a kubelet must always be answered on.
#pragma once

#include <string_view>

namespace berth::server {

inline bool IsOpen(std::string_view path) { return path == "/livez" || path == "/readyz"; }

}  // namespace berth::server
