// What can still be told of an object that the decoder refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::apiclient {

struct ObjectIdentity {
  std::string ns;
  std::string name;
  std::string uid;
  std::string node_name;  // spec.nodeName of a pod
  std::string resource_version;
};

struct SalvagedEvent {
  bool deleted = false;  // else added or modified
  ObjectIdentity object;
};

// Of one line of a watch. Nothing when it cannot be attributed to an object: no JSON, no name, uid
// or resource version, or not an event about an object at all. kube::kJsonPadding readable bytes
// follow, here and below.
std::optional<SalvagedEvent> SalvageEvent(std::string_view line);

// Of the items with these indices (ascending) in a page of a LIST, in the same order; what cannot
// be read is empty.
std::vector<ObjectIdentity> SalvageItems(std::string_view page,
                                         const std::vector<std::size_t>& indices);

}  // namespace berth::apiclient
