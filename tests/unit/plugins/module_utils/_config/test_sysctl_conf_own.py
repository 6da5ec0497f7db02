# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What isn't our line stays byte for byte."""

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.module_utils._config import sysctl_conf
from ansible_collections.fleet.memory.plugins.module_utils._config.sysctl_conf_own import (
    declared,
    line_off,
    lines_back,
    render,
)
from hypothesis import given
from hypothesis import strategies as st

PIECES = st.sampled_from(
    [b"vm.swappiness", b" = ", b"=", b"10", b"-", b"/", b"#", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b" ", b";", b"*"]
)
FILES = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map(b"".join))


@given(FILES)
def test_one_line_is_out_of_force_and_comes_back_and_no_other_byte_changes(data: bytes) -> None:
    settings, _rejected = sysctl_conf.parse(data)
    for setting in settings:
        off = line_off(data, setting.line)
        assert off.replace(b"#fleet.memory# ", b"", 1) == data
        assert sysctl_conf.parse(off)[0] == [other for other in settings if other.line != setting.line]
        assert lines_back(off, {setting.name}) == (data, [setting.line])
        assert lines_back(off, {"vm/other"}) == (off, [])


def test_what_is_rendered_is_read_again() -> None:
    settings = {"vm/swappiness": "10", "net/ipv4/conf/eth0.100/x": "1", "vm/page-cluster": "0"}
    assert declared(render(settings)) == settings
    assert render({}) == b""
