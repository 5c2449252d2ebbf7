"""`python -m deploy.local` is `entrepot`, for where its script is not on the path."""

from deploy.local.cli import main

main()
