"""A plain capacity grid in JAX: what a search is compared with.

usage: python bench/grid_jax.py [--steps 5000] [--rate 0.02] [--sizes 250 500 ...] [--seeds 8]   (pip install jax)
Random labels of 20 inputs, a network 20-32-32-1 of ReLU units, full-batch Adam with a cosine schedule, replicates side by side by
vmap. Prints one JSON line a size: mean memorized bits, seconds of training and of compilation.
"""
import argparse, functools, json, time

import jax
import jax.numpy as jnp

SHAPES = [(20, 32), (32, 32), (32, 1)]


def start(key):
    keys = jax.random.split(key, len(SHAPES))
    return [(jax.random.normal(k, s) * (2 / s[0]) ** 0.5, jnp.zeros(s[1])) for k, s in zip(keys, SHAPES)]


def logits(p, x):
    for w, b in p[:-1]:
        x = jax.nn.relu(x @ w + b)
    return (x @ p[-1][0] + p[-1][1])[:, 0]


def loss(p, x, y):
    z = logits(p, x)
    return (jax.nn.softplus(z) - y * z).mean()


@functools.partial(jax.jit, static_argnames="steps")
def train(keys, x, y, rate, steps):
    def one(key, x, y):
        p = start(key)
        zero = jax.tree.map(jnp.zeros_like, p)

        def step(i, carry):
            p, m, v = carry
            g = jax.grad(loss)(p, x, y)
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
            t = i + 1.0
            lr = rate * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
            move = lambda p, m, v: p - lr * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            return jax.tree.map(move, p, m, v), m, v

        p, _, _ = jax.lax.fori_loop(0, steps, step, (p, zero, zero))
        return x.shape[0] - loss(p, x, y) * x.shape[0] / jnp.log(2.0)

    return jax.vmap(one)(keys, x, y)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--sizes", type=int, nargs="*", default=[250, 500, 1000, 2000, 4000, 8000])
    parser.add_argument("--seeds", type=int, default=8)
    arguments = parser.parse_args()
    for samples in arguments.sizes:
        keys = jax.random.split(jax.random.key(samples), 3 * arguments.seeds).reshape(3, arguments.seeds)
        x = jax.vmap(lambda key: jax.random.normal(key, (samples, 20)))(keys[0])
        y = jax.vmap(lambda key: jax.random.bernoulli(key, 0.5, (samples,)))(keys[1]).astype(jnp.float32)
        begun = time.perf_counter()
        run = train.lower(keys[2], x, y, arguments.rate, steps=arguments.steps).compile()
        compiled = time.perf_counter()
        bits = run(keys[2], x, y, arguments.rate).block_until_ready()
        line = {"samples": samples, "memorized_bits": round(float(bits.mean()), 1),
                "seconds": round(time.perf_counter() - compiled, 2), "compile_seconds": round(compiled - begun, 2)}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
