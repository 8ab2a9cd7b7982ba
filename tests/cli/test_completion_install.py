"""``logicjsc completion --install``: files of the shell, changed once and never half."""

import os
import stat
import subprocess
import sys

import pytest

SECOND = {"bash": ".bashrc", "zsh": ".zshrc"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR", "SHELL"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "my home"
    path.mkdir()
    monkeypatch.setenv("HOME", str(path))
    return path


def contents(folder):
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_script_and_one_block_are_written_once(cli, home, shell):
    startup = home / SECOND[shell]
    startup.write_bytes(b"alias l=ls # \xff\nexport A=1")
    startup.chmod(0o600)
    script = home / ".local/share/logicjsc" / f"completion.{shell}"
    lines = cli("completion", "--install", shell).stdout.splitlines()
    assert lines == [
        f"{script} was written",
        f"{startup} was written",
        f"new {shell} shells complete logicjsc",
    ]
    assert script.read_text().strip() == cli("completion", shell).stdout.strip()
    assert startup.read_bytes().startswith(b"alias l=ls # \xff\nexport A=1\n\n# >>>")
    assert stat.S_IMODE(startup.stat().st_mode) == 0o600
    first = contents(home)
    lines = cli("completion", "--install", shell).stdout.splitlines()
    assert [line.endswith("was as it should be") for line in lines] == [True, True, False]
    assert contents(home) == first
    assert len(first) == 2


def test_a_block_of_another_version_is_replaced_in_its_place(cli, home):
    startup = home / ".bashrc"
    cli("completion", "--install", "bash")
    wanted = startup.read_text()
    startup.write_text("before\n" + wanted.replace("if [ -r", "if [ -e") + "after\n")
    cli("completion", "--install", "bash")
    assert startup.read_text() == f"before\n{wanted}after\n"


@pytest.mark.parametrize("damage", ["# >>> completion of logicjsc >>>", "# <<< completion of"])
def test_a_damaged_block_is_refused_before_anything_is_written(cli, home, damage):
    startup = home / ".bashrc"
    cli("completion", "--install", "bash")
    kept = [line for line in startup.read_text().splitlines() if not line.startswith(damage)]
    startup.write_text("\n".join(kept))
    script = home / ".local/share/logicjsc/completion.bash"
    script.unlink()
    before = contents(home)
    assert cli.refused("completion", "--install", "bash") == (
        f"error: {startup} holds a damaged block '# >>> completion of logicjsc >>>'; remove what "
        "is left of it and try again"
    )
    assert contents(home) == before


def test_links_stay_links_and_other_places_are_kept_to(cli, home, monkeypatch):
    real = home / "dotfiles" / "zshrc"
    real.parent.mkdir()
    real.write_text("")
    (home / ".zshrc").symlink_to(real)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    cli("completion", "--install", "zsh")
    assert (home / ".zshrc").is_symlink()
    assert "completion of logicjsc" in real.read_text()
    assert (home / "data/logicjsc/completion.zsh").is_file()
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("ZDOTDIR", str(home / "zsh"))
    cli("completion", "--install", "zsh")
    assert (home / ".local/share/logicjsc/completion.zsh").is_file()
    assert (home / "zsh/.zshrc").is_file()


def test_fish_gets_a_file_of_its_own_and_is_known_by_the_environment(cli, home, monkeypatch):
    assert "name a shell: bash, zsh, fish" in cli("completion", "--install", code=2).stderr
    monkeypatch.setenv("SHELL", "/usr/bin/tcsh")
    assert "name a shell" in cli("completion", "--install", code=2).stderr
    assert "name a shell" in cli("completion", code=2).stderr
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    cli("completion", "--install")
    assert list(contents(home)) == [".config/fish/completions/logicjsc.fish"]


def test_a_file_that_cannot_be_changed_is_named(cli, home):
    startup = home / ".bashrc"
    startup.write_text("a\n")
    startup.chmod(0o444)
    assert cli("completion", "--install", "bash", code=2).stderr == (
        f"error: cannot write {startup}: it is read-only; make it writable and try again\n"
    )
    assert startup.read_text() == "a\n"
    startup.unlink()
    startup.mkdir()
    assert "error: cannot read" in cli.refused("completion", "--install", "bash")


def test_a_new_bash_completes(cli, home, program):
    cli("completion", "--install", "bash")
    own = program("logicjsc", f'exec {sys.executable} -m logicjsc "$@"')
    asked = (
        "COMP_WORDS=(logicjsc doc); COMP_CWORD=1; _logicjsc_completion logicjsc; "
        'echo "${COMPREPLY[@]}"; complete -p logicjsc'
    )
    done = subprocess.run(
        ["/bin/bash", "--rcfile", str(home / ".bashrc"), "-ic", asked],
        env={**os.environ, "PATH": f"{own.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        start_new_session=True,
    )
    assert done.stdout.splitlines() == [
        "doctor",
        "complete -o nosort -F _logicjsc_completion logicjsc",
    ]
