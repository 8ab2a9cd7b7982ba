"""Names of the published columns and classes of UNSW-NB15."""

from typing import Final

from logicjsc.dataset.schema import ColumnKind

FEATURE_KINDS: Final[dict[str, ColumnKind]] = {
    "dur": "number",
    "proto": "category",
    "service": "category",
    "state": "category",
    "spkts": "word",
    "dpkts": "word",
    "sbytes": "number",
    "dbytes": "number",
    "rate": "number",
    "sttl": "word",
    "dttl": "word",
    "sload": "number",
    "dload": "number",
    "sloss": "word",
    "dloss": "word",
    "sinpkt": "number",
    "dinpkt": "number",
    "sjit": "number",
    "djit": "number",
    "swin": "word",
    "stcpb": "number",
    "dtcpb": "number",
    "dwin": "word",
    "tcprtt": "number",
    "synack": "number",
    "ackdat": "number",
    "smean": "word",
    "dmean": "word",
    "trans_depth": "word",
    "response_body_len": "number",
    "ct_srv_src": "word",
    "ct_state_ttl": "word",
    "ct_dst_ltm": "word",
    "ct_src_dport_ltm": "word",
    "ct_dst_sport_ltm": "word",
    "ct_dst_src_ltm": "word",
    "is_ftp_login": "word",
    "ct_ftp_cmd": "word",
    "ct_flw_http_mthd": "word",
    "ct_src_ltm": "word",
    "ct_srv_dst": "word",
    "is_sm_ips_ports": "bit",
}
"""The 42 features in their published order, and what they are. Whole numbers that need more than
16 bits are numbers."""

FEATURE_NAMES: Final = tuple(FEATURE_KINDS)

LABEL: Final = "label"
LABEL_NAMES: Final = ("normal", "attack")
"""What 0 and 1 of the label mean; yes is an attack."""

ATTACK: Final = "attack_cat"
ATTACK_NAMES: Final = (
    "Normal",
    "Analysis",
    "Backdoor",
    "DoS",
    "Exploits",
    "Fuzzers",
    "Generic",
    "Reconnaissance",
    "Shellcode",
    "Worms",
)
"""Normal flows, and nine kinds of attack in alphabetical order."""

ATTACK_ALIASES: Final = {"backdoors": "Backdoor"}
"""Spellings of other copies, in small letters."""

ROW_NUMBERS: Final = ("id", "index", "Unnamed: 0")
"""Columns that count rows, which are ordered by class: they would give the answer away."""
