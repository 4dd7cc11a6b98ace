#include "labels.h"

#include <charconv>
#include <limits>

namespace berth::device {
namespace {

constexpr std::string_view kSharedSuffix = "-SHARED";
constexpr std::string_view kMigSuffix = "-MIG-";  // and the profile

const std::string* FindLabel(const kube::StringMap& labels, std::string_view label) {
  return label.empty() ? nullptr : kube::Find(labels, label);
}

std::optional<std::int64_t> ParseWhole(std::string_view text) {
  std::int64_t number = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc{} || stop != end || number < 0) {
    return std::nullopt;
  }
  return number;
}

// In MiB, rounded down. Nothing when it is out of all proportion.
std::optional<std::int64_t> ParseMemory(std::string_view text, MemoryUnit unit) {
  constexpr std::int64_t kMiBPerGiB = 1024;
  if (unit == MemoryUnit::kGiB && text.ends_with('G')) {
    text.remove_suffix(1);
  }
  const auto number = ParseWhole(text);
  if (!number) {
    return std::nullopt;
  }
  switch (unit) {
    case MemoryUnit::kMiB:
      return number;
    case MemoryUnit::kBytes:
      return *number >> 20;
    case MemoryUnit::kGiB:
      if (*number < 1 || *number > std::numeric_limits<std::int64_t>::max() / kMiBPerGiB) {
        return std::nullopt;
      }
      return *number * kMiBPerGiB - kMiBPerGiB / 2;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> CountOf(const kube::StringMap& labels, std::string_view label) {
  const std::string* text = FindLabel(labels, label);
  return text == nullptr ? std::nullopt : ParseWhole(*text);
}

std::optional<std::int64_t> ReplicasOf(const kube::StringMap& labels, const DeviceClass& kind) {
  if (FindLabel(labels, kind.replicas_label) == nullptr) {
    return 1;
  }
  const auto replicas = CountOf(labels, kind.replicas_label);
  return replicas == 0 ? 1 : replicas;
}

std::optional<MiB> MemoryOf(const kube::StringMap& labels, const DeviceClass& kind,
                            std::int64_t count) {
  const std::string* text = FindLabel(labels, kind.memory_label);
  if (text == nullptr) {
    return std::nullopt;
  }
  auto memory = ParseMemory(*text, kind.memory_unit);
  if (memory && kind.memory_of_node) {
    memory = count > 0 ? std::optional(*memory / count) : std::nullopt;
  }
  if (!memory || *memory < 1 || MiB(*memory) > cluster::kMaxDeviceMemory) {
    return std::nullopt;
  }
  return MiB(*memory);
}

bool NamesPartition(std::string_view product_label_value) {
  return product_label_value.find(kMigSuffix) != std::string_view::npos;
}

std::string ProductOf(const kube::StringMap& labels, const DeviceClass& kind) {
  const std::string* text = FindLabel(labels, kind.product_label);
  if (text == nullptr) {
    return {};
  }
  std::string_view product = *text;
  if (product.ends_with(kSharedSuffix)) {
    product.remove_suffix(kSharedSuffix.size());
  }
  return std::string(product.substr(0, product.find(kMigSuffix)));
}

}  // namespace berth::device
