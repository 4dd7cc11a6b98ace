// Looking up thousands of names that come in nearly the same order every time.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/cluster/names.h"
#include "wire.h"

namespace berth::extender {

// Which node followed which in the last request. kube-scheduler walks its nodes in one order and
// starts somewhere else each time, so a guess is nearly always right, and costs one comparison
// where a look-up costs a hash and two cache misses.
struct NameOrder {
  std::shared_ptr<const cluster::NameTable> table;  // that the indices are of
  std::vector<cluster::NodeIndex> next;             // table->size(): nothing known
};

// Looks up the names of one request, one after the other, and learns their order. A wrong guess is
// only slower.
class NameFollower {
 public:
  NameFollower(std::shared_ptr<const cluster::NameTable> table, NameOrder& order)
      : none_(table->size()), order_(order) {
    if (order_.table != table) {
      order_.table = std::move(table);
      order_.next.assign(none_, none_);
    }
  }

  // `quoted` as NodesArgs has it. table->size(): not found; an optional would be put together in
  // memory, name by name, and that costs more than the comparison.
  cluster::NodeIndex Find(std::string_view quoted) {
    const cluster::NodeIndex guess = last_ == none_ ? none_ : order_.next[last_];
    if (guess != none_ && order_.table->quoted(guess) == quoted) {
      last_ = guess;
      return guess;
    }
    const cluster::NodeIndex found = order_.table->Find(Unquoted(quoted)).value_or(none_);
    if (found != none_) {
      if (last_ != none_) {
        order_.next[last_] = found;
      }
      last_ = found;
    }
    return found;
  }

 private:
  const cluster::NodeIndex none_;
  NameOrder& order_;
  cluster::NodeIndex last_ = none_;
};

}  // namespace berth::extender
