# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remediation plans, does and achieves, host by host, in the store of the audit that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._absent import Absent
from .._policy.model import FAIL
from .engine import WRITE
from .schema import changes, findings, remediations
from .store import Row, Store, now

try:
    import sqlalchemy as sa
except ImportError:
    sa = Absent()  # type: ignore[assignment]

PLANNED = "planned"
"""Changes are planned and not begun."""

NOTHING = "nothing"
"""Nothing is to be changed: no role can, all is as asked already, or it is left to people."""

BEGUN = "begun"
"""Changes began. A host that stays so was cut short; its rollback record tells how far it came."""

DONE = "done"
"""All planned changes hold, and the host is no worse."""

FAILED = "failed"
"""A change failed, and what the run had changed on the host was taken back."""

WORSE = "worse"
"""The host got worse by the changes, or a finding stayed, and they were taken back."""

IN_DOUBT = "in_doubt"
"""The host went away, or taking back failed: people have to look."""

NOT_TRIED = "not_tried"
"""Planned, and not begun, because an earlier batch did not go well."""

STATES = (IN_DOUBT, BEGUN, WORSE, FAILED, NOT_TRIED, PLANNED, DONE, NOTHING)
"""All of them, the worst first."""

BAD = (IN_DOUBT, WORSE, FAILED)
"""One of these on a host stops the batches that come after its own."""


class Remediations(Store):
    """The store, with the tables of remediations."""

    # Writing

    def put(self, run_id: str, host: str, left_alone: Iterable[Row]) -> None:
        """Begin the plan of a host with what nothing is done about, in place of a plan that it had in this run."""
        row = {"run_id": run_id, "host": host, "state": NOTHING, "left_alone": list(left_alone), "updated_at": now()}
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            for table in changes, remediations:
                connection.execute(sa.delete(table).where(*self._of(table, run_id, host)))
            connection.execute(sa.insert(remediations), row)

    def plan(self, run_id: str, host: str, rows: Iterable[Row], left_alone: Iterable[Row] = ()) -> None:
        """Add what a role would do, columns of ``changes`` but those of the host, and what it leaves alone."""
        key = {"run_id": run_id, "host": host}
        planned = [{**row, **key, "made": False} for row in rows]
        added = list(left_alone)
        this_host = self._of(remediations, run_id, host)
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            if planned:
                connection.execute(sa.insert(changes), planned)
                connection.execute(sa.update(remediations).where(*this_host).values(state=PLANNED, updated_at=now()))
            if added:
                known = connection.execute(sa.select(remediations.c.left_alone).where(*this_host)).scalar_one()
                connection.execute(sa.update(remediations).where(*this_host).values(left_alone=[*known, *added]))

    def made(self, run_id: str, host: str, role: str, rows: Iterable[Row]) -> None:
        """Replace what was planned for a role by what it did."""
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            connection.execute(sa.delete(changes).where(*self._of(changes, run_id, host), changes.c.role == role))
            done = [{**row, "run_id": run_id, "host": host, "made": True} for row in rows]
            if done:
                connection.execute(sa.insert(changes), done)

    def move(self, run_id: str, host: str, state: str, **values: Any) -> None:
        """Give a host another state, and ``values`` of the columns reason, verification, comparison."""
        row = {"state": state, "updated_at": now(), **values}
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            connection.execute(sa.update(remediations).where(*self._of(remediations, run_id, host)).values(row))

    # Reading

    def failed_rules(self, run_id: str, host: str) -> list[str]:
        """The rules that fail on a host, and are not waived."""
        query = sa.select(findings.c.rule).where(*self._of(findings, run_id, host), findings.c.verdict == FAIL)
        return [row["rule"] for row in self._rows(query.order_by(findings.c.rule))]

    def verdicts(self, run_id: str, host: str) -> dict[str, Row]:
        """Each rule's verdict, severity and message for a host."""
        columns = (findings.c.rule, findings.c.verdict, findings.c.severity, findings.c.message)
        return {row["rule"]: row for row in self._rows(sa.select(*columns).where(*self._of(findings, run_id, host)))}

    def stopped(self, run_id: str) -> list[str]:
        """The hosts on which the remediation did not go well."""
        query = sa.select(remediations.c.host).where(remediations.c.run_id == run_id, remediations.c.state.in_(BAD))
        return [row["host"] for row in self._rows(query.order_by(remediations.c.host))]

    def remedied(self, run_id: str) -> list[Row]:
        """All hosts of a remediation, by name: the columns of ``remediations``, and ``changes``, a list of rows."""
        rows = {row["host"]: {**row, "changes": []} for row in self._of_run(remediations, run_id)}
        for change in self._of_run(changes, run_id):
            if change["host"] in rows:
                rows[change["host"]]["changes"].append(change)
        return [rows[host] for host in sorted(rows)]

    def state(self, run_id: str, host: str) -> str:
        """How it stands with a host; NOTHING when there is no plan for it."""
        query = sa.select(remediations.c.state).where(*self._of(remediations, run_id, host))
        return next((row["state"] for row in self._rows(query)), NOTHING)

    def changes_of(self, run_id: str, host: str) -> list[Row]:
        """The changes of a host in their order."""
        query = sa.select(changes).where(*self._of(changes, run_id, host))
        return list(self._rows(query.order_by(changes.c.role, changes.c.number)))

    def _of_run(self, table: sa.Table, run_id: str) -> Iterable[Mapping[str, Any]]:
        return self._rows(sa.select(table).where(table.c.run_id == run_id).order_by(*table.primary_key.columns))

    @staticmethod
    def _of(table: sa.Table, run_id: str, host: str) -> tuple[Any, Any]:
        return table.c.run_id == run_id, table.c.host == host
