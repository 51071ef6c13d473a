"""Values of special functions to 40 digits, for src/science/special.rs and
src/science/analysis/student.rs. Needs mpmath."""

from mpmath import betainc, digamma, erfc, findroot, log, mp, mpf, nstr, pi, sqrt, tan

mp.dps = 40


def tails(t, v):
    """Chance that Student's t lies further from 0 than t."""
    return betainc(mpf(v) / 2, mpf(1) / 2, 0, v / (v + mpf(t) ** 2), regularized=True)


def quantile(p, v):
    if v == 1:
        return tan(pi * (mpf(p) - mpf(1) / 2))
    target = 2 * (1 - mpf(p))
    return findroot(lambda t: log(tails(t, v) / target), (mpf(1), mpf(3)), solver="secant", tol=1e-60)


for p, v in [
    ("0.975", 1), ("0.975", 2), ("0.975", 3), ("0.975", 7), ("0.95", 7), ("0.95", 1), ("0.975", 15),
    ("0.975", 31), ("0.95", 127), ("0.975", 999), ("0.975", 100000),
]:
    print("quantile", p, v, nstr(quantile(p, v), 20))
for t, v in [("0.5", 3), ("2.5", 7), ("12", 7), ("40", 4), ("1e-3", 9), ("6", 127), ("30", 1000)]:
    print("tails", t, v, nstr(tails(t, v), 20))
for x in ["0.1", "0.5", "1", "2.5", "10", "64", "1234.5"]:
    print("digamma", x, nstr(digamma(mpf(x)), 20))
for a, b, x in [
    ("0.5", "0.5", "0.3"), ("2", "3", "0.4"), ("10", "0.5", "0.9"), ("500", "0.5", "0.999"), ("0.5", "20", "0.01"),
    ("30", "40", "0.5"),
]:
    print("beta", a, b, x, nstr(betainc(mpf(a), mpf(b), 0, mpf(x), regularized=True), 20))
for x in ["0", "1.959963984540054", "3", "6.5"]:
    print("normal", x, nstr(erfc(mpf(x) / sqrt(2)) / 2, 20))
