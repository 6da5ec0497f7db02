# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._lab.budget import allowance, refusal

MIB = 1 << 20


@pytest.mark.parametrize(
    ("bytes_max", "percent_max", "available", "room", "allowed"),
    [
        (256 * MIB, 10, 10_000 * MIB, None, 256 * MIB),
        (256 * MIB, 10, 500 * MIB, None, 50 * MIB),
        (256 * MIB, 10, 10_000 * MIB, 100 * MIB, 10 * MIB),
        (256 * MIB, 50, 100 * MIB, 900 * MIB, 50 * MIB),
        (0, 10, 10_000 * MIB, None, 0),
        (256 * MIB, 0, 10_000 * MIB, None, 0),
        (256 * MIB, 10, 10_000 * MIB, -5 * MIB, 0),
    ],
)
def test_allowance(bytes_max: int, percent_max: float, available: int, room: int, allowed: int) -> None:
    assert allowance(bytes_max, percent_max, available, room) == allowed


HEALTHY = {"MemTotal": 1000 * MIB, "MemAvailable": 500 * MIB, "SwapTotal": 100 * MIB, "SwapFree": 100 * MIB}


@pytest.mark.parametrize(
    ("changes", "stalled", "words"),
    [
        ({}, 0.0, None),
        ({}, 10.0, None),
        ({}, 10.01, "wait for memory 10.0 %"),
        ({}, None, None),
        ({"MemAvailable": 100 * MIB}, 0.0, None),
        ({"MemAvailable": 99 * MIB}, 0.0, "99 MiB of 1000 MiB are available"),
        ({"MemAvailable": 0}, 0.0, "0 MiB of 1000 MiB"),
        ({"SwapFree": 10 * MIB}, 0.0, None),
        ({"SwapFree": 9 * MIB}, 0.0, "91 MiB of 100 MiB of swap are used"),
        ({"SwapTotal": 0, "SwapFree": 0}, 0.0, None),
    ],
)
def test_a_host_under_pressure_is_left_alone(changes: dict[str, int], stalled: float, words: str) -> None:
    pressure = None if stalled is None else {"some": {"avg10": stalled}}
    said = refusal({**HEALTHY, **changes}, pressure)
    assert said is None if words is None else words in str(said)


def test_a_kernel_that_does_not_know_what_is_available() -> None:
    assert refusal({"MemTotal": 1000 * MIB}, {"some": None, "full": None}) is None
