# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/passwd: the local users.

https://man7.org/linux/man-pages/man5/passwd.5.html

    root:x:0:0:root:/root:/bin/bash
    daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
    alice:x:1000:1000:Alice,,,:/home/alice:/bin/zsh
"""

from __future__ import annotations

import re
from typing import List, NamedTuple

from .._records.text import text
from .._records.unread import Malformed

_LINE = re.compile(rb"^([^:\n+-][^:\n]*):[^:\n]*:(\d{1,10}):(\d{1,10}):[^:\n]*:[^:\n]*:([^:\n]*)$", re.MULTILINE)
_NO_LOGIN = ("nologin", "false", "sync", "halt", "shutdown", "git-shell")


class User(NamedTuple):
    """One user. ``shell`` is empty where the file says nothing, which means /bin/sh."""

    name: str
    uid: int
    gid: int
    shell: str

    @property
    def logs_in(self) -> bool:
        """Whether the shell is one that a person logs in with."""
        return self.shell.rsplit("/", 1)[-1] not in _NO_LOGIN


def parse(data: bytes) -> List[User]:
    """The users in the file's order; lines of another form (NIS ``+`` lines) are left out. Raises Malformed if none."""
    users = [User(text(name), int(uid), int(gid), text(shell)) for name, uid, gid, shell in _LINE.findall(data)]
    if not users:
        raise Malformed("/etc/passwd has no user")
    return users
