"""Reckons a report's figures again with numpy, from nothing but the raw rows of one load host or several.

Usage: reckon.py report.json ROWS..   (ROWS: events.zst, unpacked)
Ends with 1 and a line for each figure that is not the same.
"""

import json
import sys

import numpy as np

ROW = np.dtype([("kind", "u1"), ("flag", "u1"), ("witness", "<u2"), ("partition", "<i4"), ("event", "<u8"), ("at_us", "<i8"), ("offset", "<i8")])
END, SCHEDULED = 0, 1
KINDS = {"sent": 2, "acknowledged": 4, "consumed": 7, "stored": 8, "delivered": 9}
TAILS = {"D2": 99, "D3": 99.9, "D4": 99.99, "D5": 99.999}


def read(path):
    data = open(path, "rb").read()
    header, _, rest = data.partition(b"\n")
    assert json.loads(header)["schema"] == "shasta.load.events/1", header
    rows = np.frombuffer(rest[: len(rest) // ROW.itemsize * ROW.itemsize], dtype=ROW)
    end = int(np.argmax(rows["kind"] == END))
    assert rows["event"][end] == end
    return rows[:end]


class Host:
    def __init__(self, path):
        self.rows = read(path)
        scheduled = self.rows[self.rows["kind"] == SCHEDULED]
        self.intended = scheduled["at_us"]
        self.counted = scheduled["flag"] == 1
        assert (scheduled["event"] == np.arange(len(scheduled))).all()

    def first(self, stage):
        """The first row of each counted event at a stage, and its latency."""
        rows = self.rows[self.rows["kind"] == KINDS[stage]]
        events, places = np.unique(rows["event"], return_index=True)
        rows = rows[places][self.counted[events.astype(np.int64)]]
        return rows, rows["at_us"] - self.intended[rows["event"].astype(np.int64)]


def pairs(hosts, stage):
    for host in hosts:
        rows, latencies = host.first(stage)
        witnesses = rows["witness"] if stage in ("stored", "delivered") else np.zeros(len(rows))
        for witness in np.unique(witnesses):
            yield latencies[witnesses == witness]


def figures(report, hosts):
    """(name, told, reckoned, printed decimals)"""
    accounts = report["accounts"]
    yield "scheduled", accounts["scheduled"], sum(int(host.counted.sum()) for host in hosts), 0
    for name in ("sent", "acknowledged"):
        yield name, accounts[name], sum(len(host.first(name)[0]) for host in hosts), 0
    for stage in report["stages"]:
        latencies = np.concatenate([host.first(stage["name"])[1] for host in hosts])
        yield f"{stage['name']} n", stage["n"], len(latencies), 0
        yield f"{stage['name']} mean", stage["mean_us"], latencies.mean(), 3
        yield f"{stage['name']} max", stage["max_us"], latencies.max(), 0
        for told in stage["percentiles"]:
            yield f"{stage['name']} {told['quantile']}", told["us"], np.percentile(latencies, told["quantile"] * 100), 3
    for tails in report["tails"]:
        samples = list(pairs(hosts, tails["stage"]))
        yield "pairs", tails["pairs_total"], len(samples), 0
        pooled = np.concatenate([sample - np.median(sample) for sample in samples])
        for row, told in zip(tails["rows"], tails["pooled"]):
            percent = TAILS[row["metric"]]
            distances = np.array([np.percentile(sample, percent) - np.percentile(sample, 50) for sample in samples]) / 1000
            reckoned = {"median": np.median(distances), "mean": distances.mean(), "stddev": distances.std(ddof=0), "max": distances.max(), "min": distances.min()}
            for name, value in reckoned.items():
                yield f"{row['metric']} {name}", row[f"{name}_ms"], value, 2
            yield f"{row['metric']} pooled", told["ms"], np.percentile(pooled, percent) / 1000, 2


def main():
    report = json.load(open(sys.argv[1]))
    hosts = [Host(path) for path in sys.argv[2:]]
    told = list(figures(report, hosts))
    # Half a digit more than is printed: a value on the edge of two digits may be rounded either way.
    wrong = [figure for figure in told if abs(figure[1] - figure[2]) > 0.5 * 10.0 ** -(figure[3] + 1)]
    for name, claimed, reckoned, _ in wrong:
        print(f"{name}: the report says {claimed}, numpy {reckoned}")
    assert len(told) > 40, told
    if wrong:
        sys.exit(1)
    print(f"{len(told)} figures are the same")


main()
