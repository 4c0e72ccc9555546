"""Members of the records of inference that users need, as `dir` lists them."""

from __future__ import annotations

from collections.abc import Iterable

# By record: members that other files of this wing use, and users need not.
INTERNAL = {
    "Inference": {
        "covary",
        "covary_scaled",
        "curvature",
        "default_bootstrap",
        "draw_thetas",
        "find_uncertainty",
        "fold_fits",
        "likelihood",
        "list_fits",
        "obstacle",
        "parameters",
        "predict_average",
        "predict_rows",
        "ranked_optima",
        "read_clusters",
        "records",
    },
    "Bootstrap": {"finite", "parameters", "uncertainty"},
}


def list_members(record: str, names: Iterable[str]) -> list[str]:
    """Return the names that are neither private nor internal to the wing, sorted."""
    return sorted(
        name for name in names if not name.startswith("_") and name not in INTERNAL[record]
    )
