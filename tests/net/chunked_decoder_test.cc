#include "chunked_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace berth::net {
namespace {

using State = ChunkedDecoder::State;

struct Decoded {
  std::string body;
  State state = State::kMore;
  std::string rest;
};

// Hands `input` over in pieces of `piece` bytes.
Decoded Decode(std::string_view input, std::size_t piece) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (!input.empty() && decoded.state == State::kMore) {
    std::string_view given = input.substr(0, piece);
    input.remove_prefix(given.size());
    while (!given.empty() && decoded.state == State::kMore) {
      const auto step = decoder.Next(given);
      decoded.body += step.data;
      decoded.state = step.state;
      given.remove_prefix(step.consumed);
    }
    decoded.rest = given;
  }
  decoded.rest += input;
  return decoded;
}

struct Case {
  std::string name;
  std::string input;
  State state;
  std::string body;
};
class Chunked : public testing::TestWithParam<Case> {};

TEST_P(Chunked, DecodesTheSameHoweverItIsCut) {
  const Case& expected = GetParam();
  for (std::size_t piece = 1; piece <= expected.input.size(); ++piece) {
    const Decoded decoded = Decode(expected.input, piece);
    EXPECT_EQ(decoded.state, expected.state) << "pieces of " << piece;
    if (expected.state != State::kMalformed) {
      EXPECT_EQ(decoded.body, expected.body) << "pieces of " << piece;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, Chunked,
    testing::Values(Case{"Empty", "0\r\n\r\n", State::kDone, ""},
                    Case{"One", "5\r\nhello\r\n0\r\n\r\n", State::kDone, "hello"},
                    Case{"Two", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", State::kDone, "hello!"},
                    Case{"UpperAndLowerHex", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
                         State::kDone, "01234567890123456789"},
                    Case{"LeadingZeros", "0005\r\nhello\r\n000\r\n\r\n", State::kDone, "hello"},
                    Case{"Extension", "5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n", State::kDone, "hello"},
                    Case{"Trailers", "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", State::kDone, "x"},
                    Case{"LineEndsInData", "4\r\n\r\n\r\n\r\n0\r\n\r\n", State::kDone, "\r\n\r\n"},
                    Case{"Unfinished", "5\r\nhel", State::kMore, "hel"},
                    Case{"UnfinishedTrailer", "0\r\nA: b\r\n", State::kMore, ""}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Malformed, Chunked,
    testing::Values(Case{"Negative", "-2\r\nxx\r\n", State::kMalformed, ""},
                    Case{"Signed", "+2\r\nxx\r\n", State::kMalformed, ""},
                    Case{"HexPrefix", "0x2\r\nxx\r\n", State::kMalformed, ""},
                    Case{"NoSize", "\r\nxx\r\n", State::kMalformed, ""},
                    Case{"OnlyExtension", ";a\r\nxx\r\n", State::kMalformed, ""},
                    Case{"LeadingBlank", " 2\r\nxx\r\n", State::kMalformed, ""},
                    Case{"Letters", "zz\r\n", State::kMalformed, ""},
                    Case{"BareLineFeed", "2\nxx\n", State::kMalformed, ""},
                    Case{"LineFeedInExtension", "2;a\nxx", State::kMalformed, ""},
                    Case{"LineFeedInTrailer", "0\r\nA: b\n\r\n", State::kMalformed, ""},
                    Case{"DataTooLong", "2\r\nxxx\r\n", State::kMalformed, ""},
                    Case{"Overflow", "ffffffffffffffff\r\nx", State::kMalformed, ""},
                    Case{"Overflow65Bits", "10000000000000000\r\nx", State::kMalformed, ""},
                    Case{"EndlessSize", std::string(100, '1'), State::kMalformed, ""},
                    Case{"EndlessExtension", "1;" + std::string(5000, 'a'), State::kMalformed, ""},
                    Case{"EndlessTrailer", "0\r\nA: " + std::string(9000, 'a'), State::kMalformed,
                         ""}),
    [](const auto& each) { return each.param.name; });

TEST(ChunkedDecoder, LeavesWhatFollowsTheBody) {
  const Decoded decoded = Decode("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n", 1000);
  EXPECT_EQ(decoded.state, State::kDone);
  EXPECT_EQ(decoded.rest, "GET / HTTP/1.1\r\n");
}

TEST(ChunkedDecoder, SaysHowMuchOfTheChunkIsMissing) {
  ChunkedDecoder decoder;
  (void)decoder.Next("100\r\n");
  EXPECT_EQ(decoder.remaining(), 256u);
}

}  // namespace
}  // namespace berth::net
