"""Clients of every kind: probes are answered, good clients wait little, training goes on."""

import asyncio
import concurrent.futures
import http.client
import json
import multiprocessing
import os
import subprocess
import tempfile
import time

from service import LONG, SMALL, TINY, Server, quantile


async def ask(server, request, within=60):
    """The status of one raw request and how long the answer took."""
    begun = time.monotonic()
    reader, writer = await asyncio.wait_for(asyncio.open_connection(server.host, server.port), within)
    try:
        writer.write(request)
        await writer.drain()
        line = await asyncio.wait_for(reader.readline(), within)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), within)
        length = next((int(field.split(b":")[1]) for field in head.split(b"\r\n") if field.lower().startswith(b"content-length")), 0)
        if length:
            await asyncio.wait_for(reader.readexactly(length), within)
        return int(line.split()[1]), time.monotonic() - begun
    finally:
        writer.close()


def get(server, path):
    return f"GET {path} HTTP/1.1\r\nHost: {server.address}\r\nConnection: close\r\n\r\n".encode()


def post(server, path, body, extra=""):
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: {server.address}\r\nContent-Type: application/json\r\n{extra}Connection: close\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode()


async def one_that_waits(server, kind, big):
    """A client that keeps its connection and does nothing useful with it."""
    try:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        if kind == "slow":
            for byte in b"GET /v1/jobs HTTP/1.1\r\nHost: somewhere\r\nX-Slow: " + b"a" * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)
        elif kind == "never reading":
            writer.write(get(server, big))
            await asyncio.sleep(3600)
        elif kind == "waiting":
            writer.write(post(server, "/v1/jobs?priority=background", TINY, "Prefer: wait=60\r\n"))
            await asyncio.sleep(3600)
        await reader.read(1)
        await asyncio.sleep(3600)
    except (OSError, asyncio.IncompleteReadError):
        pass


async def bad_for(server, kinds, each, seconds, big):
    tasks = [asyncio.create_task(one_that_waits(server, kind, big)) for kind in kinds for _ in range(each)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(work):
    """Runs a coroutine on a thread of its own: whoever tests this may have a loop on this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def bad_clients(binary, each, seed):
    """So many clients that send slowly, do nothing, never read, and wait for a job, all at once."""
    kinds = ["slow", "idle", "never reading", "waiting"]
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, workers=1)
        job = server.submit(SMALL | {"training": {"steps": 1}, "seeds": 500})
        server.ended(job)
        server.submit(LONG)
        found, seconds = multiprocessing.Queue(), 30
        asking = multiprocessing.Process(target=good_client, args=((server.host, server.port), seconds, found))
        asking.start()
        run(bad_for(server, kinds, each, seconds + 2, f"/v1/jobs/{job}/trials.csv"))
        took, wrong = found.get()
        asking.join()
        alive = server.is_alive()
        server.kill()
    return {
        "counts": f"{each} clients of each kind ({', '.join(kinds)}), {len(took)} probes in 30 s",
        "measured": f"{wrong} probes failed; the slowest {1000 * max(took):.0f} ms, p99 {1000 * quantile(took, 0.99):.0f} ms",
        "held": alive and wrong == 0 and quantile(took, 0.99) < 0.1 and max(took) < 2,
    }


def pin(server):
    """The threads that train on core 1, all others and this client on core 0."""
    id = server.id()
    names = subprocess.run(["ps", "-L", "-o", "tid=,comm=", "-p", str(id)], capture_output=True, text=True).stdout
    for line in names.splitlines():
        thread, name = line.split(None, 1)
        core = "1" if name.startswith("local-") else "0"
        subprocess.run(["taskset", "-cp", core, thread], check=True, capture_output=True)
    subprocess.run(["taskset", "-cp", "0", str(os.getpid())], check=True, capture_output=True)


def steps(server, job):
    return sum(trial["step"] for trial in server.json(f"/v1/jobs/{job}")["running"])


async def posting(server, clients, seconds):
    end, statuses = time.monotonic() + seconds, {}

    async def flood():
        while time.monotonic() < end:
            try:
                status, _ = await ask(server, post(server, "/v1/jobs?priority=background", TINY))
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
                status = "cut"
            statuses[status] = statuses.get(status, 0) + 1
            if status != 202:
                await asyncio.sleep(0.2)

    await asyncio.gather(*(flood() for _ in range(clients)))
    return statuses


def good_client(address, seconds, found):
    """A client that asks now and then, in a process of its own: the others keep theirs busy."""
    end, took, cut = time.monotonic() + seconds, [], 0
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(*address, timeout=10)
        at = time.monotonic()
        try:
            connection.request("GET", ("/livez", "/readyz")[len(took) % 2])
            cut += connection.getresponse().status != 200
            took.append(time.monotonic() - at)
        except (OSError, http.client.HTTPException):
            cut += 1
        connection.close()
        time.sleep(0.05)
    found.put((took, cut))


def posting_clients(binary, clients, seed):
    """So many clients that POST as fast as they can; one worker on a core of its own, everything else on the other."""
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, "--checkpoint-seconds", "3600", workers=1)
        job = server.submit(LONG)
        while not steps(server, job):
            time.sleep(0.05)
        pin(server)
        seconds, speeds, statuses, good, cut, found = 10, [], {}, [], 0, multiprocessing.Queue()
        # idle, posted to, idle, posted to, .. : the machine drifts
        for round in range(6):
            before, at = steps(server, job), time.monotonic()
            if round % 2:
                asking = multiprocessing.Process(target=good_client, args=((server.host, server.port), seconds, found))
                asking.start()
                for status, count in run(posting(server, clients, seconds)).items():
                    statuses[status] = statuses.get(status, 0) + count
                took, failed = found.get()
                asking.join()
                good, cut = good + took, cut + failed
            else:
                time.sleep(seconds)
            speeds.append((steps(server, job) - before) / (time.monotonic() - at))
        server.kill()
    os.sched_setaffinity(0, cores)
    ratio = sum(speeds[1::2]) / sum(speeds[0::2])
    odd = {status: count for status, count in statuses.items() if status not in (200, 202, 429, 503)}
    p99 = quantile(good, 0.99)
    return {
        "counts": f"{clients} clients for 3 x {seconds} s: {statuses}",
        "measured": f"{odd or 'no'} other answers; a probe's p99 {1000 * p99:.0f} ms; training at {ratio:.2f} of its speed",
        "held": not odd and not cut and p99 < 0.1 and ratio > 0.9,
    }
