"""Run `python -m generator.cli`, which is the same as `footfall`, without PATH."""

from generator.cli import main

main()
