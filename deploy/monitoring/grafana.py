"""Dashboards as data: panels in rows, laid out by width, as the JSON that Grafana imports."""

import re

METRIC = re.compile(r"\b(?:berth_|berth:|process_|scheduler_)\w+(?::\w+)*|\bup\b(?=\{)")
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Good, worth a look, act: only where somebody would act.
GREEN, AMBER, RED = "green", "orange", "red"


def eq(label, value):
    return f'{label}="{value}"'


def among(label, pattern):
    return f'{label}=~"{pattern}"'


def sel(*matchers, resources=False):
    """The selector of one replica set: cluster, job and instance, then what else is asked for.

    The page of per-node metrics is a target of its own, whose job may end in -resources.
    """
    job = 'job=~"$job(-resources)?"' if resources else 'job="$job"'
    return "{" + ",".join(['cluster=~"$cluster"', job, 'instance=~"$instance"', *matchers]) + "}"


def rate(metric, *matchers, by=""):
    """Summed per-second rate of a counter."""
    grouping = f" by ({by}) " if by else ""
    return f"sum{grouping}(rate({metric}{sel(*matchers)}[$__rate_interval]))"


def share(part, whole):
    """part / whole, nothing while whole is 0."""
    return f"({part}) / (({whole}) > 0)"


def quantile(q, metric, *matchers, by=""):
    """Quantile of a histogram's last observations; nothing, not NaN, where there were none."""
    labels = f"le, {by}" if by else "le"
    buckets = f"sum by ({labels}) (rate({metric}_bucket{sel(*matchers)}[$__rate_interval]))"
    return f"histogram_quantile({q}, {buckets}) >= 0"


def across(expression, by=""):
    """State that every replica knows: the replicas agree but for moments, so one of them speaks."""
    grouping = f" by ({by}) " if by else ""
    return f"max{grouping}({expression})"


class Panel:
    """One panel. `targets` are (PromQL, legend); the description is completed with the metrics' names."""

    def __init__(self, kind, title, unit, description, targets, *, width=8, height=7, steps=None, ceiling=None,
                 stack=False, text=None, transform=None):
        self.kind, self.title, self.unit, self.description = kind, title, unit, description
        self.targets = [targets] if isinstance(targets, tuple) else targets
        self.width, self.height, self.steps, self.stack = width, height, steps, stack
        self.ceiling = 1 if ceiling is None and unit == "percentunit" else ceiling
        self.text, self.transform = text or {}, transform

    def json(self, panel_id, x, y):
        metrics = sorted({name for expr, _ in self.targets for name in METRIC.findall(expr)})
        steps = self.steps or [(None, GREEN if self.kind == "stat" else "blue")]
        defaults = {
            "unit": self.unit,
            "noValue": "No traffic" if any("rate" in expr for expr, _ in self.targets) else "None",
            "thresholds": {"mode": "absolute", "steps": [{"value": v, "color": c} for v, c in steps]},
            "mappings": [{"type": "value", "options": {str(k): {"text": v} for k, v in self.text.items()}}]
            if self.text else [],
            "color": {"mode": "thresholds" if self.kind in ("stat", "bargauge") else "palette-classic"},
        }
        if self.unit == "percentunit":
            defaults["min"] = 0
        if self.ceiling is not None:
            defaults["max"] = self.ceiling
        if self.kind == "timeseries":
            defaults["min"] = 0
            defaults["custom"] = {
                "drawStyle": "line", "fillOpacity": 10 if self.stack else 0, "lineWidth": 1, "showPoints": "never",
                "stacking": {"mode": "normal" if self.stack else "none", "group": "A"},
                "thresholdsStyle": {"mode": "line" if self.steps else "off"},
            }
        instant = self.kind in ("table", "bargauge")
        panel = {
            "id": panel_id, "type": self.kind, "title": self.title,
            "description": f"{self.description}\n\nFrom {', '.join(f'`{m}`' for m in metrics)}.",
            "datasource": DATASOURCE, "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": defaults, "overrides": []}, "options": self.options(),
            "targets": [{
                "refId": chr(ord("A") + i), "datasource": DATASOURCE, "expr": expr, "legendFormat": legend,
                "instant": instant, "range": not instant,
                "format": {"table": "table", "heatmap": "heatmap"}.get(self.kind, "time_series"),
            } for i, (expr, legend) in enumerate(self.targets)],
        }
        if self.transform:
            panel["transformations"] = [self.transform]
        return panel

    def options(self):
        last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        return {
            "stat": {"reduceOptions": last, "colorMode": "value", "graphMode": "area", "textMode": "auto",
                     "justifyMode": "auto", "orientation": "auto"},
            "bargauge": {"reduceOptions": last, "displayMode": "basic", "orientation": "horizontal", "showUnfilled": True},
            "timeseries": {"legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"],
                                      "showLegend": True},
                           "tooltip": {"mode": "multi", "sort": "desc"}},
            "table": {"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "Value", "desc": True}]},
            "heatmap": {"calculate": False, "cellGap": 1, "color": {"mode": "scheme", "scheme": "Blues", "steps": 64},
                        "yAxis": {"unit": self.unit}, "tooltip": {"mode": "single", "showColorScale": True}},
        }[self.kind]


def columns(*keep):
    """A table of these labels and the value; what tells replicas apart is left out."""
    return {"id": "filterFieldsByName", "options": {"include": {"names": [*keep, "Value"]}}}


def stat(title, unit, description, expr, **more):
    return Panel("stat", title, unit, description, (expr, title), **{"width": 3, "height": 4, **more})


def series(title, unit, description, *targets, **more):
    return Panel("timeseries", title, unit, description, list(targets), **more)


def variable(name, label, query, *, multi=False, every=False, sort=1):
    made = {
        "name": name, "label": label, "type": "query", "datasource": DATASOURCE, "query": {"query": query, "refId": name},
        "definition": query, "refresh": 2, "sort": sort, "multi": multi, "includeAll": every, "hide": 0,
        "current": {"text": "All", "value": "$__all"} if every else {}, "options": [],
    }
    if every:
        made["allValue"] = ".*"
    return made


def annotation(name, colour, expr, text):
    return {"name": name, "datasource": DATASOURCE, "enable": True, "iconColor": colour, "expr": expr, "step": "60s",
            "titleFormat": name, "textFormat": text, "tagKeys": "instance"}


ANNOTATIONS = [
    annotation("Replica started", "blue", f"changes(process_start_time_seconds{sel()}[2m]) > 0", "{{instance}}"),
    annotation("Catalog read", "green", f"changes(berth_catalog_last_reload_timestamp_seconds{sel()}[2m]) > 0",
               "{{instance}}"),
    annotation("New version", "purple", f"berth_build_info{sel()} unless berth_build_info{sel()} offset 2m",
               "{{version}} on {{instance}}"),
    annotation("New configuration", "purple", f"berth_config_hash_info{sel()} unless berth_config_hash_info{sel()} offset 2m",
               "{{hash}} on {{instance}}"),
    annotation("Alert", "red", 'ALERTS{alertstate="firing",alertname=~"Berth.*",cluster=~"$cluster"}', "{{alertname}}"),
]


def dashboard(uid, title, description, rows, extra_variables=()):
    """The dashboard's JSON. `rows` are (title, panels); panels flow from left to right over 24 columns."""
    panels, y, number = [], 0, 1
    for row_title, row in rows:
        panels.append({"id": number, "type": "row", "title": row_title, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        number, y, x, tallest = number + 1, y + 1, 0, 0
        for panel in row:
            if x + panel.width > 24:
                x, y, tallest = 0, y + tallest, 0
            panels.append(panel.json(number, x, y))
            number, x, tallest = number + 1, x + panel.width, max(tallest, panel.height)
        y += tallest
    return {
        "uid": uid, "title": f"Berth / {title}", "description": description, "tags": ["berth"], "editable": False,
        "graphTooltip": 1, "schemaVersion": 39, "version": 1, "refresh": "30s", "time": {"from": "now-1h", "to": "now"},
        "timezone": "", "annotations": {"list": ANNOTATIONS},
        "links": [{"type": "dashboards", "title": "Berth", "tags": ["berth"], "asDropdown": True, "keepTime": True,
                   "includeVars": True, "icon": "external link", "targetBlank": False}],
        "templating": {"list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0,
             "current": {}, "options": [], "refresh": 1, "multi": False, "includeAll": False},
            variable("cluster", "Cluster", "label_values(berth_build_info, cluster)", multi=True, every=True),
            variable("job", "Job", 'label_values(berth_build_info{cluster=~"$cluster"}, job)'),
            variable("instance", "Replica", 'label_values(berth_build_info{cluster=~"$cluster",job="$job"}, instance)',
                     multi=True, every=True),
            *extra_variables,
        ]},
        "panels": panels,
    }
