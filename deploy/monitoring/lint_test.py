"""Each rule of the lint says so when it is broken."""

import copy
import tempfile
import unittest
from pathlib import Path

import dashboards
import lint
import rules

ROOT = Path(__file__).resolve().parent.parent.parent
METRICS = lint.documented_metrics((ROOT / "docs" / "metrics.md").read_text())


def complaints(change):
    boards = {"overview": copy.deepcopy(dashboards.overview())}
    change(boards["overview"])
    return lint.check_dashboards(boards, METRICS, rules.groups())


def panel(board, title):
    return next(p for p in board["panels"] if p["title"] == title)


def query(title, old, new):
    def change(board):
        target = panel(board, title)["targets"][0]
        assert old in target["expr"]
        target["expr"] = target["expr"].replace(old, new)
    return change


def field(title, key, value):
    def change(board):
        panel(board, title)["fieldConfig"]["defaults"][key] = value
    return change


def own(title, key, value):
    def change(board):
        panel(board, title)[key] = value
    return change


BREACHES = {
    "no description": own("Calls", "description", ""),
    "no unit": field("Calls", "unit", ""),
    "a ratio whose axis": field("Errors", "max", 100),
    "no query": own("Calls", "targets", []),
    "a data source that is not the variable": own("Calls", "datasource", {"type": "prometheus", "uid": "prometheus"}),
    "no matcher for cluster and job": query("Memory", 'job="$job",', ""),
    "counter berth_webhook_requests_total without rate": query("Calls", "rate(", "abs("),
    "a rate outside an aggregation": query("Calls", "sum(", "("),
    "window [5m]": query("Calls", "[$__rate_interval]", "[5m]"),
    "window [1h]": query("Budget left (30d)", "[30d]", "[1h]"),
    "a quantile without >= 0": query("Filter p99", " >= 0", ""),
    "a division": query("Errors", " > 0", ""),
    "no metric berth_memory_bytes": query("Memory", "process_resident_memory_bytes", "berth_memory_bytes"),
    "no metric berth:webhook_errors:ratio_rate7d": query("Burn rate of errors (1h)", "rate1h", "rate7d"),
    "the description does not name": own("Calls", "description", "Calls."),
    "no variable $node": query("Memory", '{', '{node="$node",'),
    "a legend of raw labels": lambda board: panel(board, "Memory")["targets"][0].update(legendFormat=""),
    "is not in its place": lambda board: panel(board, "Errors")["gridPos"].update(x=1),
    "two panels": own("Errors", "title", "Calls"),
    "editable is not False": lambda board: board.update(editable=True),
    "uid x": lambda board: board.update(uid="x"),
    "its variables begin with": lambda board: board["templating"]["list"].pop(0),
}


class DashboardLint(unittest.TestCase):
    def test_ours_are_clean(self):
        self.assertEqual(complaints(lambda board: None), [])

    def test_each_breach_is_named(self):
        for text, change in BREACHES.items():
            with self.subTest(text):
                found = complaints(change)
                self.assertTrue(any(text in line for line in found), found)


class RuleLint(unittest.TestCase):
    def test_breaches(self):
        groups = rules.with_runbooks(rules.groups())
        self.assertEqual(lint.check_rules(groups, METRICS), [])
        broken = next(rule for group in groups for rule in group["rules"] if "alert" in rule)
        broken["expr"] += " + berth_nothing"
        broken["labels"]["severity"] = "red"
        broken["annotations"].pop("runbook_url")
        text = "\n".join(lint.check_rules(groups, METRICS))
        for want in ("no metric berth_nothing", "severity is neither", "no runbook_url"):
            self.assertIn(want, text)

    def test_runbooks_and_alerts_match_both_ways(self):
        page = "# {}\n\n## Meaning\n\n## Impact\n\n## Diagnosis\n\n{}\n\n## Mitigation\n\n## Escalation\n"
        groups = [{"rules": [{"alert": name} for name in ("Good", "Missing", "Bare", "Misnamed")]}]
        with tempfile.TemporaryDirectory() as directory:
            for name, title, commands in (("Good", "Good", "```sh\nls\n```"), ("Bare", "Bare", ""), ("Misnamed", "Other", "```\n```"),
                                          ("Orphan", "Orphan", "```\n```")):
                (Path(directory) / f"{name}.md").write_text(page.format(title, commands))
            found = lint.check_runbooks(groups, Path(directory))
            self.assertEqual(found, ["alert Missing: there is no docs/runbooks/Missing.md",
                                     "docs/runbooks/Orphan.md: there is no such alert",
                                     "docs/runbooks/Bare.md: Diagnosis has no command to copy",
                                     "docs/runbooks/Misnamed.md: its title is not Misnamed"])
            (Path(directory) / "Good.md").write_text("# Good\n\n## Meaning\n")
            self.assertIn("docs/runbooks/Good.md: its sections are not", "\n".join(lint.check_runbooks(groups, Path(directory))))

    def test_an_alert_that_the_docs_do_not_list(self):
        text = (ROOT / "docs" / "monitoring.md").read_text()
        self.assertEqual(lint.check_overview(rules.groups(), text), [])
        text = text.replace("| [BerthDown](runbooks/BerthDown.md) | page |", "| [BerthDown](runbooks/BerthDown.md) | ticket |")
        self.assertEqual(lint.check_overview(rules.groups(), text), ["docs/monitoring.md: no row for BerthDown, page"])
