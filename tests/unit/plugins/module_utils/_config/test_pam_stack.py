# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.module_utils._config.pam_stack import Rule, parse

TEXT = rb"""#%PAM-1.0
auth       required   pam_limits.so
session    required   pam_limits.so conf=/etc/other.conf set_all # why
-session   optional   pam_systemd.so
SESSION [success=ok ignore=ignore default=bad] /lib/security/pam_selinux.so close
session  required \
         pam_env.so \
         readenv=1
@include common-session
session	include	system-auth
session  substack  password-auth
account  include  system-auth
#session required pam_unix.so
session required
session
"""


def test_only_rules_of_sessions_and_includes() -> None:
    assert parse(TEXT) == [
        Rule(3, False, "pam_limits.so", ("conf=/etc/other.conf", "set_all")),
        Rule(4, False, "pam_systemd.so", ()),
        Rule(5, False, "/lib/security/pam_selinux.so", ("close",)),
        Rule(6, False, "pam_env.so", ("readenv=1",)),
        Rule(9, True, "common-session", ()),
        Rule(10, True, "system-auth", ()),
        Rule(11, True, "password-auth", ()),
    ]


def test_an_empty_file_has_no_rules() -> None:
    assert parse(b"") == []


def test_a_continued_last_line() -> None:
    assert parse(b"session required pam_a.so \\") == []
    assert parse(b"session required \\\npam_a.so") == [Rule(1, False, "pam_a.so", ())]
