#!/usr/bin/env python3
"""layering.py refuses what it should: a small forged house with one breach at a time."""

import tempfile
import unittest
from pathlib import Path

import layering

ROOMS = """
berth_room(base)
berth_room(core    USES base)
berth_room(net     USES base   LINKS OpenSSL::SSL)
berth_room(state   USES base core)
"""

# What a file says, where it stands, and what must be said about it ("" where nothing).
CASES = [
    ("the room's own public header", "src/core/a.cc", '#include "berth/core/a.h"', ""),
    ("a room on a lower floor", "src/state/a.cc", '#include "berth/core/a.h"', ""),
    ("a room above", "src/core/a.cc", '#include "berth/state/s.h"', "may use only: base"),
    ("a room above, from a public header", "include/berth/core/b.h", '#include "berth/state/s.h"', "may use only: base"),
    ("a room beside", "src/net/a.cc", '  #  include <berth/core/a.h>', "may use only: base"),
    ("a room that does not exist", "src/core/a.cc", '#include "berth/kitchen/a.h"', "no room kitchen"),
    ("a private header of its own", "src/core/a.cc", '#include "private.h"', ""),
    ("a private header of another room", "src/state/a.cc", '#include "../core/private.h"', "crosses no wall"),
    ("a private header by a bare name", "src/state/a.cc", '#include "private.h"', "no header of its own directory"),
    ("httplib in its room", "src/net/a.cc", "#include <httplib.h>", ""),
    ("httplib elsewhere", "src/state/a.cc", "#include <httplib.h>", "belongs to net"),
    ("yaml-cpp elsewhere", "src/net/a.cc", "#include <yaml-cpp/yaml.h>", "belongs to config"),
    ("nlohmann elsewhere", "src/net/a.cc", "#include <nlohmann/json.hpp>", "belongs to server"),
    ("a thread in core", "src/core/a.cc", "#include <thread>", "threads are made in app"),
    ("a clock in core", "include/berth/core/b.h", "#include <chrono>", "time is an argument"),
    ("a stream in core", "src/core/a.cc", "#include <iostream>", "no streams"),
    ("a thread where it may be", "src/state/a.cc", "#include <thread>", ""),
    ("a file in no room", "src/kitchen/a.cc", "#include <string>", "kitchen is no room"),
    ("an include in a comment", "src/core/a.cc", "// #include <thread>", ""),
]


class Layering(unittest.TestCase):
    def breaches(self, file, text):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            for name, content in {
                "cmake/Rooms.cmake": ROOMS,
                "include/berth/core/a.h": "#pragma once\n#include <string>\n",
                "include/berth/state/s.h": "#pragma once\n",
                "src/core/private.h": "#pragma once\n",
                file: text + "\n",
            }.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content)
            return list(layering.breaches(root))

    def test_cases(self):
        for name, file, text, wanted in CASES:
            with self.subTest(name):
                found = self.breaches(file, text)
                if wanted:
                    self.assertEqual(len(found), 1, found)
                    self.assertTrue(found[0].startswith(file + ":1: "), found[0])
                    self.assertIn(wanted, found[0])
                else:
                    self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
