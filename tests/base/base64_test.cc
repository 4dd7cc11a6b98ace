#include "berth/base/base64.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace berth {
namespace {

TEST(Base64, DecodesTheStandardAlphabet) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("AA=="), std::string(1, '\0'));
  EXPECT_EQ(DecodeBase64("Zm9v"), "foo");
  EXPECT_EQ(DecodeBase64("Zm9vYg=="), "foob");
  EXPECT_EQ(DecodeBase64("Zm9v\nYmE=\n"), "fooba");
  EXPECT_EQ(DecodeBase64("+/+/"), "\xFB\xFF\xBF");
  for (const std::string_view text :
       {"A", "AA", "AAA", "A===", "AA=A", "AA==AAAA", "AA====", "====", "A-_A", "AAAA="}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

TEST(Base64, EncodesWhatItDecodes) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(DecodeBase64(EncodeBase64(bytes)), bytes) << byte;
    bytes += static_cast<char>(byte);
  }
  EXPECT_EQ(EncodeBase64("foob"), "Zm9vYg==");
  EXPECT_EQ(EncodeBase64("\xFB\xFF\xBF"), "+/+/");
}

}  // namespace
}  // namespace berth
