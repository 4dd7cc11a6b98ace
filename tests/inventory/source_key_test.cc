#include "berth/inventory/source_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "berth/inventory/source.h"

namespace berth::inventory {
namespace {

// The standard's own vectors (FIPS 180-4), first 64 bits.
TEST(SourceKey, IsTheFirstSixteenDigitsOfSha256) {
  EXPECT_EQ(Text(KeyOf("")), "e3b0c44298fc1c14");
  EXPECT_EQ(Text(KeyOf("abc")), "ba7816bf8f01cfea");
  EXPECT_EQ(Text(KeyOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8");
}

TEST(SourceKey, LeavesOutTheSpaceAroundAnId) {
  EXPECT_EQ(KeyOf(" hf://org/model\n"), KeyOf("hf://org/model"));
  EXPECT_NE(KeyOf("hf://org/Model"), KeyOf("hf://org/model"));
}

TEST(SourceKey, IsReadBackFromItsDigits) {
  EXPECT_EQ(ParseKey("ba7816bf8f01cfea"), KeyOf("abc"));
  EXPECT_EQ(ParseKey("BA7816BF8F01CFEA"), KeyOf("abc"));
  for (const std::string_view no : {"", "ba7816bf8f01cfe", "ba7816bf8f01cfea0", "ba7816bf8f01cfeg",
                                    "-a7816bf8f01cfea", "0x7816bf8f01cfea"}) {
    EXPECT_EQ(ParseKey(no), std::nullopt) << no;
  }
}

TEST(KeysOf, HasTheIdsOwnKeyFirstAndThoseOfAdaptersBehind) {
  EXPECT_THAT(KeysOf("hf://org/model"), testing::ElementsAre(KeyOf("hf://org/model")));
  for (const std::string_view source :
       {"oci://ghcr.io/org/model:v1", "pvc://ml/weights/llama", "fluid://ml/llama"}) {
    const std::vector<SourceKey> keys = KeysOf(source);
    ASSERT_EQ(keys.size(), 2U) << source;
    EXPECT_EQ(keys[0], KeyOf(source));
  }
}

TEST(Sources, HaveNamesOfTheirOwnAndOneReaderEach) {
  std::set<std::string_view> names;
  for (const Source& source : Sources()) {
    EXPECT_TRUE(names.insert(source.name).second) << source.name;
    EXPECT_EQ((source.read_node != nullptr) + (source.read_object != nullptr) +
                  (source.read_pod != nullptr),
              1)
        << source.name;
    EXPECT_EQ(source.path.empty(), source.read_object == nullptr) << source.name;
    EXPECT_EQ(FindSource(source.kind), source.read_object != nullptr ? &source : nullptr);
  }
}

TEST(ListPath, HasBerthsOwnNamespaceWhereItBelongs) {
  EXPECT_EQ(ListPath(*FindSource("ConfigMap"), "berth-system"),
            "/api/v1/namespaces/berth-system/configmaps");
  EXPECT_EQ(ListPath(*FindSource("PersistentVolume"), "berth-system"), "/api/v1/persistentvolumes");
}

}  // namespace
}  // namespace berth::inventory
