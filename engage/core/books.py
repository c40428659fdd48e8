from flask import current_app


def kept_years() -> int:
    """Years that an operator keeps the records of an award after its final report."""
    return int(current_app.config["SETTINGS"].books_years)
