"""What was acknowledged is there afterwards, once, with the results of a run that nobody disturbed."""

import json
import random
import tempfile
import time

from service import SMALL, Gone, Server, events_of, quantile


def undisturbed(binary, spec):
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory)
        job = server.submit(spec)
        server.ended(job)
        table = server.table(job)
        server.stop()
        return table


def judged(server, jobs, expected):
    """How many jobs are lost, have results twice, or other results."""
    lost = twice = different = 0
    for job in jobs:
        try:
            row = server.ended(job)
        except AssertionError:
            lost += 1
            continue
        kinds = events_of(server, job)
        twice += kinds.count("trial") != row["trials"]["total"] or kinds.count("end") != 1
        different += server.table(job) != expected
    return lost, twice, different


def at_random_moments(binary, kills, seed):
    """kill -9 of the server and all that it started, at random moments."""
    expected, draw = undisturbed(binary, SMALL), random.Random(seed)
    acknowledged, ready = [], []
    with tempfile.TemporaryDirectory() as directory:
        for round in range(kills):
            server = Server(binary, directory)
            ready.append(server.ready_after)
            stop = time.monotonic() + draw.uniform(0, 0.25)
            count = 0
            while time.monotonic() < stop:
                # most rounds only go on with what is there
                if draw.random() < 0.05 or not acknowledged:
                    acknowledged.append(server.submit(SMALL, key=f"{round}-{count}"))
                    count += 1
                time.sleep(0.01)
            server.kill()
        server = Server(binary, directory)
        lost, twice, different = judged(server, acknowledged, expected)
        alarms = server.call("GET", "/metrics")[1]
        server.stop()
    alarmed = any(line.startswith("bitgauge_digest_alarms_total") and not line.endswith(" 0") for line in alarms.splitlines())
    p99 = quantile(ready[1:], 0.99)
    return {
        "counts": f"{kills} kills, {len(acknowledged)} jobs of 40 trials",
        "measured": f"{lost} lost, {twice} twice, {different} different, {int(alarmed)} alarms; ready p99 {p99:.2f} s",
        "held": lost == twice == different == 0 and not alarmed and p99 < 2,
    }


def at_log_syncs(binary, syncs, seed):
    """kill -9 at the first, second, .. time that the log is synced to the disk, until a run needs no more."""
    expected, lost, twice, different, died, late = undisturbed(binary, SMALL), 0, 0, 0, 0, 0
    for number in range(1, syncs + 1):
        with tempfile.TemporaryDirectory() as directory:
            Server(binary, directory).stop()
            inject = f"inject=fdatasync,fsync:signal=SIGKILL:when={number}"
            acknowledged = None
            try:
                server = Server(binary, directory, before=["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject])
                acknowledged = server.submit(SMALL, key="once")
                server.ended(acknowledged)
                server.kill()
            except (Gone, AssertionError):
                died += 1
            server = Server(binary, directory)
            late += server.ready_after > 2
            # the client asks again under its key: it is the same job
            again = server.submit(SMALL, key="once")
            if acknowledged and again != acknowledged:
                lost += 1
            counts = judged(server, [again], expected)
            lost, twice, different = lost + counts[0], twice + counts[1], different + counts[2]
            total = json.loads(server.call("GET", "/v1/jobs?count=true")[1])["total"]
            twice += total != 1
            server.stop()
    return {
        "counts": f"syncs 1 to {syncs}, {died} of them ended the server",
        "measured": f"{lost} lost, {twice} twice, {different} different, {late} not ready within 2 s",
        "held": lost == twice == different == late == 0,
    }


def long_trials(binary, kills, seed):
    """A training of some seconds, killed again and again: it goes on from its checkpoint with the same bits."""
    spec = {
        "dataset": {"kind": "random_labels", "inputs": 20, "samples": 1000},
        "network": {"kind": "mlp", "hidden": [32, 32]},
        "regularizers": [{"kind": "dropout", "rate": 0.1}, {"kind": "gradient_noise", "eta": 1e-6}],
        "training": {"steps": 20_000, "batch_size": 500},
        "seeds": 1,
        "reuse": False,
    }
    expected, draw, killed, runs, different = undisturbed(binary, spec), random.Random(seed), 0, 0, 0
    while killed < kills:
        with tempfile.TemporaryDirectory() as directory:
            server = Server(binary, directory, "--checkpoint-seconds", "1", workers=1)
            job = server.submit(spec)
            while killed < kills and not server.json(f"/v1/jobs/{job}")["finished_at"]:
                time.sleep(draw.uniform(0.3, 2.5))
                server.kill()
                killed += 1
                server = Server(binary, directory, "--checkpoint-seconds", "1", workers=1)
            server.ended(job)
            different += server.table(job) != expected
            runs += 1
            server.stop()
    return {
        "counts": f"{killed} kills in {runs} trainings",
        "measured": f"{different} different",
        "held": different == 0,
    }
