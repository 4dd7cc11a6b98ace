// What the API server would refuse, or worse, accept: it stores a Binding's annotations unchecked,
// and a pod with a malformed key can never be updated again.
#pragma once

#include <cstddef>
#include <string_view>

#include "berth/base/result.h"
#include "berth/kube/objects.h"

namespace berth::apiclient {

// Keys and values together (TotalAnnotationSizeLimitB).
inline constexpr std::size_t kMaxAnnotationBytes = std::size_t{256} << 10;

// Keys are qualified names, values UTF-8, the whole within kMaxAnnotationBytes. The Error names the
// key.
Status ValidateAnnotations(const kube::StringMap& annotations);

// A name that can stand in a URL's path; `field` is named in the Error.
Status ValidatePathSegment(std::string_view field, std::string_view name);

// Text that may stand in JSON.
Status ValidateUtf8(std::string_view field, std::string_view text);

}  // namespace berth::apiclient
