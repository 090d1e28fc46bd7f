#!/usr/bin/env python3
"""Computes holo-entropy.json by definition: entropies of value lists, removal and insertion of rows, no closed forms.

Needs R with mlbench and scikit-learn once, to write the public data sets (UCI, CC BY 4.0) as tables of codes:
    apt-get install r-cran-mlbench python3-sklearn
    for set in BreastCancer Soybean HouseVotes84 Zoo; do
        Rscript -e "library(mlbench);data($set);write.csv($set,'$set.csv',row.names=FALSE,na='?')"; done
    python3 make_vectors.py BreastCancer.csv Soybean.csv HouseVotes84.csv Zoo.csv
"""
import csv, json, math, sys
from collections import Counter
from decimal import Decimal, getcontext
getcontext().prec = 60


def entropy(values):
    n = len(values)
    return -math.fsum(c / n * math.log(c / n) for c in Counter(values).values()) if n else 0.0


def weight(h):
    return 2 * (1 - 1 / (1 + math.exp(-h)))


def delta(n):
    if n == 1:
        return 0.0
    n = Decimal(n)
    return float((n - 1) * (n - 1).ln() - n * n.ln())


def columns(rows):
    return list(zip(*rows))


def weights(rows, weighted=True):
    return [weight(entropy(c)) if weighted else 1.0 for c in columns(rows)]


def factors(rows, weighted=True):
    w = weights(rows, weighted)
    counts = [Counter(c) for c in columns(rows)]
    cache = {}
    def d(n):
        if n not in cache:
            cache[n] = delta(n)
        return cache[n]
    return [math.fsum(w[j] * d(counts[j][v]) for j, v in enumerate(r)) for r in rows]


def removal(rows, i, w):
    """Fall of the weighted holo-entropy when row i goes, weights kept."""
    rest = rows[:i] + rows[i + 1:]
    before = math.fsum(a * entropy(c) for a, c in zip(w, columns(rows)))
    return before - math.fsum(a * entropy(c) for a, c in zip(w, columns(rest)))


def bound(rows, weighted=True):
    """Rows whose removal lowers it. Equal rows fall equally."""
    w = weights(rows, weighted)
    falls = {}
    result = []
    for i, r in enumerate(rows):
        if r not in falls:
            falls[r] = removal(rows, i, w)
        if falls[r] > 1e-12:
            result.append(i)
    return result


def step_by_step(rows, count, weighted=True):
    candidates = bound(rows, weighted)
    alive = list(range(len(rows)))
    order = []
    while len(order) < min(count, len(bound(rows, weighted))) and candidates:
        f = dict(zip(alive, factors([rows[i] for i in alive], weighted)))
        best = max(f[i] for i in candidates)
        pick = min(i for i in candidates if f[i] >= best - 1e-12)
        order.append(pick)
        alive.remove(pick)
        candidates.remove(pick)
    return order


def auc(scores, positive):
    order = sorted(range(len(scores)), key=lambda i: scores[i])
    rank, i = {}, 0
    while i < len(order):
        j = i
        while j < len(order) and abs(scores[order[j]] - scores[order[i]]) < 1e-12:
            j += 1
        for k in range(i, j):
            rank[order[k]] = (i + j + 1) / 2
        i = j
    p = sum(positive)
    return (sum(rank[i] for i in range(len(scores)) if positive[i]) - p * (p + 1) / 2) / (p * (len(scores) - p))


def coded(rows):
    maps = [{} for _ in rows[0]]
    return [tuple(m.setdefault(v, len(m) + 1) for m, v in zip(maps, r)) for r in rows]


def save(path, rows, positive):
    with open(path, "w") as f:
        for r, p in zip(rows, positive):
            f.write(",".join(map(str, r)) + "," + str(int(p)) + "\n")


def summary(rows, positive, topk, count):
    out = {}
    for name, weighted in (("weighted", True), ("unweighted", False)):
        f = factors(rows, weighted)
        order = sorted(range(len(rows)), key=lambda i: (-round(f[i], 10), i))
        out[name] = {"auc": auc(f, positive), "bound": len(bound(rows, weighted)),
                     "singlePassTop": [sum(positive[i] for i in order[:k]) for k in topk]}
        if count:
            ss = step_by_step(rows, count, weighted)
            out[name]["stepByStep"] = ss
            out[name]["stepByStepTop"] = [sum(positive[i] for i in ss[:k]) for k in topk]
    return out


def chow_liu(rows):
    """Surprisal of each row in the tree of largest mutual information; half a count is added to each, one unseen value included."""
    m, n = len(rows[0]), len(rows)
    cols = columns(rows)
    pairs = sorted(((entropy(cols[i]) + entropy(cols[j]) - entropy(list(zip(cols[i], cols[j]))), -i, -j) for i in range(m) for j in range(i + 1, m)), reverse=True)
    neighbours, group = {i: [] for i in range(m)}, list(range(m))
    for _, i, j in pairs:
        i, j = -i, -j
        if group[i] != group[j]:
            neighbours[i].append(j)
            neighbours[j].append(i)
            old = group[j]
            group = [group[i] if g == old else g for g in group]
    above, stack = {0: None}, [0]
    while stack:
        i = stack.pop()
        for j in neighbours[i]:
            if j not in above:
                above[j] = i
                stack.append(j)
    result = [0.0] * n
    for j in range(m):
        parent = cols[above[j]] if above[j] is not None else [0] * n
        both, alone, k = Counter(zip(parent, cols[j])), Counter(parent), len(set(cols[j]))
        for i in range(n):
            result[i] -= math.log((both[parent[i], cols[j][i]] + 0.5) / (alone[parent[i]] + 0.5 * (k + 1)))
    return result


def thinned(rows, is_outlier, keep):
    """All ordinary rows, and of the outliers every keep-th."""
    kept, seen = [], 0
    for r in rows:
        seen += is_outlier(r)
        if not is_outlier(r) or seen % keep == 0:
            kept.append(r)
    return kept


def binned(data, target, outlier, keep):
    """Ten ranges of equal width an attribute; the class comes last."""
    low, high = data.min(axis=0), data.max(axis=0)
    codes = ((data - low) / (high - low) * 10).astype(int).clip(0, 9)
    rows = [tuple(int(c) for c in r) + (int(t),) for r, t in zip(codes, target)]
    return thinned(rows, lambda r: r[-1] == outlier, keep)


def main(bc, sb, hv, zoo):
    worked = [tuple(r.split()) for r in ["ssh 22 root in", "ssh 22 root in", "ssh 22 bob in", "http 80 www in", "http 80 www in",
                                         "http 443 www in", "http 443 www out", "nc 4444 root out"]]
    w = weights(worked)
    h = [removal(worked, i, w) for i in range(len(worked))]
    hs = [entropy(c) for c in columns(worked)]
    n = len(worked)
    result = {
        "delta": {str(k): delta(k) for k in [1, 2, 3, 4, 5, 10, 63, 64, 65, 1000, 10**6, 10**9, 10**12, 2**40]},
        "worked": {"rows": [" ".join(r) for r in worked], "entropies": hs, "weights": w, "factors": factors(worked), "removal": h,
                   "tau": math.fsum(a * b for a, b in zip(w, hs)) - (n * math.log(n) - (n - 1) * math.log(n - 1)) * math.fsum(w),
                   "stepByStep": step_by_step(worked, 8)},
        "new": [],
    }
    for alarm in ["ssh 22 root out", "ssh 22 root in", "python 9999 eve out", "nc 443 www in"]:
        rows = worked + [tuple(alarm.split())]
        w1 = weights(rows)
        drops = [a * (entropy(c) - entropy(c[:-1])) for a, c in zip(w1, columns(rows))]
        result["new"].append({"alarm": alarm, "factor": factors(rows)[-1], "drops": drops})
    topk = [4, 8, 16, 24, 32, 40, 48, 56]
    table = [r for r in csv.DictReader(open(bc)) if "?" not in r.values()]
    names = [c for c in table[0] if c not in ("Id", "Class")]
    kept, malignant = [], 0
    for r in table:
        if r["Class"] == "malignant":
            malignant += 1
            if (malignant - 1) % 6 != 5:
                continue
        kept.append(r)
    rows, positive = coded([tuple(r[c] for c in names) for r in kept]), [r["Class"] == "malignant" for r in kept]
    save("breast-w.csv", rows, positive)
    result["breast-w"] = {"rows": len(rows), "outliers": sum(positive), **summary(rows, positive, topk, 56)}
    table = list(csv.DictReader(open(sb)))
    names = [c for c in table[0] if c != "Class"]
    rows, positive = coded([tuple(r[c] for c in names) for r in table]), [r["Class"] == "2-4-d-injury" for r in table]
    save("soybean.csv", rows, positive)
    result["soybean"] = {"rows": len(rows), "outliers": sum(positive), **summary(rows, positive, [16], 0)}
    from sklearn import datasets
    wdbc, wine = datasets.load_breast_cancer(), datasets.load_wine()
    votes = [tuple(r.values()) for r in csv.DictReader(open(hv))]
    animals = [tuple(r.values()) for r in csv.DictReader(open(zoo))]
    sets = {
        "votes": (thinned([r[1:] + r[:1] for r in votes], lambda r: r[-1] == "republican", 8), lambda c: c == "republican"),
        "zoo": (animals, lambda c: c in ("amphibian", "reptile")),
        "wdbc": (binned(wdbc.data, wdbc.target, 0, 8), lambda c: c == 0),
        "wine": (binned(wine.data, wine.target, 2, 5), lambda c: c == 2),
    }
    for name, (table, is_outlier) in sets.items():
        rows, positive = coded([r[:-1] for r in table]), [is_outlier(r[-1]) for r in table]
        save(f"{name}.csv", rows, positive)
        result[name] = {"rows": len(rows), "outliers": sum(positive), **summary(rows, positive, [10], 0), "chowLiu": auc(chow_liu(rows), positive)}
    json.dump(result, open("holo-entropy.json", "w"), indent=1)


main(*sys.argv[1:])
