// Names of device models, as nodes publish them and pods ask for them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace berth::cluster {

// As products and wishes are compared: of the letters only A to Z change.
std::string LowerCase(std::string_view text);

// "h100" is named by "nvidia-h100-80gb-hbm3" but not by "nvidia-h1000": whole words of the product,
// several of them too ("a100-sxm4"). All are lower case. No wish is met by every product.
bool WillDo(std::string_view product, std::span<const std::string> wanted);

}  // namespace berth::cluster
