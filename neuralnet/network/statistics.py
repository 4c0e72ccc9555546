"""Statistics of a network: the door to all that may be inferred from its fit."""

from __future__ import annotations

from ..inference import Inference, infer
from ..selection import find_decay_source
from .holder import FitHolder


class Statistics(FitHolder):
    """Methods of a network that report on its fit."""

    def inference(self) -> Inference:
        """Return the record of inference: standard errors, tests, effects, and what they rest on.

        Raises
        ------
        ValueError
            If nothing could ever be inferred, with the remedy: the network was not trained or has
            no training rows, has an L1 penalty, single precision, class weights, several gaussian
            responses or more than 3,000 weights. A fit that is not at its optimum, or not
            identified, has a record; `Inference.judgement` says why it refuses standard errors.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference()
        >>> found.bse.round(4).tolist(), round(found.aic, 2)
        ([0.0784, 0.0189], 160.04)
        """
        source = find_decay_source(self._model, self._fit.tuning)
        return infer(self._model, self._theta, not self._is_fresh, self._fit.ends, source)
