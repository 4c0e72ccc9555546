"""Orthogonal polynomials against R's ``poly`` and ``predict``, R 4.2."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet.design.design import Design
from neuralnet.formula.transforms.polynomials import Polynomials

# x <- c(1.5, 2.25, ...); p <- poly(x, 3); t(p); t(predict(p, c(0, 5, 20, -3)))
FEW = [1.5, 2.25, 3, 4.75, 7, 7.5, 11, 2]
NEW_FEW = [0.0, 5.0, 20.0, -3.0]
R_FEW = [
    -0.379717166562533,
    0.36403285827667026,
    -0.48225256698369273,
    -0.2953355739930812,
    0.1109745932647907,
    0.12458280481904646,
    -0.21095398142362945,
    -0.0955611429164561,
    0.4599279736651745,
    -0.014063598761575249,
    -0.39655691522023767,
    0.4658889175949255,
    0.23908117894678008,
    -0.41137124896575156,
    -0.28414752410740396,
    0.2953355739930813,
    -0.357802454560648,
    -0.4450474627039119,
    0.6891163393171896,
    0.596126131722952,
    0.20612268707341208,
    -0.3234627715162318,
    0.19015817839868027,
    -0.04507482935754946,
]
R_NEW_FEW = [
    -0.5484803517014367,
    1.009716974792328,
    -2.7092687632192187,
    0.0140635987615753,
    -0.4188796317833537,
    0.4050040482209565,
    1.7016954501506112,
    7.701338236658345,
    44.89016535704182,
    -0.8860067219792438,
    2.8593555537912367,
    -12.608806872531945,
]
# x <- seq(1950, 2020, by = 3.5); p <- poly(x, 5); t(p); t(predict(p, c(1900, 1987.25, 2030)))
NEW_YEARS = [1900.0, 1987.25, 2030.0]
R_YEARS = [
    -0.3603749850782236,
    0.4228554132866588,
    -0.4332978601067892,
    0.4051475670679422,
    -0.35136754196440245,
    -0.3243374865704013,
    0.29599878930066115,
    -0.1733191440427156,
    1.8921005758740252e-16,
    0.17568377098220123,
    -0.28829998806257884,
    0.18249549415529473,
    0.018244120425549095,
    -0.21323556161470583,
    0.3143814849155174,
    -0.2522624895547565,
    0.08234552785055987,
    0.1489936501419835,
    -0.28431408215294224,
    0.23732719939700966,
    -0.21622499104693413,
    -0.004451109613543771,
    0.22653116195056683,
    -0.25713700077067575,
    0.07143385528068855,
    -0.1801874925391118,
    -0.07789441823701608,
    0.2584583726952776,
    -0.16975223140308013,
    -0.09636318294844179,
    -0.14414999403128945,
    -0.13798439801985707,
    0.25237699922009466,
    -0.05435416276453312,
    -0.21339504483596625,
    -0.10811249552346706,
    -0.1847210489620667,
    0.21588875836899657,
    0.06271634165138408,
    -0.25554827161962074,
    -0.07207499701564474,
    -0.21810437106364503,
    0.1565953669859623,
    0.16097194357188638,
    -0.22155373389086655,
    -0.036037498507822376,
    -0.238134364324592,
    0.08209854191497051,
    0.22577882994498338,
    -0.12727554925645532,
    -2.7435195835391383e-17,
    -0.24481102874490768,
    0.0,
    0.24835671293948175,
    -1.0548898092596845e-17,
    0.03603749850782234,
    -0.238134364324592,
    -0.08209854191497055,
    0.22577882994498327,
    0.12727554925645526,
    0.0720749970156447,
    -0.21810437106364503,
    -0.15659536698596235,
    0.1609719435718863,
    0.22155373389086658,
    0.10811249552346705,
    -0.1847210489620667,
    -0.21588875836899668,
    0.06271634165138432,
    0.25554827161962074,
    0.14414999403128942,
    -0.13798439801985707,
    -0.2523769992200947,
    -0.054354162764533046,
    0.2133950448359657,
    0.1801874925391118,
    -0.07789441823701608,
    -0.2584583726952777,
    -0.16975223140308,
    0.09636318294844166,
    0.21622499104693413,
    -0.004451109613543771,
    -0.226531161950567,
    -0.2571370007706755,
    -0.07143385528068849,
    0.2522624895547565,
    0.08234552785055987,
    -0.1489936501419836,
    -0.28431408215294207,
    -0.2373271993970084,
    0.28829998806257884,
    0.18249549415529484,
    -0.01824412042554893,
    -0.21323556161470658,
    -0.31438148491551776,
    0.3243374865704012,
    0.29599878930066115,
    0.17331914404271564,
    1.419075431905519e-16,
    -0.1756837709822013,
    0.3603749850782236,
    0.42285541328665877,
    0.4332978601067891,
    0.40514756706794214,
    0.3513675419644024,
]
R_NEW_YEARS = [
    -0.8751963923328286,
    3.69305839466576,
    -16.12275385240381,
    71.62994528699761,
    -323.1077579103512,
    0.023166963326457228,
    -0.2420517949793691,
    -0.05325551169591632,
    0.23896691780472076,
    0.08395874269997057,
    0.4633392665291446,
    0.8588824774705388,
    1.6208943580701871,
    3.140530864749308,
    6.2361249578926365,
]
YEARS = np.arange(1950, 2020.1, 3.5)


def learn(x: object, *arguments: object) -> Polynomials:
    found = Polynomials()
    found.memorize_chunk(np.asarray(x), *arguments)
    found.memorize_finish()
    return found


@pytest.mark.parametrize(
    ("x", "degree", "new", "training", "later"),
    [(FEW, 3, NEW_FEW, R_FEW, R_NEW_FEW), (YEARS, 5, NEW_YEARS, R_YEARS, R_NEW_YEARS)],
    ids=["few", "years"],
)
def test_columns_are_those_of_r(
    x: object, degree: int, new: list, training: list, later: list
) -> None:
    found = learn(x, degree)
    Z = found.transform(np.asarray(x), degree)
    np.testing.assert_allclose(Z.ravel(), training, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(Z.T @ Z, np.eye(degree), atol=1e-12)
    np.testing.assert_allclose(Z.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.transform(np.array(new), degree).ravel(), later, rtol=1e-12)


def test_chunks_give_the_polynomials_of_the_whole() -> None:
    parts = Polynomials()
    for chunk in np.split(YEARS, [4, 5, 17]):
        parts.memorize_chunk(chunk, 4)
    parts.memorize_finish()
    np.testing.assert_array_equal(parts.transform(YEARS, 4), learn(YEARS, 4).transform(YEARS, 4))


def test_raw_polynomials_are_powers() -> None:
    Z = learn(FEW, 3, True).transform(np.array([2.0, -3.0]), 3, True)
    np.testing.assert_array_equal(Z, [[2, 4, 8], [-3, 9, -27]])


def test_in_a_formula() -> None:
    frame = pd.DataFrame({"y": np.arange(8.0), "x": FEW, "g": list("uvuvuvuv")})
    design = Design.fit("y ~ poly(x, 3) + poly(x, degree=2, raw=TRUE) + poly(x, 2):g", frame)
    assert design.x_names[1:4] == ("poly(x, 3)[0]", "poly(x, 3)[1]", "poly(x, 3)[2]")
    X = design.read(pd.DataFrame({"x": NEW_FEW, "g": "u"}), response=False).X
    np.testing.assert_allclose(X[:, 1:4].ravel(), R_NEW_FEW, rtol=1e-12)
    np.testing.assert_array_equal(X[:, 5], np.square(NEW_FEW))
    one = design.read(pd.Series({"x": 5.0, "g": "u"}), response=False).X
    np.testing.assert_array_equal(one, X[[1]])


@case_by_case(
    ("text", "message"),
    [
        ("poly(x, 0)", "a whole number from 1 to 1,000 as degree, not 0"),
        ("poly(x, 1.5)", "not 1.5"),
        ("poly(x, TRUE)", "not True"),
        ("poly(x, z)", "as degree, not z"),
        ("poly(k, 2)", "need more than 2 distinct values; there are 2"),
        ("poly(log(z), 2)", "need finite numbers, and 1 row has none"),
        ("poly(g, 2)", "column 'g' holds categories"),
        ("poly(C(x), 2)", r"not C\(x\), which makes categories"),
    ],
)
def test_invalid_columns_and_degrees_are_refused(text: str, message: str) -> None:
    frame = pd.DataFrame({"y": np.arange(8.0), "x": FEW, "k": [1, 2] * 4, "z": np.arange(8.0)})
    with pytest.raises(ValueError, match=message):
        Design.fit(f"y ~ {text}", frame.assign(g=list("uvuvuvuv")))
