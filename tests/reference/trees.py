"""Published games in extensive form."""

from fractions import Fraction
from itertools import permutations

from summitgames import Chance, Decision, ExtensiveForm, Outcome

VALUES = {"J": 0, "Q": 1, "K": 2}


def kuhn() -> ExtensiveForm:
    """Kuhn's poker of three cards (Kuhn 1950); value -1/18 to the first player."""

    def end(label: str, amount: int) -> Outcome:
        return Outcome(label, {"a": amount, "b": -amount})

    def deal(a: str, b: str) -> Decision:
        sign = 1 if VALUES[a] > VALUES[b] else -1
        after_bet = Decision(
            "b", {"call": end("call", 2 * sign), "fold": end("fold", 1)}, infoset=f"{b} bet"
        )
        reply = Decision(
            "a", {"call": end("call", 2 * sign), "fold": end("fold", -1)}, infoset=f"{a} check bet"
        )
        after_check = Decision(
            "b", {"bet": reply, "check": end("show", sign)}, infoset=f"{b} check"
        )
        return Decision("a", {"bet": after_bet, "check": after_check}, infoset=a)

    deals = {a + b: (Fraction(1, 6), deal(a, b)) for a, b in permutations("JQK", 2)}
    return ExtensiveForm(Chance(deals), players=["a", "b"])
