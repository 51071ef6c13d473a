"""The page in a real browser: Debian's Chromium, driven from outside, on services with jobs that have ended."""

import json
import shutil
import time

import pytest
import requests
from playwright.sync_api import sync_playwright

from browser import FLAGS, NODE, ROOT, SPEC, node, run

@pytest.fixture(scope="session")
def workshop():
    """A copy of web/ with what builds it, in target/web."""
    source, copy = ROOT / "web", ROOT / "target/web"
    lock = (source / "package-lock.json").read_bytes()
    installed = copy / "installed.json"
    if not installed.exists() or installed.read_bytes() != lock:
        shutil.rmtree(copy, ignore_errors=True)
    for name in ["src", "public"]:
        shutil.rmtree(copy / name, ignore_errors=True)
        shutil.copytree(source / name, copy / name)
    for name in ["package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts", "index.html"]:
        shutil.copy(source / name, copy / name)
    if not installed.exists():
        node([NODE / "lib/node_modules/npm/bin/npm-cli.js", "ci", "--no-progress"], copy)
        installed.write_bytes(lock)
    return copy


@pytest.fixture(scope="session")
def axe(workshop):
    """What finds faults of accessibility, as the text of a script."""
    return (workshop / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    assert path, "there is no chromium: scripts/test installs Debian's"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens a page of the service in a profile of its own. Whatever it complains of fails the test."""
    contexts, complaints = [], []

    def visit(address, width=1280, scheme="light", allowed=()):
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, accept_downloads=True)
        context.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))")
        page = context.new_page()
        page.set_default_timeout(15_000)

        def complain(text):
            if not any(part in text for part in allowed):
                complaints.append(text)

        page.on("console", lambda message: complain(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("dialog", lambda dialog: complain(f"a dialog says {dialog.message}"))
        contexts.append(context)
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture(scope="session")
def filled(start, tmp_path_factory):
    """A service of its own with jobs of which there is something to see: its address and the jobs' ids."""
    process, address = start(tmp_path_factory.mktemp("page"))
    first = run(address, SPEC)
    second = run(address, {**SPEC, "name": "trained for longer", "training": {"steps": 120, "learning_rate": 0.05}})
    verified = requests.post(f"{address}/v1/jobs/{first}/verify", json={"sample": 2}, headers={"Prefer": "wait=60"}, timeout=70).json()["job"]["id"]
    deadline = time.monotonic() + 30
    while len(requests.get(f"{address}/v1/measurements?quantity=memorized_bits", timeout=10).json()["items"]) < 12:
        assert time.monotonic() < deadline, "no rows of ended jobs"
        time.sleep(0.1)
    yield address, [first, second, verified]
    process.terminate()
    assert process.wait(timeout=30) == 0


@pytest.fixture(scope="session")
def certificate():
    """A certificate as the description of the API shows one; measuring it takes half a minute."""
    examples = json.loads((ROOT / "openapi.json").read_text())["components"]["examples"]
    return json.dumps(examples["showCalibration"]["value"])
