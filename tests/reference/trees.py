"""Published games in extensive form."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

from reference.cases import Case
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


def kuhn_strategies(bluff: Any) -> dict[str, list[Any]]:
    """Kuhn's equilibria, a segment: the jack bets with a probability of up to 1/3."""
    third = Fraction(1, 3)
    first = {"J": bluff, "Q": 0, "K": 3 * bluff, "Q check bet": third + bluff, "J check bet": 0}
    first |= {"K check bet": 1, "J bet": 0, "J check": third, "Q bet": third, "Q check": 0}
    first |= {"K bet": 1, "K check": 1}
    return {key: [probability, 1 - probability] for key, probability in first.items()}


def declared(case: Case) -> ExtensiveForm:
    """Game of a published tree."""
    players = case.input["players"]

    def node(given: dict[str, Any]) -> Decision | Outcome:
        if "payoffs" in given:
            return Outcome("end", dict(zip(players, given["payoffs"], strict=True)))
        below = {action: node(child) for action, child in given["actions"].items()}
        return Decision(players[given["player"]], below, infoset=given["infoset"])

    return ExtensiveForm(node(case.input["root"]), players=players)


def behavior_of(
    game: ExtensiveForm, player: str, plans: Sequence[dict[str, str]], mix: Sequence[Fraction]
) -> dict[Any, list[Fraction]]:
    """Behavior strategy with the outcomes of a mix of plans, each a map of labels to actions.

    Where no plan of the mix leads, all actions are equally likely.
    """
    tree, found = game.tree, {}
    for infoset in game.infosets:
        if infoset.player != player:
            continue
        way = {}
        node = infoset.nodes[0]
        while node:
            before = int(tree.parent[node])
            if tree.mover[before] >= 0:
                own = game.infosets[tree.number[before]]
                if own.player == player:
                    way[own.label] = tree.labels[node]
            node = before
        leading = [
            (plan.get(infoset.label), weight)
            for plan, weight in zip(plans, mix, strict=True)
            if all(plan.get(label) == action for label, action in way.items())
        ]
        shares = [sum(w for a, w in leading if a == action) for action in infoset.actions]
        total = sum(shares)
        even = Fraction(1, len(shares))
        found[infoset.key] = [share / total if total else even for share in shares]
    return found
