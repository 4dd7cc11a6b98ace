"""Draws what the panels of a dashboard showed, from answers that a Prometheus gave (SVG, laid out as in Grafana)."""

from html import escape

COLUMN, LINE, GAP, HEAD = 50, 24, 6, 54  # pixels: of a grid column, of a grid row, between panels, above them
COLOURS = ["#3274d9", "#e0752d", "#37872d", "#c4162a", "#8f3bb8", "#0f8f8f", "#b58900", "#767676"]
UNITS = {"bytes": [(2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")]}


def formatted(value, unit):
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "s":
        if value >= 3600:
            return f"{value / 3600:.3g} h"
        return f"{value:.3g} s" if value >= 1 or value == 0 else f"{value * 1000:.3g} ms"
    for size, name in UNITS.get(unit, []):
        if value >= size:
            return f"{value / size:.3g} {name}"
    suffix = {"reqps": " req/s", "ops": " /s", "bytes": " B"}.get(unit, "")
    return (f"{value:.0f}" if value == int(value) and abs(value) < 1e6 else f"{value:.3g}") + suffix


def text(x, y, said, *, size=11, colour="#222", anchor="start", weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(said)}</text>')


def clipped(said, pixels, size=11):
    room = int(pixels / (size * 0.56))
    return said if len(said) <= room else said[: max(room - 1, 1)] + "…"


def last(line):
    return line["Points"][-1][1]


def polyline(line, area, begin, end, top, colour):
    x, y, width, height = area
    span = max(end - begin, 1e-9)
    points = " ".join(f"{x + (t - begin) / span * width:.1f},{y + height - min(v, top) / top * height:.1f}" for t, v in line["Points"])
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.4"/>'


def draw_stat(panel, lines, area):
    x, y, width, height = area
    unit = panel["fieldConfig"]["defaults"]["unit"]
    value = last(lines[0])
    mappings = panel["fieldConfig"]["defaults"]["mappings"]
    words = mappings[0]["options"] if mappings else {}
    shown = words.get(f"{value:.0f}", {}).get("text") or formatted(value, unit)
    colour = next(step["color"] for step in reversed(panel["fieldConfig"]["defaults"]["thresholds"]["steps"])
                  if step["value"] is None or value >= step["value"])
    colour = {"green": "#37872d", "orange": "#d9730d", "red": "#c4162a"}[colour]
    size = min(26, int(width / max(len(shown), 1) / 0.6))
    return [text(x + width / 2, y + height / 2 + size / 3, shown, size=size, colour=colour, anchor="middle", weight="bold")]


def draw_rows(panel, lines, area, bars):
    x, y, width, height = area
    unit = panel["fieldConfig"]["defaults"]["unit"]
    parts = []
    for i, line in enumerate(sorted(lines, key=last, reverse=True)[: int(height / 18)]):
        at = y + 14 + 18 * i
        if bars:
            parts.append(f'<rect x="{x}" y="{at - 12}" width="{width}" height="15" fill="#eef0f3"/>')
            parts.append(f'<rect x="{x}" y="{at - 12}" width="{max(0, min(last(line), 1)) * width:.1f}" height="15" fill="#a9c8f5"/>')
        parts.append(text(x + 3, at, clipped(line["Legend"] or "all", width - 70)))
        parts.append(text(x + width - 3, at, formatted(last(line), unit), anchor="end", weight="bold"))
    return parts


def draw_heat(lines, area):
    """Counts between neighbouring bounds, darker where there are more."""
    x, y, width, height = area
    lines = sorted(lines, key=lambda line: float(line["Legend"].replace("+Inf", "inf")))
    times = sorted({t for line in lines for t, _ in line["Points"]})
    cells = {}
    for t in times:
        below = 0.0
        for i, line in enumerate(lines):
            upto = dict(map(tuple, line["Points"])).get(t, below)
            cells[t, i], below = max(upto - below, 0), upto
    most = max(cells.values()) or 1
    step_x, step_y = (width - 40) / max(len(times), 1), height / len(lines)
    parts = []
    for (t, i), count in cells.items():
        if count > 0:
            parts.append(f'<rect x="{x + 40 + times.index(t) * step_x:.1f}" y="{y + height - (i + 1) * step_y:.1f}" '
                         f'width="{step_x:.1f}" height="{step_y:.1f}" fill="#3274d9" fill-opacity="{0.15 + 0.85 * count / most:.2f}"/>')
    parts += [text(x + 36, y + height - i * step_y - 2, line["Legend"], size=9, colour="#666", anchor="end")
              for i, line in enumerate(lines) if i % 3 == 0]
    return parts


def draw_lines(panel, lines, area):
    x, y, width, height = area
    unit = panel["fieldConfig"]["defaults"]["unit"]
    shown = sorted(lines, key=lambda line: (-max(v for _, v in line["Points"]), line["Legend"]))[: len(COLOURS)]
    legend_rows = min((len(shown) + 1) // 2, 3)
    height -= 14 * legend_rows + 6
    top = max(max(v for _, v in line["Points"]) for line in shown) * 1.05 or 1
    moments = [t for line in lines for t, _ in line["Points"]]
    plot = (x + 52, y + 4, width - 56, height - 4)
    parts = [f'<path d="M{plot[0]} {plot[1]}H{plot[0] + plot[2]}M{plot[0]} {plot[1] + plot[3]}H{plot[0] + plot[2]}" stroke="#d8dbe0"/>',
             text(x + 48, y + 12, formatted(top / 1.05 if top != 1 else 1, unit), size=10, colour="#666", anchor="end"),
             text(x + 48, y + height, formatted(0, unit), size=10, colour="#666", anchor="end")]
    for i, line in reversed(list(enumerate(shown))):
        parts.append(polyline(line, plot, min(moments), max(moments), top, COLOURS[i]))
    for i, line in enumerate(shown[: 2 * legend_rows]):
        at_x, at_y = x + (i % 2) * width / 2, y + height + 16 + 14 * (i // 2)
        said = clipped(line["Legend"], width / 2 - 74, 10)
        parts.append(f'<rect x="{at_x:.0f}" y="{at_y - 6:.0f}" width="10" height="3" fill="{COLOURS[i]}"/>')
        parts.append(text(at_x + 14, at_y, said, size=10))
        parts.append(text(at_x + width / 2 - 6, at_y, formatted(last(line), unit), size=10, anchor="end", colour="#666"))
    if len(lines) > 2 * legend_rows:
        parts.append(text(x + width, y - 6, f"{len(lines)} lines", size=9, colour="#888", anchor="end"))
    return parts


def draw(panel, lines):
    grid = panel["gridPos"]
    x, y = grid["x"] * COLUMN + GAP, grid["y"] * LINE + HEAD
    width, height = grid["w"] * COLUMN - GAP, grid["h"] * LINE - GAP
    if panel["type"] == "row":
        return [text(x, y + 17, panel["title"], size=13, weight="bold", colour="#444")]
    parts = [f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="#fff" stroke="#d8dbe0"/>',
             text(x + 8, y + 17, clipped(panel["title"], width - 12, 12), size=12, weight="bold")]
    area = (x + 8, y + 26, width - 16, height - 32)
    lines = [line for line in lines if line["Points"]]
    if not lines:
        return [*parts, text(x + width / 2, y + height / 2, "nothing", anchor="middle", colour="#888")]
    if panel["type"] == "stat":
        return parts + draw_stat(panel, lines, area)
    if panel["type"] in ("table", "bargauge"):
        return parts + draw_rows(panel, lines, area, panel["type"] == "bargauge")
    return parts + (draw_heat(lines, area) if panel["type"] == "heatmap" else draw_lines(panel, lines, area))


def sheet(board, answers):
    """The dashboard as SVG. `answers` are what the end-to-end test recorded, of all dashboards."""
    lines = {(a["Dashboard"], a["Title"]): a["Lines"] or [] for a in answers}
    width = 24 * COLUMN + GAP
    height = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"]) * LINE + HEAD + GAP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">', f'<rect width="{width}" height="{height}" fill="#f4f5f7"/>',
             text(GAP + 2, 24, board["title"], size=18, weight="bold"),
             text(GAP + 2, 42, board["description"] + " Drawn from a Prometheus' answers.", size=11, colour="#666")]
    for panel in board["panels"]:
        parts += draw(panel, lines.get((board["title"], panel["title"]), []))
    return "\n".join([*parts, "</svg>"]) + "\n"
