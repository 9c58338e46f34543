// Made by `npm run client`. Do not edit.
import type { components } from './rest-types.ts';

/** @description How far a chat is. */
export type ChatHead = {
    /** @description The chat. */
    chat_id: string;
    /** @description The highest number of the chat that this socket should have heard of. */
    seq: number;
};
/** @description A frame could not be done. The codes are those of HTTP. */
export type ErrorFrame = {
    /** @constant */
    type: "error";
    /** @description The `id` of the frame that this answers. */
    id?: string;
    code: components["schemas"]["ErrorCode"];
    /** @description What went wrong, in a sentence for a person. */
    message: string;
    /** @description Whether the same frame can succeed later. */
    retryable: boolean;
    /** @description For validation: each faulty member. */
    errors?: components["schemas"]["FieldError"][];
};
/** @description The first frame of every socket. */
export type HelloFrame = {
    /** @constant */
    type: "hello";
    /** @description Names this socket, for example in a report of a fault. */
    connection_id: string;
    /** @description How often the server asks by a ping of the protocol whether you are there; WebSocket clients answer by themselves. */
    heartbeat_ms: number;
    limits: SocketLimits;
};
/** @description The answer to a ping. */
export type PongFrame = {
    /** @constant */
    type: "pong";
    /** @description The `id` of the frame that this answers. */
    id?: string;
    /** @description The chat of the ping. */
    chat_id?: string;
    /** @description Each chat that this socket hears, or the one that was asked for. If you are behind, subscribe again with `since`. */
    heads: ChatHead[];
    /**
     * Format: date-time
     * @description When.
     */
    timestamp: string;
};
/** @description What you have of the chat cannot be brought up to date: read it again over REST. The socket goes on from `seq`. */
export type ResyncRequiredFrame = {
    /** @constant */
    type: "resync_required";
    /** @description The chat. */
    chat_id: string;
    /** @description Changes when the history is cleared or restored from a backup; send it with `since` when you come back. */
    epoch: string;
    /** @description The number from which on you hear everything. */
    seq: number;
    /**
     * @description `cleared`: the history was cleared since, or the data were restored from a backup; `history_lost`: what happened since cannot be told whole.
     * @enum {string}
     */
    reason: "cleared" | "history_lost";
};
/** @description The server stops; the socket is closed with 1001 next. */
export type ShutdownFrame = {
    /** @constant */
    type: "shutdown";
    /** @description When to come back, with `since`; another time for each socket, so that not all come at once. */
    retry_after_ms: number;
};
/** @description What a socket may do. */
export type SocketLimits = {
    /** @description The largest frame you may send. */
    frame_bytes: number;
    /** @description How many chats this socket may hear. */
    subscriptions: number;
    /** @description Without a token in the handshake: how long you may take to send `authenticate`. */
    authenticate_ms: number;
};
/** @description The socket hears the chat no more. */
export type UnsubscribedFrame = {
    /** @constant */
    type: "unsubscribed";
    /** @description The chat. */
    chat_id: string;
    /**
     * @description `requested`: you asked for it; `removed`: you are out of the chat; `chat_deleted`: it is gone.
     * @enum {string}
     */
    reason: "requested" | "removed" | "chat_deleted";
};
/** @description The socket hears the chat. */
export type SubscribedFrame = {
    /** @constant */
    type: "subscribed";
    /** @description The chat. */
    chat_id: string;
    chat: components["schemas"]["Chat"];
    /** @description The chat's highest number now. Without `since` you hear all that comes after it; with `since`, `sync` brings you there first. */
    seq: number;
    /** @description Changes when the history is cleared or restored from a backup; send it with `since` when you come back. */
    epoch: string;
};
/** @description What happened in a chat after a number, in order: each message once, in its present state, where its newest change lies. It comes after `subscribed`, and when news on its way to you was lost. */
export type SyncFrame = {
    /** @constant */
    type: "sync";
    /** @description The chat. */
    chat_id: string;
    /** @description The number you were at. */
    from: number;
    /** @description The number you are at once you have taken over these changes. */
    to: number;
    /** @description Another `sync` follows that begins where this one ends. */
    has_more: boolean;
    changes: components["schemas"]["Change"][];
};
/** @description Says whose socket this is, as the first frame of one that came without a token; later it brings a new token of the same person before the old one ends. An API key will do as well; the answer tells when it ends, null for never. */
export type AuthenticateCommand = {
    /** @constant */
    type: "authenticate";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description An access token or an API key. */
    token: string;
};
/** @description Lets the socket hear a chat: `subscribed`, then with `since` what happened in between as `sync`, then all that comes. Again on the same chat to catch up. */
export type SubscribeCommand = {
    /** @constant */
    type: "subscribe";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @description The highest number you know of the chat: what happened after it is sent first. */
    since?: number;
    /** @description The chat's `epoch` as you know it; with another one by now you get `resync_required`. */
    epoch?: string;
};
/** @description Lets the socket hear a chat no more; the answer is `unsubscribed`. */
export type UnsubscribeCommand = {
    /** @constant */
    type: "unsubscribe";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
};
/** @description Asks whether the server is there, and how far the chats are; the answer is `pong`. */
export type PingCommand = {
    /** @constant */
    type: "ping";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id?: string;
};
/** @description Tells the others that you type, or stopped; after 6 s without another `start` the server says so for you. */
export type TypingCommand = {
    /** @constant */
    type: "typing";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @enum {string} */
    content: "start" | "stop";
};
/** @description Says that you have read everything up to a number; the others hear `read_marked`. */
export type ReadCommand = {
    /** @constant */
    type: "read";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @description The number you have read up to. */
    seq: number;
};
/** @description Sends a message; everybody in the chat hears `new_message`. */
export type MessageCommand = {
    /** @constant */
    type: "message";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @description The text: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
    content: string;
    role?: components["schemas"]["MessageRole"];
    /** @description Your own id for this send. Sending it again answers the first result instead of a second message. */
    client_id?: string;
    /** @description The branch to send to; the active one when left out. */
    branch_id?: string;
    /** @description A message of this chat that this one answers. In an assistant chat an `assistant` message that answers a turn's question completes the turn. */
    reply_to?: string;
    /** @description The newest message you know of the branch; when there is a newer one the send is refused with `head_moved`. */
    expected_head?: string;
};
/** @description Gives a message a new text; everybody in the chat hears `message_updated`. */
export type EditCommand = {
    /** @constant */
    type: "edit";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The message. */
    message_id: string;
    /** @description The text: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
    content: string;
    /** @description The `rev` you read, as `If-Match` over HTTP: another one at the server is refused with `stale_revision`. */
    rev?: number;
};
/** @description Deletes a message; everybody in the chat hears `message_deleted`. Deleting it again does nothing. */
export type DeleteCommand = {
    /** @constant */
    type: "delete";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The message. */
    message_id: string;
    /** @description The `rev` you read, as `If-Match` over HTTP: another one at the server is refused with `stale_revision`. */
    rev?: number;
};
/** @description Reacts to a message with an emoji, or takes that back; everybody in the chat hears `message_updated`. */
export type ReactCommand = {
    /** @constant */
    type: "react";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The message. */
    message_id: string;
    /** @description Exactly one emoji, as a person sees it. */
    emoji: string;
    /**
     * @description Take the reaction back.
     * @default false
     */
    remove?: boolean;
};
/** @description Makes a branch, or asks again with another text; everybody in the chat hears `branch_created`. */
export type BranchCommand = {
    /** @constant */
    type: "branch";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @description A name that no other branch of the chat has. */
    name?: string;
    /** @description Fork after this message. */
    message_id?: string;
    /** @description Fork after the message in this place of the path, from 0. */
    message_index?: number;
    /** @description Fork after this turn of the path, from 0. */
    turn_index?: number;
    /** @description The path that the index counts on or the message is on. Left out: the active branch for an index, any for a message. */
    branch_id?: string;
    /** @description Ask again: the branch is made before the chosen message, and this text is sent to it in that message's place. 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
    replace_with?: string;
    /** @description Make it the active branch. Left out: only with `replace_with`, where you may. */
    activate?: boolean;
};
/** @description Makes a branch the one that messages go to which name none; everybody hears `active_branch_changed`. */
export type ActivateBranchCommand = {
    /** @constant */
    type: "activate_branch";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @description The branch. */
    branch_id: string;
};
/** @description Sends a message and asks a model to answer it; everybody in the chat hears `reply_started`, `reply_delta` and `reply_finished`. */
export type CompleteCommand = {
    /** @constant */
    type: "complete";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The chat. */
    chat_id: string;
    /** @description The text: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
    content: string;
    /** @description The branch to send to; the active one when left out. */
    branch_id?: string;
    /** @description The newest message you know of the branch; when there is a newer one the send is refused with `head_moved`. */
    expected_head?: string;
    /** @description One of `GET /models`; the default one when left out. */
    model?: string;
    /** @description How freely the model chooses its words; the provider's default when left out. */
    temperature?: number;
    /** @description The longest reply, in tokens. */
    max_tokens?: number;
    /** @description Your own id for this send. Sending it again answers the first result instead of a second message. */
    client_id?: string;
};
/** @description Ends a reply; what was written until then stays. */
export type CancelCommand = {
    /** @constant */
    type: "cancel";
    /** @description Your word for this frame; the `ack` or `error` that answers it carries it back. */
    id?: string;
    /** @description The run. */
    run_id: string;
};
/** @description Somebody's first socket came into the chat. */
export type UserJoinedFrame = {
    /** @constant */
    type: "user_joined";
    /** @description The chat. */
    chat_id: string;
    /** @description The person. */
    user_id: string;
    /**
     * Format: date-time
     * @description When.
     */
    timestamp: string;
};
/** @description Somebody's last socket left the chat, some seconds ago. */
export type UserLeftFrame = {
    /** @constant */
    type: "user_left";
    /** @description The chat. */
    chat_id: string;
    /** @description The person. */
    user_id: string;
    /**
     * Format: date-time
     * @description When.
     */
    timestamp: string;
};
/** @description The chat's title, settings or people changed. */
export type ChatUpdatedFrame = {
    /** @constant */
    type: "chat_updated";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this change in the chat. */
    seq: number;
    /** @enum {string} */
    change: "chat_updated" | "participant_added" | "participant_changed" | "participant_removed";
    chat: components["schemas"]["Chat"];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description All messages of the chat were removed; it has a new epoch. */
export type ChatClearedFrame = {
    /** @constant */
    type: "chat_cleared";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this change in the chat. */
    seq: number;
    /** @description Changes when the history is cleared or restored from a backup. */
    epoch: string;
    /** @description The branch that a message goes to when it names none. */
    active_branch_id: string;
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description The chat is gone; its sockets are closed with 4404. */
export type ChatDeletedFrame = {
    /** @constant */
    type: "chat_deleted";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this change in the chat. */
    seq: number;
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description Somebody has read up to a number of the chat. `seq` is that number; the event has none of its own. */
export type ReadMarkedFrame = {
    /** @constant */
    type: "read_marked";
    /** @description The chat. */
    chat_id: string;
    /** @description Who. */
    user_id: string;
    /** @description The number they have read up to. */
    seq: number;
};
/** @description Somebody writes. */
export type TypingStartedFrame = {
    /** @constant */
    type: "typing_started";
    /** @description The chat. */
    chat_id: string;
    /** @description The person. */
    user_id: string;
    /**
     * Format: date-time
     * @description When.
     */
    timestamp: string;
};
/** @description Somebody stopped writing. */
export type TypingStoppedFrame = {
    /** @constant */
    type: "typing_stopped";
    /** @description The chat. */
    chat_id: string;
    /** @description The person. */
    user_id: string;
    /**
     * Format: date-time
     * @description When.
     */
    timestamp: string;
};
/** @description A message was stored. */
export type NewMessageFrame = {
    /** @constant */
    type: "new_message";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    message: components["schemas"]["Message"];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description A message was edited or reacted to; this is all of it as it is now. */
export type MessageUpdatedFrame = {
    /** @constant */
    type: "message_updated";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    message: components["schemas"]["Message"];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description A message was deleted; its text is gone. */
export type MessageDeletedFrame = {
    /** @constant */
    type: "message_deleted";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    /** @description The message. */
    message_id: string;
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description A branch was made. */
export type BranchCreatedFrame = {
    /** @constant */
    type: "branch_created";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    branch: components["schemas"]["Branch"];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description A branch has another name. */
export type BranchUpdatedFrame = {
    /** @constant */
    type: "branch_updated";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    branch: components["schemas"]["Branch"];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description Branches are gone, with their own messages. */
export type BranchDeletedFrame = {
    /** @constant */
    type: "branch_deleted";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    branch_ids: string[];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description Messages that name no branch go to another one now. */
export type ActiveBranchChangedFrame = {
    /** @constant */
    type: "active_branch_changed";
    /** @description The chat. */
    chat_id: string;
    /** @description The number of this event in the chat. */
    seq: number;
    /** @description The branch. */
    branch_id: string;
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description A model begins to write a reply; the reply itself came as `new_message`. */
export type ReplyStartedFrame = {
    /** @constant */
    type: "reply_started";
    /** @description The chat. */
    chat_id: string;
    /** @description The run. */
    run_id: string;
    run: components["schemas"]["Run"];
};
/** @description The next piece of a reply. A client that misses one waits for `reply_finished`, or reads `GET /runs/{run_id}/events`. */
export type ReplyDeltaFrame = {
    /** @constant */
    type: "reply_delta";
    /** @description The chat. */
    chat_id: string;
    /** @description The run. */
    run_id: string;
    /** @description The reply. */
    reply_id: string;
    /** @description Where the piece begins, in UTF-16 code units. */
    offset: number;
    /** @description The piece. */
    text: string;
};
/** @description A reply has ended; this is its whole text and its `status`. */
export type ReplyFinishedFrame = {
    /** @constant */
    type: "reply_finished";
    /** @description The chat. */
    chat_id: string;
    /** @description The run. */
    run_id: string;
    /** @description The number of this change in the chat. */
    seq: number;
    /** @description Why it failed. */
    code: string | null;
    message: components["schemas"]["Message"];
    /** @description When it tells of several numbers at once: the first of them; `seq` is the last. */
    first_seq?: number;
};
/** @description A `authenticate` that carried an `id` is done. */
export type AuthenticateAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    /**
     * Format: date-time
     * @description When the token ends, and with it the socket, unless another one came before; null for an API key without an end.
     */
    expires_at: string | null;
};
/** @description A `subscribe` that carried an `id` is done. */
export type SubscribeAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    /** @description The chat. */
    chat_id: string;
    /** @description The number that the socket is at: it has heard of everything up to it. */
    seq: number;
};
/** @description A `unsubscribe` that carried an `id` is done. */
export type UnsubscribeAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
};
/** @description A `typing` that carried an `id` is done. */
export type TypingAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
};
/** @description A `read` that carried an `id` is done. */
export type ReadAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    /** @description The chat. */
    chat_id: string;
    /** @description You. */
    user_id: string;
    /** @description The number you have read up to: what you sent, or a higher one that it was before. */
    seq: number;
    /** @description How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted. */
    unread_count: number;
};
/** @description A `message` that carried an `id` is done. */
export type MessageAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    message: components["schemas"]["Message"];
    /** @description It was stored before, by an earlier send with the same `client_id`. */
    replayed: boolean;
};
/** @description A `edit` that carried an `id` is done. */
export type EditAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    message: components["schemas"]["Message"];
};
/** @description A `delete` that carried an `id` is done. */
export type DeleteAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
};
/** @description A `react` that carried an `id` is done. */
export type ReactAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    message: components["schemas"]["Message"];
};
/** @description A `branch` that carried an `id` is done. */
export type BranchAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    branch: components["schemas"]["BranchCreated"];
};
/** @description A `activate_branch` that carried an `id` is done. */
export type ActivateBranchAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    branch: components["schemas"]["Branch"];
};
/** @description A `complete` that carried an `id` is done. */
export type CompleteAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    run: components["schemas"]["Run"];
    message: components["schemas"]["Message"];
    reply: components["schemas"]["Message"];
    /** @description It was asked before, with the same `client_id`. */
    replayed: boolean;
};
/** @description A `cancel` that carried an `id` is done. */
export type CancelAck = {
    /** @constant */
    type: "ack";
    /** @description The `id` of the frame that was done. */
    id: string;
    run: components["schemas"]["Run"];
};

/** Every frame a client can send. */
export type ClientFrame =
    | AuthenticateCommand
    | SubscribeCommand
    | UnsubscribeCommand
    | PingCommand
    | TypingCommand
    | ReadCommand
    | MessageCommand
    | EditCommand
    | DeleteCommand
    | ReactCommand
    | BranchCommand
    | ActivateBranchCommand
    | CompleteCommand
    | CancelCommand;

/** Every frame a client can hear. */
export type ServerFrame =
    | ErrorFrame
    | HelloFrame
    | PongFrame
    | ResyncRequiredFrame
    | ShutdownFrame
    | UnsubscribedFrame
    | SubscribedFrame
    | SyncFrame
    | UserJoinedFrame
    | UserLeftFrame
    | ChatUpdatedFrame
    | ChatClearedFrame
    | ChatDeletedFrame
    | ReadMarkedFrame
    | TypingStartedFrame
    | TypingStoppedFrame
    | NewMessageFrame
    | MessageUpdatedFrame
    | MessageDeletedFrame
    | BranchCreatedFrame
    | BranchUpdatedFrame
    | BranchDeletedFrame
    | ActiveBranchChangedFrame
    | ReplyStartedFrame
    | ReplyDeltaFrame
    | ReplyFinishedFrame
    | AuthenticateAck
    | SubscribeAck
    | UnsubscribeAck
    | TypingAck
    | ReadAck
    | MessageAck
    | EditAck
    | DeleteAck
    | ReactAck
    | BranchAck
    | ActivateBranchAck
    | CompleteAck
    | CancelAck;

/** The frames whose `seq` is their place in the log of their chat. */
export type NumberedFrame =
    | ChatUpdatedFrame
    | ChatClearedFrame
    | ChatDeletedFrame
    | NewMessageFrame
    | MessageUpdatedFrame
    | MessageDeletedFrame
    | BranchCreatedFrame
    | BranchUpdatedFrame
    | BranchDeletedFrame
    | ActiveBranchChangedFrame
    | ReplyFinishedFrame;

/** The frame that answers a frame, by the `type` of that. */
export interface Answers {
    authenticate: AuthenticateAck;
    subscribe: SubscribeAck;
    unsubscribe: UnsubscribeAck;
    ping: PongFrame;
    typing: TypingAck;
    read: ReadAck;
    message: MessageAck;
    edit: EditAck;
    delete: DeleteAck;
    react: ReactAck;
    branch: BranchAck;
    activate_branch: ActivateBranchAck;
    complete: CompleteAck;
    cancel: CancelAck;
}
