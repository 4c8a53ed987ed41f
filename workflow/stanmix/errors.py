"""The errors that people see."""


class StanmixError(Exception):
    """An error whose message is one clear sentence: what is wrong, where, and the remedy."""


class ConfigError(StanmixError):
    """Something in the configuration; names the key, what is allowed and a line that works."""


class DataError(StanmixError):
    """Something in the data; names the file, the column and where possible the row."""
