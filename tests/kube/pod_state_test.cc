// What of a Pod's spec and status says how it is placed, and whether it still holds its devices.
#include <gtest/gtest.h>

#include <string>

#include "berth/kube/decoder.h"
#include "kube/padded_json.h"

namespace berth::kube {
namespace {

struct Case {
  std::string name;
  std::string members;  // of the pod, beside its metadata
  bool want;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.members; }
std::string CaseName(const testing::TestParamInfo<Case>& info) { return info.param.name; }

PodObject MustDecode(const std::string& members) {
  Result<PodObject> pod = DecodePodText(PodJson(members));
  EXPECT_TRUE(pod.ok()) << (pod.ok() ? "" : pod.error().message);
  return pod.ok() ? std::move(pod).value() : PodObject();
}

class SoftConstraintsTest : public testing::TestWithParam<Case> {};

TEST_P(SoftConstraintsTest, AreThoseThatKubeSchedulerOnlyPrefers) {
  EXPECT_EQ(MustDecode(GetParam().members).soft_constraints, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SoftConstraintsTest,
    testing::Values(
        Case{"None", R"("spec": {"affinity": {}})", false},
        Case{"RequiredNodes", R"("spec": {"affinity": {"nodeAffinity": {
              "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}]}}}})",
             false},
        Case{"PreferredNodes", R"("spec": {"affinity": {"nodeAffinity": {
              "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}})",
             true},
        Case{"PreferredPods", R"("spec": {"affinity": {"podAffinity": {
              "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}})",
             true},
        Case{"PreferredAntiPods", R"("spec": {"affinity": {"podAntiAffinity": {
              "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1}]}}})",
             true},
        Case{"EmptyPreference", R"("spec": {"affinity": {"podAntiAffinity": {
              "preferredDuringSchedulingIgnoredDuringExecution": []}}})",
             false},
        Case{"SpreadAnyway", R"("spec": {"topologySpreadConstraints": [
              {"whenUnsatisfiable": "DoNotSchedule"}, {"whenUnsatisfiable": "ScheduleAnyway"}]})",
             true},
        Case{"SpreadOrWait",
             R"("spec": {"topologySpreadConstraints": [{"whenUnsatisfiable": "DoNotSchedule"}]})",
             false},
        Case{"BothInAnyOrder", R"("spec": {"topologySpreadConstraints": [
              {"whenUnsatisfiable": "ScheduleAnyway"}], "affinity": {"nodeAffinity": null}})",
             true}),
    CaseName);

struct GateCase {
  std::string name;
  std::string gates;
  bool want;
};
class GatedTest : public testing::TestWithParam<GateCase> {};

TEST_P(GatedTest, IsWhileAnyGateIsLeft) {
  const Result<PodObject> pod = DecodePodText(
      R"({"metadata": {"name": "a"}, "spec": {"schedulingGates": )" + GetParam().gates + "}}");
  ASSERT_TRUE(pod.ok());
  EXPECT_EQ(pod->gated, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    PodState, GatedTest,
    testing::Values(GateCase{"Null", "null", false}, GateCase{"None", "[]", false},
                    GateCase{"One", R"([{"name": "example.com/quota"}])", true}),
    [](const auto& tested) { return tested.param.name; });

struct OwnerCase {
  std::string name;
  std::string owners;
  bool want;
};
class DefaultSpreadTest : public testing::TestWithParam<OwnerCase> {};

TEST_P(DefaultSpreadTest, IsForPodsThatComeInNumbers) {
  const Result<PodObject> pod =
      DecodePodText(R"({"metadata": {"name": "a", "ownerReferences": )" + GetParam().owners + "}}");
  ASSERT_TRUE(pod.ok());
  EXPECT_EQ(pod->default_spread, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DefaultSpreadTest,
    testing::Values(
        OwnerCase{"Nobody", "[]", false},
        OwnerCase{"ReplicaSet", R"([{"kind": "ReplicaSet", "controller": true}])", true},
        OwnerCase{"StatefulSet", R"([{"apiVersion": "v1", "kind": "StatefulSet"}])", true},
        OwnerCase{"ReplicationController", R"([{"kind": "ReplicationController"}])", true},
        OwnerCase{"Second", R"([{"kind": "Job"}, {"kind": "ReplicaSet"}])", true},
        OwnerCase{"Job", R"([{"kind": "Job"}])", false}),
    [](const auto& row) { return row.param.name; });

struct PhaseCase {
  std::string name;
  std::string status;
  PodPhase want;
  bool ended;
};
class PhaseTest : public testing::TestWithParam<PhaseCase> {};

TEST_P(PhaseTest, IsRead) {
  const PodObject pod = MustDecode(R"("status": )" + GetParam().status);
  EXPECT_EQ(pod.phase, GetParam().want);
  EXPECT_EQ(pod.ended(), GetParam().ended);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PhaseTest,
    testing::Values(PhaseCase{"Absent", "{}", PodPhase::kPending, false},
                    PhaseCase{"Null", R"({"phase": null})", PodPhase::kPending, false},
                    PhaseCase{"Pending", R"({"phase": "Pending"})", PodPhase::kPending, false},
                    PhaseCase{"Running", R"({"phase": "Running"})", PodPhase::kRunning, false},
                    PhaseCase{"Succeeded", R"({"phase": "Succeeded"})", PodPhase::kSucceeded, true},
                    PhaseCase{"Failed", R"({"phase": "Failed"})", PodPhase::kFailed, true},
                    PhaseCase{"Unknown", R"({"phase": "Unknown"})", PodPhase::kUnknown, false},
                    PhaseCase{"New", R"({"phase": "Paused"})", PodPhase::kUnknown, false}),
    [](const auto& row) { return row.param.name; });

std::string Spec(const std::string& init = "") {
  return R"("spec": {"containers": [{"name": "a"}, {"name": "b"}])" +
         (init.empty() ? "" : R"(, "initContainers": [)" + init + "]") + "}";
}
std::string Ended(const std::string& name) {
  return R"({"name": ")" + name + R"(", "state": {"terminated": {"exitCode": 0}}})";
}
std::string Running(const std::string& name) {
  return R"({"name": ")" + name +
         R"(", "state": {"running": {}}, "lastState": {"terminated": {}}})";
}
std::string Statuses(const std::string& regular, const std::string& init = "") {
  return R"(, "status": {"containerStatuses": [)" + regular + R"(], "initContainerStatuses": [)" +
         init + "]}";
}

class ContainersEndedTest : public testing::TestWithParam<Case> {};

TEST_P(ContainersEndedTest, MeansThatNothingRunsAnyMore) {
  EXPECT_EQ(MustDecode(GetParam().members).containers_ended, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ContainersEndedTest,
    testing::Values(Case{"NoStatus", Spec(), false}, Case{"NoContainers", R"("status": {})", false},
                    Case{"All", Spec() + Statuses(Ended("b") + "," + Ended("a")), true},
                    Case{"OneRuns", Spec() + Statuses(Ended("a") + "," + Running("b")), false},
                    Case{"OneHasNoStatus", Spec() + Statuses(Ended("a")), false},
                    Case{"OneTwice", Spec() + Statuses(Ended("a") + "," + Ended("a")), false},
                    Case{"NullState",
                         Spec() + Statuses(Ended("a") +
                                           R"(, {"name": "b", "state": {"terminated": null}})"),
                         false},
                    Case{"InitNeedsNoStatus",
                         Spec(R"({"name": "i"})") + Statuses(Ended("a") + "," + Ended("b")), true},
                    Case{"InitAlone", Spec(R"({"name": "i"})") + Statuses("", Ended("i")), false},
                    Case{"SidecarRuns",
                         Spec(R"({"name": "s", "restartPolicy": "Always"})") +
                             Statuses(Ended("a") + "," + Ended("b"), Running("s")),
                         false},
                    Case{"SidecarEnded",
                         Spec(R"({"name": "s", "restartPolicy": "Always"})") +
                             Statuses(Ended("a") + "," + Ended("b"), Ended("s")),
                         true},
                    Case{"StatusBeforeSpec",
                         R"("status": {"containerStatuses": [)" + Ended("a") + "," + Ended("b") +
                             "]}, " + Spec(),
                         true}),
    CaseName);

TEST(PodDecoder, TakesATerminatingPodForEndedOnceItsContainersAre) {
  const std::string metadata =
      R"("metadata": {"name": "a", "deletionTimestamp": "2026-11-23T22:03:45Z"},)";
  const Result<PodObject> running = DecodePodText("{" + metadata + Spec() + "}");
  ASSERT_TRUE(running.ok());
  EXPECT_TRUE(running->terminating);
  EXPECT_FALSE(running->ended());
  const Result<PodObject> ended =
      DecodePodText("{" + metadata + Spec() + Statuses(Ended("a") + "," + Ended("b")) + "}");
  ASSERT_TRUE(ended.ok());
  EXPECT_TRUE(ended->ended());
}

TEST(PodDecoder, FindsOurConditionWhateverTheOrderOfItsKeys) {
  EXPECT_EQ(MustDecode(R"("status": {"conditions": [
      {"type": "Ready", "message": "not ours"},
      {"type": "berth.dev/Fits", "status": "False", "message": "no room"}]})")
                .fits_condition,
            "no room");
  EXPECT_EQ(MustDecode(R"("status": {"conditions": [
      {"message": "no \"room\"", "status": "False", "type": "berth.dev/Fits"},
      {"message": "not ours", "type": "PodScheduled"}]})")
                .fits_condition,
            "no \"room\"");
  EXPECT_EQ(
      MustDecode(R"("status": {"conditions": [{"type": "Ready", "message": "x"}]})").fits_condition,
      "");
}

TEST(PodDecoder, IsReadyWhenTheConditionIsTrue) {
  const auto ready = [](const std::string& conditions) {
    return MustDecode(R"("status": {"conditions": [)" + conditions + "]}").ready;
  };
  EXPECT_TRUE(ready(R"({"type": "PodScheduled", "status": "False"},
                       {"type": "Ready", "status": "True", "lastProbeTime": null})"));
  EXPECT_TRUE(ready(R"({"status": "True", "type": "Ready"})"));
  EXPECT_FALSE(
      ready(R"({"type": "Ready", "status": "False"}, {"type": "Other", "status": "True"})"));
  EXPECT_FALSE(ready(R"({"type": "ContainersReady", "status": "True"})"));
  EXPECT_FALSE(ready(""));
}

TEST(PodDecoder, ReadsTheNomination) {
  EXPECT_EQ(MustDecode(R"("status": {"nominatedNodeName": "n1"})").nominated_node_name, "n1");
}

TEST(PodState, TheAddressAndThePortsThatCouldBeScraped) {
  const PodObject pod = MustDecode(R"("spec": {"containers": [{"name": "main", "ports": [
      {"name": "http", "containerPort": 8000, "protocol": "TCP"}, {"containerPort": 9400},
      {"name": "dns", "containerPort": 53, "protocol": "UDP"}, {"containerPort": 70000}]}]},
      "status": {"podIP": "10.1.2.3"})");
  EXPECT_EQ(pod.ip, "10.1.2.3");
  ASSERT_EQ(pod.containers.size(), 1U);
  EXPECT_EQ(pod.containers[0].ports,
            (std::vector<ContainerPort>{{.name = "http", .number = 8000}, {.number = 9400}}));
}

}  // namespace
}  // namespace berth::kube
