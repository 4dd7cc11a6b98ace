#!/usr/bin/env python3
"""Runs clang-tidy on the files it has not found clean before, as they are now.

A file is clean for good: its verdict is kept under a digest of the file, the headers of ours that it includes (theirs
too), .clang-tidy and clang-tidy's version. So a run after a small change takes seconds, and needs no list of changes.

Usage: tidy.py [--jobs N] [--cache DIR] [FILE...]   from the root; needs build/tidy/compile_commands.json
"""

import argparse
import concurrent.futures
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

TIDY = "clang-tidy-19"
BUILD = Path("build/tidy")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def our_headers(path, seen):
    """Adds to `seen` the files of ours that `path` includes, and theirs."""
    room = path.parts[1] if path.parts[0] in ("src", "tests") and len(path.parts) > 2 else ""
    for header in INCLUDE.findall(path.read_text(errors="replace")):
        for base in (path.parent, Path("include"), Path("tests"), Path("src") / room):
            found = base / header
            if found.is_file():
                if found not in seen:
                    seen.add(found)
                    our_headers(found, seen)
                break


def digest(path, salt):
    seen = {path}
    our_headers(path, seen)
    state = hashlib.sha256(salt)
    for file in sorted(seen):
        state.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return state.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path("build/tidy/clean"))
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()

    root = Path.cwd()
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    files = arguments.files or sorted(
        {Path(command["file"]).relative_to(root) for command in commands if Path(command["file"]).is_relative_to(root)}
    )
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    salt = version + Path(".clang-tidy").read_bytes()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    due = {}
    for file in files:
        key = digest(file, salt)
        if not (arguments.cache / key).exists():
            due[file] = key
    print(f"clang-tidy: {len(due)} of {len(files)} files to look at", flush=True)

    def look(file):
        return subprocess.run(
            [TIDY, "--quiet", "-p", str(BUILD), "--warnings-as-errors=*", str(file)],
            check=False, capture_output=True, text=True,
        )

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(look, file): file for file in due}
        for done, future in enumerate(concurrent.futures.as_completed(running), 1):
            file, result = running[future], future.result()
            if result.returncode == 0:
                (arguments.cache / due[file]).touch()
            else:
                failed += 1
                print(f"{file}:\n{result.stdout.strip() or result.stderr.strip()}", flush=True)
            if sys.stdout.isatty():
                print(f"\r\033[K{done}/{len(due)} {file}", end="", flush=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
