"""Hall's skewness-corrected interval and chances (Hall 1992), by bisection in 40 digits."""
from mpmath import betainc, findroot, mp, mpf, sqrt

mp.dps = 40
X = [mpf(x) for x in (2, 4, 4, 4, 5, 5, 7, 9)]
n = len(X)
mean = sum(X) / n
sd = sqrt(sum((x - mean) ** 2 for x in X) / (n - 1))
skew = (sum((x - mean) ** 3 for x in X) / n) / sqrt(sum((x - mean) ** 2 for x in X) / n) ** 3


def upper_tail(t, v):
    beyond = betainc(v / mpf(2), mpf("0.5"), 0, v / (v + t * t), regularized=True) / 2
    return beyond if t > 0 else 1 - beyond


def g(x):
    w = (mean - x) / sd
    return w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / (6 * n)


def p_at_most(x):
    return upper_tail(sqrt(n) * g(x), n - 1)


print("sd", sd, "skewness", skew)
print("low", findroot(lambda x: p_at_most(x) - mpf("0.025"), (3, 4), solver="bisect"))
print("high", findroot(lambda x: p_at_most(x) - mpf("0.975"), (6, 10), solver="bisect"))
print("p at most 3", p_at_most(mpf(3)))
print("p at least 8", 1 - p_at_most(mpf(8)))
