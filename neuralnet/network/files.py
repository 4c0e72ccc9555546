"""Files of a network: save, load, and pickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from numpy.typing import ArrayLike

from ..errors import MEMORY_LIMIT, check_flag, check_whole
from ..optimizers import Stop
from ..training import TrainingOptions
from .holder import FitHolder

# The storage package is imported on demand: most sessions begin without a file.


class Files(FitHolder):
    """Methods of a network that write it to a file and read it."""

    def save(self, path: Any, data: bool = False, fingerprint: bool = True) -> Self:
        """Write the network to a file; return self.

        Parameters
        ----------
        path : str or path
            Such as ``"iris.nn"``. An existing file is replaced once the new one is complete.
        data : bool
            Whether to store the training rows, in the columns that the formula uses. Without them
            no row is in the file. For a left side such as ``log(y)`` it has a summary of the
            residuals, which with up to 32 rows is all of them.
        fingerprint : bool
            Whether to store digests by which `load` recognizes the training rows, and ``train``
            the rows held out. With a digest, a person who guesses a whole table can see whether
            the guess is right. Without them `load` cannot tell whether the rows given to it are
            those of training, and warns; and with ``validation=`` the state of an optimizer and of
            ``patience`` begins anew. Means and ranges of columns, and all weights, are in any file.

        Raises
        ------
        OSError
            If the file cannot be written; an existing file is then unchanged.
        TypeError
            If a family, an activation, an optimizer or a level is a user-defined object, which
            pickle can store.
        ValueError
            With ``data=True`` if the network has no training rows; and if a formula, levels or text
            in the rows are longer than `load` would read.

        Warns
        -----
        FileWarning
            If ``init`` or the learning rate is a user-defined function, which is not stored.

        Notes
        -----
        The file is a zip of ``network.json`` and arrays in NumPy's format, without pickle:
        ``numpy.load`` opens it. Its last 64 characters are the SHA-256 of all that precedes them.

        It is written beside ``path`` under a name that begins with ``.neuralnet-``, then renamed.
        If a process is killed meanwhile, a later save to the same path removes the remains.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "iris.nn"
        >>> net = NeuralNetwork("Species ~ .", load_iris(), seed=1).save(path)
        >>> NeuralNetwork.load(path).predict(load_iris()).equals(net.predict())
        True
        """
        if check_flag("data", data) and self._model.training is None:
            raise ValueError("this network has no training rows to save: leave data=True out")
        check_flag("fingerprint", fingerprint)
        self._save(path, self._fit.stop, rows=data, fingerprint=fingerprint)
        return self

    @classmethod
    def load(
        cls,
        path: Any,
        data: Any = None,
        *,
        weights: str | ArrayLike | None = None,
        offset: ArrayLike | None = None,
        subset: str | ArrayLike | None = None,
        env: Mapping[str, Any] | None = None,
        trusted: bool = False,
        limit: float = MEMORY_LIMIT,
    ) -> Self:
        """Read a network from a file that `save` or ``train(checkpoint=...)`` wrote.

        Parameters
        ----------
        path : str or path
        data : DataFrame or another table, optional
            The training rows: with them ``train`` continues to the same bits as if it had never
            stopped. They are read as the file says; nothing is learned anew. Without them, and
            unless the file contains them, the network predicts and can be evaluated on other data.
        weights, offset, subset : optional
            Again, if they were arrays; columns and conditions are in the file.
        env : dict, optional
            The user-defined functions and values that the formula names. No file contains them.
        trusted : bool
            Whether to accept every expression that a formula may contain. By default only plain
            ones are accepted, which cannot run other code, fill the memory or run for ever; so
            loading is safe whatever the origin of the file.
        limit : int
            A larger file, in bytes, is an error before any of it is read; 4 GiB by default.

        Raises
        ------
        CorruptFileError
            If a single bit is wrong, or it is no such file. It is a ValueError.
        UntrustedError
            For an expression that needs ``trusted=True``. It is a ValueError.
        OSError
            If the file cannot be read, and if it is a device or a pipe.
        ValueError
            For a file larger than ``limit``, a format of a later version, a name of ``env`` or an
            array that is missing, and for rows as in the constructor.

        Warns
        -----
        FileWarning
            If ``data`` are not the rows that the network was trained on, or the file has no
            fingerprint to tell (``save(fingerprint=False)``), and if its engine needs numba, which
            is missing: NumPy is used instead.
        """
        from .. import storage

        return cls._hold(
            storage.load(
                path,
                data,
                weights=weights,
                offset=offset,
                subset=subset,
                env=env,
                trusted=check_flag("trusted", trusted),
                limit=check_whole("limit", limit),
            )
        )

    def _save(self, path: Any, stop: Stop | None, *, rows: bool = False, **options: bool) -> None:
        from .. import storage

        storage.save(self._fit.with_stop(stop), path, rows=rows, **options)

    @staticmethod
    def _check_options(options: TrainingOptions) -> None:
        """Raise where a file cannot hold such a training."""
        from .. import storage

        storage.check_saveable(options)

    def __reduce__(self) -> tuple[Any, ...]:
        from .. import storage

        return _unpickle, (type(self), *storage.to_parts(self._fit))

    def __getstate__(self) -> dict[str, bytes]:
        # For skops, which must run no code of a file; pickle uses `__reduce__`.
        from .. import storage

        return {"file": storage.to_state(self._fit)}

    def __setstate__(self, state: Mapping[str, bytes]) -> None:
        from .. import storage

        self._begin(storage.from_state(state["file"]))


def _unpickle(cls: type[Files], *parts: Any) -> Files:
    """Return the network that the parts of a pickle describe."""
    from .. import storage

    return cls._hold(storage.from_parts(*parts))
