"""Capacity found by search against an exhaustive grid of learning rates and sizes.

usage: python bench/search.py [--only NAME ...] [--seeds 1 2] [--work 600] [--python PYTHON] [--write] [--rows FILE]
Runs `target/release/bitgauge run` (built first). The grid trains with the steps that the search settled on; what both
chose is then measured on the same fresh draws. The same run times one search, a plain grid at one learning rate, and that
grid in JAX (bench/grid_jax.py, by the interpreter PYTHON). Prints its tables; with --write into docs/findings/search.md.
--rows keeps finished rows in a file, so that a run that was stopped goes on.
"""
import argparse, json, pathlib, resource, subprocess, sys, time

WORKERS = []
ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "target/release/bitgauge"
SIZES = [2.0 ** (k / 6) for k in range(11)]
RATES = [2.0**k for k in range(5)]
GRID_SEEDS, FRESH_SEEDS = 16, 64
PLAIN = [250, 500, 1000, 2000, 4000, 8000]


def cases():
    """Name, spec, parameters, and where the grid begins: samples a parameter, learning rate. It never sees the search."""
    labels = lambda inputs, samples: {"kind": "random_labels", "inputs": inputs, "samples": samples}
    for inputs in (40, 80, 160):
        yield f"one neuron of {inputs} weights", {
            "dataset": labels(inputs, 2 * inputs), "network": {"kind": "linear", "bias": False},
            "training": {"steps": 2000, "learning_rate": 0.8}}, inputs, 0.8, 0.8
    yield "readout of 40 features", {
        "dataset": labels(20, 80), "training": {"steps": 2000, "learning_rate": 0.8},
        "network": {"kind": "features", "bias": False, "map": {"kind": "random_relu", "features": 40}}}, 40, 0.8, 0.8
    for units in (6, 8):
        parameters = 20 * units + units + units * units + units + units + 1
        yield f"two hidden layers of {units}", {
            "dataset": labels(20, 2 * parameters), "network": {"kind": "mlp", "hidden": [units, units]},
            "training": {"steps": 2000, "learning_rate": 0.04}}, parameters, 1.6, 0.01


def run(spec):
    command = [BINARY, "run", "-", "--json", *WORKERS]
    done = subprocess.run(command, input=json.dumps(spec), check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def with_values(spec, samples, rate, steps):
    dataset = {**spec["dataset"], "samples": samples}
    return {**spec, "dataset": dataset, "training": {**spec["training"], "learning_rate": rate, "steps": steps}}


def grid(spec, steps, parameters, least, rate):
    """Samples and learning rate of the most bits, and the grid's work in trainings at the start."""
    start = spec["dataset"]["samples"]
    sizes, rates = [round(parameters * least * ratio) for ratio in SIZES], [rate * ratio for ratio in RATES]
    axes = [{"path": "/dataset/samples", "values": sizes}, {"path": "/training/learning_rate", "values": rates}]
    grid_spec = {**with_values(spec, start, rate, steps), "sweep": axes, "seeds": GRID_SEEDS, "seed": spec["seed"] + 2000}
    cells = run(grid_spec)["results"]
    best = max(cells, key=lambda cell: cell["measurements"].get("memorized_bits", {"mean": 0})["mean"])
    work = GRID_SEEDS * len(rates) * sum(sizes) / start * steps / spec["training"]["steps"]
    return best["cell"]["/dataset/samples"], best["cell"]["/training/learning_rate"], work


def fresh(spec, samples, rate, steps, seed):
    """Mean bits on draws that neither has seen, and their standard error."""
    report = run({**with_values(spec, samples, rate, steps), "seeds": FRESH_SEEDS, "seed": seed + 1000})
    bits = report["results"][0]["measurements"]["memorized_bits"]
    return bits["mean"], bits["sd"] / bits["n"] ** 0.5


def percent(raise_):
    """An interval of shares."""
    if raise_ is None:
        return "not tried"
    return f"{100 * raise_['mean']:+.1f} ± {100 * (raise_['ci95_high'] - raise_['mean']):.1f} %"


def search(spec, seed, work):
    return run({**spec, "seed": seed, "search": {"kind": "capacity", "work": work}, "seeds": 8})["analysis"]["capacity"][0]


def reported(found):
    bits = found["capacity_bits"]
    if bits["ci95_high"] is None:
        return f"at least {bits['mean']:.1f}"
    return f"{bits['mean']:.1f} ± {bits['ci95_high'] - bits['mean']:.1f}"


def word(answer):
    return {True: "yes", False: "no", None: "open"}.get(answer, answer)


def contradicted(found, best, error):
    """Whether a certified capacity (saturated, converged, within the tolerance) lies below the grid's beyond doubt."""
    certified = found["saturated"] and found["converged"] == "yes" and found["search"]["within_tolerance"]
    high = found["capacity_bits"]["ci95_high"]
    return "not certified" if not certified or high is None else "yes" if high < best - 1.96 * error else "no"


def compare(name, spec, parameters, least, rate_from, seed, work):
    spec = {**spec, "seed": seed}
    found = search(spec, seed, work)
    account = found["search"]
    steps = account["steps"]
    samples, rate, grid_work = grid(spec, steps, parameters, least, rate_from)
    (own, own_error), (best, best_error) = (fresh(spec, *at, steps, seed) for at in
                                            ((found["peak_samples"], account["learning_rate"]), (samples, rate)))
    ratio = own / best
    error = ratio * ((own_error / own) ** 2 + (best_error / best) ** 2) ** 0.5
    return [name, str(seed), str(steps), reported(found), f"{found['bits_per_parameter']['mean']:.2f}", word(found["saturated"]),
            f"{found['converged']} ({percent(account['raise_of_twice_the_steps'])})", word(account["within_tolerance"]),
            f"{found['peak_samples']} at {account['learning_rate']:g}", f"{samples} at {rate:g}",
            f"{best:.1f} ± {1.96 * best_error:.1f}", f"{ratio:.3f} ± {1.96 * error:.3f}", contradicted(found, best, best_error), f"{account['work']:.0f}",
            f"{account['work'] / grid_work:.2f}"]


def timed(work):
    """Seconds on the clock and of the processors."""
    spent = lambda: (lambda usage: usage.ru_utime + usage.ru_stime)(resource.getrusage(resource.RUSAGE_CHILDREN))
    begun, before = time.perf_counter(), spent()
    value = work()
    return value, time.perf_counter() - begun, spent() - before


def three_ways(python, seed, work):
    """Search, plain grid and the same grid in JAX, for 20-32-32-1."""
    spec = {"dataset": {"kind": "random_labels", "inputs": 20, "samples": 3522}, "seed": seed,
            "network": {"kind": "mlp", "hidden": [32, 32]}, "training": {"steps": 5000, "learning_rate": 0.02}}
    axis = [{"path": "/dataset/samples", "values": PLAIN}]
    plain, *grid_time = timed(lambda: run({**spec, "sweep": axis, "seeds": 8})["analysis"]["capacity"][0])
    rows = [["plain grid of six sizes", reported(plain), word(plain["saturated"]), plain["converged"], *grid_time]]
    if python:
        lines, *jax_time = timed(lambda: subprocess.run([python, ROOT / "bench/grid_jax.py"], check=True,
                                                        capture_output=True, text=True).stdout)
        most = max(json.loads(line)["memorized_bits"] for line in lines.splitlines())
        rows.append(["the same grid in JAX", f"{most:.0f} at most", "", "", *jax_time])
    for limit in work:
        found, *search_time = timed(lambda: search(spec, seed, limit))
        account = found["search"]
        name = f"search, work {account['work']:.0f} of {limit}: {found['peak_samples']} samples, {account['steps']} steps"
        converged = f"{found['converged']} ({percent(account['raise_of_twice_the_steps'])})"
        rows.append([name, reported(found), word(found["saturated"]), converged, *search_time])
    return [[*row[:4], *(f"{seconds:.0f}" for seconds in row[4:])] for row in rows]


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


HEADS = ["network", "seed", "steps", "bits reported (95 %)", "bits/parameter", "saturated", "converged (raise by twice the steps)",
         "within tolerance", "search: N at rate", "grid: N at rate", "the grid's cell, fresh draws", "bits, search over grid", "the grid contradicts",
         "work", "share of the grid's work"]
TIME_HEADS = ["20-32-32-1", "bits (95 %)", "saturated", "converged", "seconds", "processor seconds"]
PAGE = """# Search against an exhaustive grid

Written by `python bench/search.py --write`. Random labels, 2,000 steps to begin with. The grid has {rates} learning rates a
factor two apart, {sizes} sizes a factor 1.12 apart and {seeds} replicates: {trainings} trainings, with the steps that the search settled on.
It is laid by the number of parameters and not around what the search found: from .8 to 2.5 samples a parameter for single neurons and the
readout, from 1.6 to 5.1 for two hidden layers. Its best cell and the search's are then measured on the same {fresh} replicates that
neither has seen; the ratio has its 95 % interval. Work is in trainings at the starting size and steps. The search was asked for a
tolerance of .03 and had a work limit of {work}.

{table}
A ratio above one is a search that found more than the grid, which has steps. Within the tolerance or above it: {met} of {all}. The
grid contradicts a search that says saturated, converged and within the tolerance, where the upper end of its interval lies below the
lower end of the grid's cell on fresh replicates: {against} of the {certified} that say so. "At least" is a report whose replicates hold all their data, all
but at most one, so that it has no interval. The upper end of an interval includes what the choices of size and learning rate may miss, as far as the replicates
that chose them tell; a search that could not compare them closely is not within its tolerance. What is converged is answered at the size of the
raise: where less than 2 % of the data are lacking, at a size 9 % larger.
"""
TIMES = """
## Time

Measured in one run, one after the other, on two processor cores that other work shared: compare the processor seconds. The grid has
the sizes {plain}, 8 replicates and 5,000 steps at one learning rate. JAX trains its replicates side by side (`vmap`) and its
time includes compilation. A search tunes the learning rate too, reports replicates that chose nothing, and tries a larger size
and twice the steps on them.

{times}"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--work", type=float, default=600)
    parser.add_argument("--timed-work", type=float, nargs="*", default=[60])
    parser.add_argument("--workers", help="worker threads of the program")
    parser.add_argument("--python")
    parser.add_argument("--rows", type=pathlib.Path)
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--no-times", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.workers:
        WORKERS.extend(["--workers", arguments.workers])
    if not arguments.no_build:
        subprocess.run(["cargo", "build", "--locked", "--release"], cwd=ROOT, check=True)
    kept = arguments.rows and arguments.rows.exists()
    rows = json.loads(arguments.rows.read_text()) if kept else []
    order = [name for name, *_ in cases()]
    runs = [(*case, seed) for case in cases() for seed in arguments.seeds]
    for name, *case, seed in runs:
        is_done = any(row[:2] == [name, str(seed)] for row in rows)
        if is_done or arguments.only and not any(part in name for part in arguments.only):
            continue
        rows.append(compare(name, *case, seed, arguments.work))
        print(" | ".join(rows[-1]), flush=True)
        if arguments.rows:
            arguments.rows.write_text(json.dumps(rows))
    rows.sort(key=lambda row: (order.index(row[0]), int(row[1])))
    met = sum(float(row[11].split()[0]) >= 0.97 for row in rows)
    text = PAGE.format(rates=len(RATES), sizes=len(SIZES), seeds=GRID_SEEDS, fresh=FRESH_SEEDS, met=met, all=len(rows),
                       trainings=len(RATES) * len(SIZES) * GRID_SEEDS, table=table(HEADS, rows), work=f"{arguments.work:g}",
                       against=sum(row[12] == "yes" for row in rows), certified=sum(row[12] in ("yes", "no") for row in rows))
    missing = [f"{name} (seed {seed})" for name, *_, seed in runs if not any(row[:2] == [name, str(seed)] for row in rows)]
    if missing:
        text += f"\nNot run: {', '.join(missing)}.\n"
    if not arguments.no_times:
        times = three_ways(arguments.python, arguments.seeds[0], arguments.timed_work)
        text += TIMES.format(plain=", ".join(map(str, PLAIN)), times=table(TIME_HEADS, times))
    print(text)
    if arguments.write:
        (ROOT / "docs/findings/search.md").write_text(text)


if __name__ == "__main__":
    sys.exit(main())
