"""The command line: ``summitgames brief | claims | models | solve``."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from summitgames import __version__
from summitgames.errors import GameError, SolverError

if TYPE_CHECKING:
    from rich.console import Console

    from summitgames.certificates.rational import Certificate
    from summitgames.equilibria.logit import LogitPath
    from summitgames.games.extensive_form import ExtensiveForm
    from summitgames.models.summit_model import SummitModel
    from summitgames.report.brief import Brief
    from summitgames.results import Equilibria, TreeEquilibrium

__all__ = ["main"]

#: Concepts of games in files whose results are lists of equilibria.
_CONCEPTS: Final = ("nash", "one nash", "pure nash", "logit")
#: Of trees alone; they have "logit" too.
_OF_TREES: Final = ("subgame perfect", "sequential")
#: Smaller denominators are printed as such.
_SHORT: Final = 10**6


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {_one_line(message)}\n")


def _one_line(message: object) -> str:
    """A message without the line breaks that a user's text may have brought into it."""
    return " ".join(str(message).split())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        What follows the program's name; None: those of the process.

    Returns
    -------
    int
        0: a result was produced, whatever it says; 1: a certificate refutes one; 2: bad usage or
        input, told in one line on stderr.
    """
    # A console that lacks a character shows another in its place.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        options = _parser().parse_args(arguments)
        refuted = options.run(options)
        sys.stdout.flush()
    except (GameError, SolverError) as error:
        print(f"summitgames: {_one_line(error)}", file=sys.stderr)
        return 2
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 1 if refuted else 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="summitgames",
        description="Game-theoretic analysis of one decision: whether two hostile leaders hold a "
        "summit.",
    )
    parser.add_argument("--version", action="version", version=f"summitgames {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    brief = _command(commands, "brief", _brief, "the whole answer under one reading")
    _add_reading(brief)
    brief.add_argument(
        "--rival",
        metavar="NAME|FILE",
        help="reading towards which to ask what blocks the meeting (default: guarantees)",
    )
    form = brief.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print strict JSON")
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--html", metavar="FILE", help="write one self-contained HTML page")

    claims = _command(commands, "claims", _claims, "the source's claims and rival premises")
    claims.add_argument("--json", action="store_true", help="print strict JSON")

    models = _command(commands, "models", _models, "the models there are")
    models.add_argument("--json", action="store_true", help="print strict JSON")

    solve = _command(
        commands, "solve", _solve, "solve a model under one reading, or the game in a file"
    )
    solve.add_argument(
        "model",
        metavar="MODEL|FILE",
        help="name of a model (see `summitgames models`), or a Gambit .nfg or .efg file",
    )
    _add_reading(solve)
    solve.set_defaults(perspective=None)
    game = solve.add_argument_group("for a file")
    game.add_argument(
        "--concept",
        choices=[*_CONCEPTS, *_OF_TREES],
        help="what to look for: all equilibria (nash, the default; of a tree in its plans), one, "
        "all pure ones, the end of the logit branch, or of a tree the subgame-perfect ones, or the "
        "sequential ones with beliefs",
    )
    game.add_argument(
        "--certify",
        action="store_true",
        help="prove each equilibrium in exact arithmetic, and print it exactly",
    )
    solve.add_argument("--json", action="store_true", help="print strict JSON")
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], bool | None], text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--perspective",
        default="article",
        metavar="NAME|FILE",
        help="reading to take: a name, or a TOML file (default: article)",
    )
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        dest="values",
        help="parameters to change, such as trust=0.4",
    )


def _overrides(given: Sequence[str]) -> dict[str, Decimal | Fraction]:
    """Values of ``--set``, read exactly."""
    found: dict[str, Decimal | Fraction] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise GameError(f"--set: {text!r}; expected NAME=VALUE, such as trust=0.4")
        if name in found:
            raise GameError(f"--set: {name!r} twice; expected one value for each parameter")
        found[name] = _number(text, value.strip())
    return found


def _number(text: str, value: str) -> Decimal | Fraction:
    """A decimal or a ratio of whole numbers."""
    try:
        number = Fraction(value) if "/" in value else Decimal(value)
    except (InvalidOperation, ValueError, ZeroDivisionError):
        raise GameError(f"--set: {text!r}; expected a number, such as 0.4") from None
    if isinstance(number, Decimal) and not number.is_finite():
        raise GameError(f"--set: {text!r}; expected a finite number")
    return number


def _brief(options: argparse.Namespace) -> None:
    from summitgames.report.brief import brief

    page = None if options.html is None else _page(options.html)
    overrides: dict[str, Any] = dict(_overrides(options.values))
    found = brief(options.perspective, rival=options.rival, **overrides)
    if page is not None:
        _write(page, found.to_html())
        print(f"wrote {page}")
    elif options.json:
        _print_json(found.to_dict())
    elif options.markdown:
        print(found.to_markdown(), end="")
    elif sys.stdout.isatty():
        _print_in_terminal(found)
    else:
        print(found.to_text(), end="")


def _print_in_terminal(found: Brief) -> None:
    from summitgames.report.rendering import print_brief

    with _console() as console:
        print_brief(found, console)


def _page(name: str) -> Path:
    """Path of a page to write, refused before any work where it cannot be written."""
    path = Path(name)
    if path.is_dir():
        raise GameError(f"--html: {name!r} is a directory; expected the path of a file")
    if path.exists() and not path.is_file():  # a device would be replaced
        raise GameError(f"--html: {name!r} is no regular file; expected the path of a file")
    if not path.parent.is_dir():
        raise GameError(f"--html: no directory {str(path.parent)!r}; expected one that exists")
    return path


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".summitgames-{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise GameError(f"--html: {path}: {error.strerror}; expected a file to write") from None


def _claims(options: argparse.Namespace) -> None:
    from summitgames.case.premises import claims, rival_premises

    register = {"claims of the source": claims(), "rival premises": rival_premises()}
    if options.json:
        _print_json(
            {
                title: [
                    {
                        "id": premise.id,
                        "text": premise.text,
                        "actors": list(premise.actors),
                        "maps_to": {m: list(names) for m, names in premise.maps_to.items()},
                        "source": premise.source,
                    }
                    for premise in premises
                ]
                for title, premises in register.items()
            }
        )
        return
    for title, premises in register.items():
        _print_table(
            title, ("id", "premise", "source"), [(p.id, p.text, p.source) for p in premises]
        )


def _models(options: argparse.Namespace) -> None:
    from summitgames.models import registry

    found = [registry.model(name) for name in registry.models()]
    if options.json:
        _print_json(
            {
                model.name: {
                    "title": model.title,
                    "parameters": list(model.parameter_names),
                    "fields": list(model.fields),
                    "claims": list(model.claims),
                }
                for model in found
            }
        )
        return
    rows = [(model.name, model.title, str(len(model.parameters))) for model in found]
    _print_table("models", ("name", "what it is about", "parameters"), rows)


def _solve(options: argparse.Namespace) -> bool:
    from summitgames.models import registry

    if options.model not in registry.models() and _is_file(options.model):
        return _solve_file(options)
    if options.concept is not None or options.certify:
        name = "--certify" if options.concept is None else "--concept"
        raise GameError(f"{name}: goes with a file; {options.model!r} is none")
    _solve_model(options, registry.model(options.model))
    return False


def _is_file(name: str) -> bool:
    """Whether a name is meant as a file's, or is the text of one."""
    path = Path(name)
    if path.suffix.lower() in {".nfg", ".efg"} or _is_text(name):
        return True
    with contextlib.suppress(OSError):  # a name too long for a file
        return path.exists() or os.sep in name
    return False


def _is_text(name: str) -> bool:
    """Whether it is the text of a game itself."""
    return name.lstrip()[:4] in {"NFG ", "EFG "}


def _solve_model(options: argparse.Namespace, model: SummitModel) -> None:
    from summitgames.case.values import check_values

    perspective = "article" if options.perspective is None else options.perspective
    overrides: dict[str, Any] = dict(_overrides(options.values))
    check_values(overrides)  # here, so that an error shows them as they were typed
    solution = model.solve(perspective, **overrides)
    if options.json:
        _print_json(solution.to_dict())
        return
    values = {name: solution[name] for name in solution}
    rows = [(n, f"{v:.6g}" if isinstance(v, float) else str(v)) for n, v in values.items()]
    _print_table(f"{model.name} under {perspective}", ("field", "value"), rows)


def _solve_file(options: argparse.Namespace) -> bool:
    """Solve the game in a file; whether a certificate refutes what was found."""
    from summitgames.certificates.rational import certify
    from summitgames.equilibria.choose import solve
    from summitgames.games.extensive_form import ExtensiveForm
    from summitgames.games.gambit_files import read_game

    if options.perspective is not None or options.values:
        name = "--set" if options.perspective is None else "--perspective"
        raise GameError(f"{name}: goes with a model; a file has numbers of its own")
    try:
        game = read_game(options.model)
    except GameError as error:
        if _is_text(options.model):  # of which it tells the place alone
            raise GameError(f"MODEL|FILE: {error}") from None
        raise
    concept = _CONCEPTS[0] if options.concept is None else options.concept
    if isinstance(game, ExtensiveForm):
        if concept in _OF_TREES or concept == "logit":
            return _solve_tree(game, options)
        game = game.to_normal_form()
    elif concept in _OF_TREES:
        raise GameError(f"--concept: {concept!r} goes with an .efg file; this is a game in nfg")
    found = solve(game, concept)
    if concept == "logit":
        found = _limit_of(found)
    certificates = [certify(game, mixes) for mixes in found] if options.certify else None
    if options.json:
        _print_json({"concept": concept, **_equilibria_content(found, certificates)})
    else:
        _print_equilibria(concept, found, certificates)
    return any(certificate.verdict == "refuted" for certificate in certificates or ())


def _limit_of(path: LogitPath) -> Equilibria:
    """The end of the branch of a single game as a list, which is empty where there is none."""
    from summitgames.results import Equilibria, Status

    strategies = tuple(limit[None] for limit in path.limit)
    exists = path.status.reshape(1) != Status.FAILED
    return Equilibria(path.game, strategies, exists, path.status, path.method, message=path.message)


def _listed_of(found: Any) -> tuple[list[tuple[TreeEquilibrium, Any]], str]:
    """Equilibria of a single tree, each with its beliefs or None, and what there is to say."""
    from summitgames.results import Status, TreeEquilibria

    if isinstance(found, TreeEquilibria):
        return [(one, getattr(one, "beliefs", None)) for one in found], found.message
    if hasattr(found, "limit"):  # a logit branch
        ends = [] if found.status == Status.FAILED else [(found.equilibrium, found.beliefs)]
        return ends, found.message
    return [(found, None)], "actions tie: the first listed is taken" if found.ties else ""


def _solve_tree(game: ExtensiveForm, options: argparse.Namespace) -> bool:
    """Print equilibria of a tree; whether a certificate refutes one."""
    from summitgames.certificates.rational import certify
    from summitgames.equilibria.choose import solve

    found = solve(game, options.concept)
    listed, message = _listed_of(found)
    proofs = [
        certify(game, one if believed is None else (one.behavior, believed))
        if options.certify
        else None
        for one, believed in listed
    ]
    infosets = game.infosets
    names = [f"{i.player}: {i.label}" if i.label else i.player for i in infosets]
    mixes = [[one.behavior[infoset].tolist() for infoset in infosets] for one, _ in listed]
    payoffs = [one.expected_payoffs().tolist() for one, _ in listed]
    if options.json:
        records = []
        for (_, beliefs), strategies, pays, proof in zip(
            listed, mixes, payoffs, proofs, strict=True
        ):
            shares = [
                dict(zip(i.actions, p, strict=True))
                for i, p in zip(infosets, strategies, strict=True)
            ]
            record: dict[str, Any] = {
                "behavior": dict(zip(names, shares, strict=True)),
                "payoffs": dict(zip(game.players, pays, strict=True)),
            }
            if beliefs is not None:
                record["beliefs"] = {
                    name: dict(
                        zip(map(game.tree.name, i.nodes), beliefs[i.key].tolist(), strict=True)
                    )
                    for name, i in zip(names, infosets, strict=True)
                }
            if proof is not None:
                record["certificate"] = json.loads(proof.to_json())
            records.append(record)
        content = {"concept": options.concept, "players": list(game.players)}
        content |= {"method": found.method, "status": _status(found), "message": message}
        _print_json({**content, "equilibria": records})
    else:
        with_beliefs = options.concept in {"sequential", "logit"}
        believed = [n for n, i in enumerate(infosets) if with_beliefs and len(i.nodes) > 1]
        rows = []
        for number, (_, beliefs) in enumerate(listed):
            proof, given = proofs[number], mixes[number]
            if beliefs is not None:
                given = given + [beliefs[i.key].tolist() for i in infosets]
            shown = _shown(given, proof)
            row = [str(number + 1)]
            row += [_mix(mix, i.actions) for mix, i in zip(shown, infosets, strict=False)]
            row += [
                _mix(shown[len(infosets) + n], [game.tree.name(node) for node in infosets[n].nodes])
                for n in believed
            ]
            row.append(", ".join(f"{payoff:.6g}" for payoff in payoffs[number]))
            rows.append([*row, proof.verdict] if proof else row)
        header = ["", *names, *(f"belief, {names[n]}" for n in believed), "payoffs"]
        header += ["certificate"] * options.certify
        title = f"{options.concept} by {found.method}, {_status(found)}"
        _print_table(f"{title}: {message}" if message else title, header, rows)
    return any(proof is not None and proof.verdict == "refuted" for proof in proofs)


def _equilibria_content(
    found: Equilibria, certificates: Sequence[Certificate] | None
) -> dict[str, Any]:
    """Equilibria of a single game for JSON."""
    game = found.game
    listed: list[dict[str, Any]] = [
        {
            "strategies": {
                player: dict(zip(labels, mix.tolist(), strict=True))
                for player, labels, mix in zip(game.players, game.actions, mixes, strict=True)
            },
            "payoffs": dict(zip(game.players, payoffs.tolist(), strict=True)),
        }
        for mixes, payoffs in zip(found, found.payoffs[found.exists], strict=True)
    ]
    for record, certificate in zip(listed, certificates or (), strict=False):
        record["certificate"] = json.loads(certificate.to_json())
    return {
        "players": list(game.players),
        "actions": dict(zip(game.players, map(list, game.actions), strict=True)),
        "method": found.method,
        "status": _status(found),
        "message": found.message,
        "equilibria": listed,
    }


def _print_equilibria(
    concept: str, found: Equilibria, certificates: Sequence[Certificate] | None
) -> None:
    """Print equilibria of a single game, where they were certified with exact probabilities."""
    game = found.game
    header = ["", *game.players, "payoffs"]
    exact = [None] * len(found) if certificates is None else certificates
    rows = []
    listed = zip(found, found.payoffs[found.exists], exact, strict=True)
    for number, (mixes, payoffs, certificate) in enumerate(listed, 1):
        shown = _shown(mixes, certificate)
        each = ", ".join(f"{payoff:.6g}" for payoff in payoffs)
        row = [str(number), *map(_mix, shown, game.actions), each]
        rows.append(row if certificate is None else [*row, certificate.verdict])
    title = f"{concept} by {found.method}, {_status(found)}: {found.message}"
    _print_table(title, header if certificates is None else [*header, "certificate"], rows)


def _shown(mixes: Sequence[Any], certificate: Certificate | None) -> Sequence[Any]:
    """Probabilities to print: exact ones where they were certified."""
    # Within a radius the equilibrium may be irrational.
    rational = certificate is not None and not certificate.radius
    return certificate.strategies if certificate and rational else mixes


def _status(found: Any) -> str:
    from summitgames.results import Status

    return Status(int(found.status)).name


def _mix(mix: Iterable[Any], actions: Sequence[str]) -> str:
    """A mixed strategy in words: the actions played, with probabilities unless it is pure."""
    played = [(a, p) for a, p in zip(actions, mix, strict=True) if p > 0]
    if len(played) == 1:
        return played[0][0]
    return ", ".join(f"{action} {_probability(p)}" for action, p in played)


def _probability(number: Any) -> str:
    short = isinstance(number, Fraction) and number.denominator < _SHORT
    return str(number) if short else f"{float(number):.6g}"


def _print_json(content: Mapping[str, Any]) -> None:
    print(json.dumps(content, indent=2, allow_nan=False))  # ASCII, whatever the console's encoding


def _print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in header:
        table.add_column(Text(name))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    with _console() as console:
        console.print(Text(title, style="bold"))
        console.print(table)
        console.print()


@contextlib.contextmanager
def _console() -> Iterator[Console]:
    """A rich console for stdout, as wide as the terminal, or 100 columns where there is none.

    What it prints is written in the end: rich by itself ends the process on a broken pipe.
    """
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 100)
    with console.capture() as captured:
        yield console
    sys.stdout.write(captured.get())
