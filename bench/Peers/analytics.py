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


passes = {"table": table, "forest": forest, "sweep": sweep, "pagerank": pagerank}[sys.argv[1]](sys.argv[2])
print("ready", flush=True)
for _ in sys.stdin:
    start = time.process_time_ns()
    result = passes()
    print(time.process_time_ns() - start, result, flush=True)
