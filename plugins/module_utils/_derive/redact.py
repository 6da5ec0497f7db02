# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines without the secrets that people put into them.

Every user of a host can read command lines, so they aren't secret there; a report that travels is another matter.
When in doubt a value is hidden: a report with one *** too many is still useful.
"""

from __future__ import annotations

import re
from typing import List

HIDDEN = "***"

_SECRET_WORD = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secrets?|tokens?|api[-_.]?key|access[-_.]?key|private[-_.]?key"
    r"|secret[-_.]?key|account[-_.]?key|auth(?:orization)?|credentials?|cookie|sas|dsn|bearer|client[-_.]?secret)"
)
# A secret word ends the option's name: --password-file and --token-path name a file, not a secret.
_OPTION = re.compile(r"^-{1,2}(?:[\w.-]*[-_.])?" + _SECRET_WORD + r"$", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    r"((?:^|[\s;,&?\"'{(:-])[\w.-]*?" + _SECRET_WORD + r"[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&;,\"'})]+)",
    re.IGNORECASE,
)
_OPTION_IN_TEXT = re.compile(
    r"((?:^|\s)-{1,2}(?:[\w.-]*[-_.])?" + _SECRET_WORD + r"\s+)(\"[^\"]*\"|'[^']*'|[^\s-]\S*)", re.IGNORECASE
)
_HEADER = re.compile(r"\b((?:basic|bearer|digest|negotiate|token)\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_URL_CREDENTIALS = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/@]*(?:@[^\s/@]*)*@", re.IGNORECASE)
# Well-known shapes that give themselves away: AWS, GitHub, GitLab, Slack, JSON web tokens.
_KNOWN_SHAPE = re.compile(
    r"\b(?:AKIA[0-9A-Z]{12,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abpr]-[\w-]{10,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)

_ATTACHED_PASSWORD = re.compile(r"^(?:mysql|mariadb|mysqld|sshpass|redis-cli|valkey-cli|7z)")
"""Programs whose short option carries the secret, like ``mysql -pSECRET`` and ``redis-cli -a SECRET``."""
_USER_AND_PASSWORD = re.compile(r"^(?:curl|wget|http|https)$")
"""Programs whose ``-u``/``--user`` takes ``name:password``."""


def _within(argument: str) -> str:
    argument = _URL_CREDENTIALS.sub(r"\1" + HIDDEN + "@", argument)
    argument = _HEADER.sub(r"\1" + HIDDEN, argument)
    argument = _ASSIGNMENT.sub(r"\1" + HIDDEN, argument)
    argument = _OPTION_IN_TEXT.sub(r"\1" + HIDDEN, argument)
    return _KNOWN_SHAPE.sub(HIDDEN, argument)


def redact(arguments: List[str]) -> str:
    """The command line of ``arguments``, joined by spaces, each value that looks like a secret shown as ``***``."""
    program = arguments[0].rpartition("/")[2] if arguments else ""
    short_secret = {"-p", "-a"} if _ATTACHED_PASSWORD.match(program) else set()
    user_option = {"-u", "--user", "--proxy-user", "-U"} if _USER_AND_PASSWORD.match(program) else set()
    shown = []
    hide_next = False
    for argument in arguments:
        if hide_next:
            shown.append(HIDDEN)
            hide_next = False
            continue
        hide_next = argument in short_secret or argument in user_option or bool(_OPTION.match(argument))
        if not hide_next and short_secret and argument[:2] in short_secret and len(argument) > 2:
            argument = argument[:2] + HIDDEN
        shown.append(_within(argument))
    return " ".join(shown)
