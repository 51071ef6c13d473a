"""Faults of the disk and of the file: nothing is said to be stored that is not, and nothing changed is served."""

import json
import pathlib
import random
import shutil
import sqlite3
import tempfile
import time

from service import SMALL, TINY, Gone, Server

FILE = "bitgauge.sqlite"


def errors_of_writes(binary, points, seed):
    """A run of system calls fails: 2xx only for what is durable, reads go on, and then all is well again."""
    draw, wrong, refused, accepted_after = random.Random(seed), [], 0, 0
    for number in range(points):
        call, error = [("fdatasync", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "ENOSPC")][number % 4]
        first = draw.randint(1, 60)
        inject = f"inject={call}:error={error}:when={first}..{first + 20}"
        with tempfile.TemporaryDirectory() as directory:
            Server(binary, directory).stop()
            before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject]
            try:
                server = Server(binary, directory, before=before, wait_until_ready=False)
            except Gone:
                refused += 1
                continue
            acknowledged = []
            try:
                for post in range(60):
                    status, text, _ = server.call("POST", "/v1/jobs", TINY, {"idempotency-key": str(post)})
                    if status == 202:
                        acknowledged.append(json.loads(text)["id"])
                    elif status in (503, 507):
                        refused += 1
                    else:
                        wrong.append(f"{status} for a POST")
                    if server.call("GET", "/v1/jobs?limit=1")[0] != 200:
                        wrong.append("a GET failed")
                status, text, _ = server.call("POST", "/v1/jobs", TINY, {"idempotency-key": "after"})
                accepted_after += status == 202
            except Gone as gone:
                wrong.append(str(gone))
            server.kill()
            server = Server(binary, directory)
            for job in acknowledged:
                if server.call("GET", f"/v1/jobs/{job}")[0] != 200:
                    wrong.append("an acknowledged job is gone")
            with sqlite3.connect(pathlib.Path(directory) / FILE) as database:
                if database.execute("pragma integrity_check").fetchone() != ("ok",):
                    wrong.append("the file is damaged")
            server.stop()
    return {
        "counts": f"{points} runs of 21 failing calls, {refused} requests or starts refused",
        "measured": f"{len(wrong)} wrong{listed(sorted(set(wrong)))}; {accepted_after} accept again without a restart",
        "held": not wrong and accepted_after > 0,
    }


def locked(binary, seconds, seed):
    """Another process holds the database: reads go on, writes are 503 after the busy timeout and once it is over go on."""
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory)
        other = sqlite3.connect(pathlib.Path(directory) / FILE, isolation_level=None)
        other.execute("begin immediate")
        refused, reads, begun = [], [], time.monotonic()
        while time.monotonic() - begun < seconds:
            at = time.monotonic()
            status = server.call("POST", "/v1/jobs", TINY)[0]
            refused.append((status, time.monotonic() - at))
            at = time.monotonic()
            assert server.call("GET", "/v1/jobs")[0] == 200
            reads.append(time.monotonic() - at)
        other.execute("rollback")
        over = time.monotonic()
        while server.call("POST", "/v1/jobs", TINY)[0] != 202:
            pass
        recovered = time.monotonic() - over
        server.stop()
    slowest = max(took for _, took in refused)
    return {
        "counts": f"locked for {seconds} s, {len(refused)} writes",
        "measured": f"503 after at most {slowest:.1f} s, reads at most {1000 * max(reads):.0f} ms, writes again {recovered:.2f} s after",
        "held": all(status == 503 for status, _ in refused) and slowest < 5.8 and max(reads) < 0.1 and recovered < 1,
    }


def listed(what):
    return f" ({'; '.join(what)})" if what else ""


READ = ["", "/results", "/results.csv", "/trials.csv", "/trials.ndjson", "/analysis", "/capacities.csv", "/figure.svg"]


def everything(server, jobs):
    """What is read of all jobs; where an answer is an error, that it is one."""
    across = [
        "/v1/jobs", "/v1/jobs?sort=name", "/v1/jobs?state=succeeded", "/v1/measurements?limit=500",
        "/v1/measurements?limit=500&quantity=memorized_bits&sort=-mean", "/v1/capacities?limit=500",
    ]
    answers = {}
    for path in [f"/v1/jobs/{job}{part}" for job in jobs for part in READ] + across:
        status, text, _ = server.call("GET", path)
        answers[path] = text if status == 200 else None
    return answers


def damage(binary, flips, seed):
    """A bit of the stored file or the digest of a report changes: it is found, or what is served is what was stored."""
    draw, silent, refused, found, served = random.Random(seed), [], 0, 0, 0
    digests = max(1, flips // 5)
    with tempfile.TemporaryDirectory() as stored:
        server = Server(binary, stored)
        jobs = [server.submit(SMALL), server.submit(SMALL | {"seeds": 4, "name": "b"})]
        for job in jobs:
            server.ended(job)
        for job in jobs:
            server.evaluated(job)
        expected = everything(server, jobs)
        assert None not in expected.values(), [path for path, text in expected.items() if text is None]
        server.stop()
        for number in range(flips + digests):
            with tempfile.TemporaryDirectory() as parent:
                directory = pathlib.Path(parent) / "data"
                shutil.copytree(stored, directory)
                file = directory / FILE
                if number < flips:
                    content = bytearray(file.read_bytes())
                    place = draw.randrange(100, len(content))
                    content[place] ^= 1 << draw.randrange(8)
                    file.write_bytes(content)
                    what = f"byte {place}"
                else:
                    with sqlite3.connect(file) as database:
                        job, trial = jobs[number % 2], draw.randrange(8)
                        database.execute("update trials set digest = ? where job = ? and number = ?", ("0" * 64, job, trial))
                    database.close()
                    what = "a digest"
                try:
                    server = Server(binary, directory, wait_until_ready=False)
                except Gone:
                    refused += 1
                    continue
                answers = everything(server, jobs)
                is_told = server.call("GET", "/readyz")[0] != 200
                changed = [path for path, text in answers.items() if text is not None and text != expected[path]]
                if is_told or any(text is None for text in answers.values()):
                    found += 1
                elif changed:
                    silent.append(f"{what}: {changed[0]}")
                else:
                    served += 1
                server.kill()
    return {
        "counts": f"{flips} bits and {digests} digests changed",
        "measured": f"{refused} refused at the start, {found} told, {served} in nothing that is read, {len(silent)} served silently{listed(silent[:3])}",
        "held": not silent,
    }
