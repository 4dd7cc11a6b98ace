// A fuzzer's bytes with the padding that kube::Decoder asks for, in a block of exactly that size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "berth/kube/decoder.h"

namespace berth::fuzz {

class PaddedInput {
 public:
  PaddedInput(const std::uint8_t* data, std::size_t size, char padding)
      : bytes_(data, data + size), size_(size) {
    bytes_.resize(size + kube::kJsonPadding, static_cast<std::uint8_t>(padding));
  }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), size_}; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t size_;
};

// What follows the text must not change what is read: these are the most misleading bytes.
inline constexpr char kPaddings[] = {'\0', '}', ']', '"', ',', '\\', '7'};

}  // namespace berth::fuzz
