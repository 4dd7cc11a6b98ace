// Filter and prioritize against their floors, and what other connections do to a filter.
#pragma once

#include <vector>

#include "rows.h"

namespace berth::bench {

enum class Mode { kNames, kNodes };

struct Effort {
  int repetitions = 15;
  double batch_seconds = 0.05;  // of each kind of request in each repetition, about
};

// Rows filter, prioritize and filter+prioritize. Berth and the floor take turns within each
// repetition.
std::vector<Row> MeasureVerbs(int nodes, Mode mode, const Effort& effort);

// Rows keep-alive, idle-connections, filter-quiet and filter-while-binding (128 binds in flight).
std::vector<Row> MeasureConnections(const Effort& effort);

// filter and prioritize of 5,000 nodes. Row all-terms: with all terms of the score at work; its
// "floor" is the same with gpu-memory alone. Row fragmentation: with that packing, while pods come
// and go; its "floor" is binpack.
std::vector<Row> MeasureTerms(const Effort& effort);

// Row resources: the page of 5,000 nodes with eight devices each, per 40,000 series of it.
std::vector<Row> MeasureResources(const Effort& effort);

}  // namespace berth::bench
