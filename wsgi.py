import os

from engage.app import create_app
from engage.settings import Settings

app = create_app(Settings.from_environment(os.environ))
