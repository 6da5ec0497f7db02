# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The house rules that a reader can't see at a glance: who may import whom, and who may open files."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Set
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.fleet.memory."

HEADER = (
    "# Copyright (c) 2026 fleet.memory contributors\n"
    "# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
    "# SPDX-License-Identifier: GPL-3.0-or-later\n"
)

LAB = PLUGINS / "module_utils" / "_lab"

# The rooms of module_utils that open files; all others are functions of their arguments.
DOORS = {LAB, *(PLUGINS / "module_utils" / room for room in ("_scan", "_change", "_tune"))}
"""What reads the host, what writes to it, what brings both together, and what does on it what a person would."""

IO = {"ctypes", "fcntl", "fileinput", "glob", "io", "linecache", "mmap", "os", "pathlib", "shutil", "socket",
      "subprocess", "tempfile"}  # fmt: skip

# The standard library that Python 3.8 and 3.14 have in common.
ADDED_SINCE_3_8 = {"annotationlib", "compression", "graphlib", "tomllib", "zoneinfo"}
REMOVED_BY_3_14 = {"aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt", "distutils",
                   "imghdr", "imp", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr",
                   "spwd", "sunau", "telnetlib", "uu", "xdrlib"}  # fmt: skip
LIBRARY = sys.stdlib_module_names - ADDED_SINCE_3_8 - REMOVED_BY_3_14

LONGEST_FUNCTION_OF_A_MODULE = 60  # an argument spec has its length


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PLUGINS / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The full names of what the file imports; a relative import as the name that it stands for."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            yield COLLECTION + ".".join([*base, *filter(None, [node.module])])
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def each(*folders: str, but: Set[Path] = frozenset()) -> pytest.MarkDecorator:
    found = [path for path in sources(*folders) if but.isdisjoint(path.parents)]
    return pytest.mark.parametrize("path", found, ids=names(found))


@each("module_utils", "modules")
def test_the_host_wing_needs_nothing_but_the_standard_library(path: Path) -> None:
    allowed = (COLLECTION + "plugins.module_utils.", "ansible.module_utils.")
    foreign = {
        name for name in imports(path) if not f"{name}.".startswith(allowed) and name.split(".")[0] not in LIBRARY
    }
    assert not foreign


@each("module_utils")
def test_module_utils_know_nothing_of_the_controller(path: Path) -> None:
    assert not {name for name in imports(path) if "plugin_utils" in name or name.startswith("ansible.")}


@each("modules", "module_utils", but={LAB})
def test_the_host_wing_starts_no_processes(path: Path) -> None:
    assert "subprocess" not in {name.split(".")[0] for name in imports(path)}


@each("module_utils", but=DOORS)
def test_parsers_and_joins_are_pure(path: Path) -> None:
    assert not IO & {name.split(".")[0] for name in imports(path)}
    assert not [name for name in imports(path) if "._scan" in name]
    calls = [node.func for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call, ast.Name) and call.id in ("open", "eval", "exec")]


@each("modules")
def test_modules_are_documentation_and_wiring(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    too_long = {
        function.name: function.end_lineno - function.lineno + 1
        for function in functions
        if function.end_lineno - function.lineno >= LONGEST_FUNCTION_OF_A_MODULE
    }
    assert not too_long
    assert not [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


@each("module_utils", "plugin_utils")
def test_packages_have_empty_inits(path: Path) -> None:
    if path.name == "__init__.py":
        assert not path.read_bytes()
    else:
        assert (path.parent / "__init__.py").exists()


def test_every_file_says_whose_it_is_and_under_which_licence() -> None:
    folders = ("changelogs", "dev", "meta", "molecule", "playbooks", "plugins", "roles", "tests")
    files = [path for folder in folders for suffix in ("py", "yml") for path in (ROOT / folder).rglob(f"*.{suffix}")]
    files += [*ROOT.glob("*.py"), *ROOT.glob("*.yml")]
    own = [path for path in files if path.name != "__init__.py" and not _generated(path)]
    assert len(own) > 50
    assert not names([path for path in own if HEADER not in path.read_text()[: len(HEADER) + 40]])


def _generated(path: Path) -> bool:
    """Captured files, what tools leave behind, and the changelog that antsibull-changelog writes."""
    place = path.relative_to(ROOT).as_posix()
    return place.startswith(("tests/fixtures/", "tests/output/")) or place == "changelogs/changelog.yaml"
