"""The other tools, each in a process of its own; nothing here imports the package."""
