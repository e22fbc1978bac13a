from ccd.face import check as check
from ccd.face import couple as couple
from ccd.face import entropy_weights as entropy_weights
from ccd.face import estimators as estimators
from ccd.face import fit as fit
from ccd.face import load as load
from ccd.face import run as run
from ccd.face import weights as weights

__version__: str
