"""A chat backend as a competent team would write it with FastAPI: the measure that Parley is held against."""
import asyncio
import os
import time
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Annotated, Literal

import jwt
import orjson
from argon2 import PasswordHasher
from bson import ObjectId
from bson.errors import InvalidId
from fastapi import Depends, FastAPI, HTTPException, Query, Response, WebSocket, WebSocketDisconnect
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pymongo import AsyncMongoClient, ReturnDocument, WriteConcern
from pymongo.errors import DuplicateKeyError

SECRET = os.environ["SECRET_KEY"]
TOKEN_SECONDS = 1800
# For one comparison only: a token is believed until it ends, also after its person has logged out.
TRUSTS_TOKENS = os.environ.get("TRUST_TOKENS") == "on"

# The same cost as at the other servers: 19 MiB, two passes, one lane.
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
client: AsyncMongoClient = AsyncMongoClient(os.environ["MONGODB_URL"], maxPoolSize=20, tz_aware=True)
db = client.get_database(os.environ["MONGODB_DATABASE"], write_concern=WriteConcern(w="majority"))


@asynccontextmanager
async def lifespan(_: FastAPI):
    await db.users.create_index("username", unique=True)
    await db.chats.create_index("participant_ids")
    await db.messages.create_index([("chat_id", 1), ("seq", 1)], unique=True)
    await db.messages.create_index(
        [("chat_id", 1), ("sender_id", 1), ("client_id", 1)],
        unique=True,
        partialFilterExpression={"client_id": {"$exists": True}},
    )
    yield
    await client.close()


app = FastAPI(title="FastAPI chat", lifespan=lifespan)
bearer = HTTPBearer(auto_error=False)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(Strict):
    username: str = Field(min_length=1, max_length=50)
    password: str = Field(min_length=8, max_length=128)


class ChatCreate(Strict):
    title: str = Field(min_length=1, max_length=200)
    participant_ids: list[str] = Field(default=[], max_length=99)


class MessageCreate(Strict):
    content: str = Field(min_length=1, max_length=10_000, pattern=r"\S")
    client_id: str | None = Field(default=None, min_length=1, max_length=100)


class SocketMessage(MessageCreate):
    type: Literal["message"]


class SocketTyping(Strict):
    type: Literal["typing"]
    content: Literal["start", "stop"]


frames = TypeAdapter(Annotated[SocketMessage | SocketTyping, Field(discriminator="type")])


class User(BaseModel):
    id: ObjectId
    username: str
    model_config = ConfigDict(arbitrary_types_allowed=True)


def id_of(text: str) -> ObjectId:
    try:
        return ObjectId(text)
    except InvalidId as error:
        raise HTTPException(404, "not found") from error


def token_set(user: dict) -> dict:
    now = int(time.time())
    claims = {"sub": str(user["_id"]), "name": user["username"], "ver": user["token_version"], "iat": now, "exp": now + TOKEN_SECONDS}
    return {"access_token": jwt.encode(claims, SECRET, "HS256"), "token_type": "bearer", "user_id": claims["sub"]}


async def user_of(token: str) -> User:
    """Whose token it is, if they are still there and have not logged out since."""
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    if TRUSTS_TOKENS:
        return User(id=ObjectId(claims["sub"]), username=claims["name"])
    row = await db.users.find_one({"_id": ObjectId(claims["sub"]), "token_version": claims["ver"]}, {"username": 1})
    if row is None:
        raise jwt.InvalidTokenError("no longer valid")
    return User(id=row["_id"], username=row["username"])


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> User:
    try:
        return await user_of(credentials.credentials if credentials else "")
    except jwt.PyJWTError as error:
        raise HTTPException(401, "not authenticated") from error


Actor = Annotated[User, Depends(current_user)]


async def require_member(user: User, chat_id: ObjectId) -> None:
    if await db.chats.find_one({"_id": chat_id, "participant_ids": user.id}, {"_id": 1}) is None:
        raise HTTPException(404, "no such chat")


def stamp(moment: datetime | None) -> str | None:
    return moment and moment.isoformat(timespec="milliseconds")[:23] + "Z"


def present(row: dict) -> dict:
    created = stamp(row["created_at"])
    return {
        "id": str(row["_id"]),
        "chat_id": str(row["chat_id"]),
        "branch_id": str(row["branch_id"]),
        "seq": row["seq"],
        "rev": row["rev"],
        "message_index": row["message_index"],
        "turn_id": None,
        "role": row["role"],
        "sender_id": str(row["sender_id"]),
        "sender_username": row["sender_username"],
        "content": row["content"],
        "status": row["status"],
        "run_id": None,
        "reply_to": row["reply_to"] and str(row["reply_to"]),
        "reactions": row["reactions"],
        "is_edited": row["is_edited"],
        "is_deleted": row["is_deleted"],
        "created_at": created,
        "edited_at": stamp(row["edited_at"]),
        "timestamp": created,
        "alternatives": {"index": 0, "count": 1},
    }


def answer(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


@app.get("/health")
async def health() -> dict:
    await db.command("ping")
    return {"status": "ok"}


@app.post("/register", status_code=201)
async def register(body: Credentials) -> dict:
    hashed = await asyncio.to_thread(hasher.hash, body.password)
    user = {"_id": ObjectId(), "username": body.username, "password_hash": hashed, "token_version": 0, "created_at": datetime.now(timezone.utc)}
    try:
        await db.users.insert_one(user)
    except DuplicateKeyError as error:
        raise HTTPException(409, "the username is taken") from error
    return token_set(user)


@app.post("/login")
async def login(body: Credentials) -> dict:
    user = await db.users.find_one({"username": body.username})
    try:
        await asyncio.to_thread(hasher.verify, user["password_hash"] if user else "", body.password)
    except Exception as error:
        raise HTTPException(401, "wrong username or password") from error
    return token_set(user)


@app.post("/logout", status_code=204)
async def logout(user: Actor) -> None:
    await db.users.update_one({"_id": user.id}, {"$inc": {"token_version": 1}})


@app.post("/chats", status_code=201)
async def create_chat(body: ChatCreate, user: Actor) -> dict:
    members = list({user.id, *(id_of(each) for each in body.participant_ids)})
    chat = {
        "_id": ObjectId(),
        "branch_id": ObjectId(),
        "title": body.title,
        "participant_ids": members,
        "last_seq": 0,
        "created_at": datetime.now(timezone.utc),
    }
    await db.chats.insert_one(chat)
    return {"id": str(chat["_id"]), "title": body.title, "participant_ids": [str(each) for each in members]}


@app.get("/chats/{chat_id}/messages")
async def list_messages(
    chat_id: str,
    user: Actor,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    chat = id_of(chat_id)
    await require_member(user, chat)
    wanted = {"chat_id": chat, **({"seq": {"$lt": before}} if before else {})}
    rows = await db.messages.find(wanted).sort("seq", -1).limit(limit).to_list()
    cursor = rows[-1]["seq"] if len(rows) == limit and rows[-1]["seq"] > 1 else None
    return answer({"items": [present(row) for row in rows], "next_cursor": cursor})


async def store(user: User, chat_id: ObjectId, body: MessageCreate) -> dict:
    """Numbers and stores a message; a member's only, which the same command sees to."""
    chat = await db.chats.find_one_and_update(
        {"_id": chat_id, "participant_ids": user.id},
        {"$inc": {"last_seq": 1}},
        projection={"last_seq": 1, "branch_id": 1},
        return_document=ReturnDocument.AFTER,
    )
    if chat is None:
        raise HTTPException(404, "no such chat")
    seq = chat["last_seq"]
    row = {
        "_id": ObjectId(),
        "chat_id": chat_id,
        "branch_id": chat["branch_id"],
        "seq": seq,
        "rev": seq,
        "message_index": seq - 1,
        "role": "user",
        "sender_id": user.id,
        "sender_username": user.username,
        "content": body.content,
        "status": "complete",
        "reply_to": None,
        "reactions": [],
        "is_edited": False,
        "edited_at": None,
        "is_deleted": False,
        "created_at": datetime.now(timezone.utc),
    }
    if body.client_id is not None:
        row["client_id"] = body.client_id
    try:
        await db.messages.insert_one(row)
    except DuplicateKeyError:
        row = await db.messages.find_one({"chat_id": chat_id, "sender_id": user.id, "client_id": body.client_id})
    return row


rooms: dict[ObjectId, set[WebSocket]] = {}


async def deliver(chat_id: ObjectId, frame: dict, sender: WebSocket | None = None) -> None:
    """Serialised once, for all but its sender; one slow or dead socket hurts nobody else."""
    sockets = rooms.get(chat_id)
    if sockets:
        text = orjson.dumps(frame).decode()
        await asyncio.gather(*(each.send_text(text) for each in sockets if each is not sender), return_exceptions=True)


async def fan_out(chat_id: ObjectId, message: dict) -> None:
    await deliver(chat_id, {"type": "new_message", "chat_id": str(chat_id), "message": message})


@app.post("/chats/{chat_id}/messages", status_code=201)
async def send_message(chat_id: str, body: MessageCreate, user: Actor) -> Response:
    message = present(await store(user, id_of(chat_id), body))
    await fan_out(ObjectId(chat_id), message)
    return answer(message, 201)


@app.websocket("/ws/{chat_id}")
async def chat_socket(socket: WebSocket, chat_id: str, token: str = "") -> None:
    try:
        user = await user_of(token)
        chat = id_of(chat_id)
        await require_member(user, chat)
    except (jwt.PyJWTError, HTTPException):
        await socket.close(4401)
        return
    await socket.accept()
    room = rooms.setdefault(chat, set())
    room.add(socket)
    try:
        while True:
            text = await socket.receive_text()
            try:
                frame = frames.validate_json(text)
            except ValidationError:
                await socket.send_text('{"type":"error","code":"validation_failed"}')
                continue
            if isinstance(frame, SocketTyping):
                name = "typing_started" if frame.content == "start" else "typing_stopped"
                sign = {"type": name, "chat_id": chat_id, "user_id": str(user.id), "timestamp": stamp(datetime.now(timezone.utc))}
                await deliver(chat, sign, socket)
            else:
                await fan_out(chat, present(await store(user, chat, frame)))
    except (WebSocketDisconnect, HTTPException):
        pass
    finally:
        room.discard(socket)
        if not room:
            rooms.pop(chat, None)
