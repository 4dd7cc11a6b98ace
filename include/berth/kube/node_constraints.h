// What a pod itself says of the nodes that it may run on. kube-scheduler judges it; who is not
// asked by kube-scheduler has to judge it too.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace berth::kube {

// Of effect NoSchedule or NoExecute.
struct Taint {
  std::string key;
  std::string value;
  std::string effect;

  friend bool operator==(const Taint&, const Taint&) = default;
};

struct Toleration {
  std::string key;     // empty with `exists`: of every key
  std::string value;   // without `exists`
  std::string effect;  // empty: of every effect
  bool exists = false;

  friend bool operator==(const Toleration&, const Toleration&) = default;
};

// One of matchExpressions or matchFields. An operator that is none of Kubernetes' matches nothing.
struct NodeExpression {
  std::string key;
  std::string op;  // In, NotIn, Exists, DoesNotExist, Gt, Lt
  std::vector<std::string> values;

  friend bool operator==(const NodeExpression&, const NodeExpression&) = default;
};

struct NodeTerm {
  std::vector<NodeExpression> labels;  // all of these
  std::vector<NodeExpression> fields;  // and these; metadata.name is the only field there is

  friend bool operator==(const NodeTerm&, const NodeTerm&) = default;
};

struct NodeConstraints {
  std::vector<std::pair<std::string, std::string>> selector;  // labels, all of these
  std::vector<NodeTerm> terms;  // required affinity: one of these; empty: none is required
  std::vector<Toleration> tolerations;

  friend bool operator==(const NodeConstraints&, const NodeConstraints&) = default;
};

// As kube-scheduler's filters NodeAffinity and TaintToleration judge.
bool MayRunOn(const NodeConstraints& constraints, const std::string& node,
              const std::vector<std::pair<std::string, std::string>>& labels,
              const std::vector<Taint>& taints);

}  // namespace berth::kube
