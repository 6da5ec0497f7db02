# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work behind `make test`.

One session alone: `.venv/bin/nox -s unit`; the same again without installing anything: `.venv/bin/nox -R -s unit`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox
import nox.command

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "dev"))
import pythons  # noqa: E402  (dev is on the path since the line above)
from run_sessions import RESULTS, STAGES, slug  # noqa: E402  (likewise)

PIP_OF_ANSIBLE_TEST = "24_2"

FOUND = pythons.offer(ROOT / ".nox" / "pythons")
NEW_PYTHON = next((version for version in reversed(FOUND) if version in ("3.12", "3.13", "3.14")), None)

nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.sessions = [session for lanes in STAGES for sessions in lanes for session in sessions]


def install(session: nox.Session, requirements: str) -> None:
    """The pinned packages, and this checkout as the environment's collection."""
    # Without compiling all of it: most of what the packages hold is never imported here.
    session.install("--quiet", "--no-compile", "-r", f"dev/requirements-{requirements}.txt")
    session.run("python", "dev/link_checkout.py", silent=True)


def pytest(session: nox.Session, *tests: str) -> None:
    """Run pytest; `make test` sums up the results that it leaves."""
    session.run("pytest", f"--junitxml={RESULTS / slug(session.name)}.xml", *tests, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, mypy, ansible-lint (production), changelog fragments."""
    install(session, "lint")
    session.run("python", "dev/link_checkout.py", ".nox/tree", silent=True)
    failed = []
    for command in ["ruff", "check"], ["mypy"], ["ansible-lint"], ["antsibull-changelog", "lint"]:
        try:
            session.run(*command)
        except nox.command.CommandFailed:
            failed.append(command[0])
    if failed:
        session.error(f"{', '.join(failed)} found something")


@nox.session
def unit(session: nox.Session) -> None:
    """Parsers, joins, policy, store, reports: no Ansible run, no host."""
    install(session, "test")
    pytest(session, "tests/unit")


@nox.session
def sanity(session: nox.Session) -> None:
    """ansible-test sanity, without ignore files, on every Python found."""
    install(session, "audit")
    get_pip = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{PIP_OF_ANSIBLE_TEST}.py"
    if not get_pip.exists():
        get_pip.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("dev/get_pip.py", get_pip)
    # A copy of the files that git knows or would take: ansible-test wants this very path, and reads all below it.
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary, "ansible_collections", "fleet", "memory")
        listing = session.run("git", "ls-files", "-co", "--exclude-standard", external=True, silent=True, log=False)
        for name in filter(os.path.isfile, str(listing).splitlines()):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, copy / name, follow_symlinks=False)
        with session.chdir(copy):
            session.run("ansible-test", "sanity", "--color", "no", "--requirements", *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """The modules and the audit on this machine, against independent witnesses, on every Python found."""
    install(session, "test")
    pytest(session, "tests/integration", "tests/browser")


@nox.session(python=NEW_PYTHON or False)
@nox.parametrize("core", ["2.20.10", "2.21.5"])
def controllers(session: nox.Session, core: str) -> None:
    """The audit and the gate end to end on the other ansible-core versions."""
    if not NEW_PYTHON:
        session.skip(f"ansible-core {core} needs a Python 3.12 or newer on this machine")
    install(session, "test")
    session.install("--quiet", f"ansible-core=={core}")
    # Of the gate what depends on Ansible: exit codes, the empty inventory, the lines below the recap.
    gate = "test_audit_end_to_end or good_fleet or every_condition or empty_inventory or last_lines"
    pytest(session, "tests/integration", "-k", gate)


@nox.session
def molecule(session: nox.Session) -> None:
    """The audit across systemd containers of Debian 11, 12 and 13."""
    install(session, "molecule")
    # cgroup v1 and hybrid hosts need their own settings of podman; see the file.
    if not Path("/sys/fs/cgroup/cgroup.controllers").exists():
        session.env["CONTAINERS_CONF"] = str(ROOT / "molecule" / "containers.conf")
    session.env.update(MOLECULE_GLOB="molecule/*/molecule.yml", COLUMNS="120")
    session.env.update(ANSIBLE_CONNECTION_PLUGINS=str(ROOT / "molecule" / "connection_plugins"))
    session.run("sh", "molecule/images.sh", external=True)
    molecule = ["molecule", "--base-config", "molecule/config.yml"]
    # What an interrupted run left behind would be taken for hosts that are ready.
    session.run(*molecule, "destroy", "--all", silent=True)
    session.run(*molecule, *(session.posargs or ["test", "--all"]))


@nox.session
def kernels(session: nox.Session) -> None:
    """The modules in a virtual machine of Debian 13, on its own kernel; with --all-guests in 12 and 11, too."""
    install(session, "test")
    pytest(session, "tests/kernels")


@nox.session
def docs(session: nox.Session) -> None:
    """Every module's and role's documentation, as the collection's web pages would need it."""
    install(session, "docs")
    session.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", ".")


@nox.session
def bench(session: nox.Session) -> None:
    """The figures: ratios of cost, measured in one run on this machine. Not part of CI."""
    install(session, "test")
    session.run("python", "tests/bench/run.py", *session.posargs)
