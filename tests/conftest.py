"""Settings that all tests share; being here, it also lets them import `helpers`."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
