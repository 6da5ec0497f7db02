# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why something must not be changed, as the guards say it and the changing modules return it."""

from __future__ import annotations

from typing import Any, Dict

Refusal = Dict[str, Any]
"""``{setting, why, forcible, ...figures}``; ``forcible``: whether the kernel would take it all the same."""


def refusal(name: str, why: str, forcible: bool, **figures: Any) -> Refusal:
    return dict(figures, setting=name, why=why, forcible=forcible)
