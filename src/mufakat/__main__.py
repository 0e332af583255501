"""`python -m mufakat` is the program."""

from mufakat.cli import main

main()
