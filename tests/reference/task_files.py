"""Small files in the forms in which digits, flows and beans are published, made up on the spot."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from reference.small_tables import Columns

Array = np.ndarray[Any, Any]

ATTACKS = (
    "Normal",
    "Generic",
    "Exploits",
    "Fuzzers",
    "DoS",
    "Reconnaissance",
    "Analysis",
    "Backdoor",
    "Shellcode",
    "Worms",
)
BEANS = ("SEKER", "BARBUNYA", "BOMBAY", "CALI", "HOROZ", "SIRA", "DERMASON")
WHOLE = (
    "spkts dpkts sbytes dbytes sttl dttl sloss dloss swin stcpb dtcpb dwin smean dmean trans_depth "
    "response_body_len ct_srv_src ct_state_ttl ct_dst_ltm ct_src_dport_ltm ct_dst_sport_ltm "
    "ct_dst_src_ltm is_ftp_login ct_ftp_cmd ct_flw_http_mthd ct_src_ltm ct_srv_dst is_sm_ips_ports"
).split()
FLOW_HEADER = (
    "id dur proto service state spkts dpkts sbytes dbytes rate sttl dttl sload dload sloss dloss "
    "sinpkt dinpkt sjit djit swin stcpb dtcpb dwin tcprtt synack ackdat smean dmean trans_depth "
    "response_body_len ct_srv_src ct_state_ttl ct_dst_ltm ct_src_dport_ltm ct_dst_sport_ltm "
    "ct_dst_src_ltm is_ftp_login ct_ftp_cmd ct_flw_http_mthd ct_src_ltm ct_srv_dst is_sm_ips_ports "
    "attack_cat label"
).split()
BEAN_HEADER = (
    "Area Perimeter MajorAxisLength MinorAxisLength AspectRation Eccentricity ConvexArea "
    "EquivDiameter Extent Solidity roundness Compactness ShapeFactor1 ShapeFactor2 ShapeFactor3 "
    "ShapeFactor4 Class"
).split()


def digits(images: int = 60, seed: int = 0, size: int = 28) -> tuple[Array, Array]:
    """Images uint8 ``[images, size, size]`` with a bright block whose place says the digit."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(images) % 10).astype(np.uint8)
    pixels = rng.integers(0, 40, (images, size, size)).astype(np.uint8)
    for image, digit in zip(pixels, labels.tolist(), strict=True):
        row, column = 4 + 10 * (digit // 5), 3 + 4 * (digit % 5)
        image[row : row + 4, column : column + 3] = 255
    return pixels, labels


def idx_bytes(values: Array) -> bytes:
    """An IDX file of unsigned bytes."""
    header = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes()
    return header + values.astype(np.uint8).tobytes()


def write_idx(folder: Path, part: str, pixels: Array, labels: Array) -> None:
    """Both files of a part, named and packed as they are published."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in (("images-idx3", pixels), ("labels-idx1", labels)):
        path = folder / f"{part}-{name}-ubyte.gz"
        path.write_bytes(gzip.compress(idx_bytes(values)))


def flows(rows: int = 200, seed: int = 0) -> Columns:
    """Network flows with all 45 columns in their order; few bytes from far away are an attack."""
    rng = np.random.default_rng(seed)
    attacks = [ATTACKS[index] for index in rng.permutation(np.arange(rows) % len(ATTACKS)).tolist()]
    columns: Columns = {}
    for name in FLOW_HEADER:
        values = rng.lognormal(3, 1, rows)
        columns[name] = (np.round(values) if name in WHOLE else np.round(values, 6)).tolist()
        if name in WHOLE:
            columns[name] = [int(value) for value in columns[name]]
    sttl = [254 if attack != "Normal" else 31 for attack in attacks]
    return columns | {
        "id": list(range(1, rows + 1)),
        "proto": [("tcp", "udp", "arp")[index] for index in rng.integers(0, 3, rows).tolist()],
        "service": [("-", "dns", "http")[index] for index in rng.integers(0, 3, rows).tolist()],
        "state": [("FIN", "INT")[index] for index in rng.integers(0, 2, rows).tolist()],
        "sttl": sttl,
        "is_sm_ips_ports": rng.integers(0, 2, rows).tolist(),
        "attack_cat": attacks,
        "label": [int(attack != "Normal") for attack in attacks],
    }


def beans(rows: int = 140, seed: int = 0) -> Columns:
    """Beans with all published columns in their order; each kind has a size of its own."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(rows) % len(BEANS))
    size = 30_000 + 20_000 * kinds + rng.normal(0, 2_000, rows)
    columns: Columns = {
        name: np.round(size / (10 + place) + rng.normal(0, 10, rows), 5).tolist()
        for place, name in enumerate(BEAN_HEADER[:-1])
    }
    whole = {name: [int(value) for value in columns[name]] for name in ("Area", "ConvexArea")}
    return {**columns, **whole, "Class": [BEANS[index] for index in kinds.tolist()]}
