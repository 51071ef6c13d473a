"""Clients of every kind: probes are answered, good clients wait little, training goes on."""

import asyncio
import json
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


async def probed(server, kinds, each, seconds, big):
    tasks = [asyncio.create_task(one_that_waits(server, kind, big)) for kind in kinds for _ in range(each)]
    took, wrong, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for path in ("/livez", "/readyz"):
            try:
                status, time_taken = await ask(server, get(server, path), 10)
                took.append(time_taken)
                wrong += status != 200
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
                wrong += 1
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return took, wrong


def bad_clients(binary, each, seed):
    """So many clients that send slowly, do nothing, never read, and wait for a job, all at once."""
    kinds = ["slow", "idle", "never reading", "waiting"]
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, workers=1)
        job = server.submit(SMALL | {"training": {"steps": 1}, "seeds": 500})
        server.ended(job)
        server.submit(LONG)
        took, wrong = asyncio.run(probed(server, kinds, each, 30, f"/v1/jobs/{job}/trials.csv"))
        alive = server.is_alive()
        server.kill()
    return {
        "counts": f"{each} clients of each kind ({', '.join(kinds)}), {len(took)} probes in 30 s",
        "measured": f"{wrong} probes failed; the slowest {1000 * max(took):.0f} ms, p99 {1000 * quantile(took, 0.99):.0f} ms",
        "held": alive and wrong == 0 and quantile(took, 0.99) < 0.1,
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
    end, statuses, good, stages = time.monotonic() + seconds, {}, [], []

    async def flood():
        while time.monotonic() < end:
            try:
                status, _ = await ask(server, post(server, "/v1/jobs?priority=background", TINY))
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
                status = "cut"
            statuses[status] = statuses.get(status, 0) + 1
            if status != 202:
                await asyncio.sleep(0.2)

    async def good_client():
        while time.monotonic() < end:
            try:
                status, took = await ask(server, get(server, "/livez"))
                good.append(took)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
                stages.append("cut")
            await asyncio.sleep(0.05)

    await asyncio.gather(good_client(), *(flood() for _ in range(clients)))
    return statuses, good, stages


def posting_clients(binary, clients, seed):
    """So many clients that POST as fast as they can; one worker on a core of its own, everything else on the other."""
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as directory:
        server = Server(binary, directory, "--checkpoint-seconds", "3600", workers=1)
        job = server.submit(LONG)
        while not steps(server, job):
            time.sleep(0.05)
        pin(server)
        seconds, speeds, statuses, good, cut = 10, [], {}, [], []
        # idle, posted to, idle, posted to, .. : the machine drifts
        for round in range(6):
            before, at = steps(server, job), time.monotonic()
            if round % 2:
                found, took, stages = asyncio.run(posting(server, clients, seconds))
                good += took
                cut += stages
                for status, count in found.items():
                    statuses[status] = statuses.get(status, 0) + count
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
