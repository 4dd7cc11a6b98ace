// kube-scheduler's bodies, read without copying: what comes out are views into the body. Source:
// kube-scheduler extender/v1, whose keys are Go field names and whose absent members are null.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/kube/json_cursor.h"

namespace berth::extender {

// Filter and prioritize. Nodes by position.
struct NodesArgs {
  std::string_view pod;  // JSON object
  std::vector<std::string_view>
      names;  // with their quotes, escapes as written: what the answer repeats
  std::vector<std::string_view> objects;  // the whole Nodes, in full-node mode only
  bool full = false;  // Nodes were sent, not NodeNames; the answer takes the same form
};

inline std::string_view Unquoted(std::string_view quoted) {
  return {quoted.data() + 1, quoted.size() - 2};
}

// A node where preemption is thought of, and whom it would cost.
struct PreemptNode {
  std::string_view quoted;
  std::vector<std::string_view> victims;  // quoted uids
  std::int64_t pdb_violations = 0;
};

struct PreemptArgs {
  std::string_view pod;
  std::vector<PreemptNode> nodes;
};

struct BindArgs {
  std::string pod_name;
  std::string pod_namespace;
  std::string pod_uid;
  std::string node;
};

// Reuses its buffers; not thread-safe. Views live as long as the body, NodesArgs until the next
// call. Errors: kInvalidArgument: no JSON (then not_json()), or not of this shape;
// kResourceExhausted: more than `max_nodes`, or too deep.
class WireReader {
 public:
  explicit WireReader(std::size_t max_nodes) : max_nodes_(max_nodes) {}

  Result<const NodesArgs*> ReadNodes(std::string_view body);
  Result<PreemptArgs> ReadPreempt(std::string_view body);
  Result<BindArgs> ReadBind(std::string_view body);

  // The last error was about the text itself, not about what it says.
  bool not_json() const { return json_.failure().syntax; }

 private:
  bool Open(std::string_view body);
  bool Object(std::string_view& out);
  bool Count(std::size_t nodes) { return nodes <= max_nodes_ || TooMany(); }
  bool TooMany();
  bool FullNode();
  bool Victims(PreemptNode& node);
  bool Candidates(std::vector<PreemptNode>& nodes);
  Error Failure() const;

  const std::size_t max_nodes_;
  kube::Cursor json_;
  NodesArgs nodes_;
};

}  // namespace berth::extender
