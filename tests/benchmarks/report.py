"""What the benchmarks share: where they ran, and the pages that they write."""

import csv
import os
import platform
from pathlib import Path

import numpy as np
import scipy
import sklearn
from threadpoolctl import threadpool_info

import sknn2


def table_of(header, rows):
    """Return a reStructuredText table; cells are strings."""
    rows = [header, *rows]
    widths = [max(len(row[j]) for row in rows) for j in range(len(header))]
    rule = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, ""])


def table_in_file(page, name, header, rows):
    """Write a long table to figures/ beside a page; return what shows it there."""
    path = page.parent / "figures" / name
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return f".. csv-table::\n   :file: figures/{name}\n   :header-rows: 1\n"


def environment(script, also=""):
    """Say what this ran on; ``also`` names further versions."""
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    blas = {
        f"{pool['internal_api']} {pool['version']} for {pool.get('architecture')}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return (
        f"Measured on {cpu} ({platform.system()}), one thread, with Python "
        f"{platform.python_version()}, NumPy {np.__version__} for {' '.join(found)} "
        f"({', '.join(sorted(blas))}), SciPy {scipy.__version__}, scikit-learn "
        f"{sklearn.__version__}, {also}sknn2 {sknn2.__version__}, by "
        f"``tests/benchmarks/{script}``."
    )


def write(path, script, top, parts, sections):
    """Write the sections of the parts that ran, and keep those of the others.

    Sections that were measured in another environment, which ``top`` tells, are
    dropped.
    """
    kept = {}
    old = path.read_text() if path.exists() else ""
    if f"{top}\n" in old:
        for part in parts:
            _, found, rest = old.partition(f".. begin {part}\n")
            if found:
                kept[part] = rest.partition(f".. end {part}\n")[0].strip()
    kept.update(sections)
    title = f"All figures of {script}"
    text = f".. Written by tests/benchmarks/{script}: do not edit.\n\n"
    text += f"{title}\n{'=' * len(title)}\n\n{top}\n\n"
    for part in parts:
        if part in kept:
            text += f".. begin {part}\n\n{kept[part].strip()}\n\n.. end {part}\n"
    page = path.stem.removesuffix("_results").replace("comparison", "start")
    page = page.replace("growth", "speed")
    text += f"\n**Next:** `what these figures mean <{page}.rst>`__.\n"
    path.write_text(text)
