"""Which expressions are taken from a file: the harmless ones, and none that runs wild."""

import pytest

from neuralnet.errors.exceptions import UntrustedError
from neuralnet.formula.safety import vet_code, vet_condition

A, B = "__column_0__", "__column_1__"

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
    f"{A} * 1e-300 + pi",
    f"-{A} // 2 % 3",
    f"2 ** {A}",
    f"{A} ** (99 + 99)",
    f"log({A} + 1e300)",
    f"np.equal({A}, 'virginica')",
    f"np.logaddexp({A}, 2)",
    " + ".join([A] * 60),
]

ATTACKS = {
    # What would run something.
    "import": "__import__('os').system('touch canary')",
    "import behind a column": f"{A} + __import__('os').system('touch canary')",
    "open": f"open('canary', 'w').write('x') * {A}",
    "eval": f"eval('1') * {A}",
    "exec": f"exec('x=1') or {A}",
    "getattr": f"getattr({A}, 'dtype')",
    "attribute walk": "().__class__.__bases__[0].__subclasses__()",
    "attribute of a column": f"{A}.__class__",
    "attribute of a text": "''.join",
    "method of a column": f"{A}.tofile('canary')",
    "method of NumPy's result": f"np.log({A}).dump('canary')",
    "submodule of NumPy": f"np.random.seed({A})",
    "subscript": f"{A}[0]",
    "Q": "Q('__builtins__')",
    "lambda": f"(lambda: {A})()",
    "comprehension": f"[x for x in {A}]",
    "set comprehension": "{x for x in (1,)}",
    "generator": f"sum(x for x in {A})",
    "walrus": f"(x := {A})",
    "f-string": "f'{().__class__}'",
    "format": "'{0.__class__}'.format(1)",
    "conditional": f"{A} if {B} else 0",
    "and": f"{A} and {B}",
    "not": f"not {A}",
    "matrix product": f"{A} @ {B}",
    "in": f"{A} in [1, 2]",
    "is": f"{A} is None",
    "star": f"log(*[{A}])",
    "double star": f"log(**{{'x': {A}}})",
    "dict": f"{{1: {A}}}",
    "set": f"{{1, {A}}}",
    "await": f"await {A}",
    "yield": f"(yield {A})",
    "call of a call": f"log({A})({B})",
    "call of a comparison": f"({A} > 1)({B})",
    "bytes": f"{A} == b'x'",
    "complex": f"{A} + 1j",
    "ellipsis": f"{A} == ...",
    "two expressions": f"{A}; import os",
    "no expression": "import os",
    "nothing": "",
    # What would fill the memory, or never end.
    "huge power": f"{A} + 9 ** 9 ** 9",
    "power of powers": f"{A} + ((9 ** 99) ** 99) ** 99",
    "power behind I": f"{A} + I(9 ** 9) ** 99",
    "constant behind I": f"{A} + I(10 ** 300) * I(10 ** 300)",
    "constants behind ifelse": f"ifelse({A} > 0, 9 ** 99, 1) ** 99",
    "product of constants": f"{A} + {' * '.join(['999999999'] * 50)}",
    "huge constant": f"{A} + {'9' * 400}",
    "infinite constant": f"{A} + 1e999",
    "shift": f"{A} + (1 << 10 ** 9)",
    "xor": f"{A} ^ 2",
    "repeated text": "'a' * 10 ** 9",
    "repeated text by a column": f"'a' * {A}",
    "repeated text behind I": f"I('a' * 9) == {A}",
    "text handed back": f"I('a') * 9 == {A}",
    "repeated list": f"C({A}, levels=[0] * 10 ** 9)",
    "repeated tuple": f"(0,) * 10 ** 9 == {A}",
    "list handed back": f"np.maximum([1, 2], {A})",
    "text formatted": f"'%1000000000d' % 1 == {A}",
    "too many columns": f"bs({A}, df=10 ** 9)",
    "too many columns told": f"bs({A}, df=1000000000)",
    "degree": f"poly({A}, degree=1000000000)",
    "parentheses": "(" * 5_000 + A + ")" * 5_000,
    "signs": "-" * 9_000 + A,
    "nested calls": "log(" * 1_000 + A + ")" * 1_000,
    "nested lists": f"C({A}, {'[' * 200}{']' * 200})",
    "length": " + ".join([A] * 1_000),
}


@pytest.mark.parametrize("code", HARMLESS)
def test_plain_expressions_are_taken(code):
    vet_code(code, code)


@pytest.mark.parametrize("name", ATTACKS)
def test_others_are_not(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UntrustedError, match="trusted=True"):
        vet_code(ATTACKS[name], name)
    assert list(tmp_path.iterdir()) == []


def test_own_functions_may_be_called_where_they_are_given():
    code = f"squash({A}, 2)"
    vet_code(code, code, {"squash": abs})
    with pytest.raises(UntrustedError, match="it calls 'squash'"):
        vet_code(code, code)


@pytest.mark.parametrize("function", ["bs", "cr", "cc", "te", "poly"])
def test_condition_may_not_learn_columns(function):
    vet_condition(f"center({A}) > 1", "x")
    with pytest.raises(UntrustedError, match=f"it calls '{function}'"):
        vet_condition(f"{function}({A}, 3) > 1", "x")
