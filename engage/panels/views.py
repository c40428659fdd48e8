from flask import Blueprint

bp = Blueprint("panels", __name__)
