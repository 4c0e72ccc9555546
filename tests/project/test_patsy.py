"""Undocumented names of patsy that the package uses.

These tests detect a release of patsy that changes one of them.
"""

import sys

import numpy as np
import pandas as pd
import patsy
import pytest
from loops import case_by_case
from patsy import EvalEnvironment, PatsyError
from patsy.desc import Term
from patsy.design_info import DesignInfo, FactorInfo, SubtermInfo
from patsy.eval import EvalFactor
from patsy.infix_parser import Operator, ParseNode
from patsy.parse_formula import parse_formula


def spell(node: ParseNode) -> str:
    """Return a parse tree as text."""
    if not node.args:
        return str(node.token.extra)
    return f"({node.type} {' '.join(map(spell, node.args))})"


class TestParser:
    @pytest.mark.parametrize(
        ("text", "tree"),
        [
            ("y ~ a + b", "(~ y (+ a b))"),
            ("~ a", "(~ a)"),
            ("a", "(~ a)"),
            ("", "(~ 1)"),
            ("y ~ a + b:c^2", "(~ y (+ a (: b (^ c 2))))"),
            ("y ~ a^b^2", "(~ y (^ (^ a b) 2))"),
            ("y ~ -a - 1", "(~ y (- (- a) 1))"),
            ("y ~ a*b/c", "(~ y (/ (* a b) c))"),
            ("y ~ log( a,  b )", "(~ y log(a, b))"),
            ("y ~ __dot__  ", "(~ y __dot__)"),
        ],
    )
    def test_tree(self, text: str, tree: str) -> None:
        assert spell(parse_formula(text, extra_operators=[Operator("^", 2, 500)])) == tree

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("0", "ZERO"),
            ("1", "ONE"),
            ("2", "NUMBER"),
            ("a", "PYTHON_EXPR"),
            ("f(a)", "PYTHON_EXPR"),
        ],
    )
    def test_kind_of_a_leaf(self, text: str, kind: str) -> None:
        [leaf] = parse_formula(f"~ {text}").args
        assert leaf.type == kind
        assert leaf.token.extra == text

    def test_error_has_a_message(self) -> None:
        with pytest.raises(PatsyError) as fault:
            parse_formula("y ~ (a")
        assert "Unmatched" in fault.value.message

    def test_node_can_be_made(self) -> None:
        [leaf] = parse_formula("~ a").args
        assert ParseNode("+", None, [leaf], None).args == [leaf]


class TestFactor:
    def test_state_of_transforms(self) -> None:
        factor = EvalFactor("center(x)")
        state: dict = {}
        environment = EvalEnvironment([{"center": patsy.center}])
        assert factor.memorize_passes_needed(state, environment) == 1
        factor.memorize_chunk(state, 0, {"x": np.array([1.0, 3.0])})
        factor.memorize_finish(state, 0)
        assert all(hasattr(transform, "__dict__") for transform in state["transforms"].values())
        np.testing.assert_array_equal(factor.eval(state, {"x": np.array([5.0])}), [3.0])

    def test_python_error_becomes_a_patsy_error(self) -> None:
        factor = EvalFactor("1 / 0 * x")
        state: dict = {}
        factor.memorize_passes_needed(state, EvalEnvironment([{}]))
        with pytest.raises(PatsyError, match="ZeroDivisionError"):
            factor.eval(state, {"x": np.array([1.0])})

    def test_patsy_error_is_the_cause_of_another(self) -> None:
        def fail(values: np.ndarray) -> None:
            raise PatsyError("so it goes")

        factor = EvalFactor("fail(x)")
        state: dict = {}
        factor.memorize_passes_needed(state, EvalEnvironment([{"fail": fail}]))
        with pytest.raises(PatsyError) as fault:
            factor.eval(state, {"x": np.array([1.0])})
        assert isinstance(fault.value.__cause__, PatsyError)
        assert fault.value.__cause__.message == "so it goes"

    def test_user_defined_transform_stores_its_state(self) -> None:
        class Largest:
            most = -np.inf

            def memorize_chunk(self, x: np.ndarray) -> None:
                self.most = max(self.most, x.max())

            def memorize_finish(self) -> None:
                self.most *= 2

            def transform(self, x: np.ndarray) -> np.ndarray:
                return x / self.most

        factor = EvalFactor("largest(x) + 1")
        state: dict = {}
        environment = EvalEnvironment([{"largest": patsy.stateful_transform(Largest)}])
        assert factor.memorize_passes_needed(state, environment) == 1
        for chunk in ([1.0, 4.0], [2.0]):
            factor.memorize_chunk(state, 0, {"x": np.array(chunk)})
        factor.memorize_finish(state, 0)
        np.testing.assert_array_equal(factor.eval(state, {"x": np.array([2.0])}), [1.25])

    def test_names_are_resolved_in_the_environment_only(self) -> None:
        hidden = np.array([1.0])
        state: dict = {}
        factor = EvalFactor("hidden + x")
        factor.memorize_passes_needed(state, EvalEnvironment([{}]))
        with pytest.raises(PatsyError, match="NameError"):
            factor.eval(state, {"x": hidden})


def test_categories_are_a_record() -> None:
    box = patsy.builtins.C(["u", "v"], patsy.Sum, ["v", "u"])
    assert box.data == ["u", "v"]
    assert box.contrast is patsy.Sum
    assert list(box.levels) == ["v", "u"]
    assert type(box) is type(patsy.builtins.C([0]))
    again = patsy.builtins.C(box)
    assert again.contrast is patsy.Sum


@case_by_case(
    "name", ["I", "Treatment", "Poly", "Sum", "Helmert", "Diff", "center", "standardize", "scale"]
)
def test_built_in(name: str) -> None:
    assert callable(getattr(patsy.builtins, name))


@pytest.mark.parametrize("name", ["bs", "cr", "cc", "te"])
def test_built_in_spline(name: str) -> None:
    assert hasattr(getattr(patsy.builtins, name), "__patsy_stateful_transform__")


@pytest.mark.parametrize("contrast", [patsy.Treatment, patsy.Poly])
def test_contrasts_code_levels(contrast: type) -> None:
    levels = ["u", "v", "w"]
    assert contrast().code_with_intercept(levels).matrix.shape == (3, 3)
    assert contrast().code_without_intercept(levels).matrix.shape == (3, 2)


def test_user_defined_contrast_is_used() -> None:
    class Doubled:
        def code_with_intercept(self, levels: list) -> patsy.ContrastMatrix:
            return patsy.ContrastMatrix(2 * np.eye(len(levels)), [f"<{x}>" for x in levels])

        code_without_intercept = code_with_intercept

    environment = EvalEnvironment([{"Doubled": Doubled, "C": patsy.builtins.C}])
    X = patsy.dmatrix("0 + C(g, Doubled())", {"g": ["u", "v"]}, environment)
    assert X.design_info.column_names == ["C(g, Doubled())<u>", "C(g, Doubled())<v>"]
    np.testing.assert_array_equal(X, 2 * np.eye(2))


class PlainFactor:
    """The minimal factor that patsy accepts."""

    origin = None

    def __init__(self, column: str) -> None:
        self.column = column

    def name(self) -> str:
        return self.column

    def memorize_passes_needed(self, state: dict, eval_env: object) -> int:
        return 0

    def eval(self, state: dict, data: dict) -> object:
        return data[self.column]


def test_codings_of_terms() -> None:
    x, g, h = map(PlainFactor, "xgh")
    terms = [Term([]), Term([x]), Term([g]), Term([g, h]), Term([g, x])]
    assert [term.name() for term in terms] == ["Intercept", "x", "g", "g:h", "g:x"]
    data = {
        "x": np.array([1.0, 2, 3, 4]),
        "g": pd.Categorical(list("uvwu")),
        "h": np.array([True, False, False, True]),
    }
    [info] = patsy.design_matrix_builders([terms], lambda: iter([data]), EvalEnvironment([{}]))
    assert isinstance(info, DesignInfo)
    assert set(info.terms) == set(terms)

    kinds = {factor: found.type for factor, found in info.factor_infos.items()}
    assert kinds == {x: "numerical", g: "categorical", h: "categorical"}
    found = info.factor_infos[g]
    assert isinstance(found, FactorInfo)
    assert (found.categories, info.factor_infos[h].categories) == (("u", "v", "w"), (False, True))
    assert isinstance(found.state, dict)

    counts = {term: info.term_slices[term].stop - info.term_slices[term].start for term in terms}
    assert [counts[term] for term in terms] == [1, 1, 2, 3, 2]
    assert [info.column_names[info.term_slices[term]] for term in terms[:3]] == [
        ["Intercept"],
        ["x"],
        ["g[T.v]", "g[T.w]"],
    ]
    [subterm] = info.term_codings[terms[3]]
    assert isinstance(subterm, SubtermInfo)
    assert list(subterm.factors) == [g, h]
    assert subterm.num_columns == 3
    assert subterm.contrast_matrices[g].matrix.shape == (3, 3)
    assert subterm.contrast_matrices[h].matrix.shape == (2, 1)
    [subterm] = info.term_codings[terms[4]]
    assert list(subterm.contrast_matrices) == [g]
    # The first factor varies fastest in the names, and must do so in the columns.
    assert info.column_names[info.term_slices[terms[3]]] == [
        "g[u]:h[T.True]",
        "g[v]:h[T.True]",
        "g[w]:h[T.True]",
    ]


def test_missing_scipy_is_the_cause_of_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scipy", "scipy.interpolate"):
        monkeypatch.setitem(sys.modules, name, None)
    factor = EvalFactor("bs(x, df=4)")
    state: dict = {}
    factor.memorize_passes_needed(state, EvalEnvironment([{"bs": patsy.bs}]))
    data = {"x": np.linspace(0, 1, 9)}
    factor.memorize_chunk(state, 0, data)
    factor.memorize_finish(state, 0)
    with pytest.raises(PatsyError) as fault:
        factor.eval(state, data)
    assert isinstance(fault.value.__cause__, ImportError)
