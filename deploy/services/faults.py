"""What keeps a service from starting, said with its cure."""


class SetUpFault(Exception):
    """A step failed; `cure` is what a person does about it."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def say(line: str) -> None:
    """One line of progress, shown at once even into a pipe."""
    print(line, flush=True)
