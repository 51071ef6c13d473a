"""What people do on the page, each from the address to what they came for."""

import json
import re

import pytest
import requests
from playwright.sync_api import expect

from browser import HOSTILE, SPEC, run


@pytest.fixture
def fresh(start, tmp_path):
    """A service on which nothing has been measured."""
    process, address = start(tmp_path)
    yield address
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_a_first_visit_ends_in_verdicts_and_a_figure(fresh, visit):
    page = visit(fresh)
    expect(page.get_by_role("heading", name="How many bits does a network memorize?")).to_be_visible()
    card = page.get_by_role("listitem").filter(has_text="Noise breaks symmetry")
    card.get_by_role("button", name="Measure it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Noise breaks symmetry")
    expect(page.locator("[data-verdict=yes]")).to_have_count(8, timeout=60_000)
    expect(page.locator("figure svg [data-at]").first).to_be_attached()
    expect(page.locator(".under .badge").first).to_have_text(re.compile("succeeded"))
    page.go_back()
    expect(page.get_by_role("link", name="Noise breaks symmetry")).to_be_visible()


def test_the_same_by_keyboard_alone(fresh, visit):
    page = visit(fresh)
    expect(page.get_by_role("button", name="Measure it").first).to_be_visible()

    def tab_to(what):
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate("(e => (e.closest('.card')?.querySelector('h3').textContent ?? '') + e.textContent)(document.activeElement)")
            if what in focused:
                return
        raise AssertionError(f"no way to {what!r}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab_to("Noise breaks symmetryMeasure it")
    page.keyboard.press("Enter")
    expect(page.locator("[data-verdict=yes]")).to_have_count(8, timeout=60_000)
    tab_to("The numbers of this figure")
    page.keyboard.press("Enter")
    expect(page.locator(".twin tbody tr")).to_have_count(8)


def test_form_and_json_are_one_document(filled, visit):
    page = visit(f"{filled[0]}/new")
    text = page.get_by_role("textbox", name="JSON")
    page.get_by_label("samples", exact=True).fill("300")
    expect(text).to_have_value(re.compile('"samples": 300'))
    page.get_by_label("kind").nth(1).select_option("transformer")
    expect(text).to_have_value(re.compile('"kind": "transformer"'))
    spec = json.loads(text.input_value())
    spec["network"] = {"kind": "linear"}
    text.fill(json.dumps(spec))
    expect(page.get_by_label("kind").nth(1)).to_have_value("linear")
    # what dropout does: add it, compare with none
    spec["network"] = {"kind": "mlp", "hidden": [8]}
    text.fill(json.dumps(spec))
    page.get_by_role("button", name="Add a regularizer").click()
    page.get_by_label("rate", exact=True).fill("0.3")
    page.get_by_role("button", name="Compare with none").click()
    expect(text).to_have_value(re.compile('"dropout"'))
    now = json.loads(text.input_value())
    assert now["sweep"][-1] == {"path": "/regularizers", "values": [[], [{"kind": "dropout", "rate": 0.3}]]}
    assert "regularizers" not in now
    text.fill("{")
    expect(page.locator("#syntax")).to_contain_text("Not JSON yet")
    # a draft outlives another page
    text.fill(json.dumps({**spec, "name": "a draft"}))
    page.get_by_role("link", name="Workers").click()
    page.go_back()
    expect(page.get_by_role("textbox", name="JSON")).to_have_value(re.compile("a draft"))


def test_every_kind_has_a_form_that_the_service_accepts_or_refuses_at_its_field(filled, visit):
    address = filled[0]
    page = visit(f"{address}/new", allowed=("422",))
    text = page.get_by_role("textbox", name="JSON")
    families = requests.get(f"{address}/v1/catalog", timeout=10).json()["families"]
    base = json.loads(text.input_value())
    for family, place in [("sources", "dataset"), ("networks", "network"), ("regularizers", "regularizers"), ("optimizers", "training"), ("estimators", "estimators")]:
        for entry in families[family]:
            example = entry["example"]
            spec = {**base, place: {"optimizer": example} if place == "training" else [example] if place in ("regularizers", "estimators") else example}
            text.fill(json.dumps(spec))
            pointer = {"training": "/training/optimizer", "regularizers": "/regularizers/0", "estimators": "/estimators/0"}.get(place, f"/{place}")
            group = page.locator(f"[id='f{pointer}']")
            expect(group.locator(f"[id='k{pointer}']")).to_have_value(entry["kind"])
            fields = [name for name in entry["schema"].get("properties", {}) if name != "kind"]
            for name in fields:
                assert group.get_by_text(name.replace("_", " "), exact=True).count() or group.get_by_text(f"+ {name.replace('_', ' ')}", exact=True).count(), (entry["kind"], name)


def test_faults_stand_at_their_fields_and_a_plan_takes_their_place(filled, visit):
    page = visit(f"{filled[0]}/new", allowed=("422",))
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    page.get_by_label("inputs", exact=True).fill("0")
    page.get_by_label("seeds", exact=True).fill("x")
    expect(page.locator("[id='e/dataset/inputs']")).to_be_visible()
    expect(page.locator("[id='e/seeds']")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.get_by_role("button", name="/dataset/inputs").click()
    assert page.evaluate("document.activeElement.id") == "f/dataset/inputs"
    page.get_by_label("inputs", exact=True).fill("6")
    page.get_by_label("seeds", exact=True).fill("3")
    expect(page.locator(".plan")).to_contain_text("15 in 5 cells")
    page.get_by_label("steps", exact=True).fill("50")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".under .badge").first).to_have_text(re.compile("succeeded"), timeout=60_000)


def test_a_job_is_cloned_changed_verified_and_deleted(filled, visit):
    address = filled[0]
    first = run(address, {**SPEC, "name": "to be cloned"})
    page = visit(f"{address}/jobs/{first}")
    page.get_by_role("link", name="Clone").click()
    page.locator("[id='f/name']").fill("a clone")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("a clone")
    expect(page.locator(".under")).to_contain_text("clone of")
    expect(page.get_by_role("button", name="Verify")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("heading", name="Verification")).to_be_visible()
    expect(page.locator(".badge.equal")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This cannot be undone")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete it for ever").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    kept = [job["id"] for job in requests.get(f"{address}/v1/jobs", timeout=10).json()["items"]]
    assert first in kept


def test_a_running_job_is_watched_paused_and_cancelled(filled, visit):
    address = filled[0]
    long = {**SPEC, "name": "long", "training": {"steps": 2_000_000}, "sweep": [], "claims": [], "seeds": 2, "dataset": {"kind": "random_labels", "inputs": 8, "samples": 256}}
    job = requests.post(f"{address}/v1/jobs", json=long, timeout=10).json()["id"]
    page = visit("about:blank")
    streams = []
    page.on("request", lambda request: streams.append(request.url) if "/events" in request.url else None)
    page.goto(f"{address}/jobs/{job}")
    expect(page.locator(".progress span.running")).to_contain_text("step", timeout=20_000)
    before = page.locator(".progress progress").get_attribute("value")
    expect(page.locator(".progress progress")).not_to_have_attribute("value", before, timeout=10_000)
    # a browser opens six connections to a service: a page holds one
    assert len(streams) == 1, streams
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".under .badge").first).to_have_text(re.compile("paused"))
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(page.locator(".under .badge").first).to_have_text(re.compile("cancelled"))
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    requests.delete(f"{address}/v1/jobs/{job}", timeout=10)


def test_filters_have_addresses_and_chosen_jobs_are_compared(filled, visit):
    address, ids = filled
    page = visit(f"{address}/jobs?name=longer")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_label("Tag", exact=True).fill("page")
    expect(page).to_have_url(re.compile("tag=page"))
    page.get_by_label("succeeded").check(force=True)
    expect(page).to_have_url(re.compile("state=succeeded"))
    expect(page.get_by_role("row").filter(has_text="trained for longer")).to_have_count(1)
    page.reload()
    page.get_by_role("row").filter(has_text="trained for longer").get_by_role("checkbox").check()
    page.get_by_role("row").filter(has_text=HOSTILE).last.get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare them").click()
    expect(page.get_by_role("heading", name="What differs in the results")).to_be_visible()
    expect(page.get_by_text("Paired by replicate.")).to_be_visible()
    expect(page.get_by_role("cell", name="/training/steps").or_(page.get_by_role("rowheader", name="/training/steps"))).to_be_visible()


def test_a_figure_tells_its_numbers_and_hides_its_series(filled, visit):
    address, ids = filled
    page = visit(f"{address}/jobs/{ids[1]}")
    series = page.locator("figure [data-series]")
    expect(series).to_have_count(2)
    point = page.locator("figure [data-at]").first
    point.scroll_into_view_if_needed()
    point.hover(force=True)
    expect(page.locator(".tip")).to_contain_text(point.get_attribute("data-at"))
    page.locator("figure [data-legend]").first.click(force=True)
    expect(series.first).to_be_hidden()
    page.get_by_role("group", name="Series").get_by_role("checkbox").first.check(force=True)
    expect(series.first).to_be_visible()
    page.get_by_label("Kind").select_option("measurement")
    page.get_by_label("Quantity").select_option("train_error")
    expect(page).to_have_url(re.compile("figure=measurement.*y=train_error"))
    expect(page.locator("figure svg title")).to_be_attached()
    expect(page.locator("figure [data-panel]").first).to_have_attribute("data-y", re.compile("error"))
    with page.expect_download() as download:
        page.locator("section", has=page.get_by_role("heading", name="Figure")).get_by_role("link", name="png").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
