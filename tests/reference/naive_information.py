"""What a code tells about the class, by the definition."""

import math
from collections import Counter


def naive_information(codes, labels):
    """Mutual information in nats, by counting."""
    both, mine, classes = Counter(zip(codes, labels, strict=True)), Counter(codes), Counter(labels)
    samples = len(codes)
    return sum(
        count / samples * math.log(count * samples / (mine[code] * classes[label]))
        for (code, label), count in both.items()
    )
