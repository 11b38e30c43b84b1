"""Routes of Flask-Login and Flask-WTF for the Flask app beside this file."""
from datetime import timedelta

import flask
import flask_login
import flask_wtf.csrf
import wtforms


class User(flask_login.UserMixin):
    def __init__(self, user_id):
        self.id = user_id


def add_routes(app):
    manager = flask_login.LoginManager(app)
    manager.user_loader(User)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf = flask_wtf.csrf.CSRFProtect(app)

    @app.post("/login-user")
    def login_user():
        """With a duration in seconds, or the default one."""
        options = flask.request.json
        duration = options.get("duration")
        flask_login.login_user(
            User(options["userId"]),
            remember=options.get("remember", False),
            duration=None if duration is None else timedelta(seconds=duration),
            fresh=options.get("fresh", True),
        )
        return {}

    @app.post("/logout-user")
    def logout_user():
        flask_login.logout_user()
        return {}

    @app.post("/confirm-login")
    def confirm_login():
        flask_login.confirm_login()
        return {}

    @app.get("/user")
    def user():
        # First the user, who may have to be loaded from the remember cookie.
        user_id = flask_login.current_user.get_id()
        return {"userId": user_id, "fresh": flask_login.login_fresh()}

    @app.get("/fresh")
    @flask_login.fresh_login_required
    def fresh():
        return {}

    @app.get("/identifier")
    def identifier():
        return {"identifier": manager._session_identifier_generator()}

    @app.get("/csrf")
    def csrf_token():
        return {"token": flask_wtf.csrf.generate_csrf()}

    @app.post("/csrf")
    def validate_csrf():
        try:
            flask_wtf.csrf.validate_csrf(flask.request.json["token"])
        except wtforms.ValidationError as error:
            return {"error": str(error)}
        return {"error": None}

    @app.post("/protected")
    def protected():
        csrf.protect()
        return {}
