"""Who comes when: jobs beside each other, cancellations, restarts of whatever is stored."""

import concurrent.futures
import json
import tempfile
import time

from service import LONG, SMALL, TINY, Server, quantile

# trials of about 20 ms
STEADY = SMALL | {"sweep": [], "dataset": SMALL["dataset"] | {"samples": 256}}


def fair(binary, seconds, seed):
    """A stream of small jobs beside one of 9,000 trials."""
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, workers=1)
        large = server.submit(STEADY | {"seeds": 9000})
        waits, small, begun = [], 0, time.monotonic()
        while time.monotonic() - begun < seconds:
            job = server.submit(STEADY | {"seeds": 3})
            submitted = time.monotonic()
            while server.json(f"/v1/jobs/{job}")["started_at"] is None:
                time.sleep(0.002)
            waits.append(time.monotonic() - submitted)
            small += 3
        row = server.json(f"/v1/jobs/{large}")["trials"]
        done = row["succeeded"]
        server.kill()
    share = done / (done + small)
    return {
        "counts": f"{seconds} s, {small // 3} small jobs of 3 trials",
        "measured": f"{done} trials of the large job ({share:.0%} of all); a small one starts after {1000 * quantile(waits, 0.99):.0f} ms (p99)",
        "held": share > 0.4 and quantile(waits, 0.99) < 0.5,
    }


def storm(binary, trials, seed):
    """Thousands of cancellations of queued jobs and of two running trials, several times each, over 50 connections."""
    jobs = trials // 10
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory)
        long = server.submit(LONG)
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            queued = list(pool.map(lambda _: server.submit(TINY | {"seeds": 10}), range(jobs)))
            while server.json(f"/v1/jobs/{long}")["trials"]["running"] < 2:
                time.sleep(0.01)
            begun = time.monotonic()
            cancel = lambda job: server.call("POST", f"/v1/jobs/{job}/cancel")[0]
            statuses = list(pool.map(cancel, [long, *queued] * 2))
        took = time.monotonic() - begun
        while any(worker["running"] for worker in server.json("/v1/workers")["items"]):
            assert time.monotonic() - begun < 60
        stopped = time.monotonic() - begun
        left = json.loads(server.call("GET", "/v1/jobs?state=queued,running&count=true")[1])["total"]
        server.stop()
    odd = [status for status in statuses if status not in (200, 202, 409)]
    return {
        "counts": f"{len(statuses)} cancellations of {jobs + 1} jobs with {trials + 2} trials",
        "measured": f"{len(odd)} other answers than 200 or 409, {left} jobs left; all ended after {took:.1f} s, workers idle after {stopped:.1f} s",
        "held": not odd and left == 0 and took < 10,
    }


def restart(binary, jobs, seed):
    """Cancelled jobs of 10,000 cells are in the store, without results as rows: the server is ready at once."""
    spec = TINY | {
        "training": {"steps": 1_000_000},
        "sweep": [
            {"path": "/dataset/samples", "values": list(range(1, 101))},
            {"path": "/training/learning_rate", "values": [n / 1000 for n in range(1, 101)]},
        ],
    }
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, workers=1)
        server.submit(LONG)
        for _ in range(jobs):
            job = server.submit(spec)
            server.call("POST", f"/v1/jobs/{job}/cancel")
        server.kill()
        server = Server(binary, directory)
        ready = server.ready_after
        at = time.monotonic()
        status = server.call("GET", "/v1/jobs")[0]
        listed = time.monotonic() - at
        server.kill()
    return {
        "counts": f"{jobs} cancelled jobs of 10,000 cells, and kill -9",
        "measured": f"ready {ready:.2f} s after the start, the list {1000 * listed:.0f} ms later",
        "held": ready < 2 and status == 200 and listed < 0.5,
    }
