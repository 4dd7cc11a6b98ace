// The first LIST of a large cluster: how much CPU and memory it takes to know it.
#pragma once

#include <vector>

#include "rows.h"

namespace berth::bench {

// Row list: pages decoded and taken into the books, nothing else. Row list-tls: the same by two
// Reflectors over TLS from a server in another process; p50_us is the time from the start to
// synced, that is the start-up time; and row ready: from the last page's arrival to a published
// snapshot.
std::vector<Row> MeasureLists(int nodes, int pods);

}  // namespace berth::bench
