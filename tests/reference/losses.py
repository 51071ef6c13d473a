"""Losses of the first 20 steps of gradient descent in JAX, for src/science/network/reference.rs.

usage: python tests/reference/losses.py   (needs jax; fills `losses` of every case beside this file)
Written from the definitions in the documents of each network, not from its code. Losses are in nats per sample:
the mean over samples of the sum over symbols or dimensions.
"""
import json, math, pathlib

import jax
import jax.numpy as jnp

STEPS = 20
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "gelu": lambda x: jax.nn.gelu(x, approximate=True)}


def unpack(case, flat):
    """The flat parameters as a dictionary of matrices, by block name."""
    tensors, at = {}, 0
    for block in case["blocks"]:
        size = block["rows"] * block["columns"]
        tensors[block["name"]] = flat[at:at + size].reshape(block["rows"], block["columns"])
        at += size
    return tensors


def dense(p, number, x, masks=None):
    w = p[f"layer {number} weight"]
    x = x @ (w if masks is None else w * masks[number])
    bias = p.get(f"layer {number} bias")
    return x if bias is None else x + bias


def stack(p, first, count, x, activation, masks=None):
    """`count` dense layers, the activation after each but the last."""
    for i in range(count):
        x = dense(p, first + i, x, masks)
        if i + 1 < count:
            x = activation(x)
    return x


def symbol_losses(logits, symbols):
    """[...] from logits [..., V], or [...] for an alphabet of two."""
    if logits.shape == symbols.shape:
        return jax.nn.softplus(logits) - symbols * logits
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), symbols[..., None], -1)[..., 0]


def head_loss(case, outputs):
    head = case["network"].get("head") or {}
    kind = head.get("kind", "regression" if case.get("values") else "categorical")
    if kind in ("categorical", "bernoulli"):
        symbols = jnp.array(case["symbols"])
        n, t = symbols.shape
        logits = outputs.reshape(n, t) if case["alphabet"] == 2 else outputs.reshape(n, t, case["alphabet"])
        return symbol_losses(logits, symbols).sum(1).mean()
    y = jnp.array(case["values"])
    d = y.shape[1]
    root_tau = 0.5 * math.log(2 * math.pi)
    if kind == "regression":
        return (0.5 * (outputs - y) ** 2 + root_tau).sum(1).mean()
    if kind == "gaussian":
        mean, log_sd = outputs[:, :d], jnp.clip(outputs[:, d:], -12, 12)
        return (0.5 * ((y - mean) * jnp.exp(-log_sd)) ** 2 + log_sd + root_tau).sum(1).mean()
    if kind == "mixture_density":
        m = head["components"]
        log_sd = jnp.clip(outputs[:, m:2 * m], -12, 12)
        means = outputs[:, 2 * m:].reshape(-1, m, d)
        distance = ((y[:, None] - means) ** 2).sum(2) * jnp.exp(-2 * log_sd)
        density = -0.5 * distance - d * (log_sd + root_tau)
        return -jax.nn.logsumexp(jax.nn.log_softmax(outputs[:, :m]) + density, axis=1).mean()
    raise ValueError(kind)


def encoded(case):
    if case.get("values"):
        return jnp.array(case["values"])
    symbols = jnp.array(case["symbols"])
    if case["alphabet"] == 2:
        return 2.0 * symbols - 1.0
    return jax.nn.one_hot(symbols, case["alphabet"]).reshape(len(symbols), -1)


def linear(case, p):
    return head_loss(case, dense(p, 0, jnp.array(case["inputs"])))


def mlp(case, p):
    network = case["network"]
    layers, activation = len(network["hidden"]) + 1, ACTIVATIONS[network["activation"]]
    if not network.get("residual"):
        return head_loss(case, stack(p, 0, layers, jnp.array(case["inputs"]), activation))
    h = activation(dense(p, 0, jnp.array(case["inputs"])))
    for i in range(1, layers - 1):
        h = h + activation(dense(p, i, h))
    return head_loss(case, dense(p, layers - 1, h))


def features(case, p):
    x = jnp.array(case["inputs"])
    assert case["network"]["map"] == {"kind": "polynomial", "degree": 2}
    d = x.shape[1]
    pairs = [x[:, i] * x[:, j] for i in range(d) for j in range(i, d)]
    return head_loss(case, dense(p, 0, jnp.concatenate([x, jnp.stack(pairs, 1)], 1)))


def autoencoder(case, p):
    network = case["network"]
    layers, activation = len(network["hidden"]) + 1, ACTIVATIONS[network["activation"]]
    code = stack(p, 0, layers, encoded(case), activation)
    return head_loss(case, stack(p, layers, layers, code, activation))


def vae(case, p):
    network, k = case["network"], case["network"]["code"]
    layers, activation = len(network["hidden"]) + 1, ACTIVATIONS[network["activation"]]
    x = encoded(case)
    top = stack(p, 0, layers, x, activation)
    mean, log_variance = top[:, :k], top[:, k:]
    draws = jnp.array(case["draws"][:len(x) * k]).reshape(len(x), k)
    code = mean + jnp.exp(0.5 * log_variance) * draws
    rate = 0.5 * (jnp.exp(log_variance) + mean ** 2 - 1 - log_variance).sum(1).mean()
    return head_loss(case, stack(p, layers, layers, code, activation)) + rate


def conditional_vae(case, p):
    network, k = case["network"], case["network"]["code"]
    layers, activation = len(network["hidden"]) + 1, ACTIVATIONS[network["activation"]]
    x, y = jnp.array(case["inputs"]), encoded(case)
    top = stack(p, 0, layers, jnp.concatenate([x, y], 1), activation)
    mean, log_variance = top[:, :k], top[:, k:]
    draws = jnp.array(case["draws"][:len(x) * k]).reshape(len(x), k)
    code = mean + jnp.exp(0.5 * log_variance) * draws
    rate = 0.5 * (jnp.exp(log_variance) + mean ** 2 - 1 - log_variance).sum(1).mean()
    return head_loss(case, stack(p, layers, layers, jnp.concatenate([code, x], 1), activation)) + rate


def generator(case, p):
    network, z, m = case["network"], case["network"]["noise"], case["network"]["draws"]
    assert network["score"] == "energy"
    x, y = jnp.array(case["inputs"]), jnp.array(case["values"])
    draws = jnp.array(case["draws"][:len(x) * m * z]).reshape(len(x), m, z)
    read = jnp.concatenate([jnp.repeat(x[:, None], m, 1), draws], 2)
    answers = stack(p, 0, len(network["hidden"]) + 1, read, ACTIVATIONS[network["activation"]])
    off = jnp.linalg.norm(answers - y[:, None], axis=2).mean(1)
    pairs = [jnp.linalg.norm(answers[:, i] - answers[:, j], axis=1) for i in range(m) for j in range(i)]
    return (off - 0.5 * sum(pairs) / len(pairs)).mean()


def made(case, p):
    network, v = case["network"], case["alphabet"]
    t, each = len(case["symbols"][0]), 1 if v == 2 else v
    positions = [i // each + 1 for i in range(t * each)]
    degrees = [positions] + [[1 + j % max(t - 1, 1) for j in range(h)] for h in network["hidden"]] + [positions]
    masks = []
    for i, (below, above) in enumerate(zip(degrees, degrees[1:])):
        last = i == len(degrees) - 2
        masks.append(jnp.array([[float(a > b if last else a >= b) for a in above] for b in below]))
    return head_loss(case, stack(p, 0, len(masks), encoded(case), ACTIVATIONS[network["activation"]], masks))


def rnn(case, p):
    u, cell = case["network"]["units"], case["network"].get("cell", "tanh")
    symbols = jnp.array(case["symbols"])
    n, t = symbols.shape
    start = jnp.full((n, 1), case["alphabet"])
    read = jnp.concatenate([start, symbols[:, :-1]], 1)
    h, c, total = jnp.zeros((n, u)), jnp.zeros((n, u)), 0.0
    for s in range(t):
        a, b = p["input weight"][read[:, s]] + p["bias"], h @ p["recurrent weight"]
        part = lambda x, i: x[:, i * u:(i + 1) * u]
        if cell == "gru":
            r, z = jax.nn.sigmoid(part(a + b, 0)), jax.nn.sigmoid(part(a + b, 1))
            candidate = jnp.tanh(part(a, 2) + r * part(b, 2))
            h = (1 - z) * candidate + z * h
        elif cell == "lstm":
            i, f, g, o = (part(a + b, j) for j in range(4))
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
        else:
            h = ACTIVATIONS[cell](a + b)
        logits = h @ p["output weight"] + p["output bias"]
        logits = logits[:, 0] if case["alphabet"] == 2 else logits
        total = total + symbol_losses(logits, symbols[:, s])
    return total.mean()


def transformer(case, p):
    network, v = case["network"], case["alphabet"]
    w, heads, tied = network["width"], network.get("heads", 1), network.get("tied_embeddings", True)
    symbols = jnp.array(case["symbols"])
    n, t = symbols.shape

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / jnp.sqrt((x ** 2).mean(-1, keepdims=True) + 1e-5)
        return x * p[f"{name} gain"][0] + p[f"{name} shift"][0]

    before = p["symbol embedding"][symbols[:, :-1]]
    x = jnp.concatenate([jnp.zeros((n, 1, w)), before], 1) + p["place embedding"]
    seen = jnp.tril(jnp.ones((t, t), bool))
    for b in range(network.get("layers", 1)):
        q, k, u = jnp.split(dense(p, 4 * b, norm(x, f"block {b} attention norm")), 3, -1)
        q, k, u = (m.reshape(n, t, heads, -1).transpose(0, 2, 1, 3) for m in (q, k, u))
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(w // heads)
        joined = jax.nn.softmax(jnp.where(seen, scores, -jnp.inf)) @ u
        x = x + dense(p, 4 * b + 1, joined.transpose(0, 2, 1, 3).reshape(n, t, w))
        x = x + stack(p, 4 * b + 2, 2, norm(x, f"block {b} feed-forward norm"), ACTIVATIONS["gelu"])
    x = norm(x, "readout norm")
    if not tied:
        logits = dense(p, 4 * network.get("layers", 1), x)
    elif v == 2:
        logits = (x @ (p["symbol embedding"][1] - p["symbol embedding"][0]))[..., None]
    else:
        logits = x @ p["symbol embedding"].T
    logits = logits[..., 0] if v == 2 else logits
    return symbol_losses(logits, symbols).sum(1).mean()


NETWORKS = {f.__name__: f for f in (linear, mlp, features, autoencoder, vae, conditional_vae, generator, made, rnn, transformer)}


def main():
    jax.config.update("jax_default_matmul_precision", "highest")
    for path in sorted(pathlib.Path(__file__).parent.glob("*.json")):
        case = json.loads(path.read_text())
        loss = NETWORKS[case["network"]["kind"]]
        step = jax.jit(jax.value_and_grad(lambda flat: loss(case, unpack(case, flat))))
        flat, losses = jnp.array(case["parameters"], jnp.float32), []
        for _ in range(STEPS):
            value, gradient = step(flat)
            losses.append(float(value))
            flat = flat - case["learning_rate"] * gradient
        case["losses"] = losses
        path.write_text(json.dumps(case, separators=(",", ":")) + "\n")
        print(f"{path.stem}: {losses[0]:.6f} -> {losses[-1]:.6f}")


if __name__ == "__main__":
    main()
