// The cluster that is measured: made up, but of the size and shape of a real one. The same seed
// gives the same bytes on any machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "berth/kube/objects.h"
#include "berth/state/store.h"

namespace berth::bench {

inline constexpr int kDevicesPerNode = 8;

// "ip-010-000-042.us-west-2.compute.internal": 41 characters, as a cloud names them.
std::string NodeName(int node);

// A Node as the API server writes it: labels of a cloud and of GPU feature discovery, images,
// conditions and managedFields; about 9 KB. Four of five are shared, the others whole.
std::string NodeJson(int node);

// A bound Pod of a running Deployment with managedFields, about 5 KB. It asks no devices.
std::string PodJson(int pod, int nodes);

// The pod that kube-scheduler asks about, about 3 KB. It asks a share of 24 GiB, and names a model.
std::string AskingPodJson();
inline constexpr const char* kAskingUid = "64eaacdc-145a-44d1-b36b-1be208dfa5bf";

// Node indices 0..nodes in the order in which kube-scheduler's cache may give them: rotated.
std::vector<std::string> OfferedNames(int nodes);

// extender/v1.ExtenderArgs.
std::string ArgsWithNames(const std::vector<std::string>& names);
std::string ArgsWithNodes(int nodes);

// `nodes` nodes, on each shared one a few pods with parts of its devices, so that about four of
// five nodes have room for the asking pod.
std::unique_ptr<state::Store> FilledStore(int nodes);

// What makes the terms batch-load and model-placement speak of that pod: a model of three variants;
// a load for every device, weights on every tenth node, and queues on some. Another seed, other
// figures.
void TellCatalog(state::Store& store);
void TellLoadsAndWeights(state::Store& store, std::uint32_t seed);

// A pending pod of one GiB, known to the store and bound by nobody yet.
kube::PodObject PendingPod(int pod);

// A page of a PodList, pods first..first+count.
std::string PodPage(int first, int count, int nodes, const std::string& continue_token);
std::string NodePage(int first, int count, const std::string& continue_token);

}  // namespace berth::bench
