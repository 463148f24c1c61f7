#!/usr/bin/env python3
"""The ranking of the machines of a fleet by `mapstorm compare`, and what became of each, a line each.

    summary.py DIR MAPSTORM HOST...

DIR/HOST holds what job.sh left: exit-code, stdout.txt, stderr.txt, result/; or `failed`: why nothing could be gathered.
Exit codes: 0 every host has a result that says fit (or ended with 0), 4 one says otherwise, 5 one has no result.
"""

import json
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

# mapstorm's table of exit codes; `mapstorm --help` prints it.
MEANINGS = {
    0: "fine",
    1: "failure",
    2: "wrong usage, or invalid input",
    3: "this machine is too small",
    4: "an objective was not met, or the run is invalid",
    5: "incomplete: interrupted, workers lost, or results that could not all be written",
    130: "ended by a second interrupt",
    143: "ended by a second SIGTERM",
}
VERDICTS = {"fit": "fit", "not-fit": "not fit", "invalid": "undecided"}
WIDTH = 140


def text(path):
    return path.read_text(errors="replace").strip() if path.is_file() else ""


def meaning(code):
    if code in MEANINGS or code <= 128:
        return MEANINGS.get(code, "no code of mapstorm: the shell found no executable for this machine")
    try:
        name = signal.Signals(code - 128).name
    except ValueError:
        name = f"signal {code - 128}"
    return f"killed by {name}; for SIGKILL look for the out-of-memory killer in the kernel's log"


def complaint(host):
    """The lines of standard error that say why: refusals if there are any, else the last line."""
    lines = [line for line in text(host / "stderr.txt").splitlines() if line.strip()]
    refusals = [line for line in lines if line.startswith("Refused")]
    return "; ".join(refusals or lines[-1:])


def outcome(host):
    """The outcome of a host in two words at most, and why."""
    failed = text(host / "failed")
    if failed:
        return "failed", failed
    if not text(host / "exit-code"):
        return "failed", f"nothing was gathered; {host} has no exit code"
    code = int(text(host / "exit-code"))
    qualified = text(host / "result/qualify.json")
    if code in (0, 4) and qualified:
        found = json.loads(qualified)
        return VERDICTS.get(found["verdict"], found["verdict"]), found["statement"]
    if code == 0:
        return "done", "exit code 0: fine"
    if code == 4:
        return "not met", "exit code 4: " + meaning(4)
    return "failed", f"exit code {code} ({meaning(code)}): {complaint(host)}"


def comparable(host):
    """The directory that `mapstorm compare` ranks, if there is one."""
    result = host / "result"
    return result if text(host / "exit-code") in ("0", "4") and any(result.glob("*.json")) else None


def namesakes(results):
    """Hosts that call themselves the same: `mapstorm compare` takes their runs for repeats on one machine."""
    names = {}
    for result in results:
        for file in Path(result).glob("*.json"):
            found = json.loads(file.read_text())
            name = (found.get("environment") or found.get("machine") or {}).get("host")
            names.setdefault(name, []).append(result)
    return {name: same for name, same in names.items() if name and len(same) > 1}


def rank(directory, mapstorm, hosts):
    results = [str(result) for result in map(comparable, hosts) if result]
    for name, same in namesakes(results).items():
        print(f"WARNING: {len(same)} hosts call themselves {name}, and are ranked as one: {', '.join(same)}; give each a name of its own")
    if len(results) < 2:
        print(f"Not ranked: {len(results)} of {len(hosts)} hosts have a result, and two are needed.")
        return
    kinds = ("run.json", "qualify.json")
    wanted = ["--rank"] if all(any((Path(result) / kind).is_file() for kind in kinds) for result in results) else []
    ranked = subprocess.run(
        [mapstorm, "compare", *wanted, *results, "--out", str(directory / "ranking")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
    )
    print(ranked.stdout.strip())
    if ranked.returncode != 0:
        print(f"Not ranked: mapstorm compare ended with exit code {ranked.returncode} ({meaning(ranked.returncode)})")


def main():
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    directory, mapstorm, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    hosts = [directory / name for name in names]
    outcomes = [outcome(host) for host in hosts]
    rank(directory, mapstorm, hosts)
    print()
    column = max(len(name) for name in names) + 2
    for name, host, (word, why) in zip(names, hosts, outcomes):
        left = text(host / "left-behind")
        why += f"; left behind on the host: {left}" if left else ""
        why = re.sub(r"\s+", " ", why)
        print(textwrap.fill(why, WIDTH, initial_indent=f"{name:<{column}}{word:<11}", subsequent_indent=" " * (column + 11)))
    words = {word for word, _ in outcomes}
    if "failed" in words:
        return 5
    return 0 if words <= {"fit", "done"} else 4


if __name__ == "__main__":
    sys.exit(main())
