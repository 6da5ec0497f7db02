# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guests, one after the other: trixie, or all of them with --all-guests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kernels.guest import Guest
from tests.kernels.images import image, missing

KERNELS = {"trixie": "6.12", "bookworm": "6.1", "bullseye": "5.10"}
"""Debian's suites, and the series of the kernel that each has."""


class Observed(NamedTuple):
    """A guest that has only just booted, once by the module and once by the witness."""

    snapshot: dict[str, Any]
    witness: dict[str, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-guests", action="store_true", help="Debian 11, 12 and 13, not only 13")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    suites = list(KERNELS) if metafunc.config.getoption("all_guests") else ["trixie"]
    for name, scope in ("guest", "session"), ("host", "module"):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, suites, indirect=True, scope=scope)


def running(suite: str, folder: Path) -> Iterator[Guest]:
    reason = missing()
    if reason:
        pytest.skip(f"no guest with its own kernel: {reason}")
    guest = Guest(suite, image(suite), folder)
    try:
        guest.wait()
        yield guest
    finally:
        guest.stop()


@pytest.fixture(scope="session")
def guest(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """A running guest, which tests leave as they found it."""
    yield from running(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """A guest for one file of tests alone, which they change and reboot."""
    yield from running(request.param, tmp_path_factory.mktemp(request.param))


def look(guest: Guest) -> dict[str, Any]:
    """What the witness sees there now."""
    return json.loads(guest.run("python3 -", standard_input=Path(__file__).with_name("witness.py").read_text()))


@pytest.fixture(scope="session")
def observed(guest: Guest) -> Observed:
    """Module and witness within seconds of each other, in a guest that rests."""
    return Observed(guest.module("snapshot", pss="all"), look(guest))
