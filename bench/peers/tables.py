"""pandas' side of tables: reading files and grouping. The files are made by the benchmark."""
import os
import tempfile

FOLDER = os.path.join(tempfile.gettempdir(), "functional-bench-tables")


def reading(name, **options):
    import pandas
    path = os.path.join(FOLDER, name)
    return lambda: pandas.read_csv(path, **options)


def grouping(words):
    import numpy
    import pandas
    arrays = numpy.load(os.path.join(FOLDER, "groups.npz"))
    frame = pandas.DataFrame({name: arrays[name] for name in ("a", "b", "v")})
    if words:
        names = numpy.array([f"name {i}" for i in range(1000)], dtype=object)
        frame["b"] = names[frame["b"]]
    return lambda: frame.groupby(["a", "b"], as_index=False).agg(mean=("v", "mean"), count=("v", "count"))


WORKLOADS = {
    "t-wide": {"read_csv": lambda: reading("wide.csv"),
               "low_memory=False": lambda: reading("wide.csv", low_memory=False)},
    "t-mixed": {"parse_dates": lambda: reading("mixed.csv", parse_dates=["day", "time"]),
                "dates as text": lambda: reading("mixed.csv")},
    "t-group": {"groupby": lambda: grouping(False)},
    "t-group-words": {"groupby": lambda: grouping(True)},
}
