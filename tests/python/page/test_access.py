"""The page with tokens, on a server that only reads, and with names that would be scripts."""

import re

import pytest
from playwright.sync_api import expect

from browser import HOSTILE, SPEC, run, violations

FULL, READ = "a-token-of-enough-characters-full", "a-token-of-enough-characters-read"
REFUSED = ("401 (Unauthorized)",)


@pytest.fixture(scope="module")
def guarded(start, tmp_path_factory):
    """A service that asks for a token, with one job: its address and the job."""
    tokens = tmp_path_factory.mktemp("tokens") / "tokens"
    tokens.write_text(f"ada full {FULL}\nnotebook read {READ}\n")
    tokens.chmod(0o600)
    process, address = start(tmp_path_factory.mktemp("guarded"), "--token-file", str(tokens))
    job = run(address, {**SPEC, "name": "guarded"}, {"Authorization": f"Bearer {FULL}"})
    yield address, job
    process.terminate()
    assert process.wait(timeout=30) == 0


def sign_in(page, token):
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def test_a_token_is_asked_for_and_kept_for_the_tab(guarded, visit, axe):
    address, job = guarded
    page = visit(f"{address}/jobs/{job}", allowed=REFUSED)
    assert violations(page, axe) == []
    sign_in(page, "not-a-token-of-this-service")
    expect(page.get_by_role("alert")).to_contain_text("not known here")
    sign_in(page, FULL)
    expect(page.get_by_role("heading", level=1)).to_have_text("guarded")
    expect(page.locator("figure svg")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("guarded")
    expect(page.locator(".skeleton, .waiting")).to_have_count(0)
    assert violations(page, axe) == []
    # files and streams carry it too
    with page.expect_download() as download:
        page.get_by_role("button", name="csv", exact=True).click()
    assert download.value.path().read_text().startswith("/dataset/samples,noise,")
    page.get_by_role("link", name="Events").click()
    expect(page.locator(".events li").first).to_contain_text("end")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    assert FULL not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_a_token_that_reads_sees_everything_and_is_told_what_it_cannot_do(guarded, visit):
    address, job = guarded
    page = visit(f"{address}/jobs/{job}", allowed=REFUSED)
    sign_in(page, READ)
    expect(page.locator(".banner").first).to_contain_text("Your token may only read")
    expect(page.locator("figure svg")).to_be_visible()
    for name in ["Delete", "Verify", "More replicates"]:
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.goto(f"{address}/new")
    expect(page.get_by_role("heading", name="Nothing can be started here")).to_be_visible()


def test_a_server_that_only_reads_says_so(start, tmp_path, visit):
    process, address = start(tmp_path)
    job = run(address, SPEC)
    process.terminate()
    process.wait(timeout=30)
    process, address = start(tmp_path, "--read-only")
    page = visit(f"{address}/jobs/{job}")
    expect(page.locator(".banner").first).to_contain_text("--read-only")
    expect(page.locator("figure svg")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_hostile_names_and_specs_are_words(filled, visit):
    """A dialog, an error in the console or a violation of the policy fails `visit` itself."""
    address, ids = filled
    page = visit(f"{address}/jobs", allowed=("404 (Not Found)",))
    expect(page.get_by_role("link", name=HOSTILE).first).to_be_visible()
    for path in [f"/jobs/{ids[0]}", f"/jobs/{ids[0]}/spec", f"/jobs/{ids[0]}/trials", f"/jobs/{ids[0]}/receipt", f"/compare?jobs={ids[0]},{ids[1]}", "/measurements", f"/new?from={ids[0]}"]:
        page.goto(address + path)
        expect(page.locator("h1")).to_be_visible()
        page.get_by_text(re.compile("img src=x|bold")).first.wait_for(state="attached")
        assert page.locator("main img, main script, main i:not([aria-hidden]):not(:empty), main [onerror]").count() == 0, path
    page.goto(f"{address}/jobs/{ids[0]}?figure=measurement&x=noise")
    expect(page.locator("figure svg [data-at]").first).to_be_attached()
    assert page.locator("figure svg :is(script, foreignObject, style, a, image, [style], [href])").count() == 0


def test_the_page_stays_when_the_service_goes(start, tmp_path, visit):
    process, address = start(tmp_path)
    job = run(address, SPEC)
    page = visit(f"{address}/jobs/{job}", allowed=("ERR_", "Failed to load"))
    expect(page.locator("figure svg")).to_be_visible()
    process.terminate()
    process.wait(timeout=30)
    page.get_by_role("link", name="Spec").click()
    expect(page.locator("pre").first).to_contain_text("random_labels")
    page.get_by_role("link", name="Measurements").click()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
