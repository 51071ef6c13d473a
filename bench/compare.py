"""bitgauge against its peers on the same work, alternating in one run.

usage: python bench/compare.py PEERS_DIRECTORY [--engines jax torch candle] [--rounds 3] [--only WORKLOAD ...]
PEERS_DIRECTORY holds `workloads.json` (dense job specs) and `peers.py` (the same networks in JAX and PyTorch); those of
strings and codes stand beside this file. Needs jax, optax and torch in this Python, and cargo. Prints its tables and
writes docs/findings/performance.md. Machines drift: only ratios within one run mean anything.
"""
import argparse, json, os, pathlib, platform, re, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CANDLE = HERE / "candle"


def gflop(spec):
    """6 x weights x batch x steps x networks, the count of the dense peers."""
    data, training = spec["dataset"], spec["training"]
    sizes = [data["inputs"], *spec["network"]["hidden"], data["classes"]]
    batch = data["samples"] if training["batch_size"] == "full" else training["batch_size"]
    return 6 * sum(a * b for a, b in zip(sizes, sizes[1:])) * batch * training["steps"] * spec["seeds"] / 1e9


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def ours(spec):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(spec, file)
        file.flush()
        report = json.loads(output(ROOT / "target/release/bitgauge", "run", file.name, "--json"))
    return report["timing"]["training_seconds"]


def theirs(directory, engine, name):
    """Best seconds of all forms of a peer."""
    if engine == "candle":
        lines = output(CANDLE / "target/release/candle-peer", directory / "workloads.json", name)
    else:
        lines = output(sys.executable, directory / "peers.py", engine, "--repeats", "1", name)
    return min(json.loads(line)["seconds"] for line in lines.splitlines())


def compare(directory, engines, rounds, only):
    """One line a workload: seconds of everybody, the best of all rounds."""
    specs = json.loads((directory / "workloads.json").read_text())
    for name in [name for name in specs if not only or name in only]:
        best = {}
        for _ in range(rounds):
            found = {"bitgauge": ours(specs[name])} | {e: theirs(directory, e, name) for e in engines}
            best = {engine: min(seconds, best.get(engine, seconds)) for engine, seconds in found.items()}
        yield name, specs[name], best


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def kernels():
    """Name and GFLOP/s of each kernel bench."""
    text, name = output("cargo", "bench", "--locked", "--bench", "kernels", "--", "--noplot"), None
    for line in text.splitlines():
        if match := re.match(r"^((?:peak|layer)[^\[]*?)\s*(?:time:|$)", line):
            name = match[1].strip()
        if (match := re.search(r"thrpt:\s*\[\S+ \S+ (\S+) ([GM])elem/s", line)) and name:
            yield name, float(match[1]) * (1e-3 if match[2] == "M" else 1)
            name = None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--engines", nargs="*", default=["jax", "torch", "candle"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--locked", "--release"], cwd=ROOT, check=True)
    if "candle" in arguments.engines:
        subprocess.run(["cargo", "build", "--locked", "--release"], cwd=CANDLE, check=True)
    rates = dict(kernels())
    peak = max(rate for name, rate in rates.items() if name.startswith("peak"))
    cores = os.cpu_count()

    rows = []
    for name, spec, best in compare(arguments.directory.resolve(), arguments.engines, arguments.rounds, arguments.only):
        rate = {engine: gflop(spec) / seconds for engine, seconds in best.items()}
        rows.append([name, f"{rate['bitgauge']:.1f}", f"{100 * rate['bitgauge'] / peak / cores:.0f} %",
                     *(f"{rate[e]:.1f}" for e in arguments.engines),
                     *(f"{rate['bitgauge'] / rate[e]:.2f}" for e in arguments.engines),
                     f"{cores * peak / max(rate[e] for e in arguments.engines):.2f}"])
        print(rows[-1], flush=True)
    dense = table(["workload", "bitgauge", "of peak", *arguments.engines, *(f"times {e}" for e in arguments.engines),
                   "peak, times the best peer"], rows)

    engines, rows = [e for e in arguments.engines if e != "candle"], []
    for name, spec, best in compare(HERE, engines, arguments.rounds, arguments.only):
        rows.append([name, *(f"{best[e]:.2f} s" for e in ["bitgauge", *engines]),
                     *(f"{best[e] / best['bitgauge']:.2f}" for e in engines)])
        print(rows[-1], flush=True)
    strings = table(["workload", "bitgauge", *engines, *(f"times {e}" for e in engines)], rows)

    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    products = table(["product", "GFLOP/s", "of peak"],
                     [[name, f"{rate:.1f}", f"{100 * rate / peak:.0f} %"] for name, rate in rates.items()])
    text = ["# Performance", "", f"Written by `bench/compare.py`: f32, alternating, best of {arguments.rounds} rounds on "
            f"{cores} cores of {model}.", "Only training is timed; compilation and a warm-up run of the peers come first.", "",
            "## Dense networks", "", "GFLOP/s, counted as 6 x weights x batch x steps x networks. JAX: jit and scan, the better of vmap and not;",
            f"PyTorch and candle: all cores. Peak: {peak:.0f} GFLOP/s of fused multiply-adds on each core, as measured: the last column is",
            "the most that any program could reach.", "",
            *dense, "", "## Strings and codes", "", *strings, "", "## Products on one core", "",
            "A layer is batch x inputs x outputs (`cargo bench --bench kernels`).", "", *products, ""]
    if not arguments.only:
        (ROOT / "docs/findings/performance.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
