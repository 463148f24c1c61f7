#!/usr/bin/env python3
"""Makes results of a fleet that does not exist, to see how `mapstorm compare` copes with thousands of them.

    scripts/fleet/simulate.py N DIR [run|qualify]

N results are made in DIR out of a sample of one machine: other hosts, five machine types, times scaled by a log-normal factor. Of each hundred
one is invalid, and one of each two hundred cannot be read. The same N makes the same results. They are no measurements: their descriptions say so.
"""

import base64
import json
import math
import os
import random
import struct
import sys
import zlib

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../results/samples")
RUN = "fastmail-150m-6000-read-only-2cpu-linux-6.18"
QUALIFY = "qualify-6000-2cpu-linux-6.18"

# Processor, CPUs, kernel, share of the fleet, median of the factor of all times, standard deviation of its logarithm.
TYPES = [
    ("AMD EPYC 9354P 32-Core Processor", 64, "6.12.41", 0.40, 0.8, 0.25),
    ("AMD EPYC 7402P 24-Core Processor", 48, "6.1.140", 0.25, 2.0, 0.35),
    ("Intel(R) Xeon(R) Silver 4314", 32, "6.12.41", 0.20, 5.0, 0.45),
    ("Intel(R) Xeon(R) E-2288G", 16, "6.1.140", 0.12, 8.0, 0.40),
    ("Intel(R) Xeon(R) CPU E5-2630 v4", 20, "5.10.218", 0.03, 30.0, 0.60),
]
# Factors of each type: evenly spaced quantiles of the standard normal distribution. Results of a type share as many logs of latencies.
FEW = [-1.15, -0.32, 0.32, 1.15]
MANY = [-1.53, -0.89, -0.49, -0.16, 0.16, 0.49, 0.89, 1.53]

# The HdrHistogram format, version 2: two significant digits are 256 places in a bucket.
PLACES_BITS = 8
LOG_COOKIE, COUNTS_COOKIE = 0x1C849304, 0x1C849303
HEADER = ">iiiiqqd"


def value_at(index):
    bucket, place = (index >> (PLACES_BITS - 1)) - 1, (index & 127) + 128
    return place - 128 if bucket < 0 else place << bucket


def index_at(value):
    bucket = max(0, (value | 255).bit_length() - PLACES_BITS)
    return ((bucket + 1) << (PLACES_BITS - 1)) + ((value >> bucket) - 128)


def counts_of(data):
    """The counts of a histogram by their index; zeros are run lengths."""
    counts, at, index = {}, 0, 0
    while at < len(data):
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            if shift == 56:
                number |= byte << shift
                break
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        number = (number >> 1) ^ -(number & 1)
        if number < 0:
            index -= number
        else:
            counts[index] = number
            index += 1
    return counts


def packed(number):
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    for _ in range(8):
        if number < 128:
            out.append(number)
            return out
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return out


def read_histogram(text):
    payload = zlib.decompress(base64.b64decode(text)[8:])
    return struct.unpack(HEADER, payload[:40]), counts_of(payload[40:])


def scaled_histogram(histogram, factor):
    (cookie, _, *rest), of_sample = histogram
    counts = {}
    for index, count in of_sample.items():
        scaled = index_at(max(1, round(value_at(index) * factor)))
        counts[scaled] = counts.get(scaled, 0) + count
    data, next_index = bytearray(), 0
    for index in sorted(counts):
        if index > next_index:
            data += packed(next_index - index)
        data += packed(counts[index])
        next_index = index + 1
    whole = zlib.compress(struct.pack(HEADER, cookie, len(data), *rest) + bytes(data), 1)
    return base64.b64encode(struct.pack(">ii", LOG_COOKIE, len(whole)) + whole).decode()


def read_log(path):
    """Lines of a log of latencies; those of histograms in their parts, decoded."""
    lines = []
    with open(path, encoding="utf-8") as log:
        for line in log.read().splitlines():
            if line.startswith("Tag="):
                *parts, most, histogram = line.split(",", 4)
                line = (parts, float(most), read_histogram(histogram))
            lines.append(line)
    return lines


def scaled_log(log, factor):
    lines = []
    for line in log:
        if not isinstance(line, str):
            parts, most, histogram = line
            line = ",".join([*parts, f"{most * factor:.3f}", scaled_histogram(histogram, factor)])
        lines.append(line)
    return "\n".join(lines) + "\n"


def scaled_times(record, factor):
    for key, value in record.items():
        if key.endswith("_ns") and isinstance(value, (int, float)):
            record[key] = type(value)(value * factor)


def set_machine(machine, model, cpus, kernel, number):
    machine.update(host=f"imap{number:04}", cpu_model=model, cpus_allowed=cpus, kernel=kernel, hypervisor="none")
    machine["memory_bytes"] = cpus * 8 << 30
    if "cpus_online" in machine:
        machine["cpus_online"] = cpus


def write(directory, name, content):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        file.write(content)


def text(record):
    return json.dumps(record, separators=(",", ":"))


def make_run(template, machine_type, factor, number, is_invalid):
    run = json.loads(template)
    set_machine(run["environment"], *machine_type[:3], number)
    run["started"] = f"2026-11-{1 + number // 1440 % 28:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    run["scenario"]["description"] = "simulated: made out of a sample by scripts/fleet/simulate.py, not measured"
    for row in run["summary"]["rows"]:
        scaled_times(row, factor)
    verdict = run["diagnosis"]["verdict"]
    for judged in verdict["clauses"]:
        limit = judged["clause"]["limit"].get("duration_ns")
        if limit:
            judged["figure"] *= factor
            judged["margin"] = 1 - judged["figure"] / limit
            judged["met"] = judged["margin"] >= 0
    verdict["outcome"] = "met" if all(judged["met"] for judged in verdict["clauses"]) else "not_met"
    if is_invalid:
        run["summary"].update(errors=number % 7 + 1, first_error="simulated")
        verdict.update(outcome="invalid", reasons=["operations failed"])
    return {"run.json": text(run)}


def make_qualify(template, machine_type, factor, number, is_invalid):
    found = json.loads(template)
    set_machine(found["machine"], *machine_type[:3], number)
    found["started"] = f"2026-11-{1 + number // 1440 % 28:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    wanted, load = found["wanted"], 24000 / factor
    for responses in found["confirmation"]["responses"]:
        scaled_times(responses, factor / 16)
    is_fit = load >= wanted
    found["knee"] = {"load": load, "low": load / math.sqrt(2), "high": load * math.sqrt(2)}
    found["verdict"] = "invalid" if is_invalid else "fit" if is_fit else "not-fit"
    found["reasons"] = ["simulated: 3 operations failed"] if is_invalid else []
    found["confirmation"]["verdict"]["outcome"] = "met" if is_fit else "not_met"
    if is_fit:
        found["limit"] = None
    words = {"fit": "FIT", "not-fit": "NOT FIT", "invalid": "INVALID"}[found["verdict"]]
    found["statement"] = f"{words} for {wanted} processes: simulated, not measured; objectives hold up to {load:.0f}"
    return {"qualify.json": text(found)}


def main():
    count, root = int(sys.argv[1]), sys.argv[2]
    kind = sys.argv[3] if len(sys.argv) > 3 else "run"
    make, sample, file = {"run": (make_run, RUN, "run.json"), "qualify": (make_qualify, QUALIFY, "qualify.json")}[kind]
    source = os.path.join(SAMPLES, sample)
    with open(os.path.join(source, file), encoding="utf-8") as opened:
        template = opened.read()
    sample_log = read_log(os.path.join(source, "latency.hlog")) if kind == "run" else []
    os.makedirs(root)
    chance = random.Random(2007)
    logs, levels = {}, MANY if count >= 1000 else FEW
    weights = [machine_type[3] for machine_type in TYPES]
    for number in range(count):
        which = chance.choices(range(len(TYPES)), weights)[0]
        level = chance.randrange(len(levels))
        machine_type = TYPES[which]
        factor = machine_type[4] * math.exp(machine_type[5] * levels[level])
        directory = os.path.join(root, f"{kind}-imap{number:04}")
        os.makedirs(directory)
        exact = factor * math.exp(chance.gauss(0, 0.02)) if kind == "qualify" else factor
        for name, content in make(template, machine_type, exact, number, number % 100 == 37).items():
            write(directory, name, content[: len(content) // 2] if number % 200 == 113 else content)
        if kind == "run":
            log = logs.get((which, level))
            if log is None:
                write(directory, "latency.hlog", scaled_log(sample_log, factor))
                logs[which, level] = os.path.join(directory, "latency.hlog")
            else:
                os.link(log, os.path.join(directory, "latency.hlog"))
            left_out = ["slots.csv", "timeline.csv", "counters.csv", "stalls.jsonl"]
            write(directory, "left-out.json", text({"files": left_out, "reason": "the results are simulated"}))


if __name__ == "__main__":
    main()
