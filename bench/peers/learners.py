"""The peers' side of classic learners: scikit-learn. The numbers are those of LearnerWorkloads.cs, bit for bit."""
import numpy
from sklearn.cluster import DBSCAN, KMeans
from sklearn.neighbors import NearestNeighbors

CLUSTERS, ITERATIONS, NEIGHBOURS = 32, 20, 5


def uniform(first, rows, columns):
    """Numbers in [0, 1) that are hashes of their positions (the finalizer of MurmurHash3)."""
    with numpy.errstate(over="ignore"):
        h = numpy.arange(first, first + rows * columns, dtype=numpy.uint64) + numpy.uint64(1)
        h *= numpy.uint64(0x9E3779B97F4A7C15)
        h ^= h >> numpy.uint64(33)
        h *= numpy.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> numpy.uint64(33)
        h *= numpy.uint64(0xC4CEB9FE1A85EC53)
        h ^= h >> numpy.uint64(33)
    return ((h >> numpy.uint64(11)) * 2.0 ** -53).reshape(rows, columns)


def kmeans():
    x = uniform(0, 100_000, 32)
    start = x[:CLUSTERS].copy()
    return lambda: KMeans(CLUSTERS, init=start, n_init=1, max_iter=ITERATIONS, tol=0).fit(x)


def neighbours(jobs):
    x, queries = uniform(0, 50_000, 32), uniform(50_000 * 32, 2_000, 32)
    found = NearestNeighbors(n_neighbors=NEIGHBOURS, n_jobs=jobs).fit(x)
    return lambda: found.kneighbors(queries)


def dbscan(jobs):
    x = uniform(0, 50_000, 2)
    return lambda: DBSCAN(eps=0.01, min_samples=10, n_jobs=jobs).fit(x)


WORKLOADS = {
    "learners-kmeans": {"scikit-learn": kmeans},
    "learners-neighbours": {"scikit-learn": lambda: neighbours(None), "scikit-learn, n_jobs": lambda: neighbours(-1)},
    "learners-dbscan": {"scikit-learn": lambda: dbscan(None), "scikit-learn, n_jobs": lambda: dbscan(-1)},
}
