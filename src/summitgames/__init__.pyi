from .actors.payoff_model import PayoffModel as PayoffModel
from .actors.payoff_model import Term as Term
from .actors.registry import actor as actor
from .analysis.blocking import Blocking as Blocking
from .analysis.blocking import blocking as blocking
from .case.premises import Parameter as Parameter
from .case.premises import Perspective as Perspective
from .case.premises import Premise as Premise
from .case.premises import claims as claims
from .case.premises import perspective as perspective
from .case.premises import perspectives as perspectives
from .case.premises import rival_premises as rival_premises
from .certificates.rational import Certificate as Certificate
from .certificates.rational import Deviation as Deviation
from .certificates.rational import certify as certify
from .certificates.regret import regret as regret
from .equilibria.subgame_perfect import SubgamePerfectEquilibrium as SubgamePerfectEquilibrium
from .equilibria.subgame_perfect import subgame_perfect as subgame_perfect
from .errors import GameError as GameError
from .errors import SolverError as SolverError
from .games.extensive_form import Chance as Chance
from .games.extensive_form import Decision as Decision
from .games.extensive_form import ExtensiveForm as ExtensiveForm
from .games.extensive_form import InformationSet as InformationSet
from .games.extensive_form import Outcome as Outcome
from .models.registry import model as model
from .models.registry import models as models
from .models.summit_model import Solution as Solution
from .models.summit_model import SummitModel as SummitModel
from .report.brief import Brief as Brief
from .report.brief import brief as brief
from .results import Status as Status
from .results import TreeEquilibrium as TreeEquilibrium

__all__: list[str]
__version__: str
