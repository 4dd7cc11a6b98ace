// From an HTTP answer to the errors that kube/api.h promises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/result.h"
#include "berth/net/client.h"

namespace berth::apiclient {

// Whether a request that got no clear answer may have changed something.
enum class Effect : std::uint8_t { kRead, kWrite };

// The text of a metav1.Status, else the beginning of whatever came, printable.
std::string AnswerText(std::string_view body);

// Success for 2xx. `what` begins the Error's text: "bind ml/llm-0 to node-3".
Status CheckAnswer(std::string_view what, const net::ClientResponse& answer, Effect effect);

// The Error of a request that was not answered.
Error TransportError(std::string_view what, const Error& error, Effect effect);

}  // namespace berth::apiclient
