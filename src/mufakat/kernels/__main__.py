"""Compiles all kernels once, so that no user's first command waits: `python -m mufakat.kernels`.

Each module in `KERNELS` has a `warm_up`, which runs its kernels on tiny arrays of the kinds they are called with.
Numba keeps what it compiled beside the modules, or in the user's cache folder where it may not write.
"""

import sys

from mufakat.kernels import across, bypass, conditions, history, lookup, posting, queue, setoff, shadow

KERNELS = (lookup, history, posting, queue, bypass, setoff, conditions, shadow, across)


def main() -> None:
    """Compile what is not in the cache yet, and say so in one line."""
    for kernel in KERNELS:
        kernel.warm_up()
    sys.stdout.write(f"Kernels compiled: {', '.join(each.__name__ for each in KERNELS)}.\n")


if __name__ == "__main__":
    main()
