#!/usr/bin/env python3
"""Holds measured rows to the bars.

Usage: report.py ROWS [--json FILE]   ROWS: one JSON object per line; exits 1 when a bar is missed
"""

import argparse
import json
import sys


def merge(lines):
    """Rows of the same thing become one."""
    rows = {}
    for line in lines:
        if line.startswith("{"):
            row = json.loads(line)
            mode = row.get("mode")
            if row["name"] == "scheduler" and row.get("shortlist"):
                mode += f", shortlist {row['shortlist']}"
            rows.setdefault((row["name"], row.get("nodes"), mode), {}).update(row)
    return rows


class Bars:
    def __init__(self, rows):
        self.rows, self.lines, self.missed = rows, [("", "measured", "bar", "")], False

    def value(self, name, nodes, field, mode="names"):
        return self.rows.get((name, nodes, mode), {}).get(field)

    def hold(self, what, measured, bar, unit="x", at_least=False):
        if measured is None:
            self.lines.append((what, "not measured", f"{'>=' if at_least else '<='} {bar:g} {unit}", ""))
            return
        good = measured >= bar if at_least else measured <= bar
        self.missed |= not good
        self.lines.append((what, f"{measured:.2f} {unit}", f"{'>=' if at_least else '<='} {bar:g} {unit}", "" if good else "MISSED"))

    def floors(self, what, name, nodes, bar, mode="names"):
        cpu, floor = self.value(name, nodes, "cpu_us", mode), self.value(name, nodes, "floor_us", mode)
        self.hold(what, cpu / floor if cpu and floor else None, bar, "x floor")

    def scaled(self, what, name, nodes, field, scale, bar, unit, mode="names"):
        value = self.value(name, nodes, field, mode)
        self.hold(what, value / scale if value is not None else None, bar, unit)

    def all(self):
        self.floors("filter, 5,000 names, CPU", "filter", 5000, 3)
        self.scaled("filter, 5,000 names, instructions", "filter", 5000, "instructions", 1e6, 4, "M")
        self.floors("filter + prioritize, 5,000 names, CPU", "filter+prioritize", 5000, 2.5)
        cpu, alone = self.value("all-terms", 5000, "cpu_us"), self.value("all-terms", 5000, "floor_us")
        self.hold("filter + prioritize, all terms to gpu-memory alone", cpu / alone if cpu and alone else None, 1.2)
        cpu, alone = self.value("fragmentation", 5000, "cpu_us"), self.value("fragmentation", 5000, "floor_us")
        self.hold("filter + prioritize, packing fragmentation to binpack", cpu / alone if cpu and alone else None, 1.2)
        self.scaled("/metrics/resources, 40,000 series", "resources", 5000, "cpu_us", 1e3, 5, "CPU ms", None)
        small, large = self.value("filter", 1000, "cpu_us"), self.value("filter", 20000, "cpu_us")
        self.hold("filter, CPU per node at 20,000 to that at 1,000", large / 20 / small if small and large else None, 1.3)
        self.floors("filter, 5,000 whole nodes, CPU", "filter", 5000, 2, "nodes")
        self.scaled("5,000 nodes and 50,000 pods, parse and ingest", "list", 5000, "cpu_us", 1e6, 0.3, "CPU s", None)
        self.scaled("  over TLS", "list-tls", 5000, "cpu_us", 1e6, 0.7, "CPU s", None)
        self.scaled("  memory", "list-tls", 5000, "rss_mib", 1, 64, "MiB", None)
        self.scaled("  ready after the last page", "ready", 5000, "p50_us", 1e6, 2, "s", None)
        self.scaled("one kept connection, small filter, p50", "keep-alive", 1, "p50_us", 1e3, 5, "ms")
        self.scaled("a new connection beside 100 idle ones, p99", "idle-connections", 1, "p99_us", 1e3, 50, "ms")
        quiet, busy = self.value("filter-quiet", 5000, "p50_us"), self.value("filter-while-binding", 5000, "p50_us")
        self.hold("filter p50 with 128 binds in flight to quiet", busy / quiet if quiet and busy else None, 2)
        # Scrapes per second are targets over 15 s.
        self.scaled("collector, 5,000 targets every 15 s, of a core", "collector", 5000, "cpu_us", 1e6 * 15 / 5000 / 100, 5, "%", "targets")
        self.scaled("  memory", "collector", 5000, "rss_mib", 1, 64, "MiB", "targets")
        # Pods per second through the real kube-scheduler: at 5,000 nodes the shortlist's own purpose.
        for nodes, bar, shortlist in ((1000, 0.75, False), (5000, 1.0, True)):
            for (name, of, mode), row in sorted(self.rows.items(), key=str):
                if name == "scheduler" and of == nodes and ("shortlist" in mode) == shortlist and "baseline_pods_per_second" in row:
                    ratio = row["pods_per_second"] / row["baseline_pods_per_second"]
                    self.hold(f"pods/s, {nodes:,} nodes, {mode}", ratio, bar, "x no extender", at_least=True)


def print_table(lines):
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def print_rows(rows):
    fields = ["cpu_us", "floor_us", "p50_us", "p99_us", "instructions", "rss_mib"]
    lines = [("", *fields)]
    for (name, nodes, mode), row in rows.items():
        if name != "scheduler":
            label = f"{name}, {nodes:,} {mode or 'nodes'}"
            lines.append((label, *(f"{row[field]:,.0f}" if field in row else "" for field in fields)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print(line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:])), sep="  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    with open(arguments.rows, encoding="utf-8") as lines:
        rows = merge(lines)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(list(rows.values()), file, indent=1)
            file.write("\n")
    print_rows(rows)
    print()
    bars = Bars(rows)
    bars.all()
    print_table(bars.lines)
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
