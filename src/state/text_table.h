// A hash table over things that hold their own key, as a pod holds its uid.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::state {

// Open addressing: the books are larger than the caches, and a look-up costs one miss for the slot
// where std::unordered_map costs one for the bucket and one for each entry on the way. KeyOf gives
// the text of a Value; the text of a value that is in the table does not change.
template <typename Value, typename KeyOf>
class TextTable {
 public:
  explicit TextTable(KeyOf key_of = {}) : slots_(kFewestSlots), key_of_(std::move(key_of)) {}

  // nullptr when absent; good until the next Add or Erase.
  const Value* Find(std::string_view key) const {
    const Slot& slot = slots_[At(key)];
    return slot.hash == 0 ? nullptr : &slot.value;
  }

  // The key is not in the table yet.
  void Add(Value value) {
    if (++size_ * 2 > slots_.size()) {
      Grow();
    }
    const std::uint64_t hash = Hash(key_of_(value));
    slots_[FreeFor(hash)] = {hash, std::move(value)};
  }

  void Erase(std::string_view key) {
    std::size_t hole = At(key);
    if (slots_[hole].hash == 0) {
      return;
    }
    --size_;
    // What was pushed past the hole moves back into it, so that no search ends too soon.
    for (std::size_t at = Next(hole); slots_[at].hash != 0; at = Next(at)) {
      const std::size_t home = slots_[at].hash & Mask();
      if (((at - home) & Mask()) >= ((at - hole) & Mask())) {
        slots_[hole] = std::move(slots_[at]);
        hole = at;
      }
    }
    slots_[hole] = {};
  }

  std::size_t size() const { return size_; }

  // In no order.
  auto values() const {
    return slots_ | std::views::filter([](const Slot& slot) { return slot.hash != 0; }) |
           std::views::transform([](const Slot& slot) -> const Value& { return slot.value; });
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;  // 0: free
    Value value{};
  };

  static std::uint64_t Hash(std::string_view key) {
    const std::uint64_t hash = std::hash<std::string_view>{}(key);
    return hash == 0 ? 1 : hash;
  }

  std::size_t Mask() const { return slots_.size() - 1; }
  std::size_t Next(std::size_t at) const { return (at + 1) & Mask(); }

  // Where the key is, or the free slot where it would be.
  std::size_t At(std::string_view key) const {
    const std::uint64_t hash = Hash(key);
    std::size_t at = hash & Mask();
    while (slots_[at].hash != 0 && (slots_[at].hash != hash || key_of_(slots_[at].value) != key)) {
      at = Next(at);
    }
    return at;
  }

  std::size_t FreeFor(std::uint64_t hash) const {
    std::size_t at = hash & Mask();
    while (slots_[at].hash != 0) {
      at = Next(at);
    }
    return at;
  }

  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.hash != 0) {
        slots_[FreeFor(slot.hash)] = std::move(slot);
      }
    }
  }

  static constexpr std::size_t kFewestSlots = 16;
  static_assert(std::has_single_bit(kFewestSlots));

  std::vector<Slot> slots_;  // a power of two, at least half of them free
  std::size_t size_ = 0;
  KeyOf key_of_;
};

}  // namespace berth::state
