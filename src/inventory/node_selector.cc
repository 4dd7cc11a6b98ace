#include "berth/inventory/node_selector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace berth::inventory {
namespace {

using Operator = NodeRequirement::Operator;

constexpr std::array<std::pair<std::string_view, Operator>, 6> kOperators = {{
    {"In", Operator::kIn},
    {"NotIn", Operator::kNotIn},
    {"Exists", Operator::kExists},
    {"DoesNotExist", Operator::kDoesNotExist},
    {"Gt", Operator::kGreater},
    {"Lt", Operator::kLess},
}};

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

bool Compares(const NodeRequirement& requirement, std::string_view found) {
  if (requirement.values.size() != 1) {
    return false;
  }
  const auto left = Number(found);
  const auto right = Number(requirement.values.front());
  return left && right && (requirement.op == Operator::kGreater ? *left > *right : *left < *right);
}

bool Holds(const NodeRequirement& requirement, std::optional<std::string_view> found) {
  const auto listed = [&] {
    return std::ranges::find(requirement.values, *found) != requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::kIn:
      return found && listed();
    case Operator::kNotIn:
      return !found || !listed();
    case Operator::kExists:
      return found.has_value();
    case Operator::kDoesNotExist:
      return !found.has_value();
    case Operator::kGreater:
    case Operator::kLess:
      return found && Compares(requirement, *found);
  }
  return false;
}

bool DecodeRequirement(kube::Cursor& json, bool of_fields, NodeRequirement& requirement) {
  return json.Fields(kube::Keys::kFields, [&](std::string_view key) {
    if (key == "key") {
      if (!json.String(requirement.key)) {
        return false;
      }
      if (of_fields && requirement.key != "metadata.name") {
        return json.Fail(fmt::format("'{:.60}' is no field that can be matched", requirement.key));
      }
      if (of_fields) {
        requirement.key.clear();
      }
      return true;
    }
    if (key == "operator") {
      std::string_view word;
      if (!json.Text(word)) {
        return false;
      }
      const auto at =
          std::ranges::find(kOperators, word, &std::pair<std::string_view, Operator>::first);
      if (at == kOperators.end()) {
        return json.Fail(fmt::format("'{:.40}' is no operator", word));
      }
      requirement.op = at->second;
      return true;
    }
    if (key == "values") {
      requirement.values.clear();
      return json.Elements([&] { return json.String(requirement.values.emplace_back()); });
    }
    return json.Skip();
  });
}

}  // namespace

bool NodeSelector::Matches(std::string_view node, const LabelOf& label) const {
  return std::ranges::any_of(terms, [&](const std::vector<NodeRequirement>& term) {
    return !term.empty() && std::ranges::all_of(term, [&](const NodeRequirement& requirement) {
      return Holds(requirement,
                   requirement.key.empty() ? std::optional(node) : label(requirement.key));
    });
  });
}

bool DecodeNodeSelector(kube::Cursor& json, NodeSelector& selector) {
  return json.Fields(kube::Keys::kFields, [&](std::string_view key) {
    if (key != "nodeSelectorTerms") {
      return json.Skip();
    }
    return json.Elements([&] {
      std::vector<NodeRequirement>& term = selector.terms.emplace_back();
      return json.Fields(kube::Keys::kFields, [&](std::string_view part) {
        if (part != "matchExpressions" && part != "matchFields") {
          return json.Skip();
        }
        const bool of_fields = part == "matchFields";
        return json.Elements(
            [&] { return DecodeRequirement(json, of_fields, term.emplace_back()); });
      });
    });
  });
}

}  // namespace berth::inventory
