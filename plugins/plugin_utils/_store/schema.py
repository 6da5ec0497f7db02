# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the store.

A run is a row of ``runs``; every host that the run was asked to audit is a row of ``run_hosts`` from the first
moment on, so that a host which never answers can't be forgotten. Snapshots are kept compressed as they came.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

PENDING = "pending"
"""The host has not reported. After the run has finished this means: no result came back."""

AUDITED = "audited"
UNREACHABLE = "unreachable"
FAILED = "failed"

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", String(32), nullable=False, comment="ISO-8601, UTC"),
    Column("finished_at", String(32), comment="null while the run goes on, and for a run that was cut short"),
    Column("collection_version", String(64), nullable=False),
    Column("policies", JSON, nullable=False, comment="the validated policies, so that reports can be made later"),
    Column("expected", Integer, nullable=False, comment="how many hosts the run was asked to audit"),
)

run_hosts = Table(
    "run_hosts",
    metadata,
    Column("run_id", String(64), ForeignKey("runs.id"), primary_key=True),
    Column("host", String(255), primary_key=True, comment="name in the inventory"),
    Column("status", String(16), nullable=False, comment="pending, audited, unreachable or failed"),
    Column("reason", Text, comment="why the host was not audited, in words"),
    Column("audited_at", String(32), comment="ISO-8601, UTC"),
    Column("seconds", Float, comment="how long the host took, seen from the controller"),
    Column("summary", JSON(none_as_null=True), comment="see digest.summary"),
    Column("snapshot", LargeBinary, comment="zlib-compressed JSON"),
    Column("schema_version", String(16), comment="of the snapshot"),
)


def _of_a_host() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["run_id", "host"], ["run_hosts.run_id", "run_hosts.host"], ondelete="CASCADE")


findings = Table(
    "findings",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("rule", String(128), primary_key=True),
    Column("severity", String(16), nullable=False, comment="info, low, medium, high or critical"),
    Column("verdict", String(16), nullable=False, comment="pass, fail, unknown or error"),
    Column("actual", JSON(none_as_null=True), comment="the value that was judged"),
    Column("message", Text, nullable=False, comment="empty when the rule passes"),
    _of_a_host(),
)

consumers = Table(
    "consumers",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("host", String(255), primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False, comment="1 uses most; 0 is everybody below the top"),
    Column("command", Text, nullable=False, comment="name of the processes; '(others)' at rank 0"),
    Column("count", Integer, nullable=False, comment="processes"),
    Column("rss_bytes", BigInteger),
    Column("pss_bytes", BigInteger, comment="null unless exact"),
    Column("pss_low_bytes", BigInteger),
    Column("pss_high_bytes", BigInteger),
    Column("uss_bytes", BigInteger, comment="null unless exact"),
    Column("swap_bytes", BigInteger),
    _of_a_host(),
)
