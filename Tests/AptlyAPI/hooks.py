"""Gives half of schemathesis's requests the names of what is there: made-up names find nothing."""
import zlib

import schemathesis

KNOWN = {"repos": "repo", "snapshots": "snap", "mirrors": "mirror", "publish": "pub", "files": "repo"}
FIXED = {"dir": "repo0", "source": "repo1", "other": "snap1", "distribution": "stable",
         "component": "main", "query": "alpha", "file": "alpha_1.0-1_amd64.deb"}


@schemathesis.hook
def map_path_parameters(context, parameters):
    if not parameters:
        return parameters
    area = context.operation.path.split("/")[2]
    choice = zlib.crc32(repr(sorted(parameters.items())).encode())
    if choice % 2:
        return parameters
    known = dict(FIXED)
    known["name"] = known["prefix"] = KNOWN.get(area, "repo") + str(choice // 2 % 3)
    return {name: known.get(name, value) for name, value in parameters.items()}


@schemathesis.hook
def map_query(context, query):
    """Waits for what is removed: what a task is still to remove is there, and is taken for a fault."""
    if query and context.operation.method.upper() == "DELETE":
        return {name: value for name, value in query.items() if name != "_async"}
    return query
