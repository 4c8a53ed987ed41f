"""The errors that people see."""


class StanmixError(Exception):
    """An error whose message is one clear sentence: what is wrong, where, and the remedy."""


class ConfigError(StanmixError):
    """An error in the configuration; the message names the key, what is allowed, and a line that works."""


class DataError(StanmixError):
    """An error in the data; the message names the file, the column and, where possible, the row."""
