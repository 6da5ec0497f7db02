# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scanner in one piece: what goes in comes out on the host, and runs there."""

from __future__ import annotations

import base64
import importlib
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._bundle import unpack as on_the_host
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle import closure as closures
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.bundle import ENTRY, bundle
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.closure import closure
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.run import run_snapshot
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.slim import slim

UNPACK = str(Path(on_the_host.__file__ or ""))

ON_THE_HOST = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("unpack", sys.argv[1])
unpack = importlib.util.module_from_spec(spec)
spec.loader.exec_module(unpack)
unpack.unpack(sys.stdin.read())
import fleet_memory._scan.snapshot as scanner
options = {"pss": "none", "pss_precision_percent": 1.0, "pss_budget_ms": 0, "paging_ms": 0}
print(scanner.snapshot_for(options)["processes"]["coverage"]["processes"])
assert not any("ansible" in name for name in sys.modules)
"""


def test_the_closure_holds_what_is_imported_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "_scan/snapshot.py": "import os\nfrom .._procfs import meminfo, stat\nfrom .files import Files\n",
        "_scan/files.py": "from .._records.text import text\nfrom typing import Any\n",
        "_scan/other.py": "raise SystemExit\n",
        "_procfs/meminfo.py": "def f():\n    from .._records.late import late\n",
        "_procfs/stat.py": "",
        "_records/text.py": "from . import late\n",
        "_records/late.py": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(closures, "MODULE_UTILS", tmp_path)
    found = closure("_scan.snapshot")
    assert list(found) == sorted(name[:-3].replace("/", ".") for name in files if name != "_scan/other.py")
    assert found["_scan.files"] == files["_scan/files.py"]


SOURCE = '''
"""What this is for."""

from __future__ import annotations
from typing import NamedTuple, Optional

WORD = "kept"  # a comment
"""About WORD."""


class Error(Exception):
    """Only a docstring."""


class Pair(NamedTuple):
    """Two."""

    one: int
    """First."""
    two: Optional[str] = None


def total(*numbers: int, start: int = 1, **more: Optional[int]) -> int:
    """The sum."""
    if numbers:
        """nothing"""
    found: int = start
    return found + sum(numbers) + len(more)
'''


def test_slim_code_means_the_same() -> None:
    slimmed = slim(SOURCE)
    read_by_people = ("What", "comment", "About", "docstring", "First", "The sum", "nothing")
    for gone in (*read_by_people, "int", "Optional", "__future__"):
        assert gone not in slimmed
    names: dict[str, Any] = {"__name__": "slimmed"}
    exec(compile(slimmed, "slimmed", "exec"), names)
    assert names["total"](2, 3, a=1) == 7 and names["WORD"] == "kept"
    assert names["Pair"](1) == (1, None) and issubclass(names["Error"], Exception)


@pytest.mark.parametrize("with_bz2", [True, False])
def test_the_scanner_runs_from_the_bundle_alone(with_bz2: bool) -> None:
    """Without site-packages: no Ansible, no collection to fall back to."""
    command = [sys.executable, "-I", "-S", "-c", ON_THE_HOST, UNPACK]
    done = subprocess.run(command, input=bundle(with_bz2), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 1


def test_it_is_as_small_as_promised() -> None:
    assert len(bundle(True)) < 58_000
    assert len(closure(ENTRY)) > 80


def test_what_is_sent_needs_no_quoting() -> None:
    assert not set(bundle(True)) & set('"\\ \n')


def test_modules_are_found_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    content = b"_a.b\nfrom .._c import d\nVALUE = d.VALUE + 1\0_c.d\nVALUE = 6\n"
    on_the_host.unpack(base64.b85encode(zlib.compress(content)).decode())
    try:
        assert importlib.import_module("fleet_memory._a.b").VALUE == 7
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("fleet_memory._a.c")
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == on_the_host.PACKAGE]:
            del sys.modules[name]


class Action:
    """Stands for the action plugin: a host whose Python has bz2, or one that hasn't."""

    def __init__(self, has_bz2: bool) -> None:
        self.has_bz2 = has_bz2
        self.asked: list[dict[str, Any]] = []

    def _execute_module(self, module_args: dict[str, Any], **_more: Any) -> dict[str, Any]:
        self.asked.append(module_args)
        if base64.b85decode(module_args["bundle"]).startswith(b"BZh") and not self.has_bz2:
            return {"failed": True, "msg": "This Python has no bz2.", "without_bz2": True}
        return {"changed": False}


@pytest.mark.parametrize(("has_bz2", "calls"), [(True, 1), (False, 2)])
def test_a_host_without_bz2_is_asked_again(has_bz2: bool, calls: int) -> None:
    action = Action(has_bz2)
    assert run_snapshot(action, {"packed": True}, {}) == {"changed": False}  # type: ignore[arg-type]
    assert len(action.asked) == calls and all(asked["packed"] for asked in action.asked)


def test_a_python_without_bz2_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_the_host, "bz2", None)
    with pytest.raises(on_the_host.WithoutBz2):
        on_the_host.unpack(bundle(True))
