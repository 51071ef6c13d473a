"""web/dist is what web/ builds to, byte for byte, and small."""

import gzip
import shutil

from browser import ROOT, node

# 40 kB, less what the service compresses worse than this
MOST_BYTES = 39_970


def test_the_committed_page_is_what_the_source_builds_to(workshop):
    shutil.rmtree(workshop / "dist", ignore_errors=True)
    node(["node_modules/typescript/bin/tsc", "--noEmit"], workshop)
    node(["node_modules/vite/bin/vite.js", "build"], workshop)
    committed = {path.name: path.read_bytes() for path in (ROOT / "web/dist").iterdir()}
    built = {path.name: path.read_bytes() for path in (workshop / "dist").iterdir()}
    assert committed.keys() == built.keys()
    assert committed == built, "web/dist is not what web/ builds to: run `npm ci && npm run build` in web"


def test_all_of_it_is_small():
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in (ROOT / "web/dist").iterdir()}
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_nothing_of_a_registry_is_in_the_lock():
    lock = (ROOT / "web/package-lock.json").read_text()
    assert '"resolved"' not in lock
