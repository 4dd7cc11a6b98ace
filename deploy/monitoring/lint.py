"""What a dashboard, a rule and a runbook must be. Each function returns complaints, one line each."""

import re

from grafana import METRIC

SELECTOR = re.compile(r"\b((?:berth_|process_|scheduler_)\w+|berth:\w+:\w+|up|ALERTS)(\{[^}]*\})?(?=[\s)\[{/<>*+-]|$)")
RATE = re.compile(r"\b(?:rate|increase)\(")
AGGREGATED = re.compile(r"\b(?:sum|max|min|avg)\s*(?:by \([\w, ]+\)\s*)?\((?:rate|increase)\(")
WINDOW = re.compile(r"\[([^\]]+)\]")
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation"]
UIDS = {"overview": "berth-overview", "fleet": "berth-fleet", "placement": "berth-placement", "internals": "berth-internals"}
HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")


def documented_metrics(text):
    """Name to type, from docs/metrics.md."""
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE))


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(boards):
    """(where, PromQL) of everything that Grafana would ask, variables' queries aside."""
    found = []
    for board in boards.values():
        for panel in panels(board):
            found += [(f"{board['title']} / {panel['title']}", target["expr"]) for target in panel["targets"]]
        found += [(f"{board['title']} / annotation {a['name']}", a["expr"]) for a in board["annotations"]["list"]]
    return found


def substituted(expr, interval="5m", **variables):
    """As Grafana fills the variables in; those that are not given match everything."""
    for name, value in variables.items():
        expr = expr.replace("$" + name, value)
    expr = expr.replace("$__rate_interval", interval)
    return re.sub(r"\$\w+", ".*", expr)


def base_name(name, metrics):
    for part in HISTOGRAM_PARTS:
        if name.endswith(part) and metrics.get(name[: -len(part)]) == "histogram":
            return name[: -len(part)]
    return name


def unknown_metrics(expr, metrics, recorded):
    return [name for name in METRIC.findall(expr)
            if base_name(name, metrics) not in metrics and name not in recorded and name != "up"
            and not name.startswith("scheduler_")]


def is_counter(name, metrics):
    return metrics.get(name) == "counter" or base_name(name, metrics) != name or (
        name.startswith("scheduler_") and name.endswith(("_total", *HISTOGRAM_PARTS)))


def guarded(divisor):
    """Whether what follows a division is a number, or brackets that nothing leaves which is 0."""
    if re.match(r"[0-9.]+", divisor):
        return True
    depth = 0
    for at, char in enumerate(divisor):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return divisor[:at].endswith(" > 0")
    return False


def check_query(expr, metrics, recorded, windows=()):
    complaints = [f"no metric {name}" for name in unknown_metrics(expr, metrics, recorded)]
    for match in SELECTOR.finditer(expr):
        name, matchers = match.group(1), match.group(2) or ""
        if name == "up" and not matchers:
            continue
        if "cluster=" not in matchers or ("job=" not in matchers and name != "ALERTS"):
            complaints.append(f"{name} has no matcher for cluster and job")
        if is_counter(name, metrics) and not re.search(r"(?:rate|increase)\($", expr[: match.start()]):
            complaints.append(f"counter {name} without rate")
    if len(RATE.findall(expr)) != len(AGGREGATED.findall(expr)):
        complaints.append("a rate outside an aggregation")
    complaints += [f"window [{window}] instead of $__rate_interval" for window in WINDOW.findall(expr)
                   if window != "$__rate_interval" and window not in windows]
    if expr.count("histogram_quantile(") != expr.count(" >= 0"):
        complaints.append("a quantile without >= 0: NaN when idle")
    if any(not guarded(expr[match.end():]) for match in re.finditer(r" / ", expr)):
        complaints.append("a division whose divisor is not guarded by > 0: NaN when idle")
    return complaints


def check_panel(panel, metrics, recorded):
    complaints = [f"no {key}" for key in ("title", "description") if not panel.get(key)]
    defaults = panel["fieldConfig"]["defaults"]
    if not defaults.get("unit"):
        complaints.append("no unit")
    if defaults.get("unit") == "percentunit" and (defaults.get("min") != 0 or defaults.get("max") != 1):
        complaints.append("a ratio whose axis is not 0 to 1")
    if not panel["targets"]:
        complaints.append("no query")
    for source in [panel, *panel["targets"]]:
        if source["datasource"]["uid"] != "${datasource}":
            complaints.append("a data source that is not the variable")
    # A title that names its window may have it: the budget of 30 days is one of 30 days.
    windows = re.findall(r"\((\d+[hd])\)", panel["title"])
    for target in panel["targets"]:
        complaints += check_query(target["expr"], metrics, recorded, windows)
        if not target["legendFormat"]:
            complaints.append("a legend of raw labels")
        complaints += [f"the description does not name {name}" for name in METRIC.findall(target["expr"])
                       if name not in panel["description"]]
    return complaints


def overlapping(board):
    taken = {}
    for panel in board["panels"]:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            yield panel["title"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                if taken.setdefault((x, y), panel["title"]) != panel["title"]:
                    yield panel["title"]
                    return


def check_dashboards(boards, metrics, rule_groups):
    recorded = {rule["record"] for group in rule_groups for rule in group["rules"] if "record" in rule}
    complaints = []
    for name, board in boards.items():
        where = f"dashboard {name}"
        if board["uid"] != UIDS.get(name):
            complaints.append(f"{where}: uid {board['uid']}, links know it as {UIDS.get(name)}")
        for key, want in {"editable": False, "graphTooltip": 1, "tags": ["berth"], "refresh": "30s"}.items():
            if board[key] != want:
                complaints.append(f"{where}: {key} is not {want}")
        variables = [variable["name"] for variable in board["templating"]["list"]]
        if variables[:4] != ["datasource", "cluster", "job", "instance"]:
            complaints.append(f"{where}: its variables begin with {variables[:4]}")
        for _, expr in queries({name: board}):
            complaints += [f"{where}: no variable ${used}" for used in re.findall(r"\$(\w+)", expr)
                           if used not in variables and used != "__rate_interval"]
        ids = [panel["id"] for panel in board["panels"]]
        titles = [panel["title"] for panel in panels(board)]
        if len(set(ids)) != len(ids) or len(set(titles)) != len(titles):
            complaints.append(f"{where}: two panels have the same id or title")
        complaints += [f"{where} / {title}: is not in its place" for title in overlapping(board)]
        for panel in panels(board):
            complaints += [f"{where} / {panel['title']}: {said}" for said in check_panel(panel, metrics, recorded)]
    return complaints


def check_rules(groups, metrics):
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    complaints = []
    for group in groups:
        for rule in group["rules"]:
            name = rule.get("alert") or rule["record"]
            complaints += [f"rule {name}: no metric {unknown}" for unknown in unknown_metrics(rule["expr"], metrics, recorded)]
            if "alert" in rule:
                complaints += [f"alert {name}: no {key}" for key in ("summary", "description", "runbook_url")
                               if not rule["annotations"].get(key)]
                if rule["labels"].get("severity") not in ("page", "ticket"):
                    complaints.append(f"alert {name}: severity is neither page nor ticket")
    return complaints


def check_overview(groups, text):
    """docs/monitoring.md has a row for each alert, with its severities and the way to its runbook."""
    severities = {}
    for rule in (rule for group in groups for rule in group["rules"] if "alert" in rule):
        severities.setdefault(rule["alert"], {})[rule["labels"]["severity"]] = None
    return [f"docs/monitoring.md: no row for {name}, {', '.join(kinds)}" for name, kinds in severities.items()
            if f"| [{name}](runbooks/{name}.md) | {', '.join(kinds)} |" not in text]


def check_runbooks(groups, directory):
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    pages = {path.stem: path.read_text() for path in directory.glob("*.md")}
    complaints = [f"alert {name}: there is no docs/runbooks/{name}.md" for name in sorted(alerts - pages.keys())]
    complaints += [f"docs/runbooks/{name}.md: there is no such alert" for name in sorted(pages.keys() - alerts)]
    for name in sorted(alerts & pages.keys()):
        if re.findall(r"^## (.+)$", pages[name], re.MULTILINE) != SECTIONS:
            complaints.append(f"docs/runbooks/{name}.md: its sections are not {', '.join(SECTIONS)}")
        if not pages[name].startswith(f"# {name}\n"):
            complaints.append(f"docs/runbooks/{name}.md: its title is not {name}")
        diagnosis = pages[name].partition("## Diagnosis")[2].partition("## Mitigation")[0]
        if "```" not in diagnosis:
            complaints.append(f"docs/runbooks/{name}.md: Diagnosis has no command to copy")
    return complaints
