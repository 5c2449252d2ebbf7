"""`python -m services.ledger`: the process."""

from libs.runtime.service import run
from services.ledger.wiring import build

run("ledger", build)
