// Ids of devices, as they go into an annotation and from there into a container's environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::device {

// A UUID or an index: letters, digits and "-_.:/", at most 128, and none of the words that a
// container runtime reads as something else than one device ("all", "none", "void").
bool IsDeviceId(std::string_view text);

// True for an index in decimal, and for what could be taken for one ("007").
bool IsNumber(std::string_view text);

std::string JoinIds(const std::vector<std::string>& ids);  // "a,b"

}  // namespace berth::device
