"""The site as it is: Flask serves every route.

flask --app app run --port 5000
"""
import os

from flask import Flask, flash, get_flashed_messages, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]


@app.post("/login")
def login():
    session.permanent = True
    session["user"] = request.form["user"]
    session["cart"] = []
    flash("Welcome")
    return "Logged in"


@app.get("/")
def index():
    user = session.get("user")
    messages = "".join(f"<p>{message}</p>" for message in get_flashed_messages())
    return f"{messages}<h1>Hello {user}</h1><p>Cart: {', '.join(session['cart'])}</p>" if user else "<h1>Not logged in</h1>"


@app.post("/logout")
def logout():
    session.clear()
    return "Logged out"
