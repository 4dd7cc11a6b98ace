#!/usr/bin/env python3
"""Checks that every relative link and every path in backquotes of our Markdown leads somewhere in the tree.

Usage: check-links.py   from the root; prints "file:line: target" for each that does not, and exits 1.
"""

import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# `scripts/build`, `src/core/filters.h`, `docs/adr/0003`: a path of ours, possibly the beginning of a file's name.
PATH = re.compile(r"`((?:src|include|tests|scripts|docs|cmake|examples|deploy|charts)/[\w./-]+)(?:[ `])")


def leads_somewhere(target, file):
    target = target.split("#")[0]
    if not target:
        return True
    at = file.parent / target
    return at.exists()


def main():
    files = subprocess.run(["git", "ls-files", "*.md"], check=True, capture_output=True, text=True).stdout.split()
    broken = []
    for file in map(Path, files):
        fenced = False
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            if fenced:
                continue
            for target in LINK.findall(line):
                if not re.match(r"^[a-z]+:", target) and not leads_somewhere(target, file):
                    broken.append(f"{file}:{number}: {target}")
            for path in PATH.findall(line + " "):
                if "NNNN" not in path and not Path(path).exists() and not list(Path().glob(path + "*")):
                    broken.append(f"{file}:{number}: {path}")
    print("\n".join(broken), end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
