import json
import shutil

import numpy as np

from logicjsc.artefacts.netlists import samples_of
from logicjsc.artefacts.sources import identify
from logicjsc.core.run import Run
from logicjsc.explore.report.elements import Note, Plot, Table
from logicjsc.explore.report.report import report_of
from logicjsc.methods.method import find_method


def test_every_sample_is_counted_once_and_the_diagonal_is_the_accuracy(runs, sections):
    path = runs()
    plot, note, table = sections(path)["confusion"].elements
    counts = np.array(plot.data[0]["text"])
    samples = samples_of(identify(path), "test")
    decided = find_method("gradient").scores(Run(path), samples).argmax(axis=1)
    expected = np.zeros((3, 3), int)
    for truth, found in zip(samples.targets, decided, strict=True):
        expected[truth, found] += 1
    assert (counts == expected).all()
    assert counts.trace() / counts.sum() == Run(path).result()["accuracy"]
    assert f"{counts.trace():,} of {counts.sum():,}" in note.text
    assert plot.data[0]["x"][0] == "&lt;i&gt;cold"
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == counts.sum(axis=1).tolist()


def test_a_binary_target_is_decided_by_the_threshold_of_the_result(runs, sections):
    path = runs("gradient", "binary")
    plot = sections(path)["confusion"].elements[0]
    (_, false), (_, true) = plot.data[0]["text"]
    counts = np.array(plot.data[0]["text"])
    result = Run(path).result()
    assert false / counts[0].sum() == result["false_positive_rate"]
    assert true / counts[1].sum() == result["true_positive_rate"]


def test_each_label_has_a_matrix(runs, sections):
    path = runs("prune", "labels")
    plots = sections(path)["confusion"].elements
    right = {plot.title: np.trace(np.array(plot.data[0]["text"])) for plot in plots}
    result = Run(path).result()
    assert {name: count / result["samples"] for name, count in right.items()} == (
        result["label_accuracy"]
    )


def test_values_are_drawn_told_against_true(runs, sections):
    (plot,) = sections(runs("prune", "value"))["confusion"].elements
    assert isinstance(plot, Plot)
    errors = np.array(plot.data[0]["y"]) - np.array(plot.data[0]["x"])
    result = Run(runs("prune", "value")).result()
    np.testing.assert_allclose(np.sqrt((errors**2).mean()), result["rmse"]["price"], rtol=1e-6)


def test_a_result_that_is_not_what_the_network_does_is_pointed_out(runs, tmp_path):
    path = shutil.copytree(runs(), tmp_path / "copy")
    result = json.loads((path / "result.json").read_text())
    result["found"][0]["test"]["accuracy"] = 0.123
    (path / "result.json").write_text(json.dumps(result))
    sections = {part.name: part for part in report_of([path], effort="none").sections()}
    notes = [e.text for e in sections["confusion"].elements if isinstance(e, Note) and e.missing]
    assert len(notes) == 1
    assert "result.json has 0.123" in notes[0]
