"""Recording and alert rules: objectives by burn rate, causes one by one."""

CALLS = "berth_webhook_requests_total"
SECONDS = "berth_webhook_request_duration_seconds"
WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
RUNBOOKS = "https://github.com/berth-dev/berth/blob/main/docs/runbooks"  # the chart replaces it where it is elsewhere
BY = "by (cluster, job, verb)"

# Factor of the budget, long window, short window, severity.
BURNS = [(14.4, "1h", "5m", "page"), (6, "6h", "30m", "page"), (3, "1d", "2h", "ticket"), (1, "3d", "6h", "ticket")]
# Calls and bad calls in the long window below which nothing is said: at night one failure in three calls is no outage.
FEW_CALLS, FEW_BAD_CALLS = 50, 5


def recordings():
    rules = []
    for window in WINDOWS:
        calls = f"sum {BY} (rate({CALLS}[{window}]))"
        failed = f'sum {BY} (rate({CALLS}{{result=~"error|shed"}}[{window}]))'
        rules.append({"record": f"berth:webhook_errors:ratio_rate{window}", "expr": f"{failed} / ({calls} > 0)"})
        timed = f"sum {BY} (rate({SECONDS}_count[{window}]))"
        quick = f'sum {BY} (rate({SECONDS}_bucket{{le="0.1"}}[{window}]))'
        rules.append({"record": f"berth:webhook_slow:ratio_rate{window}", "expr": f"1 - {quick} / ({timed} > 0)"})
    return rules


def burns(alert, ratio, budget, what):
    """One alert of four rules, told apart by the labels long and short."""
    rules = []
    for factor, long, short, severity in BURNS:
        limit = f"{factor} * {budget}"
        over_long, over_short = f"berth:{ratio}:ratio_rate{long}", f"berth:{ratio}:ratio_rate{short}"
        calls = f"sum {BY} (increase({CALLS}[{long}]))"
        rules.append({
            "alert": alert,
            "expr": f"{over_long} > {limit} and {over_short} > {limit} and {calls} > {FEW_CALLS} "
                    f"and {over_long} * {calls} > {FEW_BAD_CALLS}",
            "labels": {"severity": severity, "long": long, "short": short},
            "annotations": {
                "summary": f"Berth spends its budget of {what} calls {factor:g} times too fast.",
                "description": f"{{{{ $value | humanizePercentage }}}} of the {{{{ $labels.verb }}}} calls over {long} were {what}, "
                               f"of {budget:.1%} that may be, and still are over {short}.",
            },
        })
    return rules


def alert(name, severity, expr, pause, summary, description):
    rule = {"alert": name, "expr": expr}
    if pause:
        rule["for"] = pause
    return {**rule, "labels": {"severity": severity}, "annotations": {"summary": summary, "description": description}}


def causes():
    by_job = "by (cluster, job)"
    failing_api = 'berth_api_requests_total{code=~"none|429|5.."}'
    observed, predicted = "berth_model_ready_observed_seconds", "berth_model_ready_predicted_seconds"

    def mean(metric):
        return (f"sum {by_job} (increase({metric}_sum[6h])) / (sum {by_job} (increase({metric}_count[6h])) > 20)")

    return [
        alert("BerthDown", "page", "absent(berth_build_info)", "5m",
              "No Berth is to be seen.",
              "Prometheus has read no metrics of any Berth for 5 minutes: pods that ask for devices are not placed."),
        alert("BerthReplicaDown", "ticket",
              "up == 0 and on (job, instance) last_over_time(berth_build_info[1d])", "10m",
              "A replica of Berth does not answer.", "Prometheus cannot read {{ $labels.instance }} of {{ $labels.job }}."),
        alert("BerthNoLeader", "page", "max by (cluster, job) (berth_leader) == 0", "2m",
              "No Berth may bind.",
              "All replicas of {{ $labels.job }} are standing by: none holds the Lease, or none is where kube-scheduler leads."),
        alert("BerthCacheNotSynced", "page", "min by (cluster, job, instance) (berth_cache_synced) == 0", "10m",
              "Berth has not read the cluster.",
              "{{ $labels.instance }} has not listed nodes and pods for 10 minutes and is not ready."),
        alert("BerthWatchStalled", "page",
              "time() - (berth_cache_last_event_timestamp_seconds > 0) > 300", "5m",
              "Berth's view of the cluster is old.",
              "{{ $labels.instance }} has not heard of {{ $labels.resource }} for {{ $value | humanizeDuration }}; a bookmark comes "
              "every minute or so."),
        alert("BerthApiErrors", "ticket",
              f"sum {by_job} (rate({failing_api}[10m])) / (sum {by_job} (rate(berth_api_requests_total[10m])) > 0) > 0.1 "
              f"and sum {by_job} (increase({failing_api}[10m])) > 5", "10m",
              "The API server fails Berth.",
              "{{ $value | humanizePercentage }} of Berth's requests to the API server got no answer, 429 or 5xx."),
        alert("BerthDevicesOverCapacity", "page", "max by (cluster, job) (berth_overcommitted_devices) > 0", "2m",
              "Devices are promised beyond their capacity.",
              "{{ $value }} devices are promised to more pods than they hold. This must never be."),
        alert("BerthNodeMislabelled", "ticket", 'max by (cluster, job) (berth_nodes{mode="mixed"}) > 0', "10m",
              "Nodes are labelled as shared and advertise whole devices too.",
              "{{ $value }} nodes have the label berth.dev/sharing and whole devices in allocatable; they are offered to nobody."),
        alert("BerthNodeInvalid", "ticket", 'max by (cluster, job) (berth_nodes{mode="invalid"}) > 0', "10m",
              "Nodes do not say which devices they have.",
              "{{ $value }} nodes have device facts that are missing or contradict themselves; they are offered to nobody."),
        alert("BerthDoubtfulRecords", "ticket", "max by (cluster, job) (berth_ledger_doubtful_pods) > 0", "15m",
              "Bound pods have no sound record of their devices.",
              "{{ $value }} pods are charged on every device they could be on, so devices stay empty."),
        alert("BerthAllocationsByOthers", "ticket",
              "max by (cluster, job) (sum by (cluster, job, instance) (berth_pods_placed_by_others)) > 0", "15m",
              "Pods hold devices that Berth did not give them.",
              "{{ $value }} pods with devices were bound past Berth, to nodes that it offers: two schedulers take from the same devices."),
        alert("BerthRecordKeysReloadFailed", "ticket", "berth_record_keys_last_reload_successful == 0", "10m",
              "Berth refuses its new record keys.",
              "{{ $labels.instance }} goes on with the keys it had; the log and /statusz say what is wrong with the file."),
        alert("BerthBindConflicts", "ticket",
              f'sum {by_job} (rate(berth_placements_total{{outcome="conflict"}}[15m])) / '
              f"(sum {by_job} (rate(berth_placements_total[15m])) > 0) > 0.1 and "
              f"sum {by_job} (increase(berth_placements_total[15m])) > 20", "15m",
              "Many binds find the room gone.",
              "{{ $value | humanizePercentage }} of the binds conflicted; do two schedulers place pods on the same nodes?"),
        alert("BerthBindsFailing", "page",
              f'sum {by_job} (rate(berth_placements_total{{outcome=~"error|unknown"}}[15m])) / '
              f"(sum {by_job} (rate(berth_placements_total[15m])) > 0) > 0.1 and "
              f"sum {by_job} (increase(berth_placements_total[15m])) > 20", "5m",
              "Binds fail.", "{{ $value | humanizePercentage }} of the binds failed or got no answer from the API server."),
        alert("BerthShedding", "page",
              f'sum {by_job} (rate(berth_webhook_rejected_total{{reason="overload"}}[5m])) + '
              f'sum {by_job} (rate({CALLS}{{result="shed"}}[5m])) > 0', "5m",
              "Berth turns calls away.", "{{ $value | humanize }} calls a second were not looked at for want of room."),
        alert("BerthPodsUnplaceable", "ticket",
              "max by (cluster, job, reason) (berth_unplaceable_pods) > 0", "30m",
              "Pods have waited for half an hour because no node fits.",
              "{{ $value }} pods wait, because of {{ $labels.reason }}."),
        alert("BerthTelemetryStale", "ticket",
              'max by (cluster, job) (berth_telemetry_nodes{state="fresh"}) / '
              "(sum by (cluster, job) (max by (cluster, job, state) (berth_telemetry_nodes)) > 0) < 0.9 and "
              f"sum {by_job} (increase(berth_telemetry_scrapes_total[30m])) > 0", "30m",
              "Berth does not know how busy the nodes are.",
              "Only {{ $value | humanizePercentage }} of the nodes in use are measured; the objective is 90 %. Loads are estimated."),
        alert("BerthModelEstimateOff", "ticket",
              f"({mean(observed)}) / (({mean(predicted)}) > 0) > 2 or ({mean(observed)}) / (({mean(predicted)}) > 0) < 0.5", "30m",
              "Models do not start when Berth says.",
              "Over 6 hours, models took {{ $value | humanize }} times what was predicted, so pods dock in the wrong place."),
        alert("BerthConfigReloadFailed", "ticket", "berth_config_last_reload_successful == 0", "10m",
              "The configuration is refused.",
              "{{ $labels.instance }} goes on with the configuration it had; the file has an error that the log and /statusz name."),
        alert("BerthCatalogReloadFailed", "ticket", "berth_catalog_last_reload_successful == 0", "10m",
              "The model catalog is refused.",
              "{{ $labels.instance }} goes on with the catalog it had; its file has an error that the log and /statusz name."),
        alert("BerthCertificateExpiring", "ticket",
              "min by (cluster, job, instance, use) (berth_certificate_expiry_timestamp_seconds) - time() < 7 * 86400", "1h",
              "A certificate of Berth ends within a week.",
              "The certificate of the {{ $labels.use }} port of {{ $labels.instance }} ends in {{ $value | humanizeDuration }}."),
        alert("BerthCertificateReloadFailed", "ticket", "berth_certificate_last_reload_successful == 0", "10m",
              "Berth refuses its new certificate.",
              "{{ $labels.instance }} goes on with the certificate it had at the {{ $labels.use }} port; the log says what is wrong "
              "with the files."),
        alert("BerthVersionSkew", "ticket",
              "count by (cluster, job) (count by (cluster, job, version, revision) (berth_build_info)) > 1", "1h",
              "Replicas run different builds.", "{{ $value }} builds of Berth have run side by side for an hour."),
        alert("BerthConfigSkew", "ticket",
              "count by (cluster, job) (count by (cluster, job, hash) (berth_config_hash_info)) > 1", "1h",
              "Replicas have different configurations.",
              "{{ $value }} configurations have been in use side by side for an hour; a restart is missing."),
    ]


def groups():
    return [
        {"name": "berth-objectives", "interval": "30s", "rules": recordings()},
        {"name": "berth-burn-rates", "rules": burns("BerthErrorBudgetBurn", "webhook_errors", 0.001, "failed")
         + burns("BerthLatencyBudgetBurn", "webhook_slow", 0.01, "slow")},
        {"name": "berth-causes", "rules": causes()},
    ]


def with_runbooks(all_groups):
    for group in all_groups:
        for rule in group["rules"]:
            if "alert" in rule:
                rule["annotations"]["runbook_url"] = f"{RUNBOOKS}/{rule['alert']}.md"
    return all_groups


def text(all_groups=None):
    """The file, YAML, of all groups or of these. Every string is quoted: what is in them is PromQL and prose."""
    def quoted(value):
        return "'" + value.replace("'", "''") + "'"

    lines = ["# Generated by scripts/monitoring from deploy/monitoring/rules.py.", "groups:"]
    for group in with_runbooks(all_groups or groups()):
        lines.append(f"  - name: {group['name']}")
        if "interval" in group:
            lines.append(f"    interval: {group['interval']}")
        lines.append("    rules:")
        for rule in group["rules"]:
            key = "record" if "record" in rule else "alert"
            lines.append(f"      - {key}: {rule[key]}")
            lines.append(f"        expr: {quoted(rule['expr'])}")
            if "for" in rule:
                lines.append(f"        for: {rule['for']}")
            for part in ("labels", "annotations"):
                if part in rule:
                    lines.append(f"        {part}:")
                    lines += [f"          {name}: {quoted(str(value))}" for name, value in rule[part].items()]
    return "\n".join(lines) + "\n"
