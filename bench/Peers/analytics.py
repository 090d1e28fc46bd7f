"""Peers of Weft.Analytics: `analytics.py PEER FOLDER`; each line on standard input is one pass, answered with "nanoseconds result".

The input is what the bench wrote into FOLDER, so that both sides work on the same numbers.
"""
import sys
import time

import numpy as np


def table(folder):
    rows = np.fromfile(f"{folder}/rows", dtype=np.uint16).reshape(-1, 10)
    tables = np.fromfile(f"{folder}/tables", dtype=np.float64).reshape(10, -1)
    columns = [rows[:, j].astype(np.int64) for j in range(10)]

    def run():
        sums = np.zeros(len(rows))
        for j, column in enumerate(columns):
            sums += tables[j][column]
        return int(np.bitwise_xor.reduce(sums.view(np.uint64)))
    return run


def hbos(folder):
    """Histogram-based outlier score (Goldstein and Dengel, 2012) with ten ranges, as scoring new rows has it."""
    rows = np.fromfile(f"{folder}/rows", dtype=np.uint16).reshape(-1, 10).astype(np.float64)
    model = histograms(rows[:10_000])

    def run():
        return len(histogram_scores(model, rows))
    return run


def histograms(rows, ranges=10):
    return [np.histogram(column, bins=ranges, density=True) for column in rows.T]


def histogram_scores(model, rows):
    sums = np.zeros(len(rows))
    for (density, edges), column in zip(model, rows.T):
        places = np.clip(np.digitize(column, edges) - 1, 0, len(density) - 1)
        sums += -np.log2(density + 0.1)[places]
    return sums


def forest(folder):
    from sklearn.ensemble import IsolationForest
    vectors = np.unpackbits(np.fromfile(f"{folder}/vectors", dtype=np.uint8), bitorder="little").reshape(-1, 384).astype(np.float32)
    model = IsolationForest(random_state=1).fit(vectors)
    return lambda: len(model.score_samples(vectors))


def graph(folder):
    starts = np.fromfile(f"{folder}/starts", dtype=np.int32)
    peers = np.fromfile(f"{folder}/peers", dtype=np.int32)
    return starts, peers, np.fromfile(f"{folder}/own", dtype=np.float64)


def sweep(folder):
    import scipy.sparse as sp
    starts, peers, own = graph(folder)
    lengths = np.diff(starts)
    weights = np.repeat(np.divide(0.4, lengths, out=np.zeros(len(own)), where=lengths > 0), lengths)
    matrix = sp.csr_matrix((weights, peers, starts), shape=(len(own), len(own)))
    constant = 0.6 * own + 0.4 * (lengths == 0)

    def run():
        x = np.full(len(own), 0.5)
        for _ in range(10):
            x = constant + matrix @ x
        return round(float(x.sum()) * 1000)
    return run


def pagerank(folder):
    import igraph
    starts, peers, own = graph(folder)
    to = np.repeat(np.arange(len(own)), np.diff(starts))
    network = igraph.Graph(n=len(own), edges=np.column_stack([peers, to]), directed=True)

    def run():
        network.pagerank(damping=0.4)
        return len(own)
    return run


def compare(folder):
    """The scores of NAME.scores beside those of others on NAME.csv: how often an outlier is above an ordinary row."""
    import glob
    import os
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score
    from sklearn.neighbors import LocalOutlierFactor
    print("| data set | rows | holo-entropy | without weights | Chow-Liu tree | IsolationForest | LocalOutlierFactor | histogram score |\n|---|---|---|---|---|---|---|---|")
    for path in sorted(glob.glob(f"{folder}/*.csv")):
        table = np.loadtxt(path, delimiter=",", dtype=int)
        rows, outlier = table[:, :-1], table[:, -1]
        ours = np.loadtxt(path[:-4] + ".scores")
        hot = np.concatenate([rows[:, j:j + 1] == np.unique(rows[:, j]) for j in range(rows.shape[1])], axis=1).astype(float)
        others = [
            -IsolationForest(random_state=1).fit(hot).score_samples(hot),
            -LocalOutlierFactor(n_neighbors=20).fit(hot).negative_outlier_factor_,
            histogram_scores(histograms(rows, 10), rows),
        ]
        areas = [roc_auc_score(outlier, scores) for scores in [*ours.T, *others]]
        print(f"| {os.path.basename(path)[:-4]} | {len(rows)} | " + " | ".join(f"{area:.4f}" for area in areas) + " |")


if sys.argv[1] == "compare":
    compare(sys.argv[2])
    sys.exit()

passes = {"table": table, "hbos": hbos, "forest": forest, "sweep": sweep, "pagerank": pagerank}[sys.argv[1]](sys.argv[2])
print("ready", flush=True)
for _ in sys.stdin:
    start = time.process_time_ns()
    result = passes()
    print(time.process_time_ns() - start, result, flush=True)
