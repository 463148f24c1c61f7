"""A check for ReFrame: the figures of a verdict of mapstorm against references with tolerances.

The variable `command` is what mapstorm does (`qualify` or `run`, with objectives on the figures that have a reference), `mapstorm` its
executable, `references` a file as references.example.json: for each `system:partition` the figure's reference, the lower and the upper
tolerance as shares (null: none), and its unit. A figure is an objective's metric, with `_` for `.`: reader_p99 and commit_p99 in ms;
reader_rate and commit_rate as the share completed of what was scheduled.
"""

import json
import shlex
from pathlib import Path

import reframe as rfm
import reframe.utility.sanity as sn
from reframe.core.builtins import run_before, sanity_function, variable
from reframe.core.exceptions import SanityError


@rfm.simple_test
class MapstormCheck(rfm.RunOnlyRegressionTest):
    """One run of mapstorm, alone on its node."""

    mapstorm = variable(str, value="mapstorm")
    command = variable(str, value="qualify")
    references = variable(str, value="references.json")
    valid_systems = ["*"]
    valid_prog_environs = ["*"]
    exclusive_access = True
    time_limit = "1h"

    @run_before("run")
    def prepare(self):
        self.executable = self.mapstorm
        self.executable_opts = [shlex.quote(word) for word in shlex.split(self.command)] + ["--json", "--out", "result"]
        self.keep_files = ["result"]

    def found(self):
        """The JSON that mapstorm printed. Without any, its last line of standard error says why."""
        stage = Path(self.stagedir)
        printed = (stage / str(self.stdout)).read_text()
        if not printed.strip():
            complaints = (stage / str(self.stderr)).read_text().strip().splitlines()
            raise SanityError(f"mapstorm ended with {self.job.exitcode}: {complaints[-1] if complaints else 'no word'}")
        return json.loads(printed)

    def clauses(self):
        """The clauses of the verdict: of a qualification that of its longer run."""
        found = self.found()
        part = found["diagnosis"] if "diagnosis" in found else found.get("confirmation") or {}
        return {clause["clause"]["metric"].replace(".", "_"): clause for clause in (part.get("verdict") or {}).get("clauses", [])}

    def expected(self):
        named = json.loads(Path(self.references).read_text())
        name = f"{self.current_system.name}:{self.current_partition.name}"
        if name not in named:
            raise SanityError(f"{self.references} has no references for {name}")
        return name, named[name]

    @sanity_function
    def figures_can_be_compared(self):
        # 4: an objective was not met. The figures are measured all the same, and it is the references that count here.
        if self.job.exitcode not in (0, 4):
            self.found()
            raise SanityError(f"mapstorm ended with {self.job.exitcode}, not with a whole result")
        clauses = self.clauses()
        for figure in self.expected()[1]:
            if figure not in clauses:
                raise SanityError(f"{figure} has a reference, but is no objective: the verdict is on {', '.join(clauses) or 'nothing'}")
            clause = clauses[figure]
            # Unavailable is no zero, and a percentile of too few values is none.
            if clause["figure"] is None or not clause["enough"]:
                effective = clause["effective"]
                independent = "" if effective is None else f" (effective {effective:.0f})"
                raise SanityError(f"{figure} rests on {clause['samples']} values{independent}, too few to compare: measure for longer")
        return True

    @run_before("performance")
    def compare(self):
        clauses = self.clauses()
        name, expected = self.expected()
        self.reference = {name: {figure: tuple(reference) for figure, reference in expected.items()}}
        for figure, (_, _, _, unit) in expected.items():
            value = clauses[figure]["figure"]
            value = value / 1e6 if unit == "ms" else value
            self.perf_variables[figure] = sn.make_performance_function(sn.defer(value), unit)
