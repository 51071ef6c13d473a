"""Coverage: how often intervals hold the mean that they are of, measured through the service.

usage: python bench/coverage.py [--repeats 2000] [--slow 300] [--workers 2] [--write]
Starts `target/release/bitgauge serve` (built first) and posts one job a repeat, each with a seed of its own and 8
replicates. The truth of a quantity is the mean of all its replicates in all repeats. Axis and scaling with a known truth
are simulated by `cargo test --test science -- --ignored simulated_coverage`. With --write into docs/findings/coverage.md.
"""
import argparse, json, math, pathlib, re, socket, subprocess, tempfile, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/findings/coverage.md"
NEURON = {"dataset": {"kind": "random_labels", "inputs": 20, "classes": 2},
          "network": {"kind": "linear", "bias": False}, "training": {"learning_rate": 0.3, "steps": 1500}}
NEURON_SIZES = [20, 28, 32, 36, 40, 50, 80]
MLP = {"dataset": {"kind": "random_labels", "inputs": 10, "classes": 2},
       "network": {"kind": "mlp", "hidden": [8]}, "training": {"learning_rate": 0.03, "steps": 1500}}
MLP_SIZES = [60, 100, 140, 200, 400]
WIDTHS = [[4], [6], [8]]


class Service:
    def __init__(self, workers):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [ROOT / "target/release/bitgauge", "serve", "--listen", self.address, "--data-dir", self.folder.name]
        self.process = subprocess.Popen([*command, "--workers", str(workers)], stderr=subprocess.DEVNULL)

    def ask(self, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://{self.address}{path}", data, {"content-type": "application/json"})
        for _ in range(100):
            try:
                with urllib.request.urlopen(request) as answer:
                    return json.load(answer)
            except urllib.error.URLError as error:
                if isinstance(error, urllib.error.HTTPError) and error.code not in (429, 503):
                    raise RuntimeError(error.read().decode()) from error
                time.sleep(0.2)
        raise RuntimeError("the service does not answer")

    def results(self, specs):
        """Analysis, results and trials of each spec, in their order; few jobs are open at once."""
        waiting, done = [], []
        for spec in specs:
            waiting.append(self.ask("/v1/jobs", spec)["id"])
            if len(waiting) == 32:
                done.extend(self.result(job) for job in waiting)
                waiting = []
        return done + [self.result(job) for job in waiting]

    def result(self, job):
        while self.ask(f"/v1/jobs/{job}")["state"] in ("queued", "running"):
            time.sleep(0.02)
        return self.ask(f"/v1/jobs/{job}/results")["items"], self.ask(f"/v1/jobs/{job}/analysis")


def job(base, axes, seed):
    estimators = [{"kind": "memorized_bits"}, {"kind": "generalization_gap"}]
    sweep = [{"path": path, "values": values} for path, values in axes.items()]
    return {**base, "sweep": sweep, "estimators": estimators, "seeds": 8, "seed": seed}


def student(p, v):
    """The quantile of Student's t by bisection of its numeric integral."""
    height = math.gamma((v + 1) / 2) / (math.sqrt(v * math.pi) * math.gamma(v / 2))
    total, step, t = 0.5, 1e-4, 0.0
    while total < p:
        t += step
        total += step * height * (1 + (t - step / 2) ** 2 / v) ** (-(v + 1) / 2)
    return t


T975, T95 = student(0.975, 7), student(0.95, 7)


def row(name, intervals):
    """One row: intervals are (mean, low, high, one-sided low, n) of each repeat; low is None where none is printed."""
    truth = sum(i[0] * i[4] for i in intervals) / sum(i[4] for i in intervals)
    printed = [i for i in intervals if i[1] is not None]
    share = len(printed) / len(intervals)
    if len(printed) < 30:
        return f"| {name} | {truth:.4g} | {len(intervals)} | {share:.3f} | - | - | - |"
    held = sum(low <= truth <= high for _, low, high, _, _ in printed) / len(printed)
    error = math.sqrt(max(held * (1 - held), 1 / len(printed)) / len(printed))
    sided = [i for i in printed if i[3] is not None]
    below = sum(i[3] <= truth for i in sided) / len(sided) if sided else float("nan")
    side = f"{below:.3f}" if sided else "-"
    widths = sorted(high - low for _, low, high, _, _ in printed)
    return (f"| {name} | {truth:.4g} | {len(intervals)} | {share:.3f} | {held:.3f} +- {error:.3f} | {side} | "
            f"{widths[len(widths) // 2]:.3g} |")


def measured(done, cell, quantity):
    found = []
    for items, _ in done:
        item = next(i for i in items if all(i["cell"].get(k) == v for k, v in cell.items()))
        m = item["measurements"].get(quantity)
        if m:
            found.append((m["mean"], m["ci95_low"], m["ci95_high"], None, m["n"]))
    return found


def capacity(done, cell):
    found = []
    for _, analysis in done:
        c = next(c for c in analysis["capacity"] if all(c["cell"].get(k) == v for k, v in cell.items()))
        bits = c["capacity_bits"]
        found.append((bits["mean"], bits["ci95_low"], bits["ci95_high"], bits["lower_bound_95"], bits["n"], c))
    return found


def of_capacity(name, found):
    """The truth is the highest mean of all sizes, not the mean of the estimates."""
    sizes = {}
    for *_, c in found:
        for point in c["curve"]:
            bits = point.get("memorized_bits")
            if bits:
                sizes.setdefault(point["samples"], []).append((bits["mean"], bits["n"]))
    truth = max(sum(m * n for m, n in points) / sum(n for _, n in points) for points in sizes.values())
    return row(name, [(truth, *interval[1:5]) for interval in found])


def simulated():
    command = ["cargo", "test", "--locked", "--test", "science", "--", "--ignored", "--nocapture",
               "simulated_coverage"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if line.startswith("| ")]


HEAD = """# Coverage

How often an interval of 8 replicates holds the mean that it is of, measured through the service by `bench/coverage.py`: one job a repeat,
each with a seed of its own. The truth of a measured quantity is its mean over all replicates of all repeats, that of a capacity the highest
of these means over the sizes; simulated rows have theirs by construction. Nominal: two-sided 95 %, one-sided 95 %. *Printed* is the share of repeats
that print an interval: none is printed where all replicates but at most one hold all of their data, or have the same value
([intervals](../math/intervals.md)); coverage is that of the printed ones.

| quantity | truth | repeats | printed | two-sided | lower bound | median width |
|---|---|---|---|---|---|---|
"""


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=2000)
    options.add_argument("--slow", type=int, default=300)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    service = Service(asked.workers)
    rows = []
    try:
        done = service.results(job(NEURON, {"/dataset/samples": NEURON_SIZES}, s) for s in range(asked.repeats))
        for quantity in ("memorized_bits", "train_error", "test_error"):
            for n in NEURON_SIZES:
                name = f"{quantity} of one neuron, N/d = {n / 20:g}"
                rows.append(row(name, measured(done, {"/dataset/samples": n}, quantity)))
        rows.append(of_capacity("capacity of one neuron, N/d = 1 to 4", capacity(done, {})))
        axes = {"/dataset/samples": MLP_SIZES, "/network/hidden": WIDTHS}
        done = service.results(job(MLP, axes, s) for s in range(asked.slow))
        for n in MLP_SIZES:
            cell = {"/dataset/samples": n, "/network/hidden": [8]}
            rows.append(row(f"memorized_bits of an MLP 10-8-1, N = {n}", measured(done, cell, "memorized_bits")))
        for hidden in WIDTHS:
            rows.append(of_capacity(f"capacity of an MLP 10-{hidden[0]}-1", capacity(done, {"/network/hidden": hidden})))
        slopes = [a["scaling"][0]["bits_per_parameter"] for _, a in done]
        slopes = [(s["value"], s["ci95_low"], s["ci95_high"], None, 8) for s in slopes]
        rows.append(row("slope of capacity against parameters, three widths", slopes))
    finally:
        service.process.terminate()
        service.process.wait()
    # what took long is kept, whatever follows
    print(HEAD + "\n".join(rows), flush=True)
    rows.extend(simulated())
    text = HEAD + "\n".join(rows) + "\n"
    print(text)
    if asked.write:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
