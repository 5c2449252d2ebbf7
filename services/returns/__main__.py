"""`python -m services.returns`: the process."""

from libs.runtime.service import run
from services.returns.wiring import build

run("returns", build)
