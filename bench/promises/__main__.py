"""Measures the promises of reliability and writes docs/findings/reliability.md.

    python3 bench/promises [--tier gate|nightly] [--count N] [--only NAME] [--binary FILE] [--seed N] [--no-page]

Each row has a test of its own: a real server on a real directory, faults from outside (kill -9, strace, SQLite, sockets).
`gate` takes about five minutes on two cores, `nightly` an hour and more. A row that `--only` (a regular expression) leaves out
stays as it was measured. Ends in 1 where a promise was not kept. Needs strace for errors of the disk and kills at log syncs.
"""

import argparse
import datetime
import json
import pathlib
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from rows import ROWS
from service import ROOT

PAGE = ROOT / "docs/findings/reliability.md"
DATA = ROOT / "docs/findings/data/reliability.json"
BEGIN, END = "<!-- measured by bench/promises -->", "<!-- end -->"

def table(rows):
    lines = ["| promise | how often | what came out | kept | seed | on |", "|---|---|---|---|---|---|"]
    for kind in ROWS:
        if kind.name in rows:
            row = rows[kind.name]
            cells = [kind.promise, row["counts"], row["measured"], "yes" if row["held"] else "**no**", str(row["seed"]), row["on"]]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tier", choices=["gate", "nightly"], default="gate")
    parser.add_argument("--only", default="")
    parser.add_argument("--count", type=int, help="so often, in the place of what the tier says")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/bitgauge")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--no-page", action="store_true")
    arguments = parser.parse_args()
    rows, kept = json.loads(DATA.read_text()) if DATA.exists() else {}, True
    for kind in ROWS:
        name = kind.name
        if not re.search(arguments.only, name):
            continue
        if kind.needs_strace and not shutil.which("strace"):
            print(f"{name}: left out, there is no strace", flush=True)
            continue
        begun = time.monotonic()
        count = arguments.count or (kind.gate if arguments.tier == "gate" else kind.nightly)
        row = kind.test(arguments.binary, count, arguments.seed)
        kept &= row["held"]
        print(f"{name}: {row['counts']}: {row['measured']}: {'kept' if row['held'] else 'NOT KEPT'} "
              f"(seed {arguments.seed}, {time.monotonic() - begun:.0f} s)", flush=True)
        rows[name] = row | {"seed": arguments.seed, "on": datetime.date.today().isoformat(), "tier": arguments.tier}
        if not arguments.no_page:
            DATA.write_text(json.dumps(rows, indent=1) + "\n")
    if not arguments.no_page:
        before, rest = PAGE.read_text().split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.split(END)[1]}")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
