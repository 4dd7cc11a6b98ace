// Bytes received from a socket. Unlike std::string it grows without clearing what it is about to
// overwrite, and large ones move by remapping pages instead of copying.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace berth::net {

class ByteBuffer {
 public:
  // False when the memory is not to be had; the content is then unchanged. Never shrinks.
  [[nodiscard]] bool Reserve(std::size_t capacity);
  // Gives the memory back when there is more of it than `limit`.
  void Trim(std::size_t limit);

  char* data() { return bytes_.get(); }
  std::string_view view() const { return {bytes_.get(), size_}; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  void set_size(std::size_t size) { size_ = size; }  // at most capacity()

 private:
  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }  // NOLINT(*-no-malloc)
  };
  std::unique_ptr<char, Free> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace berth::net
