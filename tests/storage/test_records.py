"""The table of records lists every class that a file may contain, and all of their fields."""

from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import numpy as np
from loops import case_by_case
from test_encoding import through_json

from neuralnet import families, optimizers
from neuralnet.activations import ACTIVATIONS
from neuralnet.optimizers import schedules
from neuralnet.storage.annotations import fits
from neuralnet.storage.records import RECORDS


def test_table_names_every_optimizer_and_schedule():
    theta = np.ones(4)
    for optimizer in optimizers.OPTIMIZERS.values():
        memory = optimizer.init(theta)
        assert through_json(optimizer) == optimizer
        assert type(through_json(memory)) is type(memory)
    for name, schedule in vars(schedules).items():
        if is_dataclass(schedule) and hasattr(schedule, "rate"):
            assert (name in RECORDS) != (schedule is schedules.FunctionSchedule), name


def test_table_names_every_activation_and_family():
    for record in (*ACTIVATIONS.values(), *families.FAMILIES.values()):
        assert RECORDS[type(record).__name__] is type(record)


@case_by_case("record", RECORDS.values(), ids=RECORDS)
def test_every_field_has_a_type_that_is_checked(record):
    hints = get_type_hints(record)
    names = [each.name for each in fields(record)] if is_dataclass(record) else record._fields
    for name in names:
        assert fits(object(), hints[name]) is (hints[name] is Any), name
