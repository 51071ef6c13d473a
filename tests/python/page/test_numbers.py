"""The numbers on the page are those of the files: whole as attributes, rounded as the service rounds."""

import io
import re

import pandas
import requests
from playwright.sync_api import expect


def rounded(value):
    """Four significant digits, as `words::number` has them."""
    size = abs(value)
    for least, decimals in [(1000, 0), (100, 1), (10, 2), (0.1, 3), (0.01, 4), (0.001, 5)]:
        if size >= least or size == 0:
            return f"{value:.{0 if size == 0 else decimals}f}"
    mantissa, exponent = f"{value:.3e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def table(address, path):
    text = requests.get(address + path, timeout=30).text
    return pandas.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""], float_precision="round_trip")


def test_the_results_are_those_of_the_csv(filled, visit):
    address, ids = filled
    csv = table(address, f"/v1/jobs/{ids[0]}/results.csv")
    page = visit(f"{address}/jobs/{ids[0]}")
    page.get_by_label(re.compile("all .* quantities")).check()
    rows = page.get_by_role("table", name="Results of each cell").get_by_role("row")
    expect(rows).to_have_count(1 + len(csv))
    compared = 0
    for i, line in csv.iterrows():
        row = rows.nth(i + 1)
        assert row.get_by_role("cell").first.inner_text() == str(line["/dataset/samples"])
        cells = row.locator("[data-quantity]").evaluate_all("""all => all.map(cell => {
            const one = cell.querySelector('.estimate')
            return [cell.dataset.quantity, one && {...one.dataset}, cell.innerText]
        })""")
        for name, shown, words in cells:
            mean, ends = line[name], [line[f"{name}_ci95_low"], line[f"{name}_ci95_high"]]
            assert (shown is None) == pandas.isna(mean), name
            if shown is None:
                continue
            assert float(shown["mean"]) == mean and words.startswith(rounded(mean)), (name, words)
            assert int(shown["n"]) == 4
            if pandas.isna(ends[0]):
                assert "low" not in shown and re.search("[a-z]", words), (name, words)
            else:
                assert [float(shown["low"]), float(shown["high"])] == ends
                assert f"[{rounded(ends[0])}, {rounded(ends[1])}]" in words, (name, words)
            compared += 1
    assert compared > 60


def test_verdicts_and_capacities_are_those_of_the_csv(filled, visit):
    address, ids = filled
    page = visit(f"{address}/jobs/{ids[0]}")
    expect(page.locator("[data-verdict]").first).to_be_visible()
    verdicts = table(address, f"/v1/jobs/{ids[0]}/verdicts.csv")
    shown = page.locator("[data-verdict]").evaluate_all("all => all.map(row => [row.dataset.verdict, Number(row.querySelector('[data-measured]').dataset.measured)])")
    assert shown == [[verdict, measured] for verdict, measured in zip(verdicts["verdict"], verdicts["measured"])]
    capacities = table(address, f"/v1/jobs/{ids[0]}/capacities.csv")
    section = page.locator("section", has=page.get_by_role("heading", name="Capacity", exact=True))
    means = section.locator("tbody tr").evaluate_all("all => all.map(row => Number(row.querySelector('[data-mean]').dataset.mean))")
    assert means == list(capacities["capacity_bits"])


def test_a_figure_and_its_table_say_what_the_csv_says(filled, visit):
    address, ids = filled
    csv = table(address, f"/v1/jobs/{ids[1]}/results.csv")
    page = visit(f"{address}/jobs/{ids[1]}?figure=measurement&y=train_error&x=/dataset/samples")
    page.get_by_text("The numbers of this figure").click()
    drawn = page.locator("figure [data-at]").evaluate_all("all => all.map(one => [Number(one.dataset.at), Number(one.dataset.value)])")
    twin = page.locator(".twin [data-value]").evaluate_all("all => all.map(one => [Number(one.dataset.value), one.innerText])")
    expected = sorted(zip(csv["/dataset/samples"].astype(float), csv["train_error"]))
    assert sorted(map(tuple, drawn)) == expected
    assert sorted(value for value, _ in twin) == sorted(csv["train_error"])
    assert all(words == rounded(value) for value, words in twin)
