"""bitgauge against its peers on the same work, alternating in one run.

usage: python bench/compare.py PEERS_DIRECTORY [--engines jax torch] [--rounds 3] [WORKLOAD ...]
PEERS_DIRECTORY holds `workloads.json` (job specs) and `peers.py` (the same networks in JAX and PyTorch; needs jax, optax
and torch in this Python). Build first: cargo build --release. Prints a table and writes docs/findings/performance.md.
Machines drift: only ratios within one run mean anything.
"""
import argparse, json, os, pathlib, platform, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def gflop(spec):
    """6 x weights x batch x steps x networks, the count of the peers."""
    data, training = spec["dataset"], spec["training"]
    sizes = [data["inputs"], *spec["network"]["hidden"], data["classes"]]
    batch = data["samples"] if training["batch_size"] == "full" else training["batch_size"]
    return 6 * sum(a * b for a, b in zip(sizes, sizes[1:])) * batch * training["steps"] * spec["seeds"] / 1e9


def ours(spec):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(spec, file)
        file.flush()
        run = [ROOT / "target/release/bitgauge", "run", file.name, "--json"]
        report = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    return report["timing"]["training_seconds"]


def theirs(directory, engine, name):
    """Best seconds of each form of a peer."""
    run = [sys.executable, directory / "peers.py", engine, "--repeats", "1", name]
    lines = subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()
    return {row["engine"]: row["seconds"] for row in map(json.loads, lines)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--engines", nargs="*", default=["jax", "torch"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("workloads", nargs="*")
    arguments = parser.parse_intermixed_args()
    specs = json.loads((arguments.directory / "workloads.json").read_text())
    lines = ["| workload | bitgauge GFLOP/s | " + " | ".join(f"{e} (best form)" for e in arguments.engines)
             + " | " + " | ".join(f"times {e}" for e in arguments.engines) + " |",
             "|---|" + "---|" * (1 + 2 * len(arguments.engines))]
    print("\n".join(lines), flush=True)
    for name in arguments.workloads or specs:
        work, best = gflop(specs[name]), {}
        for _ in range(arguments.rounds):
            found = {"bitgauge": ours(specs[name])}
            for engine in arguments.engines:
                found[engine] = min(theirs(arguments.directory, engine, name).values())
            best = {engine: min(seconds, best.get(engine, seconds)) for engine, seconds in found.items()}
        rate = {engine: work / seconds for engine, seconds in best.items()}
        cells = [name, f"{rate['bitgauge']:.1f}", *(f"{rate[e]:.1f}" for e in arguments.engines),
                 *(f"{rate['bitgauge'] / rate[e]:.2f}" for e in arguments.engines)]
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    text = ["# Performance", "", "Written by `bench/compare.py`: f32, alternating, best of "
            f"{arguments.rounds} rounds on {os.cpu_count()} cores of {model}.",
            "Work is counted as 6 x weights x batch x steps x networks. The time of bitgauge is that of whole trials: drawing the",
            "data and measuring it, on the training draw and on a held-out one, are in it; the peers only train.", "", *lines, ""]
    (ROOT / "docs/findings/performance.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
