// Tables of things that have a name.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace berth {

// nullptr: there is none of that name.
template <typename Named>
const Named* FindByName(std::span<const Named> all, std::string_view name) {
  const auto at = std::ranges::find(all, name, &Named::name);
  return at == all.end() ? nullptr : &*at;
}

}  // namespace berth
