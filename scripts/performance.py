"""Measures this project beside its peers and writes what was found into docs/PERFORMANCE.md.

python3 scripts/performance.py [--python PYTHON] [--rounds N] [PART...]

The parts are `steps` (one thread, pinned to a core), `threads` (training steps on two), `products` (the kernels of matrix
products, on one) and `cost` (pictures of how time grows with size); without a name, all. Each rewrites its own section of
the page and leaves the rest alone. PYTHON is the interpreter that has torch, JAX and numpy, as far as there is one.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benches" / "peers"
PAGE = ROOT / "docs" / "PERFORMANCE.md"

parser = argparse.ArgumentParser(description="Measures this project beside its peers, for docs/PERFORMANCE.md")
parser.add_argument("--python", default=sys.executable)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("parts", nargs="*")
options = parser.parse_args()

# The last core is the least likely to serve interrupts.
PINNED = ["taskset", "-c", str((os.cpu_count() or 1) - 1)] if shutil.which("taskset") else []


def lines(command, **settings):
    """What a program prints, line by line, as the JSON that it is."""
    print("running", *map(str, command), file=sys.stderr)
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, **settings).stdout
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def build(package):
    subprocess.run(["cargo", "build", "--release", "-p", package], cwd=PEERS, check=True)


def program(name):
    return PEERS / "target" / "release" / name


def output(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    name = model[1] if model else os.uname().machine
    flags = Path("/proc/cpuinfo").read_text()
    widest = next((isa for isa, flag in [("AVX-512", "avx512f"), ("AVX2", "avx2")] if flag in flags), "portable")
    return f"{name}, {os.cpu_count()} cores, {widest}"


def versions():
    locked = (PEERS / "Cargo.lock").read_text()
    crates = ["candle-core", "burn", "faer", "gemm", "matrixmultiply", "ndarray", "nalgebra"]
    # Of several versions in the tree the last is the newest, which is ours to compare with.
    found = [re.findall(rf'name = "{crate}"\nversion = "(.*)"', locked) for crate in crates]
    told = [f"{crate} {found[-1]}" for crate, found in zip(crates, found) if found]
    ask = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    for package in ["torch", "jax", "numpy"]:
        version = output(options.python, "-c", ask, package)
        told += [f"{package} {version}"] if version else []
    return ", ".join([output("rustc", "--version").split(" (")[0], *told])


def merged(runs, better):
    """The best figure of each contestant in each row, rows in the order in which they came."""
    rows = {}
    for line in runs:
        row = rows.setdefault(line.pop("row"), {})
        for name, figure in line.items():
            if isinstance(figure, float) and name != "ratio_to_best_peer":
                row[name] = better(row.get(name, figure), figure)
    return rows


def shown(figure):
    if figure is None:
        return ""
    if figure >= 1000:
        return f"{figure:,.0f}".replace(",", " ")
    return f"{figure:.3g}" if figure < 100 else f"{figure:.0f}"


def table(rows, columns, first, better):
    """A row is lost where a peer is better; the last column is our figure in terms of the best peer's."""
    columns = [name for name in columns if any(name in row for row in rows.values())]
    ours = columns[0]
    head = [first, *columns, f"{ours} / best peer"]
    out = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lost = 0
    for label, row in rows.items():
        if ours not in row:
            continue
        peers = [figure for name, figure in row.items() if name not in (ours, "by hand")]
        ratio = row[ours] / better(peers) if peers else None
        is_lost = ratio is not None and better(ratio, 1.0) != ratio
        lost += is_lost
        best = better(figure for name, figure in row.items() if name != "by hand")
        cells = [f"**{shown(row.get(name))}**" if row.get(name) == best else shown(row.get(name)) for name in columns]
        out.append(f"| {label} | {' | '.join(cells)} | {'' if ratio is None else f'{ratio:.2f}'}{', lost' if is_lost else ''} |")
    return "\n".join(out) + f"\n\n{len(rows)} rows, {lost} of them lost."


def write(part, text):
    page = PAGE.read_text()
    begin, end = f"<!-- {part}: written by scripts/performance.py -->", f"<!-- end of {part} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    assert rest and end in rest, f"{PAGE} has no section for {part}"
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


CONTESTANTS = ["gradus", "torch", "jax", "candle", "burn", "ndarray", "by hand"]


def race(pinned, *arguments):
    runs = []
    for _ in range(options.rounds):
        runs += lines([*pinned, program("steps"), "--json", *arguments])
        runs += lines([*pinned, options.python, ROOT / "scripts" / "peers.py", "--json", *arguments])
    return table(merged(runs, min), CONTESTANTS, "µs", min)


def steps():
    build("steps")
    measured = race(PINNED)
    write("steps", f"{machine()}, one thread pinned to a core; {versions()}.\n\n{measured}")


def threads():
    build("steps")
    write("threads", f"{machine()}, two threads.\n\n{race([], '--threads', '2', 'MLP')}")


def products():
    build("peers")
    runs = lines([*PINNED, program("matmul"), "--json"])
    runs += lines([*PINNED, options.python, PEERS / "matmul.py", "--json"])
    names = ["tensor-matmul", "torch", "numpy", "faer", "gemm", "matrixmultiply", "ndarray", "nalgebra"]
    write("products", f"{machine()}, one thread pinned to a core.\n\n{table(merged(runs, max), names, 'GFLOP/s', max)}")


def cost():
    build("cost")
    environment = dict(os.environ, RAYON_NUM_THREADS="1")
    images = ROOT / "docs" / "images"
    [limits] = lines([*PINNED, program("cost"), images], env=environment)
    write(
        "cost",
        f"{machine()}, one thread pinned to a core. Its limits in the same run: {limits['fma']:.0f} GFLOP/s by fused"
        f" multiply-adds in single precision, {limits['copy']:.1f} GB/s read and written where memory is copied.\n\n{PICTURES}",
    )


PICTURES = """Broken lines are what the machine cannot undercut: fused multiply-adds at the peak of one core, or bytes that have to
come from memory (functions of few elements find theirs in a cache and may well be below).

| | |
|---|---|
| ![time of matrix products by size](images/cost-matmul.png) | ![time of functions of each element by size](images/cost-elementwise.png) |
| ![time of training steps by batch](images/cost-batch.png) | ![time of deep graphs by depth](images/cost-depth.png) |
| ![time of updates by number of parameters](images/cost-parameters.png) | |"""

PARTS = {"steps": steps, "threads": threads, "products": products, "cost": cost}
for part in options.parts or PARTS:
    PARTS[part]()
