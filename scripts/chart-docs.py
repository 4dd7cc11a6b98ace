#!/usr/bin/env python3
"""Makes charts/berth/values.schema.json and the table of charts/berth/README.md from the comments of values.yaml.

A value is described by the comment right above it: lines from "# -- " on are its text; a line "# @schema {JSON}" adds to
its schema (a map that is open, or a list, must have one). Maps with entries in values.yaml take no other entries.

Usage: chart-docs.py           writes both files
       chart-docs.py --check   prints what is out of date and exits 1
"""

import json
import re
import sys
from pathlib import Path

import yaml

CHART = Path(__file__).resolve().parent.parent / "charts" / "berth"
BEGIN, END = "<!-- values: made by scripts/chart-docs.py -->\n", "<!-- end of values -->\n"
KEY = re.compile(r"^( *)([A-Za-z][A-Za-z0-9]*):(?: |$)")


class Problem(Exception):
    pass


def read_comments(text):
    """Path of a value -> (its text, what @schema adds)."""
    told = {}
    parents = []  # (indent, key)
    comment = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            comment.append(stripped[1:].strip())
            continue
        if match := KEY.match(line):
            indent = len(match[1])
            while parents and parents[-1][0] >= indent:
                parents.pop()
            parents.append((indent, match[2]))
            words, extra = [], {}
            for part in comment:
                if part.startswith("@schema "):
                    try:
                        extra = json.loads(part.removeprefix("@schema "))
                    except ValueError as error:
                        raise Problem(f"values.yaml:{number}: @schema is no JSON: {error}") from error
                elif part.startswith("-- "):
                    words = [part.removeprefix("-- ")]
                elif words:
                    words.append(part)
            told[".".join(key for _, key in parents)] = (" ".join(words), extra)
        comment = []
    return told


def type_of(value):
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    raise Problem("null is no default: give an empty value of the type")


def schema_of(value, path, told):
    text, extra = told.get(path, ("", {}))
    schema = {"type": type_of(value)}
    if text:
        schema["description"] = text
    if isinstance(value, list) and "items" not in extra:
        raise Problem(f"{path}: a list needs @schema with items")
    if isinstance(value, dict):
        if "additionalProperties" not in extra and not value:
            raise Problem(f"{path}: an empty map needs @schema with additionalProperties")
        if not text:
            schema["properties"] = {key: schema_of(below, f"{path}.{key}".lstrip("."), told) for key, below in value.items()}
            schema["additionalProperties"] = False
    schema.update(extra)
    return schema


def rows_of(value, path, told):
    text, extra = told.get(path, ("", {}))
    if isinstance(value, dict) and not text:
        for key, below in value.items():
            yield from rows_of(below, f"{path}.{key}".lstrip("."), told)
        return
    if not text:
        raise Problem(f'{path}: has no "# -- " description')
    kind = "/".join(extra["enum"]) if "enum" in extra else extra.get("type", type_of(value))
    if isinstance(kind, list):
        kind = "/".join(kind)
    default = json.dumps(value, separators=(",", ":")).replace("|", "\\|")
    yield f"| `{path}` | {kind} | `{default}` | {text} |"


def make():
    text = (CHART / "values.yaml").read_text()
    values, told = yaml.safe_load(text), read_comments(text)
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart berth"}
    schema |= schema_of(values, "", told)
    table = ["| value | type | default | meaning |", "|---|---|---|---|", *rows_of(values, "", told)]
    readme = (CHART / "README.md").read_text()
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return {
        CHART / "values.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n",
        CHART / "README.md": before + BEGIN + "\n".join(table) + "\n" + END + after,
    }


def main():
    try:
        made = make()
    except Problem as problem:
        print(problem)
        return 1
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" not in sys.argv[1:]:
        for path in stale:
            path.write_text(made[path])
        return 0
    for path in stale:
        print(f"charts/berth/{path.name} is out of date: run scripts/chart-docs.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
