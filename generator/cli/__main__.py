"""`python -m generator.cli` is the command too, for who has an interpreter and no PATH."""

from generator.cli import main

main()
