from flask import Flask

from engage import launch


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(launch.command)
