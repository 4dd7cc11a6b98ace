#include "salvage.h"

#include <simdjson.h>

#include <algorithm>

#include "berth/kube/decoder.h"

namespace berth::apiclient {
namespace {

namespace dom = simdjson::dom;

static_assert(kube::kJsonPadding >= simdjson::SIMDJSON_PADDING);

simdjson::simdjson_result<dom::element> Parse(dom::parser& parser, std::string_view json) {
  return parser.parse(json.data(), json.size(), /*realloc_if_needed=*/false);
}

// Empty when absent or no string.
std::string Text(simdjson::simdjson_result<dom::element> value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

ObjectIdentity Identity(dom::element object) {
  return {.ns = Text(object["metadata"]["namespace"]),
          .name = Text(object["metadata"]["name"]),
          .uid = Text(object["metadata"]["uid"]),
          .node_name = Text(object["spec"]["nodeName"]),
          .resource_version = Text(object["metadata"]["resourceVersion"])};
}

}  // namespace

std::optional<SalvagedEvent> SalvageEvent(std::string_view line) {
  dom::parser parser;
  const simdjson::simdjson_result<dom::element> event = Parse(parser, line);
  const std::string type = Text(event["type"]);
  const bool deleted = type == "DELETED";
  if (!deleted && type != "ADDED" && type != "MODIFIED") {
    return std::nullopt;
  }
  dom::element object;
  if (event["object"].get(object) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  SalvagedEvent salvaged{.deleted = deleted, .object = Identity(object)};
  if (salvaged.object.name.empty() || salvaged.object.uid.empty() ||
      salvaged.object.resource_version.empty()) {
    return std::nullopt;
  }
  return salvaged;
}

std::vector<ObjectIdentity> SalvageItems(std::string_view page,
                                         const std::vector<std::size_t>& indices) {
  std::vector<ObjectIdentity> identities(indices.size());
  dom::parser parser;
  dom::array items;
  if (Parse(parser, page)["items"].get_array().get(items) != simdjson::SUCCESS) {
    return identities;
  }
  std::size_t index = 0;
  std::size_t wanted = 0;
  for (const dom::element item : items) {
    if (wanted == indices.size()) {
      break;
    }
    if (index++ == indices[wanted]) {
      identities[wanted++] = Identity(item);
    }
  }
  return identities;
}

}  // namespace berth::apiclient
