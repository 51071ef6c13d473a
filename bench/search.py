"""Capacity found by search against an exhaustive grid of learning rates and sizes.

usage: python bench/search.py [--only NAME ...] [--seed 1] [--write]
Runs `target/release/bitgauge run` (built first). The grid trains with the steps that the search settled on; what both
chose is then measured on the same fresh draws. Prints its tables; with --write into docs/findings/search.md.
"""
import argparse, json, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATES = [2.0**k for k in range(-4, 5)]
SIZES = [2.0 ** (k / 4) for k in range(-6, 7)]
GRID_SEEDS, FRESH_SEEDS = 8, 48


def cases():
    """Name, spec and learning rate in the middle of the grid."""
    for inputs in (50, 100, 200):
        spec = {"dataset": {"kind": "random_labels", "inputs": inputs, "samples": 2 * inputs},
                "network": {"kind": "linear", "bias": False}, "training": {"steps": 2000, "learning_rate": 0.8}}
        yield f"one neuron of {inputs} weights", spec
    for units in (8, 12, 16):
        parameters = 20 * units + units + units * units + units + 2 * units + 2
        spec = {"dataset": {"kind": "random_labels", "inputs": 20, "samples": 2 * parameters},
                "network": {"kind": "mlp", "hidden": [units, units]}, "training": {"steps": 2000, "learning_rate": 0.02}}
        yield f"two hidden layers of {units}", spec


def run(spec):
    command = [ROOT / "target/release/bitgauge", "run", "-", "--json"]
    done = subprocess.run(command, input=json.dumps(spec), check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def with_values(spec, samples, rate, steps):
    dataset = {**spec["dataset"], "samples": samples}
    return {**spec, "dataset": dataset, "training": {**spec["training"], "learning_rate": rate, "steps": steps}}


def grid(spec, steps):
    """Samples and learning rate of the most bits, and the work in trainings at the start."""
    start, rate = spec["dataset"]["samples"], spec["training"]["learning_rate"]
    sizes, rates = [round(start * ratio) for ratio in SIZES], [rate * ratio for ratio in RATES]
    axes = [{"path": "/dataset/samples", "values": sizes}, {"path": "/training/learning_rate", "values": rates}]
    cells = run({**with_values(spec, start, rate, steps), "sweep": axes, "seeds": GRID_SEEDS})["results"]
    best = max(cells, key=lambda cell: cell["measurements"].get("memorized_bits", {"mean": 0})["mean"])
    work = GRID_SEEDS * len(rates) * sum(sizes) / start * steps / spec["training"]["steps"]
    return best["cell"]["/dataset/samples"], best["cell"]["/training/learning_rate"], work


def fresh(spec, samples, rate, steps, seed):
    """Mean bits on draws that neither has seen, and their standard error."""
    report = run({**with_values(spec, samples, rate, steps), "seeds": FRESH_SEEDS, "seed": seed + 1000})
    bits = report["results"][0]["measurements"]["memorized_bits"]
    return bits["mean"], bits["sd"] / bits["n"] ** 0.5


def compare(name, spec, seed):
    spec = {**spec, "seed": seed}
    found = run({**spec, "search": {"kind": "capacity"}, "seeds": 8})["analysis"]["capacity"][0]
    account = found["search"]
    steps = account["steps"]
    samples, rate, work = grid(spec, steps)
    (own, own_error), (best, best_error) = (fresh(spec, *at, steps, seed) for at in
                                            ((found["peak_samples"], account["learning_rate"]), (samples, rate)))
    ratio = own / best
    error = ratio * ((own_error / own) ** 2 + (best_error / best) ** 2) ** 0.5
    reported = found["capacity_bits"]
    return [name, str(steps), f"{reported['mean']:.1f} ± {reported['ci95_high'] - reported['mean']:.1f}",
            f"{found['bits_per_parameter']['mean']:.2f}", found["converged"],
            f"{found['peak_samples']} at {account['learning_rate']:g}", f"{samples} at {rate:g}",
            f"{ratio:.3f} ± {1.96 * error:.3f}", f"{account['work']:.0f}", f"{account['work'] / work:.2f}"]


def lossless(inputs, seed):
    """The size that one neuron learns without error in half of the draws."""
    spec = {"dataset": {"kind": "random_labels", "inputs": inputs}, "network": {"kind": "linear", "bias": False},
            "training": {"steps": 2000}, "search": {"kind": "lossless"}, "seeds": 8, "seed": seed}
    found = run(spec)["analysis"]["capacity"][0]
    half = 1.96 * found["lossless_samples_median_standard_error"]
    return [str(inputs), f"{found['lossless_samples_median']:.1f} ± {half:.1f}",
            f"{found['lossless_bits_per_parameter_median']:.3f} ± {half / inputs:.3f}", found["converged"],
            str(found["search"]["reporting_draws"]), f"{found['search']['work']:.0f}"]


def scaling(seed):
    """Bits against parameters over searched networks of three sizes."""
    spec = {"dataset": {"kind": "random_labels", "inputs": 20}, "network": {"kind": "mlp", "hidden": [8, 8]},
            "training": {"steps": 2000}, "search": {"kind": "capacity"}, "seeds": 8, "seed": seed,
            "sweep": [{"path": "/network/hidden", "values": [[8, 8], [12, 12], [16, 16]]}]}
    return run(spec)["analysis"]["scaling"][0]


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


HEADS = ["network", "steps", "bits reported (95 %)", "bits/parameter", "converged", "search: N at rate", "grid: N at rate",
         "bits, search over grid", "work", "share of the grid's work"]
LOSSLESS_HEADS = ["weights", "samples learnt in half of the draws", "bits/weight", "converged", "fresh draws", "work"]
PAGE = """# Search against an exhaustive grid

Written by `python bench/search.py --write`. Random labels, 2,000 steps to begin with. The grid has {rates} learning rates a
factor two apart, {sizes} sizes a factor 1.19 apart and {seeds} seeds: {trainings} trainings, with the steps that the search
settled on. Its best cell and the search's are then measured on the same {fresh} draws that neither has seen; the ratio has
its 95 % interval. Work is in trainings at the starting size and steps. The search was asked for a tolerance of .03.

{table}
A ratio above one is a search that found more than the grid, which stops at its edges and steps. Within the tolerance or
above it: {met} of {all}.

## One neuron

`{{"search": {{"kind": "lossless"}}}}` looks for the size that half of the draws are learnt at without error. Cover (1965) and
Gardner (1988): two bits a weight.

{lossless}
## Linear in parameters

Searched capacities of the three networks of two hidden layers against their parameters: {slope:.2f} bits/parameter
[{low:.2f}, {high:.2f}], r² {r2:.4f}.
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--locked", "--release"], cwd=ROOT, check=True)
    chosen = [case for case in cases() if not arguments.only or any(part in case[0] for part in arguments.only)]
    rows = []
    for name, spec in chosen:
        rows.append(compare(name, spec, arguments.seed))
        print(" | ".join(rows[-1]), flush=True)
    neurons = [lossless(inputs, arguments.seed) for inputs in (50, 100, 200)]
    line = scaling(arguments.seed)
    met = sum(float(row[7].split()[0]) >= 0.97 for row in rows)
    text = PAGE.format(rates=len(RATES), sizes=len(SIZES), seeds=GRID_SEEDS, fresh=FRESH_SEEDS, met=met, all=len(rows),
                       trainings=len(RATES) * len(SIZES) * GRID_SEEDS, table=table(HEADS, rows),
                       lossless=table(LOSSLESS_HEADS, neurons), slope=line["bits_per_parameter"]["value"],
                       low=line["bits_per_parameter"]["ci95_low"], high=line["bits_per_parameter"]["ci95_high"],
                       r2=line["r_squared"])
    print(text)
    if arguments.write:
        (ROOT / "docs/findings/search.md").write_text(text)


if __name__ == "__main__":
    sys.exit(main())
