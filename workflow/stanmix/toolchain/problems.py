"""What can go wrong while CmdStan is looked for or assembled."""

from stanmix.errors import StanmixError


class ToolchainError(StanmixError):
    """CmdStan, or something needed to build it, is missing or broken; the message says how to mend it."""
