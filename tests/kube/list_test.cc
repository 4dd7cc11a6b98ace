// Pages of a LIST, files of objects, lines of a WATCH, and the Status of a failed call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/kube/decoder.h"
#include "kube/padded_json.h"

namespace berth::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Page {
  Result<ListMeta> meta;
  std::vector<std::string> names;
  std::vector<std::string> errors;
};

Page ReadPods(const std::string& json) {
  std::vector<std::string> names;
  std::vector<std::string> errors;
  Decoder decoder;
  const PaddedJson text(json);
  Result<ListMeta> meta = decoder.PodList(
      text.view(), [&](PodObject&& pod) { names.push_back(pod.name); },
      [&](const Error& error) { errors.push_back(error.message); });
  return {std::move(meta), std::move(names), std::move(errors)};
}

TEST(PodList, GivesEachItemAndWhereTheNextPageStarts) {
  const Page page = ReadPods(R"({"kind": "PodList", "apiVersion": "v1",
    "metadata": {"resourceVersion": "1000", "continue": "abc", "remainingItemCount": 2},
    "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]})");
  ASSERT_TRUE(page.meta.ok());
  EXPECT_EQ(page.meta->resource_version, "1000");
  EXPECT_EQ(page.meta->continue_token, "abc");
  EXPECT_EQ(page.meta->items, 2U);
  EXPECT_EQ(page.meta->malformed, 0U);
  EXPECT_THAT(page.names, ElementsAre("a", "b"));
}

TEST(PodList, MayBeEmpty) {
  for (const std::string items : {"[]", "null"}) {
    const Page page = ReadPods(R"({"metadata": null, "items": )" + items + "}");
    ASSERT_TRUE(page.meta.ok()) << items;
    EXPECT_EQ(page.meta->items, 0U);
    EXPECT_THAT(page.names, IsEmpty());
  }
}

TEST(PodList, LeavesOutMalformedItemsAndGoesOn) {
  const Page page = ReadPods(R"({"items": [
    {"metadata": {"name": "a"}},
    {"metadata": {"namespace": "ml", "name": "bad"},
     "spec": {"containers": [{"resources": {"limits": {"x/y": "0.5"}}}, {"name": "z"}]}},
    null, {"metadata": {}},
    {"metadata": {"name": "b"}}], "metadata": {"resourceVersion": "9"}})");
  ASSERT_TRUE(page.meta.ok());
  EXPECT_EQ(page.meta->items, 5U);
  EXPECT_EQ(page.meta->malformed, 3U);
  EXPECT_EQ(page.meta->resource_version, "9");
  EXPECT_THAT(page.names, ElementsAre("a", "b"));
  EXPECT_THAT(page.errors,
              ElementsAre("pod ml/bad: spec.containers[0].resources.limits[x/y]: '0.5' is not a "
                          "whole number",
                          "pod: expected an object, found null", "pod: metadata.name: missing"));
}

// A Status, or anything else, must not pass for a cluster without pods.
TEST(PodList, IsNotAnyObjectWithoutItems) {
  const Page page = ReadPods(R"({"kind": "Status", "code": 200})");
  ASSERT_FALSE(page.meta.ok());
  EXPECT_EQ(page.meta.error(), InvalidArgument("not a list: items: missing"));
  EXPECT_FALSE(ReadPods("null").meta.ok());
}

TEST(PodList, ThatIsCutShortIsAnErrorWhereverTheCutIs) {
  const std::string whole =
      R"({"items": [{"metadata": {"name": "a", "labels": {"k": "v"}}, "spec": {"x": [[{}]]}}]})";
  ASSERT_TRUE(ReadPods(whole).meta.ok());
  for (const char padding : {'}', ']', ',', '"', '\0', ' '}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const PaddedJson text(whole.substr(0, size), padding);
      const Result<ListMeta> meta =
          Decoder().PodList(text.view(), [](PodObject&&) {}, [](const Error&) {});
      EXPECT_FALSE(meta.ok()) << size << " bytes, padding " << static_cast<int>(padding);
    }
  }
}

TEST(NodeList, GivesEachNode) {
  std::vector<std::string> names;
  const PaddedJson text(R"({"metadata": {}, "items": [{"metadata": {"name": "n1"}},
                          {"metadata": {"name": "n2"}, "spec": 5}]})");
  std::size_t malformed = 0;
  const Result<ListMeta> meta = Decoder().NodeList(
      text.view(), [&](NodeObject&& node) { names.push_back(node.name); },
      [&](const Error&) { ++malformed; });
  ASSERT_TRUE(meta.ok());
  EXPECT_THAT(names, ElementsAre("n1"));
  EXPECT_EQ(malformed, 1U);
}

struct Mixed {
  Result<ListMeta> meta;
  std::vector<std::string> names;
};
Mixed ReadObjects(const std::string& json) {
  std::vector<std::string> names;
  const PaddedJson text(json);
  Result<ListMeta> meta = Decoder().Objects(
      text.view(), [&](NodeObject&& node) { names.push_back("node " + node.name); },
      [&](PodObject&& pod) { names.push_back("pod " + pod.name); });
  return {std::move(meta), std::move(names)};
}

struct MixedCase {
  std::string name;
  std::string json;
  std::vector<std::string> want;
  std::size_t items;
};
class ObjectsTest : public testing::TestWithParam<MixedCase> {};

TEST_P(ObjectsTest, AreFoundInWhateverHoldsThem) {
  const Mixed mixed = ReadObjects(GetParam().json);
  ASSERT_TRUE(mixed.meta.ok()) << mixed.meta.error().message;
  EXPECT_EQ(mixed.names, GetParam().want);
  EXPECT_EQ(mixed.meta->items, GetParam().items);
}

const std::string kNode = R"({"kind": "Node", "metadata": {"name": "n"}})";
const std::string kPod = R"({"metadata": {"name": "p"}, "kind": "Pod"})";
const std::string kService = R"({"kind": "Service", "metadata": {"name": "s"}})";

INSTANTIATE_TEST_SUITE_P(
    Rows, ObjectsTest,
    testing::Values(
        MixedCase{"Node", kNode, {"node n"}, 1}, MixedCase{"Pod", kPod, {"pod p"}, 1},
        MixedCase{"OtherKind", kService, {}, 1},
        MixedCase{
            "Array", "[" + kNode + "," + kService + ", null," + kPod + "]", {"node n", "pod p"}, 3},
        MixedCase{
            "List",
            R"({"apiVersion": "v1", "items": [)" + kPod + "," + kNode + R"(], "kind": "List"})",
            {"pod p", "node n"},
            2},
        MixedCase{
            "ListsInAnArray",
            R"([{"kind": "List", "items": [)" + kPod + R"(]}, {"kind": "List", "items": null}])",
            {"pod p"},
            1},
        MixedCase{"NodeList",
                  R"({"kind": "NodeList", "items": [{"metadata": {"name": "n"}}]})",
                  {"node n"},
                  1},
        MixedCase{"PodList",
                  R"({"items": [{"metadata": {"name": "p"}}], "kind": "PodList"})",
                  {"pod p"},
                  1},
        MixedCase{"OtherList", R"({"kind": "ServiceList", "items": [{}, {}]})", {}, 2},
        MixedCase{"EmptyDocument", "null", {}, 0}, MixedCase{"EmptyArray", "[]", {}, 0}),
    [](const auto& row) { return row.param.name; });

TEST(Objects, AListMayTellOfItselfInAnnotations) {
  const auto meta =
      ReadObjects(R"({"kind": "List", "metadata": {"annotations": {"from": "here"}}, "items": []})")
          .meta;
  ASSERT_TRUE(meta.ok()) << meta.error().message;
  ASSERT_NE(Find(meta->annotations, "from"), nullptr);
  EXPECT_EQ(*Find(meta->annotations, "from"), "here");
}

TEST(Objects, NameWhatIsWrong) {
  EXPECT_EQ(ReadObjects(R"([{"metadata": {"name": "x"}}])").meta.error(),
            InvalidArgument("[0]: kind is missing"));
  EXPECT_EQ(ReadObjects(R"([{"kind": 1}])").meta.error(),
            InvalidArgument("[0].kind: expected a string, found 1"));
  EXPECT_EQ(ReadObjects("3").meta.error(), InvalidArgument("expected an object, found 3"));
  EXPECT_EQ(ReadObjects(R"({"kind": "List", "items": [{"kind": "Pod", "metadata": {"name": "p"},
                            "spec": {"priority": []}}]})")
                .meta.error(),
            InvalidArgument("pod /p: spec.priority: expected a whole number, found an array"));
}

TEST(PodEvent, CarriesTheObject) {
  struct Case {
    std::string json;
    WatchType want;
  };
  const std::string object = R"("object": {"metadata": {"name": "p", "resourceVersion": "5"},
                                           "spec": {"nodeName": "n1"}})";
  for (const Case& c : {Case{R"({"type": "ADDED", )" + object + "}", WatchType::kAdded},
                        Case{R"({"type": "MODIFIED", )" + object + "}\n", WatchType::kModified},
                        Case{"{" + object + R"(, "type": "DELETED"})", WatchType::kDeleted}}) {
    const PaddedJson text(c.json);
    const Result<Decoder::WatchEvent> event = Decoder().PodEvent(text.view());
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ(event->type, c.want);
    EXPECT_EQ(event->resource_version, "5");
    EXPECT_EQ(event->pod.name, "p");
    EXPECT_EQ(event->pod.node_name, "n1");
  }
}

TEST(NodeEvent, OfABookmarkHasOnlyAVersion) {
  const PaddedJson text(R"({"type": "BOOKMARK", "object": {"kind": "Node", "apiVersion": "v1",
    "metadata": {"resourceVersion": "12746", "creationTimestamp": null},
    "spec": {}, "status": {"nodeInfo": {"machineID": ""}}}})");
  const Result<Decoder::WatchEvent> event = Decoder().NodeEvent(text.view());
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->type, WatchType::kBookmark);
  EXPECT_EQ(event->resource_version, "12746");
  EXPECT_EQ(event->node.name, "");
}

TEST(PodEvent, OfAnErrorTellsTheCode) {
  const PaddedJson text(R"json({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1",
    "metadata": {}, "status": "Failure", "message": "too old resource version: 1 (3)",
    "reason": "Expired", "code": 410}})json");
  const Result<Decoder::WatchEvent> event = Decoder().PodEvent(text.view());
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->type, WatchType::kError);
  EXPECT_EQ(event->error_code, 410);
  EXPECT_EQ(event->error_message, "too old resource version: 1 (3)");
}

TEST(PodEvent, OfADeletionNeedsNoMoreThanTheIdentity) {
  const std::string object = R"("object": {"metadata": {"name": "p", "uid": "u"},
    "spec": {"containers": [{"resources": {"limits": {"x/y": "0.5"}}}]}}})";
  const PaddedJson deleted(R"({"type": "DELETED", )" + object);
  const Result<Decoder::WatchEvent> event = Decoder().PodEvent(deleted.view());
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ(event->pod.uid, "u");
  const PaddedJson added(R"({"type": "ADDED", )" + object);
  EXPECT_FALSE(Decoder().PodEvent(added.view()).ok());
}

TEST(PodEvent, RefusesWhatIsNoEvent) {
  struct Case {
    std::string json;
    std::string error;
  };
  for (const Case& c :
       {Case{"{}", "watch event: type: '' is unknown"},
        Case{R"({"type": "SEEN", "object": {}})", "watch event: type: 'SEEN' is unknown"},
        Case{R"({"type": "ADDED"})", "watch event: object: missing"},
        Case{R"({"type": "ADDED", "object": null})", "pod: expected an object, found null"},
        Case{R"({"type": 4})", "type: expected a string, found 4"},
        Case{R"({"type": "ADDED", "object": {"metadata": {"name": "p")",
             "not JSON: it ends too soon"}}) {
    const PaddedJson text(c.json, ' ');
    const Result<Decoder::WatchEvent> event = Decoder().PodEvent(text.view());
    ASSERT_FALSE(event.ok()) << c.json;
    EXPECT_EQ(event.error(), InvalidArgument(c.error));
  }
}

TEST(StatusMessage, IsEmptyWhenTheTextIsNoStatus) {
  const auto message = [](const std::string& json) {
    const PaddedJson text(json);
    return Decoder().StatusMessage(text.view());
  };
  EXPECT_EQ(message(R"({"message": "pod \"a\" not found", "kind": "Status"})"),
            "pod \"a\" not found");
  EXPECT_EQ(message(R"({"kind": "Status", "message": null})"), "");
  EXPECT_EQ(message(R"({"kind": "Pod", "message": "x"})"), "");
  EXPECT_EQ(message("upstream connect error"), "");
  EXPECT_EQ(message(R"({"kind": "Status", "message": "cut)"), "");
  EXPECT_EQ(message(""), "");
}

TEST(Decoder, IsGoodAsNewAfterAnError) {
  Decoder decoder;
  const PaddedJson bad(R"({"metadata": {"name": )");
  const PaddedJson good(R"({"metadata": {"name": "a"}})");
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(decoder.Pod(bad.view()).ok());
    EXPECT_TRUE(decoder.Pod(good.view()).ok());
  }
}

std::string Nested(std::size_t levels) {  // levels of arrays below the pod, its spec and x
  return R"({"metadata": {"name": "a"}, "spec": {"x": )" + std::string(levels, '[') +
         std::string(levels, ']') + "}}";
}

TEST(Decoder, RefusesWhatIsNestedTooDeep) {
  EXPECT_TRUE(DecodePodText(Nested(kMaxDepth - 2)).ok());
  const Result<PodObject> pod = DecodePodText(Nested(kMaxDepth - 1));
  ASSERT_FALSE(pod.ok());
  EXPECT_EQ(pod.error(),
            (Error{ErrorCode::kResourceExhausted, "pod /a: JSON nested deeper than 128 levels"}));
}

TEST(Decoder, RefusesAMillionBracketsWithoutAStackToMatch) {
  EXPECT_FALSE(DecodePodText(std::string(1'000'000, '[')).ok());
  EXPECT_FALSE(DecodePodText(Nested(1'000'000)).ok());
  const Mixed lists = ReadObjects(std::string(1'000'000, '[') + std::string(1'000'000, ']'));
  ASSERT_FALSE(lists.meta.ok());
  EXPECT_EQ(lists.meta.error().code, ErrorCode::kResourceExhausted);
}

TEST(Decoder, GoesFromALargeTextBackToASmallOne) {
  Decoder decoder;
  const PaddedJson large(R"({"metadata": {"name": "a", "annotations": {"x": ")" +
                         std::string(std::size_t{20} << 20, 'x') + "\"}}}");
  const PaddedJson small(R"({"metadata": {"name": "b"}})");
  const Result<PodObject> first = decoder.Pod(large.view());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->annotations[0].second.size(), std::size_t{20} << 20);
  ASSERT_TRUE(decoder.Pod(small.view()).ok());
}

TEST(RawList, GivesEachObjectAsItIsWritten) {
  const PaddedJson text(R"({"kind": "LocalModelNodeList", "metadata": {"resourceVersion": "9"},
    "items": [{"metadata": {"name": "a", "resourceVersion": "4"}, "status": {"x": [1, "}"]}},
              {"metadata": {"name": ""}}, {"metadata": {"namespace": "ml", "name": "b"}}]})");
  std::vector<std::string> seen;
  std::vector<std::string> errors;
  Decoder decoder;
  const Result<ListMeta> meta = decoder.RawList(
      text.view(),
      [&](RawObject&& object) {
        seen.push_back(object.ns + "/" + object.name + " " + std::string(object.json));
      },
      [&](const Error& error) { errors.push_back(error.message); });
  ASSERT_TRUE(meta.ok());
  EXPECT_EQ(meta->resource_version, "9");
  EXPECT_THAT(seen, ElementsAre(R"(/a {"metadata": {"name": "a", "resourceVersion": "4"}, )"
                                R"("status": {"x": [1, "}"]}})",
                                R"(ml/b {"metadata": {"namespace": "ml", "name": "b"}})"));
  EXPECT_THAT(errors, ElementsAre("object: metadata.name: missing"));
}

TEST(RawEvent, CarriesTheObjectOrWhatIsGone) {
  const PaddedJson modified(
      R"({"type": "MODIFIED", "object": {"metadata": {"name": "a", "resourceVersion": "5"}}})");
  Decoder decoder;
  const auto event = decoder.RawEvent(modified.view());
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->type, WatchType::kModified);
  EXPECT_EQ(event->resource_version, "5");
  EXPECT_EQ(event->raw.name, "a");
  EXPECT_EQ(event->raw.json, R"({"metadata": {"name": "a", "resourceVersion": "5"}})");

  const PaddedJson bookmark(
      R"({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "6"}}})");
  const auto mark = decoder.RawEvent(bookmark.view());
  ASSERT_TRUE(mark.ok());
  EXPECT_EQ(mark->resource_version, "6");
}

TEST(Objects, HandsOnWhatIsNeitherNodeNorPod) {
  const PaddedJson text(R"([{"kind": "Node", "metadata": {"name": "n"}},
    {"kind": "Config"}, {"kind": "LocalModelNode", "metadata": {"name": "m"}},
    {"kind": "PersistentVolumeList", "items": [{"metadata": {"name": "v"}}]}])");
  std::vector<std::string> others;
  Decoder decoder;
  const Result<ListMeta> meta = decoder.Objects(
      text.view(), [](NodeObject&&) {}, [](PodObject&&) {},
      [&](std::string_view kind, RawObject&& object) {
        others.push_back(std::string(kind) + " " + object.name);
      });
  ASSERT_TRUE(meta.ok()) << meta.error().message;
  EXPECT_EQ(meta->items, 4U);
  EXPECT_THAT(others, ElementsAre("LocalModelNode m", "PersistentVolume v"));
}

}  // namespace
}  // namespace berth::kube
