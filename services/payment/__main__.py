"""`python -m services.payment`: the process."""

from libs.runtime.service import run
from services.payment.wiring import build

run("payment", build)
