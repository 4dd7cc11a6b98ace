#include "berth/kube/node_constraints.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "berth/kube/objects.h"

namespace berth::kube {
namespace {

std::optional<std::int64_t> Integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

// `value` is nullptr where the node has no such label.
bool Matches(const NodeExpression& expression, const std::string* value) {
  const auto listed = [&] {
    return value != nullptr &&
           std::ranges::find(expression.values, *value) != expression.values.end();
  };
  if (expression.op == "In") {
    return listed();
  }
  if (expression.op == "NotIn") {
    return !listed();
  }
  if (expression.op == "Exists") {
    return value != nullptr;
  }
  if (expression.op == "DoesNotExist") {
    return value == nullptr;
  }
  if ((expression.op == "Gt" || expression.op == "Lt") && value != nullptr &&
      expression.values.size() == 1) {
    const auto has = Integer(*value);
    const auto bound = Integer(expression.values.front());
    return has && bound && (expression.op == "Gt" ? *has > *bound : *has < *bound);
  }
  return false;
}

bool Matches(const NodeTerm& term, const std::string& node, const StringMap& labels) {
  if (term.labels.empty() && term.fields.empty()) {
    return false;
  }
  return std::ranges::all_of(term.labels,
                             [&](const NodeExpression& expression) {
                               return Matches(expression, Find(labels, expression.key));
                             }) &&
         std::ranges::all_of(term.fields, [&](const NodeExpression& expression) {
           return Matches(expression, expression.key == "metadata.name" ? &node : nullptr);
         });
}

bool Tolerates(const Toleration& toleration, const Taint& taint) {
  return (toleration.effect.empty() || toleration.effect == taint.effect) &&
         (toleration.key == taint.key || (toleration.key.empty() && toleration.exists)) &&
         (toleration.exists || toleration.value == taint.value);
}

}  // namespace

bool MayRunOn(const NodeConstraints& constraints, const std::string& node, const StringMap& labels,
              const std::vector<Taint>& taints) {
  const bool selected = std::ranges::all_of(constraints.selector, [&](const auto& wanted) {
    const std::string* value = Find(labels, wanted.first);
    return value != nullptr && *value == wanted.second;
  });
  if (!selected) {
    return false;
  }
  if (!constraints.terms.empty() &&
      std::ranges::none_of(constraints.terms,
                           [&](const NodeTerm& term) { return Matches(term, node, labels); })) {
    return false;
  }
  return std::ranges::all_of(taints, [&](const Taint& taint) {
    return std::ranges::any_of(constraints.tolerations, [&](const Toleration& toleration) {
      return Tolerates(toleration, taint);
    });
  });
}

}  // namespace berth::kube
