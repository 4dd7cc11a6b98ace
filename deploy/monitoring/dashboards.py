"""The four dashboards. Panels are here for what Berth does today and for nothing else."""

from grafana import (AMBER, GREEN, RED, Panel, across, among, columns, dashboard, eq, quantile, rate, sel, series, share,
                     stat, variable)

CALLS = "berth_webhook_requests_total"
SECONDS = "berth_webhook_request_duration_seconds"
FAILED = 'result=~"error|shed"'
SLOW = [(None, GREEN), (0.1, RED)]  # the objective's bound, seconds
NONE_IS_GOOD = [(None, GREEN), (1, RED)]
SOME_IS_BAD = [(None, GREEN), (1, AMBER)]
ONE_IS_GOOD = [(None, RED), (1, GREEN)]


def quantiles(metric, *matchers, by="", legend="", of=(0.5, 0.9, 0.99)):
    return [(quantile(q, metric, *matchers, by=by), f"p{q * 100:g} {legend}".strip()) for q in of]


def asked(verb):
    """Calls of the verb that were answered well, per second."""
    return rate(CALLS, eq("verb", verb), eq("result", "ok"))


def overview():
    budget = (f"1 - ((sum(increase({CALLS}{sel(FAILED)}[30d])) or vector(0)) / "
              f"(sum(increase({CALLS}{sel()}[30d])) > 0)) / 0.001")
    header = [
        stat("Calls", "reqps", "Calls of kube-scheduler answered, all verbs.", rate(CALLS)),
        stat("Errors", "percentunit", "Share of calls that failed or were not looked at. The objective is 0.1 %.",
             share(rate(CALLS, FAILED) + " or vector(0)", rate(CALLS)), steps=[(None, GREEN), (0.001, AMBER), (0.01, RED)]),
        stat("Filter p99", "s", "99 of 100 filter calls are answered within this. The objective is 0.1 s.",
             quantile(0.99, SECONDS, 'verb="filter"'), steps=SLOW),
        stat("Bind p99", "s", "99 of 100 binds are answered within this; the API server's time is in it.",
             quantile(0.99, SECONDS, 'verb="bind"'), steps=SLOW),
        stat("Unplaceable pods", "none", "Pods that wait because no node fits.",
             across(f"sum by (instance) (berth_unplaceable_pods{sel()})"), steps=SOME_IS_BAD),
        stat("Devices held", "percentunit", "Share of the devices that a pod holds or holds a part of.",
             share(across(f'sum by (instance) (berth_gpu_devices{sel(eq("state", "allocated"))})'),
                   across(f'sum by (instance) (berth_gpu_devices{sel(eq("state", "capacity"))})'))),
        Panel("stat", "Replicas", "none", "Those that Prometheus reaches, and those that may bind: of a Lease it is one.",
              [(f"sum(up{sel()})", "up"), (f"sum(berth_leader{sel()})", "may bind")], width=3, height=4, steps=ONE_IS_GOOD),
        stat("Budget left (30d)", "percentunit", "What is left of the error budget, the 0.1 % of calls that may fail in 30 days; "
             "below 0 it is overspent.", budget, steps=[(None, RED), (0, AMBER), (0.25, GREEN)]),
    ]
    traffic = [
        series("Calls by verb", "reqps", "Filter, prioritize, preempt and bind, answered.",
               (rate(CALLS, by="verb"), "{{verb}}"), stack=True),
        series("Answers by result", "reqps", "ok; refused: a proper no; error: the request made no sense or Berth failed; "
               "shed: not looked at, to stay alive.", (rate(CALLS, by="result"), "{{result}}"), stack=True),
        series("Latency by verb", "s", "From a call's last byte to its answer. The line is the objective.",
               *quantiles(SECONDS, by="verb", legend="{{verb}}"), steps=SLOW),
        Panel("heatmap", "Filter latency", "s", "How many filter calls took how long.",
              (f'sum by (le) (rate({SECONDS}_bucket{sel(eq("verb", "filter"))}[$__rate_interval]))', "{{le}}")),
        series("Calls in progress", "none", "A bind waits for the API server; what piles up here is late.",
               (f"sum by (verb) (berth_webhook_inflight_requests{sel()})", "{{verb}}")),
        series("Turned away before evaluation", "ops", "Overload, bodies too large, no HTTP, no JSON.",
               (rate("berth_webhook_rejected_total", by="reason"), "{{reason}}")),
        series("Filter calls without a prioritize call", "percentunit", "kube-scheduler asks prioritize only where two "
               "nodes or more are left, and ignores a failing one without a word. Near 100 % in a cluster with room, Berth's "
               "preferences do not count.",
               (f"1 - clamp_max({share(asked('prioritize'), asked('filter'))}, 1)", "without")),
        series("Connections", "none", "Open on the scheduler port.",
               (f"sum by (instance) (berth_webhook_connections{sel()})", "{{instance}}")),
        series("Log lines", "ops", "Warnings and errors written.",
               (rate("berth_log_messages_total", 'level=~"warn|error"', by="level"), "{{level}}")),
    ]
    rules = '{cluster=~"$cluster",job="$job"}'
    slo = [
        series("Burn rate of errors (1h)", "short", "How fast the error budget of 0.1 % is spent; 1 spends it in exactly "
               "30 days. Pages at 14.4 over an hour.", (f"berth:webhook_errors:ratio_rate1h{rules} / 0.001", "{{verb}}"),
               width=12, steps=[(None, GREEN), (14.4, RED)]),
        series("Burn rate of slow calls (1h)", "short", "How fast the budget of 1 % of calls over 0.1 s is spent.",
               (f"berth:webhook_slow:ratio_rate1h{rules} / 0.01", "{{verb}}"), width=12, steps=[(None, GREEN), (14.4, RED)]),
    ]
    process = [
        series("CPU", "short", "Cores in use.", (rate("process_cpu_seconds_total", by="instance"), "{{instance}}")),
        series("Memory", "bytes", "Resident.", (f"process_resident_memory_bytes{sel()}", "{{instance}}")),
        series("Open files", "percentunit", "Share of the limit.",
               (f"process_open_fds{sel()} / (process_max_fds{sel()} > 0)", "{{instance}}")),
        series("Threads", "none", "One for each connection, and a handful.", (f"process_threads{sel()}", "{{instance}}"),
               width=4),
        stat("Uptime", "s", "Of the replica that started last.", f"time() - max(process_start_time_seconds{sel()})", width=3, height=7),
        stat("Configuration file", "none", "Whether the file, as it is now, is accepted everywhere.",
             f"min(berth_config_last_reload_successful{sel()})", width=3, height=7, steps=ONE_IS_GOOD, text={0: "refused", 1: "in use"}),
        stat("Catalog", "none", "Whether the file of models, as it is now, is in use everywhere.",
             f"min(berth_catalog_last_reload_successful{sel()})", width=3, height=7, steps=ONE_IS_GOOD, text={0: "refused", 1: "in use"}),
        stat("Certificates that end within a week", "none", "Of the ports with TLS, over all replicas.",
             f"sum((berth_certificate_expiry_timestamp_seconds{sel()} - time()) < bool 604800) or vector(0)", width=3, height=7,
             steps=NONE_IS_GOOD),
        Panel("table", "Version", "none", "The build of each replica.", (f"berth_build_info{sel()}", "{{instance}} {{version}} {{revision}}"),
              width=4, transform=columns("instance", "version", "revision", "compiler")),
        Panel("table", "Configuration", "none", "The effective configuration's hash: two of them at rest are one too many.",
              (f"berth_config_hash_info{sel()}", "{{instance}} {{hash}}"), width=4, transform=columns("instance", "hash")),
    ]
    return dashboard("berth-overview", "Overview", "Is Berth up, fast and right, and how much of its error budget is left.",
                     [("At a glance", header), ("Traffic and errors", traffic), ("Objectives", slo), ("Process", process)])


def fleet():
    def of(metric, state, extra=()):
        return f'{metric}{sel(eq("state", state), *extra)}'

    models = ('gpu_model=~"$gpu_model"',)

    def total(metric, by):
        return f"max by ({by}) (sum by ({by}, instance) ({metric}{sel(*models)}))"

    def held(metric):
        return share(f"max by (gpu_model) ({of(metric, 'allocated', extra=models)})",
                     f"max by (gpu_model) ({of(metric, 'capacity', extra=models)})")

    def node_share(metric):
        allocated = f'max by (node) ({metric}{sel(eq("state", "allocated"), resources=True)})'
        capacity = f'max by (node) ({metric}{sel(eq("state", "capacity"), resources=True)})'
        return share(allocated, capacity)

    load = f"max by (node) (berth_node_load_ratio{sel(resources=True)})"
    one = ('node=~"$node"',)
    capacity_row = [
        series("Devices", "none", "All, and those that a pod holds or holds a part of.",
               (total("berth_gpu_devices", "state"), "{{state}}"), width=8),
        series("Device memory", "bytes", "All, and what pods hold of it. Nodes that do not tell their memory are not in it.",
               (total("berth_gpu_memory_bytes", "state"), "{{state}}"), width=8),
        series("Fragmentation by device model", "percentunit", "Share of the free memory that is on devices in part use: "
               "room for small shares, not for pods that want a device.",
               (f"max by (gpu_model) (berth_gpu_fragmentation_ratio{sel(*models)})", "{{gpu_model}}"), width=8),
        Panel("bargauge", "Devices held by model", "percentunit", "Share of the devices of a model that are in use.",
              (held("berth_gpu_devices"), "{{gpu_model}}"), width=8),
        Panel("bargauge", "Memory held by model", "percentunit", "Share of the device memory of a model that pods hold.",
              (held("berth_gpu_memory_bytes"), "{{gpu_model}}"), width=8),
        series("Nodes by mode", "none", "whole: the kubelet picks devices; shared: Berth does; mixed and invalid are offered to "
               "nobody.", (across(f"berth_nodes{sel()}", by="mode"), "{{mode}}"), width=8),
        stat("Devices over capacity", "none", "Devices promised twice. Must be 0.", across(f"berth_overcommitted_devices{sel()}"),
             width=8, steps=NONE_IS_GOOD),
        stat("Mislabelled nodes", "none", "Labelled as shared and advertising whole devices too: offered to nobody.",
             across(f'berth_nodes{sel(eq("mode", "mixed"))}'), width=8, steps=NONE_IS_GOOD),
        stat("Invalid nodes", "none", "Their device facts contradict themselves or are missing: offered to nobody.",
             across(f'berth_nodes{sel(eq("mode", "invalid"))}'), width=8, steps=NONE_IS_GOOD),
    ]
    nodes_row = [
        Panel("table", "Fullest nodes", "percentunit", "The 20 nodes with the largest share of devices in use.",
              (f"topk(20, {node_share('berth_node_gpu_devices')})", "{{node}}"), width=8, height=9, transform=columns("node")),
        Panel("table", "Busiest nodes", "percentunit", "The 20 nodes with the highest mean load of their devices.",
              (f"topk(20, {load})", "{{node}}"), width=8, height=9, transform=columns("node")),
        Panel("table", "Nodes over capacity", "none", "Nodes with devices promised twice, 0 for none. Must be 0.",
              (f"sort_desc(max by (node) (berth_node_overcommitted_devices{sel(resources=True)}) > 0) or vector(0)", "{{node}}"),
              width=8, height=9, transform=columns("node")),
        series("Load over nodes", "percentunit", "How the mean load is spread over the nodes.",
               *[(f"quantile({q}, {load})", f"p{q * 100:g}") for q in (0.1, 0.5, 0.9)], width=12),
        series("Imbalance of load", "percentunit", "Distance between the busy and the idle nodes, p90 less p10. 0: all alike.",
               (f"quantile(0.9, {load}) - quantile(0.1, {load})", "p90 - p10"), width=12),
    ]
    drill = [
        series("Devices of $node", "none", "All, and those in use.",
               (f"max by (node, state) (berth_node_gpu_devices{sel(*one, resources=True)})", "{{node}} {{state}}"), width=8),
        series("Device memory of $node", "bytes", "All, and what pods hold of it.",
               (f"max by (node, state) (berth_node_gpu_memory_bytes{sel(*one, resources=True)})", "{{node}} {{state}}"), width=8),
        series("Load of $node", "percentunit", "Mean over its devices, estimated where it is not measured.",
               (f"max by (node) (berth_node_load_ratio{sel(*one, resources=True)})", "{{node}}"), width=8),
    ]
    scope = 'cluster=~"$cluster",job=~"$job(-resources)?"'
    return dashboard("berth-fleet", "GPU fleet", "What is full, what is busy, and what is cut into pieces.",
                     [("Capacity", capacity_row), ("Nodes", nodes_row), ("One node", drill)],
                     [variable("gpu_model", "Device model", f"label_values(berth_gpu_devices{{{scope}}}, gpu_model)", multi=True,
                               every=True),
                      variable("node", "Node", f"label_values(berth_node_gpu_devices{{{scope}}}, node)")])


def placement():
    placed = "berth_placements_total"
    models = "berth_model_placements_total"
    predicted, observed = "berth_model_ready_predicted_seconds", "berth_model_ready_observed_seconds"
    warm = share(f'sum(increase({models}{sel(among("tier", "device|host|disk"))}[1h]))',
                 f"sum(increase({models}{sel()}[1h]))")

    def mean(metric):
        return share(rate(metric + "_sum"), rate(metric + "_count"))

    why_not = [
        series("Nodes rejected by reason", "ops", "By filter, every node of every call.",
               (rate("berth_filter_rejected_nodes_total", by="reason") + " > 0", "{{reason}}")),
        series("Unplaceable pods by reason", "none", "Pods that wait because no node fits.",
               (f"max by (reason) (berth_unplaceable_pods{sel()}) > 0 or on () "
                f'label_replace(max(berth_unplaceable_pods{sel()}), "reason", "none", "", "")', "{{reason}}")),
        series("Refused pods by reason", "ops", "Decisions without any node, by the reason that most nodes gave.",
               (rate("berth_decisions_total", 'outcome="refused"', by="reason") + " > 0", "{{reason}}")),
        series("Decisions by outcome", "ops", "contended: fits only in room that other pods are expected to take.",
               (rate("berth_decisions_total", by="outcome"), "{{outcome}}"), width=12, stack=True),
        series("Pods woken", "ops", "Writes of the condition berth.dev/Fits, which make kube-scheduler look again.",
               (rate("berth_wakes_total", by="result"), "{{result}}"), width=12),
    ]
    outcome = [
        series("Placements by outcome", "ops", "conflict: the room was gone at bind; unknown: the API server did not answer.",
               (rate(placed, by="outcome"), "{{outcome}}"), stack=True),
        series("Share of conflicts", "percentunit", "Binds that found the room gone, which kube-scheduler then tries again.",
               (share(rate(placed, 'outcome="conflict"'), rate(placed)), "conflicts")),
        series("Pods by state", "none", "assumed: bound by Berth and not yet seen so by the watch.",
               (across(f"berth_ledger_pods{sel()}", by="state"), "{{state}}")),
        series("Expectations", "none", "Holds of pods that were filtered and not bound yet. They steer, and refuse nothing.",
               (across(f"berth_expectations{sel()}"), "held")),
        series("Doubtful pods", "none", "Charged on every device they could be on, for want of a sound record.",
               (across(f"berth_ledger_doubtful_pods{sel()}"), "doubtful"), steps=SOME_IS_BAD),
        series("Records not honoured", "ops", "Annotations that changed after the first, and such as make no sense.",
               (rate("berth_records_ignored_total"), "changed"), (rate("berth_records_malformed_total"), "malformed"),
               (rate("berth_records_unproven_total", by="reason"), "MAC {{reason}}")),
        series("Pods placed by others", "none", "With devices of nodes that Berth offers, bound without a record of Berth's.",
               (across(f"berth_pods_placed_by_others{sel()}", by="mode"), "{{mode}}"), width=12, steps=SOME_IS_BAD),
    ]
    seen = "berth_observed_pods_total"
    elsewhere = f'sum(increase({seen}{sel(among("outcome", "other_node|only_berth_refused"))}[1h]))'
    decided = f'sum(increase({seen}{sel(among("outcome", "same_node|other_node|only_berth_refused"))}[1h]))'
    observer = [
        series("Pods that others placed", "ops", "Of a Berth that only observes. other_node: Berth preferred another one; "
               "only_berth_refused: it would not have put the pod there; undecided: bound before Berth saw it wait.",
               (rate(seen, by="outcome"), "{{outcome}}"), stack=True),
        series("Disagreement (1h)", "percentunit", "Share of the pods that Berth had decided on that are elsewhere than it would have put "
               "them.", (f"{share(elsewhere, decided)} or {elsewhere}", "elsewhere")),  # 0 where there were none
        series("Pods that wait for others", "none", "fits: Berth has a node for them; refused: it has none either.",
               (across(f"berth_observed_waiting_pods{sel()}", by="decision"), "{{decision}}")),
    ]
    model_row = [
        series("Models bound by source of weights", "ops", "device: in use there already; host, disk: on the node; peer, remote: to "
               "be fetched.", (rate(models, by="tier"), "{{tier}}"), stack=True),
        stat("On the node already (1h)", "percentunit", "Share of the pods with a model whose weights were on their node.", warm,
             width=4, height=7),
        stat("Models", "none", "In the catalog in use.", across(f"berth_catalog_models{sel()}"), width=4, height=7),
        stat("Loads under way", "none", "Pods that are bound and load a model.", across(f"berth_inventory_loads{sel()}"), width=4,
             height=7),
        stat("Observed over predicted", "short", "Mean time to ready, observed by predicted: 1 is right, 2 is twice as long.",
             share(mean(observed), mean(predicted)), width=4, height=7,
             steps=[(None, RED), (0.5, GREEN), (2, RED)]),
        series("Predicted time to ready", "s", "From bound to ready, of pods that are ready now.",
               *quantiles(predicted, of=(0.5, 0.95)), width=12),
        series("Observed time to ready by source", "s", "The same pods' times as they were.",
               *quantiles(observed, by="tier", legend="{{tier}}", of=(0.5, 0.95)), width=12),
        series("Facts about weights by source", "none", "What is known of where copies are.",
               (across(f"berth_inventory_facts{sel()}", by="source"), "{{source}}"), width=12),
        series("Facts that make no sense", "ops", "Parts of objects that a source left out.",
               (rate("berth_inventory_malformed_total", by="source"), "{{source}}"), width=12),
    ]
    return dashboard("berth-placement", "Placement and models", "Why pods wait, what became of placements, and whether models "
                     "start as soon as was said.", [("Why not", why_not), ("Outcome", outcome), ("Models", model_row),
                                                      ("Observer", observer)])


def internals():
    api = "berth_api_requests_total"
    scheduler = '{cluster=~"$cluster",job=~"$scheduler_job"}'
    state = [
        stat("Synced", "none", "Every replica has listed nodes and pods.", f"min(berth_cache_synced{sel()})", width=4, height=7,
             steps=ONE_IS_GOOD, text={0: "no", 1: "yes"}),
        series("Objects held", "none", "Nodes and pods known.", (across(f"berth_cache_objects{sel()}", by="resource"), "{{resource}}"),
               width=6),
        series("Since the last event", "s", "A watch that is well is heard of every minute or so, if only by a bookmark.",
               (f"time() - max by (resource, instance) (berth_cache_last_event_timestamp_seconds{sel()} > 0)",
                "{{resource}} {{instance}}"), width=7),
        series("Lists and watches begun anew", "ops", "expired: the API server forgot where Berth was; silent: nothing was heard.",
               (rate("berth_watch_restarts_total", by="resource, reason"), "{{resource}} {{reason}}"), width=7),
    ]
    server = [
        series("Requests", "reqps", "To the API server; code none: no answer.",
               (rate(api, by="verb, resource, code") + " > 0", "{{verb}} {{resource}} {{code}}")),
        series("Failing requests", "percentunit", "No answer, 429, or the API server's own fault.",
               (share(rate(api, 'code=~"none|429|5.."'), rate(api)), "failing"), steps=[(None, GREEN), (0.1, RED)]),
        series("Latency", "s", "Of a watch, until its status.", *quantiles("berth_api_request_duration_seconds", by="verb",
                                                                           legend="{{verb}}", of=(0.99,))),
    ]
    telemetry = [
        series("Nodes by freshness", "none", "Nodes with devices in use, by how far their load is measured.",
               (across(f"berth_telemetry_nodes{sel()}", by="state"), "{{state}}"), stack=True),
        series("Scrapes by result", "ops", "Of pods, and queries to Prometheus.",
               (rate("berth_telemetry_scrapes_total", by="result"), "{{result}}")),
        stat("Degraded", "none", "Less than half of the nodes in use are measured: load counts for less.",
             across(f"berth_telemetry_degraded{sel()}"), width=8, height=7, steps=SOME_IS_BAD, text={0: "no", 1: "yes"}),
        series("Targets", "none", "Pods that are scraped, and those whose last scrape failed.",
               (across(f"berth_telemetry_targets{sel()}"), "scraped"), (across(f"berth_telemetry_failing_targets{sel()}"), "failing"),
               width=12),
        series("Readings left out", "ops", "Samples that cannot be, and lines that cannot be read.",
               (rate("berth_telemetry_discarded_total"), "samples"), (rate("berth_telemetry_malformed_lines_total"), "lines"), width=12),
    ]
    theirs = [
        series("Scheduling a pod", "s", "kube-scheduler's whole algorithm, Berth's filter and prioritize included.",
               ("histogram_quantile(0.99, sum by (le) (rate(scheduler_scheduling_algorithm_duration_seconds_bucket"
                f"{scheduler}[$__rate_interval]))) >= 0", "p99 of kube-scheduler"),
               (quantile(0.99, SECONDS, 'verb=~"filter|prioritize"'), "p99 of a call of Berth")),
        series("Pending pods by queue", "none", "As kube-scheduler counts them.",
               (f"sum by (queue) (scheduler_pending_pods{scheduler})", "{{queue}}")),
        series("Attempts by result", "ops", "Of kube-scheduler to place a pod.",
               (f"sum by (result) (rate(scheduler_schedule_attempts_total{scheduler}[$__rate_interval]))", "{{result}}")),
    ]
    return dashboard("berth-internals", "Internals", "Berth's own view of the cluster and of the programs it talks to.",
                     [("State", state), ("API server", server), ("Telemetry", telemetry),
                      ("kube-scheduler's side (needs its metrics)", theirs)],
                     [variable("scheduler_job", "kube-scheduler's job",
                               'label_values(scheduler_pending_pods{cluster=~"$cluster"}, job)', multi=True, every=True)])


def all_dashboards():
    """By file name."""
    return {"overview": overview(), "fleet": fleet(), "placement": placement(), "internals": internals()}
