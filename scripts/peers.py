"""Training steps, small tensors, elementwise functions, reductions and products by torch and JAX, as far as they are
installed: the rows of `benches/peers/steps`.

python scripts/peers.py [--threads N] [--only torch|jax] [--json] [ROW...]

Microseconds, the best of many short rounds; a ROW is the beginning of a row's name. JAX runs what `jax.jit` makes of each
step; one library's threads would disturb the other's measurements, so each runs in a process of its own.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time

parser = argparse.ArgumentParser(description="Training steps, small tensors and functions by torch and JAX")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--only", choices=["torch", "jax"])
parser.add_argument("--json", action="store_true")
parser.add_argument("rows", nargs="*")
options = parser.parse_args()

MLPS = [((784, 128, 10), 64), ((784, 1024, 1024, 10), 256)]
SIZES = [(1_000, "1 000"), (1_000_000, "1 M"), (16_000_000, "16 M")]
PRODUCTS = [(16, 16, 16), (64, 64, 64), (256, 256, 256), (1024, 1024, 1024), (64, 784, 128), (1, 1024, 1024)]


def mlp(sizes, batch):
    return f"MLP {'-'.join(map(str, sizes))}, batch of {batch}"


def best(work, budget=0.9):
    """Seconds that one call takes: the best of many rounds."""

    def seconds(calls):
        start = time.perf_counter()
        for _ in range(calls):
            result = work()
        wait(result)
        return (time.perf_counter() - start) / calls

    seconds(1)
    calls = 1
    while seconds(calls) * calls < 1e-3:
        calls *= 2
    least, start, rounds = float("inf"), time.perf_counter(), 0
    while rounds < 5 or time.perf_counter() - start < budget:
        least = min(least, seconds(calls))
        rounds += 1
    return least


def row(label, prepare, parts=1):
    """A row of what is prepared only where it is asked for; one call does `parts` units of work."""
    if options.rows and not any(label.startswith(wanted) for wanted in options.rows):
        return
    time = best(prepare()) / parts * 1e6
    if options.json:
        print(json.dumps({"row": label, "unit": "µs", options.only: round(time, 4)}, ensure_ascii=False), flush=True)
    else:
        print(f"{options.only:>6} {label:>40} {time:12.3f}", flush=True)


def torch_rows():
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    def lesson(mini_batch):
        n = 100
        x = torch.ones(n, 2)
        x[:, 0].uniform_(-1.0, 1)
        y = x @ torch.tensor([3.0, 2]) + torch.rand(n)
        a = nn.Parameter(torch.tensor([-1.0, 1]))

        def step(x, y):
            loss = ((y - x @ a) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                a.sub_(0.1 * a.grad)
                a.grad.zero_()

        def drawn():
            rand_idx = torch.randint(0, n, (64,))
            step(x[rand_idx], y[rand_idx])

        return drawn if mini_batch else lambda: step(x, y)

    def chain(recorded):
        w = torch.tensor([1.0001])

        def work():
            z = w
            for _ in range(500):
                z = z * w + w
            return z

        def recorded_work():
            work().sum().backward()
            w.grad = None

        w.requires_grad_(recorded)
        return recorded_work if recorded else work

    def steps(sizes, batch, optimizer):
        layers = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        net = nn.Sequential(*layers[:-1])
        x, classes = torch.rand(batch, sizes[0]), torch.randint(0, 10, (batch,))
        optimizer = optimizer(net.parameters())

        def step():
            optimizer.zero_grad()
            F.cross_entropy(net(x), classes).backward()
            optimizer.step()

        return step

    row("lesson, full batch", lambda: lesson(False))
    row("lesson, mini-batch of 64", lambda: lesson(True))
    row("one-element operation", lambda: chain(False), 1000)
    row("one-element operation with backward", lambda: chain(True), 1000)
    for sizes, batch in MLPS:
        sgd = lambda parameters: torch.optim.SGD(parameters, lr=0.01)
        adam = lambda parameters: torch.optim.Adam(parameters, lr=1e-3)
        row(f"{mlp(sizes, batch)}, SGD", lambda: steps(sizes, batch, sgd))
        row(f"{mlp(sizes, batch)}, Adam", lambda: steps(sizes, batch, adam))
    with torch.no_grad():
        for n, name in SIZES:
            x, y = torch.rand(n), torch.rand(n)
            row(f"add, {name}", lambda: lambda: x + y)
            row(f"exp, {name}", lambda: x.exp)
            if n > 1_000_000:
                continue
            row(f"tanh, {name}", lambda: x.tanh)
            row(f"sum, {name}", lambda: x.sum)
            rows = x.reshape(n // 1000, 1000)
            row(f"softmax, {n // 1000}×1000", lambda: lambda: rows.softmax(1))
        for m, k, n in PRODUCTS:
            a, b = torch.rand(m, k), torch.rand(k, n)
            row(f"matmul {m}×{k}×{n}", lambda: lambda: a @ b)


def jax_rows():
    import jax
    import jax.numpy as jnp

    key = jax.random.PRNGKey(0)
    x = jnp.ones((100, 2)).at[:, 0].set(jax.random.uniform(key, (100,), minval=-1, maxval=1))
    y = x @ jnp.array([3.0, 2.0]) + jax.random.uniform(key, (100,))
    mse = lambda a, x, y: jnp.mean((y - x @ a) ** 2)

    def carried(step, *state):
        """A step that hands its results to the next."""
        state = [state]

        def work():
            state[0] = step(*state[0])
            return state[0]

        return work

    def full_batch():
        step = jax.jit(lambda a: (a - 0.1 * jax.grad(mse)(a, x, y),))
        return carried(step, jnp.array([-1.0, 1.0]))

    def mini_batch():
        @jax.jit
        def step(a, key):
            key, drawn = jax.random.split(key)
            i = jax.random.randint(drawn, (64,), 0, 100)
            return a - 0.1 * jax.grad(mse)(a, x[i], y[i]), key

        return carried(step, jnp.array([-1.0, 1.0]), key)

    def steps(sizes, batch, adam):
        layers = [
            (jax.random.normal(key, (inputs, outputs)) * 0.05, jnp.zeros(outputs))
            for inputs, outputs in zip(sizes, sizes[1:])
        ]
        x, classes = jax.random.uniform(key, (batch, sizes[0])), jnp.arange(batch) % 10

        def loss(layers):
            h = x
            for weight, bias in layers[:-1]:
                h = jax.nn.relu(h @ weight + bias)
            h = h @ layers[-1][0] + layers[-1][1]
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h), classes[:, None], 1))

        def sgd_step(layers):
            return (jax.tree.map(lambda p, g: p - 0.01 * g, layers, jax.grad(loss)(layers)),)

        def adam_step(layers, m, v, t):
            g = jax.grad(loss)(layers)
            t = t + 1
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            scale = lambda m, v: m / (1 - 0.9**t) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            return jax.tree.map(lambda p, m, v: p - 1e-3 * scale(m, v), layers, m, v), m, v, t

        if not adam:
            return carried(jax.jit(sgd_step, donate_argnums=0), layers)
        zeros = lambda: jax.tree.map(jnp.zeros_like, layers)
        return carried(jax.jit(adam_step, donate_argnums=(0, 1, 2)), layers, zeros(), zeros(), jnp.zeros(()))

    row("lesson, full batch", full_batch)
    row("lesson, mini-batch of 64", mini_batch)
    for sizes, batch in MLPS:
        row(f"{mlp(sizes, batch)}, SGD", lambda: steps(sizes, batch, False))
        row(f"{mlp(sizes, batch)}, Adam", lambda: steps(sizes, batch, True))

    def compiled(function, *arguments):
        function = jax.jit(function)
        return lambda: lambda: function(*arguments)

    for n, name in SIZES:
        a, b = jax.random.uniform(key, (2, n))
        row(f"add, {name}", compiled(jnp.add, a, b))
        row(f"exp, {name}", compiled(jnp.exp, a))
        if n > 1_000_000:
            continue
        row(f"tanh, {name}", compiled(jnp.tanh, a))
        row(f"sum, {name}", compiled(jnp.sum, a))
        row(f"softmax, {n // 1000}×1000", compiled(jax.nn.softmax, a.reshape(n // 1000, 1000)))
    for m, k, n in PRODUCTS:
        a, b = jax.random.uniform(key, (m, k)), jax.random.uniform(key, (k, n))
        row(f"matmul {m}×{k}×{n}", compiled(jnp.matmul, a, b))


def wait(result):
    """For what a library goes on computing after it has answered."""
    if options.only == "jax":
        sys.modules["jax"].block_until_ready(result)


if options.only:
    {"torch": torch_rows, "jax": jax_rows}[options.only]()
    sys.exit()
threads = str(options.threads)
environment = dict(os.environ, OMP_NUM_THREADS=threads, MKL_NUM_THREADS=threads)
if options.threads == 1:
    environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
for library in ["torch", "jax"]:
    if importlib.util.find_spec(library):
        subprocess.run([sys.executable, *sys.argv, "--only", library], env=environment, check=True)
