"""Signaling games: what is refused and how, exact numbers, families, and the game as a tree."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

import summitgames as sg
from reference.cases import load
from summitgames.games.signaling import as_signaling_game
from summitgames.testing import signaling_games

PRIOR = [0.9, 0.1]
SENDER = [[[1, 3], [0, 2]], [[0, 2], [1, 3]]]
RECEIVER = [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]
LABELS = {
    "types": ["strong", "weak"],
    "messages": ["beer", "quiche"],
    "responses": ["fight", "leave"],
}


def breakfast(prior=PRIOR, sender=SENDER, receiver=RECEIVER, **labels):
    return sg.SignalingGame(prior, sender, receiver, **(labels or LABELS))


def changed(table, where, value):
    array = np.array(table, dtype=object)
    array[where] = value
    return array


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prior": [0.9, 0.2]}, r"prior: sums to 1\.1; expected 1 within 1e-9"),
        ({"prior": [[0.5, 0.5], [0.9, 0]]}, r"prior: sums to 0\.9 at batch index \(1,\)"),
        ({"prior": [1.5, -0.5]}, r"prior: -0\.5 at type 'weak'; expected probabilities"),
        (
            {"prior": [[0.5, 0.5], [-1, 2]]},
            r"prior: -1\.0 at type 'strong', batch index \(1,\); expected probabilities",
        ),
        ({"prior": [0.5, 0.25, 0.25]}, r"prior: 3 types; expected 2, as in sender"),
        ({"prior": 1}, r"prior: a number; expected \(\*batch, T\)"),
        ({"prior": [np.nan, 1]}, r"prior: not finite at type 0: nan; expected finite numbers"),
        ({"sender": [[1, 2], [3, 4]]}, r"sender: shape \(2, 2\); expected \(\*batch, T, M, R\)"),
        ({"receiver": [[[1, 2]], [[3, 4]]]}, r"receiver: \(2, 1, 2\) types, messages and"),
        (
            {"sender": changed(SENDER, (1, 0, 1), np.inf)},
            r"sender: not finite at type, message and response \(1, 0, 1\): inf; expected finite",
        ),
        (
            {"receiver": [RECEIVER, changed(RECEIVER, (0, 1, 0), np.nan)]},
            r"receiver: not finite at .* \(0, 1, 0\), batch index \(1,\): nan; expected finite",
        ),
        ({"sender": [SENDER] * 2, "receiver": [RECEIVER] * 3}, r"receiver: batch shape \(3,\)"),
        ({"types": ["a"]}, r"types: 1 labels; expected 2, one for each type"),
        ({"messages": ["a", "a"]}, r"messages: 'a' twice"),
        ({"responses": "ab"}, r"responses: 'ab'; expected a sequence of 2 labels"),
        ({"sender": [[[1, 3], [0]], [[0, 2], [1, 3]]]}, r"sender: ragged"),
        ({"sender": "game"}, r"sender: "),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(sg.GameError, match=message) as caught:
        breakfast(**{**LABELS, **arguments})
    assert "\n" not in str(caught.value)


def test_what_is_no_signaling_game_is_refused():
    with pytest.raises(sg.GameError, match="game: list; expected a SignalingGame"):
        as_signaling_game([])


def test_exact_numbers_are_kept():
    thirds = [Fraction(1, 3), Fraction(2, 3)]
    game = breakfast(prior=thirds)
    assert game.exact_numbers().prior.tolist() == thirds
    assert game.prior.tolist() == [1 / 3, 2 / 3]
    assert breakfast().exact is None
    assert breakfast().exact_numbers().prior.tolist() == [Fraction(0.9), Fraction(0.1)]
    family = breakfast(prior=[thirds, [1, 0]])
    assert family.exact.sender.shape == (2, 2, 2, 2)
    assert family[0].exact.prior.tolist() == thirds


def test_families():
    priors = np.array([[0.5, 0.5], [1, 0], [0, 1]])
    game = breakfast(prior=priors[:, np.newaxis], sender=[SENDER, SENDER])
    assert (game.batch_shape, game.size, len(game), game.counts) == ((3, 2), 6, 3, (2, 2, 2))
    assert game[2, 1].prior.tolist() == [0, 1]
    assert game[2, 1].types == ("strong", "weak")
    assert [part.batch_shape for part in game] == [(2,)] * 3
    block = game.block(2, 5)
    assert block.prior.tolist() == [[1, 0], [1, 0], [0, 1]]
    assert block.sender.flags.c_contiguous
    assert not block.receiver.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        game.prior[0, 0, 0] = 1
    with pytest.raises(TypeError, match="single game has no length"):
        len(breakfast())
    with pytest.raises(sg.GameError, match="index"):
        game[0, 7]


def test_texts():
    assert repr(breakfast()) == (
        "<SignalingGame: types strong, weak; messages beer, quiche; responses fight, leave>"
    )
    plain = sg.SignalingGame([[1]] * 3, [[[1, 2]]], [[[1, 2]]])
    assert repr(plain) == "<SignalingGame: 1 type; 1 message; 2 responses; batch shape (3,)>"
    html = breakfast(**{**LABELS, "types": ["<b>", "weak"]})._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "game (0,) of the family" in plain._repr_html_()


def test_pickles():
    game = breakfast(prior=[Fraction(1, 3), Fraction(2, 3)])
    game = pickle.loads(pickle.dumps(game))  # noqa: S301  (our own)
    assert game.exact.prior.tolist() == [Fraction(1, 3), Fraction(2, 3)]
    assert game.types == ("strong", "weak")


@given(signaling_games(types=(1, 3), messages=(1, 3), responses=(1, 3), payoffs="fractions"))
@settings(max_examples=40, deadline=None)
def test_the_tree_is_the_same_game(game):
    tree = game.to_extensive_form()
    types, messages, responses = game.counts
    assert tree.players == ("sender", "receiver")
    sets = {(infoset.player, infoset.label): infoset for infoset in tree.infosets}
    assert len(sets) == types + messages
    for label in game.types:
        assert sets["sender", label].actions == game.messages
        assert len(sets["sender", label].nodes) == 1
    for label in game.messages:
        assert sets["receiver", label].actions == game.responses
        assert len(sets["receiver", label].nodes) == types
    numbers = game.exact_numbers()
    expected = [
        (numbers.sender[t, m, r], numbers.receiver[t, m, r])
        for t in range(types)
        for m in range(messages)
        for r in range(responses)
    ]
    found = [(end.payoffs["sender"], end.payoffs["receiver"]) for end in tree.outcomes]
    assert found == expected


def test_a_tree_is_made_of_a_single_game():
    with pytest.raises(sg.GameError, match="a tree is made of one game"):
        breakfast(prior=[[0.5, 0.5]] * 2).to_extensive_form()


def test_published_games_are_read():
    for case in load("signaling"):
        game = sg.SignalingGame(**case.input)
        assert game.exact is not None
        assert game.to_extensive_form().has_perfect_recall


@pytest.mark.parametrize(
    ("prior", "payoff", "binary"),
    [
        ([0.5, 0.5], 1, True),
        ([Fraction(1, 2), Fraction(1, 2)], 1, False),
        ([Fraction(1, 2), Fraction(1, 2)], 1.5, True),
        ([1.0, 0.0], 2.0, False),
    ],
)
def test_binary_numbers_are_told(prior, payoff, binary):
    game = sg.SignalingGame(prior, [[[payoff]]] * 2, [[[0]]] * 2)
    assert game.has_binary_numbers == binary
    family = sg.SignalingGame([prior, prior], [[[payoff]]] * 2, [[[0]]] * 2)
    assert family[1].has_binary_numbers == family.has_binary_numbers == binary
