"""Safety checks of expressions from files: harmless ones pass, all others are refused."""

import pytest
from code_attacks import ATTACKS, A, B
from loops import case_by_case

from neuralnet.errors.exceptions import UntrustedError
from neuralnet.formula.safety import check_code, check_condition

HARMLESS = [
    f"log({A})",
    f"np.log1p({A}) * 2 - {B} / 3.5",
    f"I({A} ** 2)",
    f"I({A} ** -0.5)",
    f"({A} > 1) & ({B} <= 2) | ~({A} == 3)",
    f"{A} == 'virginica'",
    f"C({A}, Treatment('a'))",
    f"C({A}, levels=['b', 'a'])",
    f"C({A}, [[1, 2], [3, 4], [5, 6]])",
    f"C({A}, Poly(scores=[1, 2, 4]))",
    f"standardize(center({A}), ddof=1)",
    f"bs({A}, df=4, lower_bound=0, upper_bound=10)",
    f"bs({A}, knots=[1, 2, 3], degree=2)",
    f"te(cr({A}, df=5), cc({B}, df=6), constraints='center')",
    f"poly({A}, 3)",
    f"ifelse({A} > 1, 'high', 'low')",
    f"np.where({A} > 1, {B}, 0)",
    f"log({A}) / log(2)",
    f"log({A}, 2) + pmin({A}, {B}, 3)",
    f"ns({A}, 4)",
    f"ns({A}, knots=[1, 2], boundary_knots=[0, 9], intercept=TRUE)",
    f"{A} * 1e-300 + pi",
    f"-{A} // 2 % 3",
    f"2 ** {A}",
    f"{A} ** (99 + 99)",
    f"log({A} + 1e300)",
    f"np.equal({A}, 'virginica')",
    f"np.logaddexp({A}, 2)",
    " + ".join([A] * 60),
]


@case_by_case("code", HARMLESS)
def test_harmless_expressions_pass(code):
    check_code(code, code)


@case_by_case("name", ATTACKS)
def test_attacks_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UntrustedError, match="trusted=True"):
        check_code(ATTACKS[name], name)
    assert list(tmp_path.iterdir()) == []


def test_user_defined_functions_may_be_called_if_they_are_passed():
    code = f"squash({A}, 2)"
    check_code(code, code, {"squash": abs})
    with pytest.raises(UntrustedError, match="it calls 'squash'"):
        check_code(code, code)


@case_by_case("function", ["bs", "cr", "cc", "te", "poly", "ns"])
def test_condition_may_not_call_functions_of_several_columns(function):
    check_condition(f"center({A}) > 1", "x")
    with pytest.raises(UntrustedError, match=f"it calls '{function}'"):
        check_condition(f"{function}({A}, 3) > 1", "x")
