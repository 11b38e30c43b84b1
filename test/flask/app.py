"""A Flask app that shares its session with a Fastify app. Prints its port; ends with its standard input."""
import sys
import threading
from datetime import datetime, timedelta, timezone
from uuid import UUID

import flask
import itsdangerous.timed
from markupsafe import Markup
from werkzeug.serving import WSGIRequestHandler, make_server

app = flask.Flask(__name__)
clock = {"now": 0}
itsdangerous.timed.TimestampSigner.get_timestamp = lambda self: clock["now"]


def load(value):
    """A value of the test's notation, as Python has it."""
    if isinstance(value, list):
        return [load(item) for item in value]
    if not isinstance(value, dict):
        return value
    [(kind, content), *others] = value.items() or [("", None)]
    types = {
        "$int": int,
        "$float": float,
        "$bytes": bytes.fromhex,
        "$uuid": UUID,
        "$markup": Markup,
        "$tuple": lambda items: tuple(load(items)),
        "$date": lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=timezone.utc),
    }
    return types[kind](content) if kind in types and not others else {key: load(item) for key, item in value.items()}


def show(value):
    """What Python has, in the test's notation."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Markup):
        return {"$markup": str(value)}
    for kind, text in {int: str, float: repr, bytes: bytes.hex, UUID: str}.items():
        if isinstance(value, kind):
            return {f"${kind.__name__.lower()}": text(value)}
    if isinstance(value, datetime):
        return {"$date": value.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    if isinstance(value, tuple):
        return {"$tuple": [show(item) for item in value]}
    if isinstance(value, list):
        return [show(item) for item in value]
    if isinstance(value, dict):
        return {key: show(item) for key, item in value.items()}
    return value


@app.post("/control")
def control():
    """Sets the clock, the secrets (the first signs), the lifetime, other configuration."""
    options = flask.request.json
    clock["now"] = options.get("now", clock["now"])
    if "secrets" in options:
        newest, *older = options["secrets"]
        if "SECRET_KEY_FALLBACKS" in app.config:  # since Flask 3.1
            app.config.update(SECRET_KEY=newest, SECRET_KEY_FALLBACKS=older)
        else:  # what Flask 3.1 gives itsdangerous: the one that signs comes last
            app.config["SECRET_KEY"] = [*reversed(older), newest] if older else newest
    if "lifetime" in options:
        app.permanent_session_lifetime = timedelta(seconds=options["lifetime"])
    app.config.update(options.get("config", {}))
    return {}


@app.post("/login")
def login():
    flask.session.permanent = flask.request.json["permanent"]
    flask.session["user_id"] = flask.request.json["user_id"]
    return {}


@app.get("/me")
def me():
    return {"user_id": flask.session.get("user_id")}


@app.post("/logout")
def logout():
    flask.session.clear()
    return {}


@app.post("/change")
def change():
    """Sets the values given; null deletes."""
    for key, value in flask.request.json.items():
        if value is None:
            flask.session.pop(key, None)
        else:
            flask.session[key] = load(value)
    return {}


@app.post("/append")
def append():
    flask.session["list"] = [*flask.session.get("list", []), load(flask.request.json["item"])]
    return {}


@app.post("/flash")
def flash():
    flask.flash(flask.request.json["message"], flask.request.json["category"])
    return {}


@app.get("/flashes")
def flashes():
    return show({"flashes": flask.get_flashed_messages(with_categories=True)})


@app.get("/session")
def session():
    return show(dict(flask.session))


try:
    import login

    login.add_routes(app)
except ImportError:  # without Flask-Login and Flask-WTF
    pass


class Quiet(WSGIRequestHandler):
    def log(self, *args):
        pass


server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.port, flush=True)
sys.stdin.read()
