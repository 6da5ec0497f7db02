# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dev import snapshot_schema


def test_the_schema_is_what_the_modules_document() -> None:
    assert snapshot_schema.SCHEMA.read_text(encoding="utf-8") == snapshot_schema.text(), (
        "run: python dev/snapshot_schema.py"
    )
