# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.limits_conf import parse
from ansible_collections.fleet.memory.plugins.module_utils._derive.pam_limits import (
    Account,
    Line,
    Start,
    session_limits,
    winners,
)

ROOT = Account("root", 0, 0, frozenset(["root"]), frozenset([0]))
ALICE = Account("alice", 1000, 1000, frozenset(["alice", "devs"]), frozenset([1000, 500]))
BOB = Account("bob", 1001, 600, frozenset(["staff"]), frozenset([600]))

START = {
    "NOFILE": Start(1024, 524288, "inherited from sshd"),
    "STACK": Start(8388608, "unlimited", "inherited from sshd"),
    "CPU": Start("unlimited", "unlimited", "inherited from sshd"),
    "NICE": Start(0, 0, "inherited from sshd"),
}


def lines(*texts: str) -> List[Line]:
    """One file for each text: /1, /2, ..."""
    return [Line("/%d" % number, entry) for number, text in enumerate(texts, 1) for entry in parse(text.encode())[0]]


def session(
    text: str, account: Account = ALICE, reset: Optional[Dict[str, Start]] = None, root_exempt: bool = True
) -> Dict[str, Any]:
    return session_limits(lines(text), account, START, reset, root_exempt, nr_open=1048576)


@pytest.mark.parametrize(
    ("text", "account", "soft", "hard"),
    [
        ("", ALICE, 1024, 524288),
        ("* - nofile 7", ALICE, 7, 7),
        ("* soft nofile 7", ALICE, 7, 524288),
        ("* hard nofile 2000", ALICE, 1024, 2000),
        # A user beats a group beats the wildcard, wherever they stand.
        ("alice - nofile 1\n@devs - nofile 2\n* - nofile 3", ALICE, 1, 1),
        ("* - nofile 3\n@devs - nofile 2\nalice - nofile 1", ALICE, 1, 1),
        ("@devs - nofile 2\n* - nofile 3", ALICE, 2, 2),
        # Among equals the last one counts.
        ("@devs - nofile 2\n@alice - nofile 4", ALICE, 4, 4),
        ("@alice - nofile 4\n@devs - nofile 2", ALICE, 2, 2),
        ("1000: - nofile 5\nalice - nofile 6", ALICE, 6, 6),
        ("alice - nofile 6\n1000: - nofile 5", ALICE, 5, 5),
        # Each half has its own rank, but a line for both that loses the soft one is dropped as a whole.
        ("alice soft nofile 9\n* hard nofile 10", ALICE, 9, 10),
        ("alice soft nofile 9\n* - nofile 10", ALICE, 9, 524288),
        ("alice hard nofile 9\n* - nofile 5", ALICE, 5, 9),
        # Soft above hard is lowered.
        ("* soft nofile 50\n* hard nofile 40", ALICE, 40, 40),
        ("* hard nofile 40", ALICE, 40, 40),
        # Ranges of user ids, and of group ids: those look at the primary group only, but :GID at all groups.
        ("1000:1000 - nofile 8", ALICE, 8, 8),
        ("1001: - nofile 8", ALICE, 1024, 524288),
        (":1000 - nofile 8", ALICE, 8, 8),
        (":1001 - nofile 8", ALICE, 1024, 524288),
        ("900:999 - nofile 8", ALICE, 1024, 524288),
        ("@1000: - nofile 8", ALICE, 8, 8),
        ("@500:500 - nofile 8", ALICE, 1024, 524288),
        ("@:500 - nofile 8", ALICE, 8, 8),
        ("@600:700 - nofile 8", BOB, 8, 8),
        ("@601: - nofile 8", BOB, 1024, 524288),
        # Not meant for this user at all.
        ("bob - nofile 8\n@staff - nofile 9\nAlice - nofile 3", ALICE, 1024, 524288),
        # An unlimited number of files is fs.nr_open.
        ("* - nofile unlimited", ALICE, 1048576, 1048576),
        # Root, where the wildcard and groups pass over it.
        ("* - nofile 7\n@root - nofile 8\n% - maxlogins 1", ROOT, 1024, 524288),
        ("root - nofile 7", ROOT, 7, 7),
        ("0: - nofile 7", ROOT, 7, 7),
    ],
)
def test_number_of_files(text: str, account: Account, soft: Any, hard: Any) -> None:
    nofile = session(text, account)["NOFILE"]
    assert (nofile["soft"], nofile["hard"]) == (soft, hard)


def test_where_root_is_not_exempt_the_wildcard_and_groups_hold_for_it() -> None:
    assert session("* - nofile 7", ROOT, root_exempt=False)["NOFILE"]["hard"] == 7
    assert session("@root - nofile 8\n* - nofile 7", ROOT, root_exempt=False)["NOFILE"]["hard"] == 8


def test_units_of_the_kernel() -> None:
    limits = session("* - cpu 2\n* - nice -5\n* hard stack 1024\n* - memlock 64")
    assert (limits["CPU"]["soft"], limits["NICE"]["hard"]) == (120, 25)
    assert (limits["STACK"]["soft"], limits["STACK"]["hard"]) == (1048576, 1048576)
    assert (limits["MEMLOCK"]["soft"], limits["MEMLOCK"]["source"]) == (65536, "/1:4")


def test_sources() -> None:
    limits = session("* soft nofile 7\n* hard cpu 1\n* - nice 0")
    assert limits["STACK"]["source"] == "inherited from sshd"
    assert limits["NOFILE"]["source"] == "soft: /1:1; hard: inherited from sshd"
    assert limits["CPU"]["source"] == "soft: inherited from sshd; hard: /1:2 (soft limit lowered to the hard limit)"
    assert limits["NICE"]["source"] == "/1:3"


@pytest.mark.parametrize(
    "text", ["alice -", "@devs -", "1000: -", "@:500 -", "* - nofile 7\nalice -\nalice - nofile 8"]
)
def test_a_line_without_item_switches_all_limits_off(text: str) -> None:
    assert session(text)["NOFILE"] == {
        "soft": 1024,
        "hard": 524288,
        "source": "inherited from sshd (limits switched off by /1:%d)" % (2 if "*" in text else 1),
    }


@pytest.mark.parametrize("text", ["* -", "% -", "%devs -", "bob -", "@staff -", "1001: -"])
def test_such_a_line_for_others_or_for_the_wildcard_does_not(text: str) -> None:
    assert session(text + "\n* - nofile 7")["NOFILE"]["hard"] == 7


def test_a_groups_line_switches_limits_off_for_root_too() -> None:
    assert session("root - nofile 7\n@root -", ROOT)["NOFILE"]["hard"] == 524288


def test_reset_takes_the_place_of_what_is_inherited_unless_switched_off() -> None:
    reset = {"NOFILE": Start(1024, 4096, "limits of PID 1")}
    assert session("* soft nofile 9", reset=reset)["NOFILE"]["source"] == "soft: /1:1; hard: limits of PID 1"
    assert session("alice -", reset=reset)["NOFILE"]["hard"] == 524288


def test_more_files_than_the_kernel_allows_are_refused() -> None:
    assert session("* - nofile 1048577")["NOFILE"] == {
        "soft": 1024,
        "hard": 524288,
        "source": "inherited from sshd (/1:1 is refused: above fs.nr_open, 1048576)",
    }
    assert session("* - nofile 1048576")["NOFILE"]["hard"] == 1048576


def test_an_unknown_start_stays_unknown() -> None:
    start = {"NOFILE": Start(None, None, "built in")}
    limits = session_limits(lines("* hard nofile 5"), ALICE, start, None, True, None)
    assert (limits["NOFILE"]["soft"], limits["NOFILE"]["hard"]) == (None, 5)


def test_winners_per_domain_item_and_type() -> None:
    decided = winners(
        lines("* soft nofile 1\n* - nofile 2\nalice hard nofile 3", "* hard nofile 4\nftp -\n* - maxlogins 9")
    )
    assert [(w["domain"], w["item"], w["type"], w["value"], w["file"], w["line"], w["shadowed"]) for w in decided] == [
        ("*", "nofile", "soft", 2, "/1", 2, ["/1:1"]),
        ("*", "nofile", "hard", 4, "/2", 1, ["/1:2"]),
        ("alice", "nofile", "hard", 3, "/1", 3, []),
        ("*", "maxlogins", "-", 9, "/2", 3, []),
    ]
