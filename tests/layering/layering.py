#!/usr/bin/env python3
"""Checks that every #include keeps to the floors of the house.

The build already hides the headers of rooms that a room may not use (cmake/Room.cmake). This catches what the
compiler cannot see: private headers that cross a wall, libraries that belong to one room, clocks and threads in
rooms that must stay pure. The rooms and who may use whom are read from cmake/Rooms.cmake.

Usage: layering.py ROOT   prints one line per breach, "file:line: what", and exits 1 when there is any.
"""

import re
import sys
from pathlib import Path

# Where a third-party library may be included at all, by how its headers begin.
LIBRARIES = {
    "httplib": {"net"},
    "openssl/": {"net", "inventory", "signing"},
    "yaml-cpp/": {"config"},
    "spdlog/": {"observe"},
    "prometheus/": {"observe"},
    "nlohmann/": {"server"},
    "simdjson": {"kube", "device", "apiclient", "telemetry", "extender"},
}

# What the rooms of values and decisions must not touch, and why.
PURE_ROOMS = {"cluster", "core", "plan"}
IMPURE = {
    "thread": "threads are made in app",
    "mutex": "no locks where nothing is shared",
    "shared_mutex": "no locks where nothing is shared",
    "condition_variable": "no locks where nothing is shared",
    "atomic": "no sharing between threads",
    "future": "threads are made in app",
    "chrono": "time is an argument",
    "ctime": "time is an argument",
    "random": "the same inputs give the same answer",
    "iostream": "no streams",
    "fstream": "no streams",
    "sstream": "no streams",
    "cstdio": "no streams",
    "berth/base/mutex.h": "no locks where nothing is shared",
}

ROOM = re.compile(r"^berth_room\((\w+)\s*(?:USES\s+([\w\s]*?))?\s*(?:LINKS\s[^)]*)?\)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_rooms(root):
    """The rooms, each with the set of rooms it may use."""
    text = (root / "cmake" / "Rooms.cmake").read_text()
    rooms = {name: set(uses.split()) for name, uses in ROOM.findall(text)}
    if not rooms:
        raise SystemExit("cmake/Rooms.cmake: no berth_room(...) found")
    return rooms


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1] == '"', found[2]


def judge(room, path, quoted, header, rooms):
    """What is wrong with one #include, or None."""
    if header.startswith("berth/"):
        other = header.split("/")[1]
        if other not in rooms:
            return f"includes {header}, and there is no room {other}"
        if other != room and other not in rooms[room]:
            return f"room {room} includes {header}, but may use only: {' '.join(sorted(rooms[room])) or 'nothing'}"
    elif quoted and ".." in header:
        return f'includes "{header}": a private header crosses no wall'
    elif quoted and not (path.parent / header).is_file():
        return f'includes "{header}", which is no header of its own directory'
    for prefix, owners in LIBRARIES.items():
        if header.startswith(prefix) and room not in owners:
            return f"room {room} includes <{header}>, which belongs to {' '.join(sorted(owners))}"
    if room in PURE_ROOMS and header in IMPURE:
        return f"room {room} includes <{header}>: {IMPURE[header]}"
    return None


def breaches(root):
    rooms = read_rooms(root)
    for side in ("src", "include/berth"):
        base = root / side
        for path in sorted(base.rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            room = path.relative_to(base).parts[0]
            where = path.relative_to(root)
            if room not in rooms:
                yield f"{where}:1: {room} is no room of cmake/Rooms.cmake"
                continue
            for number, quoted, header in includes(path):
                wrong = judge(room, path, quoted, header, rooms)
                if wrong:
                    yield f"{where}:{number}: {wrong}"


def main():
    if len(sys.argv) != 2:
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    found = list(breaches(Path(sys.argv[1])))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
