// GET /api/v1/pods/{namespace}/{name}/explain: why a pod docks where it does, for programs and for
// people.
#pragma once

#include <string>

#include "answers.h"
#include "berth/extender/explanation.h"

namespace berth::server {

Json ExplanationJson(const extender::Explanation& explanation);

// A table of nodes x terms, the winner and why, and what the refused nodes lack.
std::string ExplanationText(const extender::Explanation& explanation);

}  // namespace berth::server
