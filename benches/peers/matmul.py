"""Matrix products by torch (MKL, oneDNN) and numpy (OpenBLAS), in the rows of `matmul.rs`.

python matmul.py [--threads N] [--dtype f32|f64] [--json] [SHAPE...]

Needs torch and numpy; GFLOP/s, the best of many short rounds in which both take turns.
"""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser(description="Matrix products by torch and numpy")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--dtype", choices=["f32", "f64"], default="f32")
parser.add_argument("--json", action="store_true")
parser.add_argument("shapes", nargs="*")
options = parser.parse_args()
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{library}_NUM_THREADS"] = str(options.threads)

# Two pools in one process: the one that waits must not spin in the other's time.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

torch.set_num_threads(options.threads)
torch.set_grad_enabled(False)

SHAPES = [(n, n, n, "") for n in (4, 8, 16, 32, 64, 96, 128, 256, 512, 1024, 2048)] + [
    (100, 2, 1, ""),
    (64, 784, 128, ""),
    (64, 128, 10, ""),
    (784, 64, 128, ""),
    (1, 1024, 1024, ""),
    (1024, 1024, 1, ""),
    (8192, 64, 64, ""),
    (256, 1024, 1024, ""),
    (33, 17, 129, ""),
    (2, 100, 1, "AtB"),
    (784, 64, 128, "AtB"),
    (64, 10, 128, "ABt"),
    (1024, 1024, 1024, "AtB"),
    (1024, 1024, 1024, "ABt"),
]


def seconds(calls, work):
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def race(entries, budget=0.6):
    counts = []
    for work in entries:
        work()
        calls = 1
        while seconds(calls, work) * calls < 100e-6:
            calls *= 2
        counts.append(calls)
    best = [float("inf")] * len(entries)
    start, rounds = time.perf_counter(), 0
    while rounds < 5 or time.perf_counter() - start < budget:
        for i, work in enumerate(entries):
            work()  # Not counted: it finds the caches, and the clock, as the other left them.
            best[i] = min(best[i], seconds(counts[i], work))
        rounds += 1
    return best


if not options.json:
    print(f"{'GFLOP/s ' + options.dtype:>20} {'torch':>14} {'numpy':>14}")
dtype = {"f32": torch.float32, "f64": torch.float64}[options.dtype]
for m, k, n, how in SHAPES:
    label = f"{m}x{k}x{n} {how}".strip()
    if options.shapes and not any(label.startswith(shape) for shape in options.shapes):
        continue
    a = torch.rand(k, m, dtype=dtype).t() if how == "AtB" else torch.rand(m, k, dtype=dtype)
    b = torch.rand(n, k, dtype=dtype).t() if how == "ABt" else torch.rand(k, n, dtype=dtype)
    c = torch.empty(m, n, dtype=dtype)
    an, bn, cn = a.numpy(), b.numpy(), np.empty((m, n), a.numpy().dtype)
    times = race([lambda: torch.mm(a, b, out=c), lambda: np.matmul(an, bn, out=cn)])
    figures = [2 * m * k * n / t / 1e9 for t in times]
    if options.json:
        row = {"row": label, "unit": f"GFLOP/s {options.dtype}", "torch": figures[0], "numpy": figures[1]}
        print(json.dumps(row), flush=True)
    else:
        print(f"{label:>20} {figures[0]:>14.2f} {figures[1]:>14.2f}", flush=True)
