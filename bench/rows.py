"""Fills a data directory with 1,000,000 trials and measures lists, files and deletion.

    cargo build --release && python3 bench/rows.py          # needs requests, pandas, pyarrow

Two directories are made from jobs that the service really ran: 20,000 jobs of 50 trials, and one job of 1,000,000 trials
beside a small one. Rows are copies of real rows under other ids, with other numbers; nothing is trained for them.
"""

import argparse
import hashlib
import json
import pathlib
import random
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid

import requests

ROOT = pathlib.Path(__file__).resolve().parents[1]
SPEC = {
    "name": "capacity of a neuron",
    "tags": ["capacity"],
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8},
    "network": {"kind": "linear"},
    "training": {"steps": 20},
    "sweep": [{"path": "/dataset/samples", "values": [4, 8, 16, 32, 64]}],
    "seeds": 10,
}
RARE = {"source": "codebook", "network": "made", "optimizer": "langevin", "regularizers": '["dropout"]'}


class Service:
    """The service on a directory."""

    def __init__(self, binary, directory, *arguments):
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(directory), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().removeprefix("bitgauge serves ").strip()

    def get(self, path, **named):
        answer = requests.get(self.address + path, timeout=600, **named)
        answer.raise_for_status()
        return answer

    def memory(self, which="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith(which))) / 1024

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


def template(binary, directory):
    """One real job, and its id."""
    service = Service(binary, directory)
    answer = requests.post(service.address + "/v1/jobs", json=SPEC, headers={"Prefer": "wait=60"}, timeout=90).json()
    while not service.get("/v1/measurements").json()["items"]:
        time.sleep(0.05)
    service.stop()
    return answer["job"]["id"]


def columns(database, table, without=()):
    names = [row[1] for row in database.execute(f"pragma table_info({table})")]
    return [name for name in names if name not in without]


def copied(database, table, job, new, **changed):
    """Copies the rows of a job under another id."""
    names = columns(database, table)
    values = ["?" if name in changed or name == "job" else name for name in names]
    given = [new if name == "job" else changed[name] for name in names if name in changed or name == "job"]
    database.execute(f"insert into {table} ({','.join(names)}) select {','.join(values)} from {table} where job = ?",
                     [*given, job])


def many_jobs(directory, job, count):
    """The same job so many times; one in 5,000 is rare in every respect."""
    database = sqlite3.connect(directory / "bitgauge.sqlite")
    database.execute("pragma synchronous = off")
    names = columns(database, "jobs")
    start = 1_700_000_000_000
    for i in range(count):
        rare = i % 5000 == 17
        moment = start + 1000 * i
        new = str(uuid.UUID(int=(moment << 80) | (7 << 76) | (2 << 62) | random.getrandbits(60)))
        changed = {"id": new, "created_ms": moment, "started_ms": moment + 5, "finished_ms": moment + 900}
        changed["name"] = "a rare name" if rare else f"capacity of a neuron {i}"
        changed["tags"] = '["rare"]' if rare else '["capacity"]'
        if rare:
            changed |= {"state": "failed", "failed": 1, "succeeded": 49}
        values = ["?" if name in changed else name for name in names]
        given = [changed[name] for name in names if name in changed]
        database.execute(f"insert into jobs ({','.join(names)}) select {','.join(values)} from jobs where id = ?", [*given, job])
        copied(database, "evaluations", job, new)
        copied(database, "cells", job, new, **(RARE if rare else {}))
        copied(database, "measurements", job, new, **({"n": 1000} if rare else {}))
        copied(database, "capacities", job, new, **(RARE | {"n": 1000} if rare else {}))
        copied(database, "trials", job, new)
        if database.execute("select 1 from sqlite_master where name = 'facets'").fetchone():
            copied(database, "facets", job, new)
            if rare:
                database.execute("delete from facets where job = ?", [new])
                rows = [("tag", "rare"), ("source", "codebook"), ("network", "made"), ("optimizer", "langevin"),
                        ("regularizer", "dropout"), ("replicates", "0000001000")]
                database.executemany("insert into facets (facet, value, job) values (?, ?, ?)",
                                     [(*row, new) for row in rows])
        if i % 1000 == 999:
            database.execute("update measurements set mean = mean + abs(random() % 1000) / 1000.0 where job = ?", [new])
            database.commit()
    database.commit()
    database.close()


def one_job(directory, job, trials):
    """A job of so many trials, with reports of their own."""
    database = sqlite3.connect(directory / "bitgauge.sqlite")
    database.execute("pragma synchronous = off")
    new = str(uuid.UUID(int=(1_700_000_000_000 << 80) | (7 << 76) | (2 << 62) | 1))
    steps = {"path": "/training/steps", "values": list(range(20, 20 + trials // 5000))}
    spec = json.dumps({**SPEC, "sweep": [*SPEC["sweep"], steps], "seeds": 1000, "name": "a large job"})
    names = columns(database, "jobs")
    changed = {"id": new, "name": "a large job", "spec": spec, "trials": trials, "succeeded": trials,
               "spec_digest": hashlib.sha256(spec.encode()).hexdigest()}
    values = ["?" if name in changed else name for name in names]
    given = [changed[name] for name in names if name in changed]
    database.execute(f"insert into jobs ({','.join(names)}) select {','.join(values)} from jobs where id = ?", [*given, job])
    for table in ("evaluations", "cells", "measurements", "capacities"):
        copied(database, table, job, new)
    report = database.execute("select report from trials where job = ? and number = 7", [job]).fetchone()[0]
    document = json.loads(report)
    names = columns(database, "trials")
    source = dict(zip(names, database.execute(f"select {','.join(names)} from trials where job = ? and number = 7", [job]).fetchone()))
    place = {name: i for i, name in enumerate(names)}

    def rows():
        row = [source[name] for name in names]
        for number in range(trials):
            document["measurements"]["memorized_bits"] = number / 3.0
            text = json.dumps(document)
            row[place["job"]], row[place["number"]], row[place["report"]] = new, number, text
            row[place["digest"]] = hashlib.sha256(text.encode()).hexdigest()
            row[place["run_digest"]] = hashlib.sha256(str(number).encode()).hexdigest()
            yield row

    database.executemany(f"insert into trials ({','.join(names)}) values ({','.join('?' * len(names))})", rows())
    database.executemany(
        "insert into events (job, sequence, kind, data, at_ms, number) values (?, ?, 'trial', ?, 1700000000000, ?)",
        ((new, i + 1, json.dumps({"trial": i, "state": "succeeded", "seconds": 0.01, "detail": None, "done": i, "of": trials}),
          1000 + i) for i in range(trials)))
    database.execute("update event_numbers set last = ?", [2000 + trials])
    database.commit()
    database.close()
    return new


def lists(service):
    """Median and 99th percentile of each list with each filter, in milliseconds."""
    filters = ["", "quantity=memorized_bits", "quantity=memorized_bits&sort=-mean", "source=codebook", "network=made",
               "optimizer=langevin", "regularizer=dropout", "tag=rare", "name=rare", "n=1000",
               "quantity=memorized_bits&sort=-mean&tag=rare", "quantity=memorized_bits&sort=mean&source=codebook"]
    paths = [f"/v1/measurements?{query}" for query in filters]
    paths += [f"/v1/capacities?{q.replace('quantity=memorized_bits&', '').replace('mean', 'capacity_bits')}"
              for q in filters if q != "quantity=memorized_bits"]
    paths += [f"/v1/jobs?{query}" for query in
              ("", "state=failed", "tag=rare", "name=rare", "kind=calibration", "sort=name", "sort=-finished", "sort=finished&tag=rare",
               "count=true", "tag=rare&count=true")]
    session = requests.Session()
    for path in paths:
        times = []
        for _ in range(60):
            start = time.perf_counter()
            answer = session.get(service.address + path, timeout=60)
            times.append(1000 * (time.perf_counter() - start))
            assert answer.status_code == 200, answer.text
        times.sort()
        print(f"| `{path}` | {len(answer.json()['items'])} | {times[30]:.1f} | {times[58]:.1f} |", flush=True)


def sealed(directory, job):
    """Waits until what the service does by itself after its start is over: it seals ended jobs."""
    database = sqlite3.connect(f"file:{directory / 'bitgauge.sqlite'}?mode=ro", uri=True)
    while not database.execute("select 1 from seals where job = ?", [job]).fetchone():
        time.sleep(0.5)
    database.close()


def files(service, job, trials):
    """Rows a second, memory above idle and equal bytes of each format."""
    for suffix in ("csv", "ndjson", "parquet"):
        digests = []
        for _ in range(2):
            service.forget_peak()
            idle, start, digest, size = service.memory(), time.perf_counter(), hashlib.sha256(), 0
            with service.get(f"/v1/jobs/{job}/trials.{suffix}", stream=True) as answer:
                for piece in answer.iter_content(1 << 20):
                    digest.update(piece)
                    size += len(piece)
            seconds, peak = time.perf_counter() - start, service.memory("VmHWM")
            digests.append(digest.hexdigest())
        print(f"| {suffix} | {trials / seconds:,.0f} | {size / 1e6:.0f} | {peak - idle:.0f} | "
              f"{'yes' if len(set(digests)) == 1 else 'NO'} |", flush=True)


def deletion(service, job, directory):
    """How long a deletion takes, and what other writers see of it."""
    size = lambda: sum(f.stat().st_size for f in directory.iterdir() if f.name.startswith("bitgauge.sqlite"))
    before, waits, done = size(), [], threading.Event()

    def writer():
        while not done.is_set():
            start = time.perf_counter()
            requests.post(service.address + "/v1/jobs", json={**SPEC, "seeds": 1}, timeout=60).raise_for_status()
            waits.append(time.perf_counter() - start)
            time.sleep(0.05)

    thread = threading.Thread(target=writer)
    thread.start()
    start = time.perf_counter()
    requests.delete(f"{service.address}/v1/jobs/{job}", timeout=60).raise_for_status()
    answered = time.perf_counter() - start
    assert requests.get(f"{service.address}/v1/jobs/{job}", timeout=60).status_code == 404
    database = sqlite3.connect(f"file:{directory / 'bitgauge.sqlite'}?mode=ro", uri=True)
    while database.execute("select 1 from jobs where id = ?", [job]).fetchone():
        time.sleep(0.1)
    removed = time.perf_counter() - start
    free = database.execute("pragma freelist_count").fetchone()[0]
    while database.execute("pragma auto_vacuum").fetchone()[0] and free > 1000 and time.perf_counter() - start < 900:
        time.sleep(0.5)
        free = database.execute("pragma freelist_count").fetchone()[0]
    given_back = time.perf_counter() - start
    done.set()
    thread.join()
    print(f"answered in {1000 * answered:.0f} ms; rows gone after {removed:.1f} s, space after {given_back:.1f} s; other writers "
          f"waited {1000 * max(waits):.0f} ms at most ({len(waits)} writes); {before / 1e6:.0f} MB before, "
          f"{size() / 1e6:.0f} MB after, {free} free pages", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / "target/release/bitgauge"))
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["lists", "files"])
    options = parser.parse_args()
    if options.only != "files":
        with tempfile.TemporaryDirectory() as folder:
            directory = pathlib.Path(folder)
            many_jobs(directory, template(options.binary, directory), options.jobs)
            print(f"{options.jobs} jobs of 50 trials: {(directory / 'bitgauge.sqlite').stat().st_size / 1e6:.0f} MB")
            service = Service(options.binary, directory, "--workers", "0")
            with sqlite3.connect(f"file:{directory / 'bitgauge.sqlite'}?mode=ro", uri=True) as database:
                sealed(directory, database.execute("select min(id) from jobs").fetchone()[0])  # the newest come first
            lists(service)
            service.stop()
    if options.only != "lists":
        for trials in (options.trials // 10, options.trials):
            with tempfile.TemporaryDirectory() as folder:
                directory = pathlib.Path(folder)
                job = one_job(directory, template(options.binary, directory), trials)
                size = (directory / "bitgauge.sqlite").stat().st_size
                print(f"one job of {trials} trials: {size / 1e6:.0f} MB, {size / trials:.0f} bytes a trial with its event")
                service = Service(options.binary, directory, "--workers", "0")
                sealed(directory, job)
                if trials == options.trials:
                    files(service, job, trials)
                deletion(service, job, directory)
                service.stop()


if __name__ == "__main__":
    main()
