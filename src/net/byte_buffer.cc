#include "byte_buffer.h"

namespace berth::net {

bool ByteBuffer::Reserve(std::size_t capacity) {
  if (capacity <= capacity_) {
    return true;
  }
  void* grown = std::realloc(bytes_.get(), capacity);  // NOLINT(*-no-malloc)
  if (grown == nullptr) {
    return false;
  }
  (void)bytes_.release();  // realloc has freed it
  bytes_.reset(static_cast<char*>(grown));
  capacity_ = capacity;
  return true;
}

void ByteBuffer::Trim(std::size_t limit) {
  size_ = 0;
  if (capacity_ > limit) {
    bytes_.reset();
    capacity_ = 0;
  }
}

}  // namespace berth::net
