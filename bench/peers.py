"""Networks of strings and codes in JAX and PyTorch, on the specs of workloads.json beside this file.

usage: python bench/peers.py jax|torch [--repeats R] [WORKLOAD ...]
Prints one JSON line a run, as the peers of the dense workloads do: training only, compilation and a warm-up run come
first. The networks are those of the documents of `transformer`, `rnn` and `vae`.
"""
import argparse, json, pathlib, time

HERE = pathlib.Path(__file__).parent
WORKLOADS = json.loads((HERE / "workloads.json").read_text())


def jax_parameters(spec, key):
    import jax, jax.numpy as jnp
    data, network = spec["dataset"], spec["network"]
    t, v = data["length"], data["alphabet"]
    keys = iter(jax.random.split(key, 64))
    dense = lambda a, b: jax.random.normal(next(keys), (a, b)) * a ** -0.5
    if network["kind"] == "transformer":
        w = network["width"]
        norm = lambda: (jnp.ones(w), jnp.zeros(w))
        block = lambda: {"n1": norm(), "qkv": dense(w, 3 * w), "join": dense(w, w), "n2": norm(),
                         "up": (dense(w, 4 * w), jnp.zeros(4 * w)), "down": (dense(4 * w, w), jnp.zeros(w))}
        return {"e": dense(v, w), "p": dense(t, w), "blocks": [block() for _ in range(network["layers"])],
                "n": norm(), "out": (dense(w, v), jnp.zeros(v))}
    if network["kind"] == "rnn":
        u = network["units"]
        return {"in": dense(v + 1, 3 * u), "rec": dense(u, 3 * u), "b": jnp.zeros(3 * u), "out": (dense(u, v), jnp.zeros(v))}
    (h,), k = network["hidden"], network["code"]
    layer = lambda a, b: (dense(a, b), jnp.zeros(b))
    return {"enc": [layer(t, h), layer(h, 2 * k)], "dec": [layer(k, h), layer(h, t)]}


def jax_loss(spec):
    import jax, jax.numpy as jnp
    network, t, v = spec["network"], spec["dataset"]["length"], spec["dataset"]["alphabet"]

    def norm(x, p):
        x = x - x.mean(-1, keepdims=True)
        return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * p[0] + p[1]

    def transformer(p, s, key):
        n, w, heads = s.shape[0], network["width"], network["heads"]
        x = jnp.concatenate([jnp.zeros((n, 1, w)), p["e"][s[:, :-1]]], 1) + p["p"]
        seen = jnp.tril(jnp.ones((t, t), bool))
        for b in p["blocks"]:
            q, k, u = jnp.split(norm(x, b["n1"]) @ b["qkv"], 3, -1)
            q, k, u = (m.reshape(n, t, heads, -1).transpose(0, 2, 1, 3) for m in (q, k, u))
            scores = jnp.where(seen, q @ k.transpose(0, 1, 3, 2) * (w // heads) ** -0.5, -jnp.inf)
            x = x + (jax.nn.softmax(scores) @ u).transpose(0, 2, 1, 3).reshape(n, t, w) @ b["join"]
            x = x + jax.nn.gelu(norm(x, b["n2"]) @ b["up"][0] + b["up"][1]) @ b["down"][0] + b["down"][1]
        return categorical(norm(x, p["n"]) @ p["out"][0] + p["out"][1], s)

    def categorical(logits, s):
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), s[..., None], -1).sum() / s.shape[0]

    def gru(p, s, key):
        n, u = s.shape[0], network["units"]
        read = p["in"][jnp.concatenate([jnp.full((n, 1), v), s[:, :-1]], 1)] + p["b"]

        def step(h, a):
            b = h @ p["rec"]
            r, z = jax.nn.sigmoid(a[:, :u] + b[:, :u]), jax.nn.sigmoid(a[:, u:2 * u] + b[:, u:2 * u])
            c = jnp.tanh(a[:, 2 * u:] + r * b[:, 2 * u:])
            h = (1 - z) * c + z * h
            return h, h

        states = jax.lax.scan(step, jnp.zeros((n, u)), read.transpose(1, 0, 2))[1]
        return categorical((states @ p["out"][0] + p["out"][1]).transpose(1, 0, 2), s)

    def vae(p, s, key):
        x, k = 2.0 * s - 1.0, network["code"]
        dense = lambda x, layer: x @ layer[0] + layer[1]
        top = dense(jax.nn.relu(dense(x, p["enc"][0])), p["enc"][1])
        mean, log_variance = top[:, :k], top[:, k:]
        z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
        logits = dense(jax.nn.relu(dense(z, p["dec"][0])), p["dec"][1])
        rate = 0.5 * (jnp.exp(log_variance) + mean ** 2 - 1 - log_variance).sum(1)
        return ((jax.nn.softplus(logits) - s * logits).sum(1) + rate).mean()

    return {"transformer": transformer, "rnn": gru, "vae": vae}[network["kind"]]


def jax_runner(spec, vectorized):
    import jax, jax.numpy as jnp, optax
    data, training = spec["dataset"], spec["training"]
    n, batch, nets = data["samples"], training["batch_size"], spec["seeds"]
    optimizer, loss = optax.adam(training["learning_rate"]), jax_loss(spec)

    def train(seed):
        data_key, weights, key = jax.random.split(jax.random.PRNGKey(seed), 3)
        strings = jax.random.randint(data_key, (n, data["length"]), 0, data["alphabet"])
        p = jax_parameters(spec, weights)

        def step(carry, _):
            p, state, key = carry
            key, pick, noise = jax.random.split(key, 3)
            rows = strings[jax.random.randint(pick, (batch,), 0, n)]
            value, gradient = jax.value_and_grad(loss)(p, rows, noise)
            update, state = optimizer.update(gradient, state)
            return (optax.apply_updates(p, update), state, key), value

        return jax.lax.scan(step, (p, optimizer.init(p), key), None, length=training["steps"])[1][-1]

    if vectorized:
        f = jax.jit(jax.vmap(train))
        return lambda: f(jnp.arange(nets)).block_until_ready()
    f = jax.jit(train)
    return lambda: [f(seed).block_until_ready() for seed in range(nets)]


def torch_runner(spec):
    import torch
    from torch import nn
    from torch.nn import functional as F
    data, network, training = spec["dataset"], spec["network"], spec["training"]
    n, t, v, batch = data["samples"], data["length"], data["alphabet"], training["batch_size"]

    class Block(nn.Module):
        def __init__(self, w, heads):
            super().__init__()
            self.heads, self.n1, self.n2 = heads, nn.LayerNorm(w), nn.LayerNorm(w)
            self.qkv, self.join = nn.Linear(w, 3 * w, bias=False), nn.Linear(w, w, bias=False)
            self.up, self.down = nn.Linear(w, 4 * w), nn.Linear(4 * w, w)

        def forward(self, x):
            b, t, w = x.shape
            q, k, u = (m.view(b, t, self.heads, -1).transpose(1, 2) for m in self.qkv(self.n1(x)).chunk(3, -1))
            joined = F.scaled_dot_product_attention(q, k, u, is_causal=True).transpose(1, 2).reshape(b, t, w)
            x = x + self.join(joined)
            return x + self.down(F.gelu(self.up(self.n2(x)), approximate="tanh"))

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            w = network["width"]
            self.e, self.p = nn.Embedding(v, w), nn.Parameter(torch.randn(t, w) * w ** -0.5)
            self.blocks = nn.Sequential(*(Block(w, network["heads"]) for _ in range(network["layers"])))
            self.n, self.out = nn.LayerNorm(w), nn.Linear(w, v)

        def forward(self, s):
            x = F.pad(self.e(s[:, :-1]), (0, 0, 1, 0)) + self.p
            logits = self.out(self.n(self.blocks(x)))
            return F.cross_entropy(logits.flatten(0, 1), s.flatten(), reduction="sum") / len(s)

    class Gru(nn.Module):
        def __init__(self):
            super().__init__()
            u = network["units"]
            self.e, self.gru, self.out = nn.Embedding(v + 1, u), nn.GRU(u, u, batch_first=True), nn.Linear(u, v)

        def forward(self, s):
            read = torch.cat([torch.full((len(s), 1), v), s[:, :-1]], 1)
            logits = self.out(self.gru(self.e(read))[0])
            return F.cross_entropy(logits.flatten(0, 1), s.flatten(), reduction="sum") / len(s)

    class Vae(nn.Module):
        def __init__(self):
            super().__init__()
            (h,), self.k = network["hidden"], network["code"]
            self.enc = nn.Sequential(nn.Linear(t, h), nn.ReLU(), nn.Linear(h, 2 * self.k))
            self.dec = nn.Sequential(nn.Linear(self.k, h), nn.ReLU(), nn.Linear(h, t))

        def forward(self, s):
            mean, log_variance = self.enc(2.0 * s - 1.0).chunk(2, 1)
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            rate = 0.5 * (log_variance.exp() + mean ** 2 - 1 - log_variance).sum()
            return (F.binary_cross_entropy_with_logits(self.dec(z), s.float(), reduction="sum") + rate) / len(s)

    def train(seed):
        torch.manual_seed(seed)
        model = {"transformer": Transformer, "rnn": Gru, "vae": Vae}[network["kind"]]()
        optimizer = torch.optim.Adam(model.parameters(), training["learning_rate"], foreach=True)
        strings = torch.randint(0, v, (n, t))
        for _ in range(training["steps"]):
            optimizer.zero_grad(set_to_none=True)
            model(strings[torch.randint(0, n, (batch,))]).backward()
            optimizer.step()

    return lambda: [train(seed) for seed in range(spec["seeds"])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["jax", "torch"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("workloads", nargs="*")
    arguments = parser.parse_intermixed_args()
    for name in arguments.workloads or WORKLOADS:
        spec = WORKLOADS[name]
        forms = ({"jax": jax_runner(spec, False), "jax-vmap": jax_runner(spec, True)} if arguments.engine == "jax"
                 else {"torch": torch_runner(spec)})
        for label, run in forms.items():
            if arguments.engine == "jax":
                run()
            times = []
            for _ in range(arguments.repeats):
                start = time.perf_counter()
                run()
                times.append(time.perf_counter() - start)
            print(json.dumps({"workload": name, "engine": label, "seconds": round(min(times), 4)}), flush=True)


if __name__ == "__main__":
    main()
