// Tables for people.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace berth {

// A line per row, two spaces between columns as wide as their widest cell. The first `text_columns`
// stand to the left, the rest, numbers, to the right. Rows have as many cells as the first one.
// `indent`: spaces before each line.
std::string AlignColumns(std::span<const std::vector<std::string>> rows, std::size_t text_columns,
                         std::size_t indent = 0);

}  // namespace berth
