"""The page with as much as there may be; `just nightly` makes it (BITGAUGE_NIGHTLY=1), the gate leaves it out.

Figures of a run are printed (pytest -s). BITGAUGE_PAGE_JOBS and BITGAUGE_PAGE_CELLS name services that have the data already.
"""

import http.client
import json
import os
import pathlib
import subprocess
import threading
import time

import pytest
import requests
from playwright.sync_api import expect

from browser import FLAGS

NIGHTLY = os.environ.get("BITGAUGE_NIGHTLY") == "1"
pytestmark = pytest.mark.skipif(not NIGHTLY, reason="minutes: BITGAUGE_NIGHTLY=1")
SMALL = {
    "dataset": {"kind": "random_labels", "inputs": 4, "samples": 8}, "network": {"kind": "linear"}, "training": {"steps": 5}, "seeds": 1,
}
CELLS = {
    **SMALL, "name": "ten thousand cells", "seeds": 10,
    "sweep": [{"path": "/dataset/samples", "values": list(range(4, 104))}, {"path": "/training/learning_rate", "values": [round((i + 1) / 1000, 3) for i in range(100)]}],
}
# trains for minutes in steps of a few microseconds each
LONG = {
    "name": "watched", "dataset": {"kind": "random_labels", "inputs": 16, "samples": 512}, "network": {"kind": "mlp", "hidden": [32, 32]},
    "training": {"steps": 3000}, "sweep": [{"path": "/training/learning_rate", "values": [0.01, 0.02, 0.03, 0.04]}], "seeds": 2000,
}
FIRST_PAINT_MS, REQUEST_MS, PAGE_BYTES = 1000, 200, 150_000_000


@pytest.fixture(scope="module")
def many(start, tmp_path_factory):
    """A service with a hundred thousand jobs that wait."""
    if address := os.environ.get("BITGAUGE_PAGE_JOBS"):
        yield address
        return
    process, address = start(tmp_path_factory.mktemp("many"), "--workers", "0")
    numbers = iter(range(100_000))
    lock = threading.Lock()

    def post():
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            connection.request("POST", "/v1/jobs", json.dumps({**SMALL, "name": f"job number {number}"}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 202

    threads = [threading.Thread(target=post) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield address
    process.kill()


@pytest.fixture(scope="module")
def large(start, tmp_path_factory):
    """A service with a job of ten thousand cells and ten draws of each, which has ended: its address and the job."""
    if address := os.environ.get("BITGAUGE_PAGE_CELLS"):
        yield address, requests.get(f"{address}/v1/jobs?name=ten", timeout=10).json()["items"][0]["id"]
        return
    process, address = start(tmp_path_factory.mktemp("large"))
    job = requests.post(f"{address}/v1/jobs", json=CELLS, timeout=30).json()["id"]
    while requests.get(f"{address}/v1/jobs/{job}", timeout=30).json()["finished_at"] is None:
        time.sleep(2)
    # its results are evaluated once, at its end
    while requests.get(f"{address}/v1/measurements?job={job}&limit=1", timeout=30).json()["items"] == []:
        time.sleep(1)
    yield address, job
    process.kill()


def first_paint(page):
    return page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")


def slowest(page):
    """The request that took longest, of those that are no streams."""
    all = page.evaluate("performance.getEntriesByType('resource').map(e => [Math.round(e.duration), e.name])")
    return max((entry for entry in all if "/events" not in entry[1]), default=[0, ""])


def memory(page):
    """Bytes of the page: its heap, and what its process has for itself alone."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    own = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if "--type=renderer" in (process / "cmdline").read_text():
                fields = dict(line.split(":") for line in (process / "smaps_rollup").read_text().splitlines()[1:])
                own.append(sum(int(fields[name].split()[0]) for name in ("Private_Clean", "Private_Dirty")) * 1024)
        except OSError:
            continue
    return metrics["JSHeapUsedSize"], max(own)


def frames(page, wheel, times):
    """Milliseconds between frames while it scrolls: the median, and the longest."""
    page.evaluate("window.frames_ = []; (function next(last) { requestAnimationFrame(now => { frames_.push(now - last); next(now) }) })(performance.now())")
    for _ in range(times):
        page.mouse.wheel(0, wheel)
        page.wait_for_timeout(16)
    all = sorted(page.evaluate("frames_"))
    return round(all[len(all) // 2]), round(all[-1])


def test_a_hundred_thousand_jobs(many, visit, capsys):
    page = visit(f"{many}/jobs")
    expect(page.get_by_text("100,000 jobs")).to_be_visible()
    page.mouse.move(600, 500)
    smooth = frames(page, 700, 60)
    page.keyboard.press("End")
    began = time.monotonic()
    expect(page.locator("[aria-rowindex='100001'] .name > a")).to_be_visible()
    jump = time.monotonic() - began
    page.keyboard.press("Home")
    expect(page.locator("[aria-rowindex='2']")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("number 4242")
    expect(page.get_by_text("11 jobs")).to_be_visible()
    found = {"first_paint_ms": round(first_paint(page)), "slowest": slowest(page), "memory": memory(page), "frames_ms": smooth, "jump_to_end_s": round(jump, 2)}
    with capsys.disabled():
        print("\n100,000 jobs:", found)
    assert found["first_paint_ms"] < FIRST_PAINT_MS and found["slowest"][0] < REQUEST_MS, found
    assert max(found["memory"]) < PAGE_BYTES, found


def test_ten_thousand_cells_with_ten_draws(large, visit, capsys):
    address, job = large
    page = visit(f"{address}/jobs/{job}")
    page.locator("#results").scroll_into_view_if_needed()
    expect(page.get_by_role("table", name="Results of each cell").locator("[data-quantity]").first).to_be_visible()
    painted = first_paint(page)
    page.mouse.move(600, 500)
    page.keyboard.press("End")
    smooth = frames(page, -900, 60)
    expect(page.locator(".waiting")).to_have_count(0)
    results = slowest(page)
    page.goto(f"{address}/jobs/{job}/trials")
    expect(page.locator("[aria-rowindex='2'] .badge")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("[aria-rowindex='100001'] .badge")).to_be_visible()
    trials = slowest(page)
    page.goto(f"{address}/jobs/{job}")
    page.get_by_role("button", name="Draw the figure").click(timeout=30_000)
    expect(page.locator("figure svg [data-at]").first).to_be_attached(timeout=60_000)
    found = {"first_paint_ms": round(painted), "slowest": results, "slowest_of_trials": trials, "with_figure": slowest(page), "memory": memory(page), "frames_ms": smooth}
    with capsys.disabled():
        print("\n10,000 cells x 10 draws:", found)
    assert painted < FIRST_PAINT_MS and max(results[0], trials[0]) < REQUEST_MS, found
    assert max(found["memory"]) < PAGE_BYTES, found


def test_twenty_pages_that_watch_cost_training_little(start, tmp_path, chromium, capsys):
    """Each page in a process of its own; the rate of trials with and without them, by turns."""
    process, address = start(tmp_path)
    job = requests.post(f"{address}/v1/jobs", json=LONG, timeout=10).json()["id"]

    def ended():
        return requests.get(f"{address}/v1/jobs/{job}", timeout=10).json()["trials"]["succeeded"]

    def rate(seconds):
        before, began = ended(), time.monotonic()
        time.sleep(seconds)
        return (ended() - before) / (time.monotonic() - began)

    time.sleep(5)
    alone, watched = [], []
    executable = chromium.browser_type.executable_path if not os.path.exists("/usr/bin/chromium") else "/usr/bin/chromium"
    for _ in range(3):
        alone.append(rate(15))
        browsers = [
            subprocess.Popen([executable, "--headless", *FLAGS, f"--user-data-dir={tmp_path}/profile{i}", "--remote-debugging-port=0", f"{address}/jobs/{job}"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for i in range(20)
        ]
        deadline = time.monotonic() + 60
        while streams(address) < 20:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        time.sleep(45)  # until they have drawn what there is, and nobody has touched them for half a minute
        watched.append(rate(60))  # each page looks once a minute then
        for browser in browsers:
            browser.terminate()
        for browser in browsers:
            browser.wait(timeout=30)
    process.kill()
    cost = 1 - sum(watched) / sum(alone)
    with capsys.disabled():
        print(f"\n20 pages: {[round(r, 1) for r in alone]} trials/s alone, {[round(r, 1) for r in watched]} watched: {100 * cost:.1f} % less")
    assert cost < 0.05


def streams(address):
    lines = requests.get(f"{address}/metrics", timeout=10).text.splitlines()
    return next((int(float(line.split()[-1])) for line in lines if line.startswith("bitgauge_") and "stream" in line.split()[0]), 0)
