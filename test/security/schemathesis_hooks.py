"""What Schemathesis cannot know: objects that exist, and accounts that may be lost."""

import itertools
import json
import os
import re
import threading
import urllib.request

import schemathesis
from schemathesis.specs.openapi.checks import ensure_resource_availability

API = os.environ["PARLEY_API"]
TOKEN = os.environ["PARLEY_TOKEN"]
# Those whose tokens are used, here and by whoever tries it beside.
SPARED = set(json.loads(os.environ["PARLEY_SPARED"]))
IS_ADMIN = os.environ["PARLEY_ROLE"] == "admin"
OBJECTS = json.loads(os.environ["PARLEY_OBJECTS"])
# These end the session or the account that asks, so each gets one of its own.
LOSING = {"logout", "deleteMe", "revokeSession", "changePassword"} | (set() if IS_ADMIN else {"deleteUser"})
# What an administrator can do to those, and must not while they are needed.
DEFEATING = {"deleteUser", "updateAccount", "changeRole"}
# These end what they name: a new one is made for each.
ENDING = {"deleteChat", "clearMessages", "leaveChat", "removeParticipant", "deleteMessage", "deleteBranch", "deleteMemory", "deleteUser"}
ASKING = {"createCompletion", "regenerateReply"}
IS_ID = re.compile(r"[0-9a-f]{24}\Z")
numbers = itertools.count()
lock = threading.Lock()


def ask(method, path, body=None, token=TOKEN):
    request = urllib.request.Request(API + path, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", "Bearer " + token)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def stranger():
    with lock:
        number = next(numbers)
    account = {"email": f"lost-{os.getpid()}-{number}@example.com", "password": "correct horse battery"}
    return ask("POST", "/auth/register", account, None)


def objects_for(operation_id):
    """The ids of things that exist, by the names of path parameters."""
    if operation_id not in ENDING:
        return OBJECTS
    if operation_id == "deleteUser":
        return {"user_id": stranger()["user"]["id"]}
    if operation_id == "deleteMemory":
        return {"memory_id": ask("POST", "/memories", {"content": "short-lived"})["id"]}
    if operation_id in ("leaveChat", "removeParticipant"):
        person = stranger()
        chat = ask("POST", "/chats", {"type": "group", "title": "g", "participant_ids": [person["user"]["id"]]})
        return {"chat_id": chat["id"], "user_id": person["user"]["id"]}
    chat = ask("POST", "/chats", {})
    message = ask("POST", f"/chats/{chat['id']}/messages", {"content": "short-lived"})
    branch = ask("POST", f"/chats/{chat['id']}/branches", {"name": "side", "message_id": message["id"]})
    return {"chat_id": chat["id"], "message_id": message["id"], "branch_id": branch["id"]}


@schemathesis.auth(refresh_interval=None)
class Login:
    """The login of the one who asks, but where it would be lost: set on the case, where a hook can change it, as what the command line has cannot."""

    def get(self, case, context):
        return TOKEN

    def set(self, case, token, context):
        case.headers["Authorization"] = "Bearer " + token


@schemathesis.hook
def before_call(context, case, kwargs):
    operation_id = case.operation.definition.raw.get("operationId", "")
    phase = getattr(getattr(case.meta, "phase", None), "name", None) if case.meta else None
    given = case.path_parameters or {}
    if operation_id in LOSING and case.headers and case.headers.get("Authorization") == "Bearer " + TOKEN:
        case.headers["Authorization"] = "Bearer " + stranger()["access_token"]
    if operation_id in DEFEATING and given.get("user_id") in SPARED:
        given["user_id"] = OBJECTS["user_id"]
    if getattr(phase, "value", phase) == "stateful":
        return
    # A model takes its time, so only some questions reach one.
    if operation_id in ASKING and next(numbers) % 8:
        return
    if operation_id in LOSING or not any(isinstance(value, str) and IS_ID.match(value) for value in given.values()):
        return
    known = objects_for(operation_id)
    for name, value in given.items():
        if name in known and isinstance(value, str) and IS_ID.match(value):
            given[name] = known[name]


@schemathesis.check
def what_was_made_is_found(ctx, response, case):
    """Schemathesis' own check, but where a 404 speaks of something that the body or the query names, such as the branch_id of a send."""
    if response.status_code == 404:
        kind = response.json()["code"].removesuffix("_not_found")
        if "{%s_id}" % kind not in case.path:
            return None
    return ensure_resource_availability(ctx, response, case)
