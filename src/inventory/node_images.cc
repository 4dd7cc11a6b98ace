// node.status.images, for sources oci://<reference>: an image that the runtime has is on the disk,
// whole, whatever size the runtime tells (packed or unpacked). The kubelet names the 50 largest
// images unless told otherwise, so an image that is not listed may be there all the same.
#include <fmt/format.h>

#include <string>

#include "registry.h"
#include "text.h"

namespace berth::inventory {
namespace {

// Smaller ones hold no weights worth a detour, and are nearly all there are.
constexpr Bytes kSmallestModel{64LL << 20};

// As the runtime writes a reference: with the registry, and with a digest or else a tag. Source:
// distribution/reference `ParseNormalizedNamed`.
std::string Normal(std::string_view reference) {
  const std::size_t slash = reference.find('/');
  const std::string_view first = reference.substr(0, slash);
  const bool has_registry =
      slash != std::string_view::npos &&
      (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  std::string normal;
  if (!has_registry) {
    normal = slash == std::string_view::npos ? "docker.io/library/" : "docker.io/";
  }
  const std::size_t digest = reference.find('@');
  const std::string_view named = reference.substr(0, digest);
  const std::size_t colon = named.rfind(':');
  const bool has_tag =
      colon != std::string_view::npos && named.find('/', colon) == std::string_view::npos;
  if (digest != std::string_view::npos) {  // it says more than a tag beside it
    normal += has_tag ? named.substr(0, colon) : named;
    normal += reference.substr(digest);
    return normal;
  }
  normal += named;
  return has_tag ? normal : normal + ":latest";
}

SourceKey ImageKey(std::string_view reference) { return KeyOf("oci-image:" + Normal(reference)); }

Reading ReadNodeImages(const kube::NodeObject& node) {
  Reading reading{.node = node.name};
  for (const kube::NodeImage& image : node.images) {
    if (image.size < kSmallestModel) {
      continue;
    }
    for (const std::string& name : image.names) {
      if (!name.starts_with("<none>")) {  // an image that lost its name
        reading.facts.push_back({.key = ImageKey(name)});
      }
    }
  }
  return reading;
}

std::optional<SourceKey> ImageAlias(std::string_view source) {
  const auto reference = After(source, "oci://");
  return reference && !reference->empty() ? std::optional(ImageKey(*reference)) : std::nullopt;
}

}  // namespace

Source NodeImages() {
  return {
      .name = "node-images", .kind = "Node", .read_node = &ReadNodeImages, .alias = &ImageAlias};
}

}  // namespace berth::inventory
