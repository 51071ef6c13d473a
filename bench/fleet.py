"""Throughput of workers elsewhere against threads of the service, on one machine: trials of 50 ms and of 1 ms.

usage: python bench/fleet.py [--binary FILE] [--trials 2000] [--write]
Each line is a run of its own: the service with its own threads, or with none and worker processes over a NATS server here. Prints a
table; with --write into docs/findings/fleet.md. The first job of a run warms up and is not counted.
"""
import argparse, pathlib, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench/promises"))
import nats as over
from service import Server

SHORT = {"dataset": {"kind": "random_labels", "inputs": 4, "samples": 8}, "network": {"kind": "linear"}, "training": {"steps": 20}, "reuse": False}
LONG = {"dataset": {"kind": "random_labels", "inputs": 20, "samples": 256}, "network": {"kind": "mlp", "hidden": [32, 32]}, "reuse": False}


def seconds(server, spec, trials):
    """Wall seconds of a job, and its digests."""
    job = server.submit(spec | {"seeds": trials})
    row = server.ended(job, within=1200)
    assert row["state"] == "succeeded", row
    table = server.table(job)
    digest = table[0].index("digest")
    import datetime
    moment = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment(row["finished_at"]) - moment(row["started_at"])).total_seconds(), [line[digest] for line in table[1:]]


def run(binary, spec, trials, local=0, slots=(), warm=40):
    with tempfile.TemporaryDirectory() as directory:
        nats = over.Nats()
        server = over.service(binary, directory, nats, workers=local) if slots else Server(binary, directory, workers=local)
        workers = [over.Worker(binary, nats.url, slots=count) for count in slots]
        try:
            while len(server.json("/v1/workers")["items"]) < local + len(slots):
                time.sleep(0.05)
            seconds(server, spec | {"seed": 99}, warm)
            return seconds(server, spec, trials)
        finally:
            for worker in workers:
                worker.kill()
            server.stop()
            nats.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/bitgauge")
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    binary = arguments.binary.resolve()
    # as many steps as make 50 ms here
    probe, _ = run(binary, LONG | {"training": {"steps": 500}}, 20, local=1, warm=5)
    steps = max(10, round(500 * 0.05 / (probe / 20)))
    long = LONG | {"training": {"steps": steps}}
    lines = ["| trials of | run by | trials | seconds | trials a second | of the same number of threads |", "|---|---|---|---|---|---|"]
    same = {}
    for name, spec, trials in (("50 ms", long, arguments.trials), ("1 ms", SHORT, arguments.trials)):
        pace = {}
        for who, local, slots in (
            ("1 thread of the service", 1, ()), ("1 worker of 1 slot", 0, (1,)), ("2 threads of the service", 2, ()),
            ("2 workers of 1 slot", 0, (1, 1)), ("1 worker of 2 slots", 0, (2,)), ("2 workers of 2 slots", 0, (2, 2)),
        ):
            took, digests = run(binary, spec, trials, local, slots)
            assert same.setdefault(name, digests) == digests, "digests differ"
            threads = min(2, local or sum(slots))
            if local:
                pace[local] = trials / took
            share = f"{trials / took / pace[threads]:.2f}"
            lines.append(f"| {name} | {who} | {trials} | {took:.1f} | {trials / took:.1f} | {share} |")
            print(lines[-1], flush=True)
    print("\n".join(lines))
    if arguments.write:
        page = ROOT / "docs/findings/fleet.md"
        text = page.read_text()
        before, rest = text.split("<!-- measured by bench/fleet.py -->\n")
        _, after = rest.split("<!-- end -->")
        page.write_text(before + "<!-- measured by bench/fleet.py -->\n" + "\n".join(lines) + "\n<!-- end -->" + after)


if __name__ == "__main__":
    sys.exit(main())
