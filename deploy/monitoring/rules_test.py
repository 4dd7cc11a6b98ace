"""Every alert fires when it should, stays silent when it nearly should, and is silent on an idle cluster.

The cases become test files of promtool: a minute between samples, ALERTS asked for at the end.
"""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import rules

CALLS = "berth_webhook_requests_total"
TIMED = "berth_webhook_request_duration_seconds"
PLACED = "berth_placements_total"
API = "berth_api_requests_total"
READY = "berth_model_ready_{}_seconds_{}"
DAY = 24 * 60
ONE = {"job": "berth", "instance": "a:1"}
JOB = {"job": "berth"}


def name(metric, labels=None, target=ONE):
    return metric + "{" + ",".join(f'{k}="{v}"' for k, v in {**target, **(labels or {})}.items()) + "}"


def flat(value):
    return f"{value}+0x{4 * DAY}"


def rising(step, minutes=4 * DAY, start=0):
    return f"{start}+{step}x{minutes}"


# A healthy Berth that nobody calls.
IDLE = {
    name("up"): flat(1),
    name("berth_build_info", {"version": "1", "revision": "r", "compiler": "c"}): flat(1),
    name("berth_config_hash_info", {"hash": "h"}): flat(1),
    name("berth_leader"): flat(1),
    name("berth_overcommitted_devices"): flat(0),
    name("berth_ledger_doubtful_pods"): flat(0),
    name("berth_config_last_reload_successful"): flat(1),
    name("berth_catalog_last_reload_successful"): flat(1),
    name("berth_record_keys_last_reload_successful"): flat(1),
    **{name("berth_pods_placed_by_others", {"mode": m}): flat(0) for m in ("whole", "shared")},
    name("berth_unplaceable_pods", {"reason": "insufficient_devices"}): flat(0),
    name("berth_webhook_rejected_total", {"reason": "overload"}): flat(0),
    **{name("berth_cache_synced", {"resource": r}): flat(1) for r in ("nodes", "pods")},
    # A bookmark each minute.
    **{name("berth_cache_last_event_timestamp_seconds", {"resource": r}): rising(60, start=1) for r in ("nodes", "pods")},
    **{name(CALLS, {"verb": v, "result": r}): flat(0) for v in ("filter", "bind") for r in ("ok", "refused", "error", "shed")},
    **{name(f"{TIMED}_bucket", {"verb": v, "le": le}): flat(0) for v in ("filter", "bind") for le in ("0.1", "+Inf")},
    **{name(f"{TIMED}_count", {"verb": v}): flat(0) for v in ("filter", "bind")},
    **{name(PLACED, {"outcome": o}): flat(0) for o in ("bound", "already_bound", "conflict", "error", "unknown")},
    **{name(API, {"verb": "list", "resource": "pods", "code": c}): flat(0) for c in ("200", "429", "500", "none")},
    **{name("berth_nodes", {"mode": m}): flat(v) for m, v in {"none": 3, "whole": 2, "shared": 2, "mixed": 0, "invalid": 0}.items()},
    **{name("berth_telemetry_nodes", {"state": s}): flat(0) for s in ("fresh", "stale", "missing")},
    name("berth_telemetry_scrapes_total", {"result": "ok"}): flat(0),
    **{name(READY.format(which, part), {"tier": "disk"}): flat(0) for which in ("predicted", "observed") for part in ("sum", "count")},
}


def calls(ok, failed=0):
    return {name(CALLS, {"verb": "filter", "result": "ok"}): ok, name(CALLS, {"verb": "filter", "result": "error"}): failed}


def timed(all_calls, quick):
    return {name(CALLS, {"verb": "filter", "result": "ok"}): all_calls, name(f"{TIMED}_count", {"verb": "filter"}): all_calls,
            name(f"{TIMED}_bucket", {"verb": "filter", "le": "0.1"}): quick}


def placed(bound, **others):
    return {name(PLACED, {"outcome": "bound"}): rising(bound),
            **{name(PLACED, {"outcome": outcome}): rising(step) for outcome, step in others.items()}}


def api(ok, code, failed):
    return {name(API, {"verb": "list", "resource": "pods", "code": "200"}): rising(ok),
            name(API, {"verb": "list", "resource": "pods", "code": code}): rising(failed)}


def nodes(fresh, stale, scrapes=1):
    return {name("berth_telemetry_nodes", {"state": "fresh"}): flat(fresh), name("berth_telemetry_nodes", {"state": "stale"}): flat(stale),
            name("berth_telemetry_scrapes_total", {"result": "ok"}): rising(scrapes)}


def starts(predicted, observed, every=1):
    """Seconds, of a start each minute."""
    return {name(READY.format("predicted", "sum"), {"tier": "disk"}): rising(predicted * every),
            name(READY.format("observed", "sum"), {"tier": "disk"}): rising(observed * every),
            name(READY.format("predicted", "count"), {"tier": "disk"}): rising(every),
            name(READY.format("observed", "count"), {"tier": "disk"}): rising(every)}


def certificate(seconds):
    """Ends so long after the first sample."""
    return {name("berth_certificate_expiry_timestamp_seconds", {"use": "scheduler"}): flat(seconds)}


def second(metric, labels, value):
    return {name(metric, labels, {"job": "berth", "instance": "b:1"}): flat(value)}


def burning(*windows):
    short = {long: (short, severity) for _, long, short, severity in rules.BURNS}
    return [{**JOB, "verb": "filter", "long": long, "short": short[long][0], "severity": short[long][1]} for long in windows]


ALERTS = [alert for alert in dict.fromkeys(rule.get("alert") for group in rules.groups() for rule in group["rules"]) if alert]
BURNS = ("BerthErrorBudgetBurn", "BerthLatencyBudgetBurn")
HOURS = 130  # minutes; a case that runs longer is one of days
ALL = ("1h", "6h", "1d", "3d")
GONE = {series: "1+0x100 stale" for series in IDLE}

# Alert, what is seen, what differs from the idle cluster, minutes, labels of each alert that fires then.
CASES = [
    ("BerthDown", "all replicas gone", GONE, 120, [{}]),
    ("BerthDown", "a restart of two minutes", {series: "1+0x100 stale _ 1+0x20" for series in IDLE}, 104, []),
    ("BerthReplicaDown", "one of two", {**second("up", {}, 0), **second("berth_build_info", {"version": "1"}, 1)}, 20,
     [{"job": "berth", "instance": "b:1"}]),
    ("BerthReplicaDown", "a target that never was a Berth", {name("up", target={"job": "other", "instance": "x:1"}): flat(0)}, 60, []),
    ("BerthNoLeader", "two that stand by", {name("berth_leader"): flat(0), **second("berth_leader", {}, 0)}, 10, [JOB]),
    ("BerthNoLeader", "one of two leads", {name("berth_leader"): flat(0), **second("berth_leader", {}, 1)}, 10, []),
    ("BerthNoLeader", "a change of leader", {name("berth_leader"): "1 0 1+0x60"}, 10, []),
    ("BerthCacheNotSynced", "pods never listed", {name("berth_cache_synced", {"resource": "pods"}): flat(0)}, 15, [ONE]),
    ("BerthCacheNotSynced", "slow to start", {name("berth_cache_synced", {"resource": "pods"}): "0+0x8 1+0x60"}, 30, []),
    ("BerthWatchStalled", "nothing since the tenth minute",
     {name("berth_cache_last_event_timestamp_seconds", {"resource": "nodes"}): "1+60x10 601+0x60"}, 25, [{**ONE, "resource": "nodes"}]),
    ("BerthWatchStalled", "an event each four minutes",
     {name("berth_cache_last_event_timestamp_seconds", {"resource": "nodes"}):
      " ".join(f"{1 + 240 * i}+0x3" for i in range(20))}, 60, []),
    ("BerthWatchStalled", "no watch at all, as with --cluster",
     {name("berth_cache_last_event_timestamp_seconds", {"resource": "nodes"}): flat(0)}, 60, []),
    ("BerthApiErrors", "a fifth of the requests", api(8, "500", 2), 40, [JOB]),
    ("BerthApiErrors", "no answer at all", api(0, "none", 2), 40, [JOB]),
    ("BerthApiErrors", "one in twenty", api(19, "500", 1), 40, []),
    ("BerthDevicesOverCapacity", "one device", {name("berth_overcommitted_devices"): flat(1)}, 5, [JOB]),
    ("BerthDevicesOverCapacity", "for a minute", {name("berth_overcommitted_devices"): "0 0 1 0+0x60"}, 10, []),
    ("BerthNodeMislabelled", "one node", {name("berth_nodes", {"mode": "mixed"}): flat(1)}, 15, [JOB]),
    ("BerthNodeMislabelled", "while the plugin restarts", {name("berth_nodes", {"mode": "mixed"}): "1+0x8 0+0x60"}, 20, []),
    ("BerthNodeInvalid", "one node", {name("berth_nodes", {"mode": "invalid"}): flat(1)}, 15, [JOB]),
    ("BerthNodeInvalid", "a node without devices", {name("berth_nodes", {"mode": "none"}): flat(9)}, 15, []),
    ("BerthDoubtfulRecords", "one pod", {name("berth_ledger_doubtful_pods"): flat(1)}, 20, [JOB]),
    ("BerthDoubtfulRecords", "settled in ten minutes", {name("berth_ledger_doubtful_pods"): "1+0x10 0+0x60"}, 30, []),
    ("BerthAllocationsByOthers", "one pod on each kind of node",
     {name("berth_pods_placed_by_others", {"mode": m}): flat(1) for m in ("whole", "shared")}, 20, [JOB]),
    ("BerthAllocationsByOthers", "gone in ten minutes", {name("berth_pods_placed_by_others", {"mode": "whole"}): "3+0x10 0+0x60"}, 30, []),
    ("BerthRecordKeysReloadFailed", "a broken file", {name("berth_record_keys_last_reload_successful"): flat(0)}, 15, [ONE]),
    ("BerthRecordKeysReloadFailed", "half written for a minute",
     {name("berth_record_keys_last_reload_successful"): "1 0 0 1+0x60"}, 20, []),
    ("BerthBindConflicts", "a fifth of many", placed(8, conflict=2), 60, [JOB]),
    ("BerthBindConflicts", "one in twenty", placed(19, conflict=1), 60, []),
    ("BerthBindConflicts", "all of a few", {name(PLACED, {"outcome": "conflict"}): "0+0x20 1+1x8 9+0x60"}, 50, []),
    ("BerthBindsFailing", "half of many", placed(5, error=3, unknown=2), 40, [JOB]),
    ("BerthBindsFailing", "one in twenty", placed(19, error=1), 40, []),
    ("BerthBindsFailing", "conflicts only", placed(5, conflict=5), 40, []),
    ("BerthShedding", "overload", {name("berth_webhook_rejected_total", {"reason": "overload"}): rising(1)}, 15, [JOB]),
    ("BerthShedding", "one burst", {name("berth_webhook_rejected_total", {"reason": "overload"}): "0+0x10 9+0x60"}, 30, []),
    ("BerthPodsUnplaceable", "three pods", {name("berth_unplaceable_pods", {"reason": "insufficient_devices"}): flat(3)}, 40,
     [{**JOB, "reason": "insufficient_devices"}]),
    ("BerthPodsUnplaceable", "for twenty minutes",
     {name("berth_unplaceable_pods", {"reason": "insufficient_devices"}): "3+0x20 0+0x60"}, 60, []),
    ("BerthTelemetryStale", "half of the nodes", nodes(5, 5), 70, [JOB]),
    ("BerthTelemetryStale", "one of twenty", nodes(19, 1), 70, []),
    ("BerthTelemetryStale", "nobody is scraped", nodes(0, 5, scrapes=0), 70, []),
    ("BerthModelEstimateOff", "three times as long", starts(10, 30), 120, [JOB]),
    ("BerthModelEstimateOff", "a third of it", starts(30, 10), 120, [JOB]),
    ("BerthModelEstimateOff", "half as long again", starts(20, 30), 120, []),
    ("BerthModelEstimateOff", "three starts", {series: values.replace("x5760", "x3") for series, values in starts(10, 90).items()}, 60, []),
    ("BerthConfigReloadFailed", "a broken file", {name("berth_config_last_reload_successful"): flat(0)}, 15, [ONE]),
    ("BerthConfigReloadFailed", "mended at once", {name("berth_config_last_reload_successful"): "1 0+0x5 1+0x60"}, 20, []),
    ("BerthCatalogReloadFailed", "a broken file", {name("berth_catalog_last_reload_successful"): flat(0)}, 15, [ONE]),
    ("BerthCatalogReloadFailed", "mended at once", {name("berth_catalog_last_reload_successful"): "1 0+0x5 1+0x60"}, 20, []),
    ("BerthCertificateExpiring", "six days are left", certificate(6 * DAY * 60), 70, [{**ONE, "use": "scheduler"}]),
    ("BerthCertificateExpiring", "eight days are left", certificate(8 * DAY * 60), 70, []),
    ("BerthCertificateReloadFailed", "files that do not fit", {name("berth_certificate_last_reload_successful", {"use": "operations"}): flat(0)},
     15, [{**ONE, "use": "operations"}]),
    ("BerthCertificateReloadFailed", "half written for a minute",
     {name("berth_certificate_last_reload_successful", {"use": "operations"}): "1 0 0 1+0x60"}, 20, []),
    ("BerthVersionSkew", "two builds", second("berth_build_info", {"version": "2", "revision": "s", "compiler": "c"}, 1), 70, [JOB]),
    ("BerthVersionSkew", "during a rollout",
     {name("berth_build_info", {"version": "2", "revision": "s", "compiler": "c"}, {"job": "berth", "instance": "b:1"}): "1+0x30 stale"},
     100, []),
    ("BerthConfigSkew", "two configurations", second("berth_config_hash_info", {"hash": "i"}, 1), 70, [JOB]),
    ("BerthConfigSkew", "the same twice", second("berth_config_hash_info", {"hash": "h"}, 1), 70, []),
    ("BerthErrorBudgetBurn", "2 % fail", calls(rising(98), rising(2)), 90, burning(*ALL)),
    ("BerthErrorBudgetBurn", "0.2 % fail for days", calls(rising(998), rising(2)), 4 * DAY, burning("3d")),
    ("BerthErrorBudgetBurn", "0.05 % fail", calls(rising(1999), rising(1)), 4 * DAY, []),
    ("BerthErrorBudgetBurn", "over for an hour: tickets remain, the page ends",
     calls(rising(100), "0+50x60 3000+0x1000"), 125, burning("1d", "3d")),
    ("BerthErrorBudgetBurn", "a quiet night, one failure in three calls",
     calls("0+0x20 1+0x20 2+0x600", "0+0x30 1+0x600"), 60, []),
    ("BerthErrorBudgetBurn", "a quiet week, one failure in a hundred calls",
     calls(" ".join(f"{i}+0x59" for i in range(96)), "0+0x5000 1+0x700"), 5050, []),
    ("BerthLatencyBudgetBurn", "a fifth is slow", timed(rising(100), rising(80)), 90, burning(*ALL)),
    ("BerthLatencyBudgetBurn", "2 % are slow for days", timed(rising(100), rising(98)), 4 * DAY, burning("3d")),
    ("BerthLatencyBudgetBurn", "half a percent is slow", timed(rising(1000), rising(995)), 4 * DAY, []),
]


def rules_of(alert):
    return [rule for group in rules.groups() for rule in group["rules"] if rule.get("alert") == alert]


def promtool_test(title, differs, minutes, alerts):
    """One test of a file: these alerts, each with the label sets that fire at the end, and no others of theirs."""
    checks = []
    for alert, firing in alerts.items():
        samples = []
        for labels in firing:
            severity = {} if "severity" in labels else rules_of(alert)[0]["labels"]
            every = {**severity, **labels, "alertname": alert, "alertstate": "firing"}
            samples.append({"labels": name("ALERTS", every, {}), "value": 1})
        checks.append({"expr": f'ALERTS{{alertname="{alert}",alertstate="firing"}}', "eval_time": f"{minutes}m",
                       "exp_samples": samples})
    series = {key: str(values).replace(f"x{4 * DAY}", f"x{minutes + 5}") for key, values in {**IDLE, **differs}.items()}
    return {"name": title, "interval": "1m", "promql_expr_test": checks,
            "input_series": [{"series": key, "values": values} for key, values in series.items()]}


def cases(wanted):
    return [promtool_test(f"{alert}: {seen}", differs, minutes, {alert: firing})
            for alert, seen, differs, minutes, firing in CASES if wanted(alert, minutes)]


class Alerts(unittest.TestCase):
    def run_promtool(self, tests, step="1m", burns=True):
        """The burn rates' groups take most of the time and are left out where they are not asked about."""
        self.assertTrue(tests)
        groups = [group for group in rules.groups() if burns or group["name"] == "berth-causes"]
        order = [group["name"] for group in groups]
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "rules.yaml"
            path.write_text(rules.text(groups))
            test = Path(directory) / "test.json"
            test.write_text(json.dumps({"rule_files": ["rules.yaml"], "evaluation_interval": step, "group_eval_order": order,
                                        "tests": tests}))
            done = subprocess.run(["promtool", "test", "rules", str(test)], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_has_both_cases(self):
        for wanted in (True, False):
            self.assertEqual({alert for alert, *_, firing in CASES if bool(firing) == wanted}, set(ALERTS))

    def test_causes(self):
        self.run_promtool(cases(lambda alert, minutes: alert not in BURNS), burns=False)

    def test_burn_rates(self):
        self.run_promtool(cases(lambda alert, minutes: alert in BURNS and minutes <= HOURS))

    def test_burn_rates_over_days(self):
        # Windows of days take long to evaluate, and these alerts wait for nothing.
        self.run_promtool(cases(lambda alert, minutes: alert in BURNS and minutes > HOURS), step="6h")

    def test_an_idle_cluster_is_silent(self):
        self.run_promtool([promtool_test("idle", {}, 120, {alert: [] for alert in ALERTS})])

    def test_a_wrong_expectation_is_noticed(self):
        with self.assertRaises(AssertionError):
            self.run_promtool([promtool_test("idle", {}, 10, {"BerthNodeMislabelled": [JOB]})], burns=False)
