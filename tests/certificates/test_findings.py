"""Deviations in words."""

from fractions import Fraction

from summitgames.certificates.findings import Deviation, WrongBelief


def test_deviations_say_where_they_are():
    third = Fraction(1, 3)
    assert str(Deviation(None, "a", "l", third)) == "player 'a' gains 1/3 (0.333333) by 'l'"
    assert str(Deviation("x > y", "a", "l", third)).endswith("by 'l' at 'x > y'")
    assert str(Deviation("", "a", "l", third)).endswith("at 'the root'")


def test_long_gains_are_rounded():
    gain = Fraction(1, 3) + Fraction(1, 7**40)
    assert str(Deviation(None, "a", "l", gain)) == "player 'a' gains 0.333333 by 'l'"


def test_gains_beyond_floats_are_said():
    gain = 2 * Fraction(1.7e308)
    assert str(Deviation(None, "a", "l", gain)) == "player 'a' gains 3.40000e+308 by 'l'"


def test_wrong_beliefs_say_what_is_right():
    wrong = WrongBelief("beer", "receiver", "strong", Fraction(1, 2), Fraction(1, 3))
    assert str(wrong) == (
        "player 'receiver' believes in 'strong' at 'beer' with 1/2 (0.5), "
        "by Bayes' rule 1/3 (0.333333)"
    )
