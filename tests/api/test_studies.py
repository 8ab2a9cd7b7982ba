"""Studies from Python."""

import pytest

import logicjsc as lj
from logicjsc.core.errors import RunError

TRIALS = (
    "trial,state,front,accuracy,luts,network.hidden,run,error\n"
    '0,complete,1,0.75,120,"[8]",a,\n'
    '1,complete,0,0.70,130,"[9]",b,\n'
    '2,failed,0,,,"[7]",,it <b>broke</b>\n'
)


def test_a_study_shows_itself(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "trials.csv").write_text(TRIALS)
    study = lj.Study(folder)
    assert (study.name, study.path) == ("mine", folder)
    assert [trial["run"] for trial in study.trials] == ["a", "b", ""]
    assert [trial["trial"] for trial in study.front] == ["0"]
    assert repr(study).endswith("mine': 3 trials, 1 in front)")
    page = study._repr_html_()
    assert "<table>" in page
    assert "2 complete, 1 failed" in page
    assert "accuracy 0.75, luts 120" in page


def test_a_folder_without_trials_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"has no trials\.csv: the study has not ended"):
        lj.Study(tmp_path)
