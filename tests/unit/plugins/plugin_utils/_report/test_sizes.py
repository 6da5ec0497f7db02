# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report.sizes import interval, percent, plural, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (999, "999 B"),
        (4096, "4.00 KiB"),
        (15 * 1024, "15.0 KiB"),
        (123 * 2**20, "123 MiB"),
        (1023 * 2**20, "1.00 GiB"),
        (24543228 * 1024, "23.4 GiB"),
        (3 * 2**40, "3.00 TiB"),
        (2**63 - 1, "8.00 EiB"),
        (5000 * 2**60, "5000 EiB"),
    ],
)
def test_size(count: int | None, text: str) -> None:
    assert size(count) == text


def test_an_unknown_percent_is_not_zero() -> None:
    assert percent(None) == "unknown"
    assert percent(0) == "0.0%"
    assert percent(12.345) == "12.3%"


def test_bounds_show_only_when_there_is_nothing_exact() -> None:
    assert interval(2**30, 1, 2**40) == "1.00 GiB"
    assert interval(None, 2**30, 2**31) == "1.00 GiB to 2.00 GiB"
    assert interval(None, 2**30, 2**30 + 1) == "1.00 GiB"
    assert interval(None, None, None) == "unknown"


def test_plural() -> None:
    assert [plural(count, "host") for count in (0, 1, 1234)] == ["0 hosts", "1 host", "1,234 hosts"]
