"""Every page: it says what it is, fits the window, and has no fault that axe knows of."""

import pytest
from playwright.sync_api import expect

from browser import violations

PAGES = {
    "jobs": ("/jobs", "Jobs"),
    "job": ("/jobs/{0}", "<img src=x onerror=alert(1)>"),
    "trials": ("/jobs/{0}/trials", "<img src=x onerror=alert(1)>"),
    "spec": ("/jobs/{0}/spec", "<img src=x onerror=alert(1)>"),
    "events": ("/jobs/{0}/events", "<img src=x onerror=alert(1)>"),
    "receipt": ("/jobs/{0}/receipt", "<img src=x onerror=alert(1)>"),
    "verification": ("/jobs/{2}", "<img src=x onerror=alert(1)>"),
    "new": ("/new", "New job"),
    "preset": ("/new?preset=symmetry-breaking", "New job"),
    "clone": ("/new?from={0}", "Clone with changes"),
    "compare": ("/compare?jobs={0},{1}", "Compare jobs"),
    "measurements": ("/measurements", "Measurements across jobs"),
    "findings": ("/findings", "Findings"),
    "finding": ("/findings/symmetry-breaking", "Noise breaks symmetry"),
    "certificate": ("/certificate", "Certificate"),
    "workers": ("/workers", "Workers and health"),
    "nothing": ("/jobs/no-such-job", "Job"),
}
# what the API answers where there is nothing is said in words on the page
ALLOWED = ("404 (Not Found)",)


def settled(page):
    """Waits until nothing is being read."""
    page.locator("h1").first.wait_for()
    expect(page.locator(".skeleton, .waiting")).to_have_count(0)


@pytest.mark.parametrize("width,scheme", [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_pages_are_accessible_and_fit(filled, visit, axe, certificate, width, scheme, tmp_path_factory):
    address, ids = filled
    page = visit(f"{address}/workers", width, scheme, ALLOWED)
    page.route("**/v1/calibration", lambda route: route.fulfill(body=certificate, content_type="application/json"))
    faults = []
    for name, (path, title) in PAGES.items():
        page.goto(address + path.format(*ids))
        settled(page)
        assert page.locator("h1").first.inner_text() == title, name
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{name} is wider than {width} pixels")
        if name in ("nothing", "trials", "spec", "events") and (width, scheme) != (1280, "light"):
            continue  # nothing that others have not, in other colours
        faults += [f"{name}: {fault}" for fault in violations(page, axe)]
    assert not faults, "\n".join(faults)
