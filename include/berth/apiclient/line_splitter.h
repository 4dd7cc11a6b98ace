// A byte stream, cut into lines for a SIMD parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <functional>

namespace berth::apiclient {

// Lines go out as views into one buffer that is kept from line to line. A line longer than the
// limit is reported once and thrown away up to its end; what follows is read as ever. The rest
// after the last '\n' waits for more bytes and is dropped by Reset. Not thread-safe.
class LineSplitter {
 public:
  // Without the '\n'; `padding` readable bytes follow. False: no further line is wanted.
  using OnLine = std::function<bool(std::string_view line)>;
  using OnTooLong = std::function<bool(std::size_t limit)>;

  LineSplitter(std::size_t max_line_bytes, std::size_t padding);

  // False when one of the two said so; the splitter is then to be Reset.
  bool Feed(std::string_view bytes, const OnLine& on_line, const OnTooLong& on_too_long);
  void Reset();

 private:
  const std::size_t max_line_bytes_;
  const std::size_t padding_;
  std::string buffer_;     // `used_` bytes of lines, then at least `padding_` more
  std::size_t used_ = 0;   // in buffer_
  bool skipping_ = false;  // inside a line that was too long
};

}  // namespace berth::apiclient
