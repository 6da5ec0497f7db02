# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet that was taken over by somebody who knows the formats of CI systems."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import HOSTILE, audited, finding, fleet, missed, run_waiver, waiver

TRAPS = (
    *(name[:250] for name in HOSTILE),
    "a]]><x/>&lt;!--",
    "nul\x00 bell\x07 nothing\ufffe\uffff delete\x7f",
    "::error file=x::forged",
    "%0A::set-output name=x::y%25",
    "\n::stop-commands::x\r\n::add-mask::a",
    "##[error]forged",
    "a|b\\|c\\\\|d`e``f",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    'x";=HYPERLINK("https://evil.example","y")',
    "[click](https://evil.example) ![x](y) <b>",
    "@octocat closes #1 and !2, see www.evil.example, https://evil.example, a@evil.example",
    "{0} {1} {{x}} {",
    "..",
    "../../etc/passwd",
    " lead and trail ",
    "$math$ **bold** ~~gone~~ __x__ &amp; \\*",
)
"""Each with a trick that works against one format, where it isn't escaped."""

SPECIAL = [
    finding("available", "fail", "=1+1", "", location={"file": "../../../etc/x y%|.conf", "line": 7}),
    finding("swappiness", "waived", 90, "over 60", waiver=waiver()),
    finding("readable", "not_applicable", None, "there is no such file here"),
]


def trapped(path: Path) -> tuple[Store, Overview]:
    """Hosts with the names of TRAPS, which tell in every text what their name is; half as many are missed."""
    hosts = [audited("plain", *SPECIAL)]
    for number, trap in enumerate(TRAPS):
        place = {"file": f"/etc/{trap}", "line": number}
        applied = waiver(owner=trap, reason=trap)
        found = [
            finding("available", "fail", trap, trap, location=place),
            finding("swappiness", "waived", trap, trap, waiver=applied),
            finding("readable", ("unknown", "error")[number % 2], None, trap),
        ]
        hosts.append(audited(trap, *found))
        if number % 2:
            hosts.append(missed(f"missed {trap}", reason=trap))
    waivers = [run_waiver(rule=trap, hosts=[trap], owner=trap, reason=trap, matched=False) for trap in TRAPS]
    store = fleet(path, *hosts, waivers=tuple(waivers))
    return store, Overview(store, store.latest())
