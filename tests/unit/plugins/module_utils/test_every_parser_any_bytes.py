# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every parser there is, also one that was added today: whatever the bytes, a record or Malformed, nothing else.

The bytes are those of captured files, whichever parser they are for, damaged: they get further than random ones.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.fleet.memory.plugins import module_utils
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
ROOMS = ("_procfs", "_sysfs", "_cgroupfs", "_config", "_kernel_log", "_shapes")
LONGEST = 3000

Parser = Callable[[bytes], Any]


def parsers() -> dict[str, Parser]:
    """All public functions of the parsers' rooms that take the bytes of a file, and nothing else that is required."""
    found: dict[str, Parser] = {}
    for room in ROOMS:
        for path in sorted((Path(module_utils.__path__[0]) / room).glob("[!_]*.py")):
            module = importlib.import_module(f"{module_utils.__name__}.{room}.{path.stem}")
            for name, function in inspect.getmembers(module, inspect.isfunction):
                required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
                if function.__module__ == module.__name__ and name[0] != "_" and [p.name for p in required] == ["data"]:
                    found[f"{room}.{path.stem}.{name}"] = function
    return found


def captured() -> list[bytes]:
    """The beginnings of captured files, one of each name."""
    by_name = {path.name: path for path in sorted(FIXTURES.rglob("*")) if path.is_file()}
    return [path.read_bytes()[:LONGEST] for path in by_name.values()]


PARSERS = parsers()
NOISE = st.sampled_from([b"", b"\n", b" ", b"\t", b"\0", b"\xff", b")", b"-", b":", b"=", b"0x", b"9" * 5000, b"-1"])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A captured file with up to four pieces of it cut out or replaced."""
    data = draw(st.sampled_from(CAPTURED))
    for _damage in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(NOISE) + data[start + draw(st.integers(0, 40)) :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


CAPTURED = captured()


def test_the_parsers_are_found() -> None:
    assert len(PARSERS) > 35
    assert {"_procfs.meminfo.parse", "_kernel_log.kmsg.parse", "_shapes.elf.parse"} <= PARSERS.keys()
    assert len(CAPTURED) > 40


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS.keys())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.one_of(st.binary(max_size=200), damaged()))
@example(data=b"")
def test_parsers(parser: Parser, data: bytes) -> None:
    try:
        parser(data)
    except Malformed:
        pass


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS.keys())
def test_no_captured_file_breaks_a_foreign_parser(parser: Parser) -> None:
    for data in CAPTURED:
        try:
            parser(data)
        except Malformed:
            pass
