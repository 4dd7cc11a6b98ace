// Answers as the client reads them, head and body, from a server that may say anything.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "berth/base/check.h"
#include "exchange.h"
#include "transport.h"

namespace {

using berth::net::Exchange;
using berth::net::Io;
using berth::net::Transport;
using berth::net::Until;

// Gives the input in pieces of a few bytes, then closes.
class Replay final : public Transport {
 public:
  Replay(std::string_view input, std::size_t piece) : input_(input), piece_(piece) {}

  ReadResult ReadSome(std::span<char> into, const Until&) override {
    const std::size_t bytes = std::min({into.size(), piece_, input_.size()});
    BERTH_CHECK(!into.empty());
    std::copy_n(input_.begin(), bytes, into.begin());
    input_.remove_prefix(bytes);
    return {bytes > 0 ? Io::kOk : Io::kClosed, bytes};
  }
  Io WriteAll(std::string_view, std::string_view, const Until&) override { return Io::kOk; }
  bool Quiet() override { return input_.empty(); }
  Io AwaitInput(const Until&) override { return Io::kOk; }

 private:
  std::string_view input_;
  std::size_t piece_;
};

struct Outcome {
  Exchange::Step step = Exchange::Step::kMore;
  int status = 0;
  std::string body;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

constexpr std::size_t kLimit = 4096;

Outcome Read(std::string_view input, std::size_t piece) {
  Replay server(input, piece);
  Exchange exchange(server);
  Outcome outcome;
  outcome.step = exchange.ReadHead(false, {});
  if (outcome.step == Exchange::Step::kMore) {
    outcome.status = exchange.head().status;
    outcome.step = exchange.ReadBody(outcome.body, kLimit, /*expected=*/0, {});
    BERTH_CHECK(outcome.body.size() <= kLimit);
    BERTH_CHECK(outcome.step != Exchange::Step::kMore);
  }
  if (outcome.step != Exchange::Step::kDone) {
    outcome.body.clear();  // how much came before a break depends on the pieces
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  BERTH_CHECK(Read(input, size + 1) == Read(input, 3));
  return 0;
}
