"""Warnings name the line of the caller."""

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork, NeuralNetworkWarning

FRAME = pd.DataFrame({"x": np.arange(40.0), "z": 1e6 * (np.arange(40.0) % 7), "y": np.ones(40)})


def test_line_is_that_of_the_caller_wherever_the_warning_arises():
    table = FRAME.assign(y=np.sin(FRAME["x"]))
    with pytest.warns(NeuralNetworkWarning) as caught:
        NeuralNetwork("y ~ x + z", table, 2, seed=1).cross_validate(3, iterations=5)
    assert {each.filename for each in caught} == {__file__}
