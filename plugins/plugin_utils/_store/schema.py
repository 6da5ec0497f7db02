# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the store.

A run is a row of ``runs``; every host that the run was asked to audit is a row of ``run_hosts`` from the first
moment on, so that a host which never answers can't be forgotten. Snapshots are kept compressed as they came.
A column that a later version adds has to be nullable: stores that exist get it when they are next written to.
"""

from __future__ import annotations

from .._absent import Absent

try:
    import sqlalchemy as sa
except ImportError:
    sa = Absent()  # type: ignore[assignment]

PENDING = "pending"
"""The host has not reported. After the run has finished this means: no result came back."""

AUDITED = "audited"
UNREACHABLE = "unreachable"
FAILED = "failed"

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("started_at", sa.String(32), nullable=False, comment="ISO-8601, UTC"),
    sa.Column("finished_at", sa.String(32), comment="null while the run goes on, and for a run that was cut short"),
    sa.Column("collection_version", sa.String(64), nullable=False),
    sa.Column("policies", sa.JSON, nullable=False, comment="the validated policies, so that reports can be made later"),
    sa.Column("expected", sa.Integer, nullable=False, comment="how many hosts the run was asked to audit"),
    sa.Column("rejudges", sa.String(64), comment="the run whose snapshots were judged; null when this one measured"),
    sa.Column("waivers", sa.JSON(none_as_null=True), comment="all waivers of the run, see _policy.model.Waiver"),
)

run_hosts = sa.Table(
    "run_hosts",
    metadata,
    sa.Column("run_id", sa.String(64), sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("host", sa.String(255), primary_key=True, comment="name in the inventory"),
    sa.Column("status", sa.String(16), nullable=False, comment="pending, audited, unreachable or failed"),
    sa.Column("reason", sa.Text, comment="why the host was not audited, in words"),
    sa.Column("audited_at", sa.String(32), comment="ISO-8601, UTC"),
    sa.Column("seconds", sa.Float, comment="how long the host took, seen from the controller"),
    sa.Column("summary", sa.JSON(none_as_null=True), comment="see digest.summary"),
    sa.Column("snapshot", sa.LargeBinary, comment="zlib-compressed JSON, see packed"),
    sa.Column("schema_version", sa.String(16), comment="of the snapshot"),
)


def _of_a_host() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["run_id", "host"], ["run_hosts.run_id", "run_hosts.host"], ondelete="CASCADE")


findings = sa.Table(
    "findings",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(255), primary_key=True),
    sa.Column("rule", sa.String(128), primary_key=True),
    sa.Column("severity", sa.String(16), nullable=False, comment="info, low, medium, high or critical"),
    sa.Column("verdict", sa.String(16), nullable=False, comment="see _policy.model.VERDICTS"),
    sa.Column("actual", sa.JSON(none_as_null=True), comment="the value that was judged"),
    sa.Column("message", sa.Text, nullable=False, comment="empty when the rule passes"),
    sa.Column("location", sa.JSON(none_as_null=True), comment="{file, line} that decides, on the host; or null"),
    sa.Column("waiver", sa.JSON(none_as_null=True), comment="{reason, owner, expires, expired} or null"),
    _of_a_host(),
)

consumers = sa.Table(
    "consumers",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(255), primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False, comment="1 uses most; 0 is all below the top"),
    sa.Column("command", sa.Text, nullable=False, comment="name of the processes; '(others)' at rank 0"),
    sa.Column("count", sa.Integer, nullable=False, comment="processes"),
    sa.Column("rss_bytes", sa.BigInteger),
    sa.Column("pss_bytes", sa.BigInteger, comment="null unless exact"),
    sa.Column("pss_low_bytes", sa.BigInteger),
    sa.Column("pss_high_bytes", sa.BigInteger),
    sa.Column("uss_bytes", sa.BigInteger, comment="null unless exact"),
    sa.Column("swap_bytes", sa.BigInteger),
    _of_a_host(),
)

remediations = sa.Table(
    "remediations",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True, comment="the run whose findings are remedied"),
    sa.Column("host", sa.String(255), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False, comment="see remediations.STATES"),
    sa.Column("reason", sa.Text, comment="why it ended so, in words; null where there is nothing to say"),
    sa.Column("left_alone", sa.JSON, nullable=False, comment="list of {rules, why, kind: by_hand, refused, ...}"),
    sa.Column("verification", sa.String(64), comment="the run that looked again; null before"),
    sa.Column("comparison", sa.JSON(none_as_null=True), comment="see _remedy.compare.Comparison; null before"),
    sa.Column("updated_at", sa.String(32), nullable=False, comment="ISO-8601, UTC"),
    _of_a_host(),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("run_id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(255), primary_key=True),
    sa.Column("role", sa.String(128), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False, comment="order within the role, from 1"),
    sa.Column("rules", sa.JSON, nullable=False, comment="ids of the rules that ask for it"),
    sa.Column("setting", sa.Text, nullable=False),
    sa.Column("scope", sa.String(16), nullable=False, comment="live, boot, session, service, manager, running, swap"),
    sa.Column("place", sa.Text, comment="file, or file of the kernel, on the host"),
    sa.Column("before", sa.Text, comment="null where there was nothing"),
    sa.Column("after", sa.Text, comment="null where nothing is left"),
    sa.Column("needs_restart", sa.Text, comment="the unit that has it after a restart only"),
    sa.Column("restarted", sa.Boolean, nullable=False, comment="whether the run restarts that unit"),
    sa.Column("made", sa.Boolean, nullable=False, comment="false while it is only planned"),
    _of_a_host(),
)
