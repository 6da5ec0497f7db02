# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What process_limits says about options that make no sense."""

from __future__ import annotations

from typing import Any, Dict

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible_collections.fleet.memory.plugins.modules.process_limits import wanted_limits


def test_halves_that_are_not_given_stay() -> None:
    limits = {"AS": {"soft": "3G"}, "NOFILE": {"hard": 64, "soft": None}, "CORE": {"soft": 0, "hard": "unlimited"}}
    assert wanted_limits(limits) == {"AS": (3221225472, None), "NOFILE": (None, 64), "CORE": (0, -1)}


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "no limit is named"),
        ({"as": {"soft": 1}}, "as: not one of AS"),
        ({"RLIMIT_AS": {"soft": 1}}, "not one of"),
        ({"AS": 5}, "give soft, hard or both"),
        ({"AS": {}}, "give soft, hard or both"),
        ({"AS": {"soft": None}}, "give soft, hard or both"),
        ({"AS": {"soft": 1, "Hard": 2}}, "nothing else"),
        ({"AS": {"soft": "much"}}, "AS: soft: 'much' is neither"),
        ({"NOFILE": {"hard": "1K"}}, "NOFILE: hard: '1K' is neither a number"),
        ({"AS": {"soft": "2G", "hard": "1G"}}, "soft is above hard"),
        ({"AS": {"soft": "unlimited", "hard": "1G"}}, "soft is above hard"),
    ],
)
def test_refused_with_the_reason(limits: Dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wanted_limits(limits)
