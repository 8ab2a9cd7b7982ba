"""A module's text, token by token; attributes are passed over."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.logicnets.sources import ModuleText

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<skip>\(\*(?!\)).*?\*\))|(?P<number>\d+\s*'\s*[bBdDhH]\s*[0-9a-fA-F_]+|\d+)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign><=|[^\sA-Za-z0-9_]))",
    re.DOTALL,
)


class Scanner:
    """Goes through a module.

    Attributes:
        text: the module.
        source: its text.
        place: of the next character.
        parameters: values of names that stand for numbers.

    Args:
        text: the module.
    """

    def __init__(self, text: ModuleText) -> None:
        self.text = text
        self.source = text.text
        self.place = 0
        self.parameters: dict[str, int] = {}

    @property
    def line(self) -> int:
        """Line of the file at the next character."""
        return self.text.line + self.source.count("\n", 0, self.place)

    def fail(self, sentence: str) -> NoReturn:
        """Refuse what stands here.

        Raises:
            ImportedModelError: always; it names file, line and module.
        """
        line = self.line
        raise ImportedModelError(
            f"{self.text.path}: line {line}: module {self.text.name}: {sentence}; only what "
            "LogicNets-like generators write is read"
        )

    def next(self) -> str | None:
        """The next token; None at the end."""
        while True:
            found = _TOKEN.match(self.source, self.place)
            if found is None:
                return None
            self.place = found.end()
            if found["skip"] is None:
                return str(found["number"] or found["word"] or found["sign"])

    def peek(self) -> str | None:
        """The next token, which stays the next."""
        place = self.place
        token = self.next()
        self.place = place
        return token

    def expect(self, *tokens: str) -> None:
        """Pass tokens that must come now."""
        for token in tokens:
            found = self.next()
            if found != token:
                self.fail(f"{found!r} stands where {token!r} is expected")

    def accept(self, token: str) -> bool:
        """Pass a token if it comes now; whether it did."""
        if self.peek() != token:
            return False
        self.next()
        return True

    def word(self) -> str:
        """A name, which must come now."""
        token = self.next()
        if token is None or not is_word(token):
            self.fail(f"{token!r} stands where a name is expected")
        return token

    def number(self) -> int:
        """Numbers and parameters, added or taken away, which must come now."""
        value = self._term()
        while self.peek() in {"+", "-"}:
            value += self._term() if self.next() == "+" else -self._term()
        return value

    def _term(self) -> int:
        token = self.next()
        if token in self.parameters:
            return self.parameters[token]
        if token is None or not token.isdecimal() or len(token) > 9:  # noqa: PLR2004 - an int32
            self.fail(f"{token!r} stands where a number is expected")
        return int(token)


def is_word(token: str) -> bool:
    """Whether a token is a name."""
    return token[0].isalpha() or token[0] == "_"
