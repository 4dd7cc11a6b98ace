#!/usr/bin/env python3
"""Plays kube-scheduler against Berth's embedded cluster, and shows what came of it.

For each pending pod of the cluster file: the nodes that kube-scheduler's own filters would leave, then POST /filter,
/prioritize and /bind as kube-scheduler sends them (extender/v1, nodeCacheCapable: true). Prints one line per pod, then
the nodes with their devices. Exits 1 when an answer is not what the protocol promises, or a device is over capacity.

Usage: drive.py --cluster FILE --scheduler URL --operations URL
"""

import argparse
import collections
import json
import sys
import time
import urllib.error
import urllib.request

import yaml

OWN = "berth.dev/"
NOTHING = "no devices"
UNITS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
         "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}  # fmt: skip


class Unexpected(Exception):
    """An answer that the protocol does not promise."""


# --- The cluster file.


class Loader(yaml.SafeLoader):
    """Leaves time stamps as text, as JSON has them."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(file):
    """The nodes and the pods of a file, with the defaults that Berth gives them."""
    nodes, pods = [], []
    with open(file, encoding="utf-8") as text:
        documents = [document for document in yaml.load_all(text, Loader) if document]
    while documents:
        item = documents.pop(0)
        if item.get("kind", "").endswith("List"):
            documents = item.get("items", []) + documents
        elif item.get("kind") == "Node":
            nodes.append(item)
        elif item.get("kind") == "Pod":
            meta = item["metadata"]
            meta.setdefault("namespace", "default")
            meta.setdefault("uid", f"{meta['namespace']}/{meta['name']}")
            pods.append(item)
    return nodes, pods


def amount(quantity):
    """A Kubernetes quantity as a number."""
    text = str(quantity)
    for suffix in sorted(UNITS, key=len, reverse=True):
        if text.endswith(suffix):
            return float(text[: -len(suffix)]) * UNITS[suffix]
    return float(text)


def requests_of(pod):
    """The pod's effective requests: what runs side by side, or the largest init container."""
    total = collections.Counter(pods=1)
    spec = pod["spec"]

    def of(container):
        resources = container.get("resources") or {}
        return {**(resources.get("limits") or {}), **(resources.get("requests") or {})}

    for container in spec.get("containers", []):
        for name, quantity in of(container).items():
            total[name] += amount(quantity)
    for container in spec.get("initContainers", []):
        for name, quantity in of(container).items():
            total[name] = max(total[name], amount(quantity))
    return total


# --- What kube-scheduler does by itself.


class Nodes:
    """The nodes, what is requested on them, and kube-scheduler's own filters."""

    def __init__(self, nodes, pods):
        self.nodes = {node["metadata"]["name"]: node for node in nodes}
        self.requested = {name: collections.Counter() for name in self.nodes}
        for pod in pods:
            if pod["spec"].get("nodeName") in self.nodes and not ended(pod):
                self.take(pod, pod["spec"]["nodeName"])

    def take(self, pod, name):
        self.requested[name].update(requests_of(pod))

    def refusal(self, pod, name):
        """Why kube-scheduler would not offer the node; None when it would."""
        spec, node = pod["spec"], self.nodes[name]
        if node.get("spec", {}).get("unschedulable"):
            return "node(s) were unschedulable"
        for taint in node.get("spec", {}).get("taints") or []:
            if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerates(spec, taint):
                return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
        labels = node["metadata"].get("labels", {})
        if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
            return "node(s) didn't match Pod's node affinity/selector"
        allocatable = node["status"]["allocatable"]
        for resource, wanted in requests_of(pod).items():
            # Berth's own resources are ignoredByScheduler.
            if wanted and not resource.startswith(OWN):
                free = amount(allocatable.get(resource, 0)) - self.requested[name][resource]
                if wanted > free:
                    return f"Insufficient {resource}"
        return None


def tolerates(spec, taint):
    return any(
        toleration.get("key") in (None, taint["key"])
        and toleration.get("effect") in (None, "", taint["effect"])
        and (toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", ""))
        for toleration in spec.get("tolerations") or []
    )


def ended(pod):
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


# --- The conversation.


class Berth:
    def __init__(self, scheduler, operations):
        self.scheduler, self.operations = scheduler, operations

    def post(self, verb, body):
        request = urllib.request.Request(
            f"{self.scheduler}/{verb}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            answer = json.load(response)
        if isinstance(answer, dict) and answer.get("Error"):
            raise Unexpected(f"/{verb}: {answer['Error']}")
        return answer

    def get(self, path):
        with urllib.request.urlopen(self.operations + path, timeout=10) as response:
            return json.load(response)

    def wait_until_ready(self, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.operations}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError) as error:
                if time.monotonic() > deadline:
                    raise Unexpected(f"not ready after {seconds} s: {error}") from error
            time.sleep(0.05)

    def nodes(self):
        items, token = [], ""
        while True:
            page = self.get(f"/api/v1/nodes?limit=100{token}")
            items += page["items"]
            if not page.get("continue"):
                return items
            token = "&continue=" + urllib.request.quote(page["continue"])


def schedule(berth, nodes, pod):
    """One scheduling cycle: the node and why, or no node and why not."""
    refusals = {name: nodes.refusal(pod, name) for name in nodes.nodes}
    offered = [name for name, refusal in refusals.items() if refusal is None]
    kept = []
    if offered:
        answer = berth.post("filter", {"Pod": pod, "Nodes": None, "NodeNames": offered})
        kept = answer.get("NodeNames") or []
        refusals.update(answer.get("FailedNodes") or {})
        refusals.update(answer.get("FailedAndUnresolvableNodes") or {})
        if not set(kept) <= set(offered):
            raise Unexpected("/filter: a node that was not offered")
    if not kept:
        unexplained = [name for name, refusal in refusals.items() if not refusal]
        if unexplained:
            raise Unexpected(f"/filter: no reason for {', '.join(unexplained)}")
        counts = collections.Counter(refusals.values()).most_common()
        return None, f"0/{len(refusals)} nodes: " + ", ".join(f"{count} {text}" for text, count in counts)

    scores = {
        entry["Host"]: entry["Score"]
        for entry in berth.post("prioritize", {"Pod": pod, "Nodes": None, "NodeNames": kept})
    }
    if set(scores) != set(kept) or not all(isinstance(s, int) and 0 <= s <= 10 for s in scores.values()):
        raise Unexpected(f"/prioritize: {scores}")
    node = max(kept, key=lambda name: scores[name])
    meta = pod["metadata"]
    binding = {"PodName": meta["name"], "PodNamespace": meta["namespace"], "PodUID": meta["uid"], "Node": node}
    berth.post("bind", binding)
    nodes.take(pod, node)
    if OWN + "model" in meta.get("annotations", {}):
        return node, berth.get(f"/api/v1/pods/{meta['namespace']}/{meta['name']}/explain")["why"]
    return node, praise(node, scores)


def praise(node, scores):
    if not any(scores.values()):
        return f"takes no devices: {len(scores)} nodes are alike"
    others = [score for name, score in scores.items() if name != node]
    return f"score {scores[node]}, " + (f"next of {len(scores)} that fit: {max(others)}" if others else "alone fits")


# --- What people see.


def asks(pod):
    wanted = requests_of(pod)
    parts = [f"{int(n)} x {name}" for name, n in sorted(wanted.items()) if "/" in name and not name.startswith(OWN)]
    share = []
    if wanted[OWN + "gpu-memory"]:
        share.append(gib(wanted[OWN + "gpu-memory"]) + " GiB")
    if wanted[OWN + "gpu-cores"]:
        share.append(f"{int(wanted[OWN + 'gpu-cores'])} %")
    if share:
        count = max(
            int(amount((container.get("resources") or {}).get("limits", {}).get(OWN + "gpu-count", 1)))
            for container in pod["spec"]["containers"]
        )
        parts.append(" + ".join(share) + (f" on {count} devices" if count > 1 else ""))
    known = {OWN + name for name in ("gpu-memory", "gpu-cores", *(["gpu-count"] if share else []))}
    parts += [f"{int(n)} x {name}" for name, n in sorted(wanted.items()) if name.startswith(OWN) and name not in known]
    annotations = pod["metadata"].get("annotations", {})
    if OWN + "model" in annotations:
        parts.append(f"model {annotations[OWN + 'model']}")
    if OWN + "accelerators" in annotations:
        parts.append(f"({annotations[OWN + 'accelerators']})")
    return " ".join(parts) or NOTHING


def gib(mib):
    return f"{round(mib / 1024, 1):g}"


def devices_of(nodes):
    """What each pod holds, by namespace and name."""
    held = collections.defaultdict(list)
    for node in nodes:
        for device in node.get("devices", []):
            for allocation in device["allocations"]:
                held[allocation["namespace"], allocation["name"]].append(str(device["index"]))
        for allocation in node.get("allocations", []):
            held[allocation["namespace"], allocation["name"]].append(f"{allocation['devices']} (kubelet picks)")
    return {pod: ",".join(ids) for pod, ids in held.items()}


def print_table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[-1])


def bar(used, capacity, width, marks):
    # What is not empty shows, and what is not full shows that too.
    filled = round(width * used / capacity) if capacity else 0
    if 0 < used < capacity:
        filled = min(max(filled, 1), width - 1)
    return marks[0] * filled + marks[1] * (width - filled)


def draw(nodes):
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    marks = ("█", "░") if unicode else ("#", ".")
    rows = [("NODE", "MODE", "PRODUCT", "DEVICES")]
    for node in nodes:
        mode, devices = node["mode"], node.get("devices", [])
        if devices:
            width = 8 if len(devices) <= 4 else 4
            bars = " ".join(bar(d["allocatedMemoryMiB"], d["memoryMiB"], width, marks) for d in devices)
            used = sum(d["allocatedMemoryMiB"] for d in devices)
            text = f"{bars}  {gib(used)} of {gib(sum(d['memoryMiB'] for d in devices))} GiB"
            rows.append((node["name"], mode, devices[0].get("product", ""), text))
        elif node.get("capacity"):
            cells = " ".join(
                bar(min(max(node["allocated"] - i, 0), 1), 1, 2, marks) for i in range(node["capacity"])
            )
            text = f"{cells}  {node['allocated']} of {node['capacity']}"
            rows.append((node["name"], mode, node.get("product", ""), text))
        else:
            rows.append((node["name"], mode, "", node.get("problem", "")))
    print_table(rows)


def over_capacity(nodes):
    for node in nodes:
        for device in node.get("devices", []):
            if device["allocatedMemoryMiB"] > device["memoryMiB"] or device["allocatedCoresPercent"] > 100:
                yield f"{node['name']} device {device['index']}"
        if node.get("allocated", 0) > node.get("capacity", 0):
            yield node["name"]


def run(arguments):
    nodes, pods = load(arguments.cluster)
    pending = [pod for pod in pods if not pod["spec"].get("nodeName") and not ended(pod)]
    # kube-scheduler takes the most important first, else the oldest.
    pending.sort(key=lambda pod: -pod["spec"].get("priority", 0))
    berth = Berth(arguments.scheduler, arguments.operations)
    berth.wait_until_ready()
    print(f"{len(nodes)} nodes, {len(pods) - len(pending)} pods on them, {len(pending)} pods to place\n")

    cluster = Nodes(nodes, pods)
    outcomes = [(pod, *schedule(berth, cluster, pod)) for pod in pending]
    after = berth.nodes()
    held = devices_of(after)
    rows = [("POD", "ASKS", "NODE", "DEVICES", "WHY")]
    for pod, node, why in outcomes:
        meta = pod["metadata"]
        devices = held.get((meta["namespace"], meta["name"]), "")
        if node and not devices and asks(pod) != NOTHING:
            raise Unexpected(f"{meta['name']} is bound to {node}, and /api/v1/nodes does not show it")
        rows.append((f"{meta['namespace']}/{meta['name']}", asks(pod), node or "-", devices or "-", why))
    print_table(rows)
    print()
    draw(after)
    over = list(over_capacity(after))
    if over:
        raise Unexpected(f"over capacity: {', '.join(over)}")
    placed = sum(1 for _, node, _ in outcomes if node)
    print(f"\n{placed} pods placed, {len(outcomes) - placed} refused with a reason, no device over capacity")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--scheduler", required=True, help="e.g. http://127.0.0.1:7480")
    parser.add_argument("--operations", required=True, help="e.g. http://127.0.0.1:7481")
    try:
        run(parser.parse_args())
    except (Unexpected, urllib.error.URLError, OSError, KeyError, ValueError) as error:
        print(f"drive.py: unexpected: {error!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
