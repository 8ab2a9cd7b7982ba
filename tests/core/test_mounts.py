"""File systems that several machines share are known by their kind."""

from pathlib import Path

from logicjsc.core.mounts import network_file_system

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
scratch /home/a\\040b lustre rw 0 0
tmpfs /home/a\\040b/local tmpfs rw 0 0
"""


def test_the_nearest_mount_decides(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    kinds = {
        place: network_file_system(Path(place), mounts)
        for place in ("/usr", "/home/x/studies", "/home/a b", "/home/a b/local/x")
    }
    assert kinds == {
        "/usr": "",
        "/home/x/studies": "nfs4",
        "/home/a b": "lustre",
        "/home/a b/local/x": "",
    }
    assert network_file_system(tmp_path, tmp_path / "missing") == ""
