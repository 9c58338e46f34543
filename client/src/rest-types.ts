// Made by `npm run client`. Do not edit.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where things are
         * @description The name and version of the server, its addresses and its limits.
         */
        get: operations["getRoot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What this server is
         * @description The name and version of the server, its addresses and its limits.
         */
        get: operations["getInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check server and database
         * @description Answers 200 with the state of the database, or 503 with the same shape when the database does not answer within a second.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description For a supervisor: 200 as long as the process can answer at all, whatever the database does.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Does it take work?
         * @description For a balancer: 503 while the server starts or stops, while the database does not answer, and when an index is missing, which `detail` names. Without its Redis it still takes work: what other processes write then arrives some seconds later.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make an account
         * @description Makes an account from an email and a password and logs it in: go on with the `access_token` at once. Email and username must be free, whatever their case.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Begins a session with a password and exactly one of `email` and `username` (which may also hold the email), in any case. An unknown name and a wrong password get the same answer.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get tokens by OAuth 2
         * @description OAuth 2's token endpoint, for the Authorize button of these pages and for OAuth clients: a form with `grant_type=password`, `username` (the email or the username) and `password`, or with `grant_type=refresh_token` and `refresh_token`. Client credentials are accepted and not looked at. Errors have the form of RFC 6749.
         */
        post: operations["token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh the tokens
         * @description Exchanges a refresh token for new tokens. Each refresh token works once; sent again within ten seconds (the answer was lost, or several tabs refreshed at once) it gives the same successor. Sent again later it counts as stolen, and the session ends.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session of this access token. Its tokens are refused from now on, and its sockets are closed. No body is needed.
         *
         *     No API key can do this.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my sessions
         * @description Where you are logged in, the latest login first, a page at a time.
         *
         *     No API key can do this.
         *
         *     No API key can do this.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session
         * @description Logs out one of your sessions, for example on a device you have lost.
         *
         *     No API key can do this.
         */
        delete: operations["revokeSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my password
         * @description Changes your password and ends all your other sessions; this one stays.
         *
         *     No API key can do this.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/ws-ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a ticket for a WebSocket
         * @description A browser can send no `Authorization` header with a WebSocket, and an address with a token in it would be logged on its way. So get a ticket, and open `ws://…/api/v1/ws?ticket=…` (many chats) or `ws://…/api/v1/ws/{chat_id}?ticket=…` (one) with it within 30 seconds; it works once. The socket then ends with the access token or the API key that asked for the ticket. No body is needed.
         *
         *     Other clients open the socket with an `Authorization: Bearer` header, with `?token=…`, or with nothing and a first frame `{"type":"authenticate","token":"…"}`. A request without an upgrade gets 426. What is said on the socket, and with which codes it is closed, stands in the AsyncAPI document.
         *
         *     An API key needs the scope `read`.
         */
        post: operations["issueSocketTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my API keys
         * @description Your API keys without the keys themselves, the newest first, a page at a time. Those that have ended are not among them.
         *
         *     No API key can do this.
         *
         *     No API key can do this.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make an API key
         * @description Makes a key for a program that acts for you. It goes wherever an access token does, within its scopes and with rate limits of its own; it ends when you revoke it, at its `expires_at`, and with your account, but not with your sessions or password. It is answered here and never again. Only an administrator can give the scope `admin`. A person has at most 50.
         *
         *     No API key can do this.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/api-keys/{api_key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key
         * @description Ends one of your API keys: it is refused from now on, and its sockets are closed.
         *
         *     No API key can do this.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get my account
         * @description Your own account, with the email and role that nobody else sees.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getMe"];
        /**
         * Change my account
         * @description Changes the members you send and keeps the others, with PUT as with PATCH. A new email or username must be free, whatever its case; `full_name: null` removes the full name. An API key cannot change the email or the username: one logs in with them.
         *
         *     An API key needs the scope `write`.
         */
        put: operations["updateMeByPut"];
        post?: never;
        /**
         * Delete my account
         * @description Deletes your account and ends all its sessions at once. The email and the username can be registered again. The last active administrator cannot be deleted.
         *
         *     No API key can do this.
         */
        delete: operations["deleteMe"];
        options?: never;
        head?: never;
        /**
         * Change my account
         * @description Changes the members you send and keeps the others, with PUT as with PATCH. A new email or username must be free, whatever its case; `full_name: null` removes the full name. An API key cannot change the email or the username: one logs in with them.
         *
         *     An API key needs the scope `write`.
         */
        patch: operations["updateMe"];
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List people
         * @description The public profiles of everybody, oldest account first, a page at a time. A profile never holds an email.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search people
         * @description The public profiles whose username or full name begins with `q`, in any case and in the order of the name that matched. Somebody who matches by both is listed once. Every character stands for itself: there are no wildcards.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["searchUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a person
         * @description The public profile of one person.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /**
         * Delete an account
         * @description Deletes an account: your own, or any as an administrator. Its sessions end at once; its email and username can be registered again. The last active administrator cannot be deleted.
         *
         *     No API key can do this.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Mark as read
         * @description Says that you have read everything up to a number of the chat. Your mark only moves forward: a lower number changes nothing. Sending a message moves it too, and whoever is added to a chat begins at that moment. The others hear `read_marked`. Marks have no number of their own in the chat: after an absence read them again.
         *
         *     An API key needs the scope `write`.
         */
        put: operations["markRead"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/reads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See who has read what
         * @description Up to which number everybody in the chat has read. A message was seen by those whose mark is at its `seq` or beyond.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listReads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See which of my chats moved
         * @description Tells in which of your chats something happened since you last asked, for all of them at once; the first time, without `since`, it tells all your chats. Compare `epoch` and `last_seq` with what you know, and ask only those that moved for their changes. No chat is ever left out; one that moved within the last minutes may come again. Cursors hold for 30 days, and until the data are restored from a backup; then the answer is 410: ask without `since`, and forget the chats that are not told.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["sync"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my chats
         * @description The chats you are in, newest activity first, each with its newest message.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listChats"];
        put?: never;
        /**
         * Make a chat
         * @description Makes an `assistant`, `direct` or `group` chat. There is one direct chat for a pair: asking for it again answers 200 with the same chat, however many ask at once. Whoever makes a group is its first admin.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["createChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a chat
         * @description A chat you are in, with its people; with `include=messages,branches` the whole chat: also the first pages of its messages (oldest first) and branches, each with the cursor for the next. The `ETag` is its version.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getChat"];
        /**
         * Change a chat
         * @description Changes title, system prompt or what an assistant may do and know here; members you leave out stay. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.
         *
         *     An API key needs the scope `write`.
         */
        put: operations["updateChatByPut"];
        post?: never;
        /**
         * Delete a chat
         * @description Removes the chat with all its messages, for everybody. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["deleteChat"];
        options?: never;
        head?: never;
        /**
         * Change a chat
         * @description Changes title, system prompt or what an assistant may do and know here; members you leave out stay. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.
         *
         *     An API key needs the scope `write`.
         */
        patch: operations["updateChat"];
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave a group
         * @description Takes you out of a group. When its last admin leaves, whoever has been there longest becomes admin; when its last person leaves, the group is deleted.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["leaveChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the people of a chat
         * @description Everybody in a chat you are in.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listParticipants"];
        put?: never;
        /**
         * Add people to a group
         * @description An admin adds people; a group holds 100 at the most. All of them are added or none. Those who are in already stay as they are.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["addParticipants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/participants/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove somebody from a group
         * @description An admin removes anybody, everybody may remove themselves (which is leaving). Nothing later reaches the one removed.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["removeParticipant"];
        options?: never;
        head?: never;
        /**
         * Make somebody an admin, or not
         * @description An admin gives or takes the right to change the group. A group always keeps one admin.
         *
         *     An API key needs the scope `write`.
         */
        patch: operations["updateParticipant"];
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Catch up
         * @description What happened in a chat since the number `since`, in order, as it is now: each message that was sent or changed once, in its present state (deleted ones as tombstones), and the changes of the chat, its people and its branches as ids. Take the pages over in their order until `has_more` is false; then you have what a fresh read would give. Messages of a branch that was deleted do not come: `branch_deleted` tells that all of them are gone. Where it cannot be told whole, because the chat was cleared since, never had that number, or was restored from a backup (then it has another `epoch`, so send the one you know), the answer is 410: read the chat again from the start.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{message_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what a message said before
         * @description The earlier texts of an edited message, newest first; the newest 50 are kept. Everybody in the chat may read them. They are gone with the message: when it is deleted, its branch is deleted or the chat is cleared.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listMessageVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{message_id}/reactions/{emoji}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * React to a message
         * @description Adds your reaction with one emoji; again does nothing. A message takes at most 20 different emoji. Everybody in the chat hears `message_updated`.
         *
         *     An API key needs the scope `write`.
         */
        put: operations["addReaction"];
        post?: never;
        /**
         * Take a reaction back
         * @description Removes your reaction with one emoji; when there is none it does nothing.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["removeReaction"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the history
         * @description A page of messages, newest first unless `order=asc`. Go on with `next_cursor`, or start at a message with `before`, `after` or `around`. `count` is the exact number of messages. Once a chat was cleared, or restored from a backup, cursors of before answer 410.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listMessages"];
        put?: never;
        /**
         * Send a message
         * @description Stores a message and answers once a majority of the database has it; everybody in the chat hears it at once. With a `client_id` (or the `Idempotency-Key` header) you may send it again after a lost answer: it is stored once, and the repeat answers 200 with `Idempotency-Replayed: true`.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["sendMessage"];
        /**
         * Clear the history
         * @description Removes all messages for everybody; the chat starts anew with an empty `main` branch and a new `epoch`. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["clearMessages"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the turns
         * @description A page of the questions and answers on a branch's path, oldest first unless `order=desc`. A question that has no answer yet has `response: null`.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listTurns"];
        put?: never;
        /**
         * Store a question with its answer
         * @description Stores both halves of a turn in your assistant chat, both or neither, next to each other. Repeating it with the same `client_id` (or `Idempotency-Key`) answers 200 with the first result.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["addTurn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a message
         * @description One message of a chat you are in. The `ETag` is its `rev`, the value for `If-Match`. A deleted message is a tombstone without text.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getMessage"];
        /**
         * Edit a message
         * @description Gives a message a new text; its place in the history stays. Only its sender may, and in an assistant chat its owner. With `If-Match` an edit of something outdated answers 412.
         *
         *     An API key needs the scope `write`.
         */
        put: operations["updateMessageByPut"];
        post?: never;
        /**
         * Delete a message
         * @description Removes the text and leaves a tombstone, so that nothing after it moves. Its sender may, and an admin of the group. Deleting it again does nothing.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        /**
         * Edit a message
         * @description Gives a message a new text; its place in the history stays. Only its sender may, and in an assistant chat its owner. With `If-Match` an edit of something outdated answers 412.
         *
         *     An API key needs the scope `write`.
         */
        patch: operations["updateMessage"];
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/branches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the branches
         * @description The branches of a chat, oldest first, each with its size and its newest message. What happens to branches otherwise: clearing the chat removes them all and begins a new `main`; deleting a message leaves a tombstone, so no place on any path moves; removing somebody from the chat leaves what they made.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listBranches"];
        put?: never;
        /**
         * Branch here, or ask again
         * @description Makes a branch after the message that exactly one of `message_id`, `message_index` and `turn_index` names; an index counts on the path of `branch_id` or the active branch. It costs the same however long the history is: nothing is copied. With `replace_with` it is "edit my question and ask again": the branch is made before that message and the new text is sent to it, as an `alternative`. Anybody in the chat may branch. A chat has at most 1,000 branches, a branch at most 100 ancestors.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["createBranch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/branches/{branch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a branch
         * @description One branch with its size and its newest message.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getBranch"];
        put?: never;
        post?: never;
        /**
         * Delete a branch
         * @description Removes a branch and its own messages. Refused while it is `main`, active, or has branches forked from it; `cascade=true` removes those too. In a group who made them all may, and an admin.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["deleteBranch"];
        options?: never;
        head?: never;
        /**
         * Rename a branch
         * @description Gives a branch another name; no two branches of a chat have the same. In a group who made it may, and an admin.
         *
         *     An API key needs the scope `write`.
         */
        patch: operations["updateBranch"];
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/active-branch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set the active branch
         * @description Messages that name no branch go to the active one, and its path is the history that is shown first. In a group only an admin sets it.
         *
         *     An API key needs the scope `write`.
         */
        put: operations["setActiveBranch"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the tree
         * @description The shape of a chat for drawing: every branch with its fork point, sizes, newest message and first words; parents come before children.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getTree"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/branches/{branch_id}/diff/{other_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare two branches
         * @description Where two branches part, and the first messages that each has after.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["diffBranches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/fork": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy into a new chat
         * @description Makes an assistant chat of your own from the path of one branch, or with all branches. Messages get new ids and keep their order, their senders and their tombstones; `forked_from` says what it is a copy of. At most 100,000 messages.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["forkChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a model
         * @description Stores your message and a reply that a model writes, and answers both once the reply has ended; or as it is written (server-sent events). The people of the chat hear the same on their sockets. Your message is kept whatever becomes of the model; a lost connection does not end the reply. In a group an admin must have let the assistant in.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["createCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{message_id}/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a reply written again
         * @description Makes an alternative branch on which a model answers the same message again; the first reply stays where it is. Answers like asking a model.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["regenerateReply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{run_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a run
         * @description How far a model is with a reply.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{run_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a run
         * @description What a model writes, as it is written (server-sent events), from the beginning or behind `Last-Event-ID`, up to its end; at any process, also when the run has ended.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["followRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{run_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a reply
         * @description Stops the model and keeps what it wrote until then; the reply is `stopped`. Who asked may, and an admin of the chat.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["cancelRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what a model is told
         * @description Exactly the messages that a model would be sent if you asked `content` now (or, without it, what comes before a question): the system prompt, your memories, the summary of what no longer fits, and the newest messages of the branch that fit, with what each part costs in tokens and what was cut. Nothing is stored and no model is asked.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getContext"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my memories
         * @description The facts that replies in your own assistant chats know, oldest first.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listMemories"];
        put?: never;
        /**
         * Have something remembered
         * @description Keeps a fact that replies in your own assistant chats are to know, unless a chat has `memories_enabled` off. You can have 200.
         *
         *     An API key needs the scope `write`.
         */
        post: operations["createMemory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memories/{memory_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a memory
         * @description One of your memories.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getMemory"];
        put?: never;
        post?: never;
        /**
         * Delete a memory
         * @description Forgets one of your memories for good.
         *
         *     An API key needs the scope `write`.
         */
        delete: operations["deleteMemory"];
        options?: never;
        head?: never;
        /**
         * Change a memory
         * @description Gives one of your memories a new text; the next reply knows it.
         *
         *     An API key needs the scope `write`.
         */
        patch: operations["updateMemory"];
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the models
         * @description Every model that can be asked for replies, the default first. Which there are is the operator's choice; with none connected it is the built-in `offline` model, which is no language model.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List accounts
         * @description All accounts with email and role, oldest first, a page at a time. With `q` those whose email, username or full name begins so, in the order of what matched.
         *
         *     An API key needs the scope `admin`.
         *
         *     An API key needs the scope `admin`.
         */
        get: operations["listAccounts"];
        put?: never;
        /**
         * Make an account for somebody
         * @description Makes an account with a password for you to hand on, as `user` or as `admin`. Nobody is logged in by it.
         *
         *     An API key needs the scope `admin`.
         */
        post: operations["createAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change somebody's account
         * @description Changes the full name, or switches the account off (`is_active: false`) and on again. Switching it off ends all its sessions and closes its sockets at once; a login answers `account_deactivated`. The last active administrator cannot be switched off.
         *
         *     An API key needs the scope `admin`.
         */
        patch: operations["updateAccount"];
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change somebody's role
         * @description Makes somebody an administrator, or a user again; it counts from their next request on. The last active administrator cannot be made a user.
         *
         *     An API key needs the scope `admin`.
         */
        patch: operations["changeRole"];
        trace?: never;
    };
    "/api/v1/admin/users/{user_id}/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List somebody's chats
         * @description The chats a person is in, newest activity first, as they see them. That you looked is written to the audit log first.
         *
         *     An API key needs the scope `admin`.
         *
         *     An API key needs the scope `admin`.
         */
        get: operations["listChatsOfUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/chats/{chat_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the history of any chat
         * @description A page of the messages of a chat you need not be in, newest first unless `order=asc`; what was deleted stays hidden. That you looked is written to the audit log first.
         *
         *     An API key needs the scope `admin`.
         *
         *     An API key needs the scope `admin`.
         */
        get: operations["readAnyMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log
         * @description What administrators did and which chats they read, newest first, a page at a time. Nothing changes or removes an entry.
         *
         *     An API key needs the scope `admin`.
         *
         *     An API key needs the scope `admin`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the usage of models
         * @description How many tokens people used, by person and model, a page at a time, and the sums over all of it. Days are those of UTC.
         *
         *     An API key needs the scope `admin`.
         *
         *     An API key needs the scope `admin`.
         */
        get: operations["listUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ws/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the sockets
         * @description How many sockets, people and chats are connected, in all processes that share a Redis: what the others said within the last seconds. Whoever has sockets to several processes counts in each; so does a chat.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["getSocketStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chats/{chat_id}/online": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is online in a chat
         * @description The people who have a socket open in a chat you are in.
         *
         *     An API key needs the scope `read`.
         *
         *     An API key needs the scope `read`.
         */
        get: operations["listOnline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description A stable word for programs. Newer servers may know more of them.
         * @enum {string}
         */
        ErrorCode: "unknown_frame" | "validation_failed" | "malformed_json" | "invalid_cursor" | "index_off_path" | "model_not_found" | "password_too_common" | "context_too_large" | "bad_request" | "unsupported_grant_type" | "unauthenticated" | "authentication_timeout" | "token_expired" | "invalid_credentials" | "invalid_refresh_token" | "forbidden" | "insufficient_scope" | "origin_not_allowed" | "role_not_allowed" | "group_only" | "assistant_not_allowed" | "account_deactivated" | "route_not_found" | "user_not_found" | "session_not_found" | "api_key_not_found" | "chat_not_found" | "participant_not_found" | "message_not_found" | "branch_not_found" | "run_not_found" | "memory_not_found" | "method_not_allowed" | "email_taken" | "username_taken" | "already_participant" | "chat_full" | "last_admin" | "last_site_admin" | "message_deleted" | "too_many_reactions" | "branch_name_taken" | "branch_in_use" | "branch_too_deep" | "too_many_branches" | "too_many_api_keys" | "too_many_memories" | "too_many_sockets" | "too_many_subscriptions" | "chat_too_large" | "run_ended" | "run_in_progress" | "head_moved" | "idempotency_conflict" | "resync_required" | "stale_revision" | "body_too_large" | "unsupported_media_type" | "upgrade_required" | "rate_limited" | "chat_busy" | "too_many_runs" | "ai_budget_exhausted" | "internal_error" | "ai_unavailable" | "ai_bad_answer" | "ai_refused" | "interrupted" | "unavailable" | "database_unavailable" | "retry_same_client_id" | "overloaded" | "ai_rate_limited" | "request_timeout" | "ai_timeout";
        /** @description One of the server-sent events that tell of a reply. */
        ReplyEvent: {
            /** @enum {string} */
            event: "reply_started" | "reply_delta" | "reply_finished" | "error";
            /** @description To go on behind it: send it as `Last-Event-ID`. */
            id: string;
            /** @description What happened, as JSON. */
            data: string;
        };
        /** @description A faulty member of a request. */
        FieldError: {
            /** @description Where: `/content`, `/participant_ids/3`, or empty for the whole. */
            path: string;
            /** @description What is wrong there. */
            message: string;
        };
        /** @description RFC 9457 problem details. Every error of every operation has this shape. */
        Problem: {
            /** @description A URI reference for the kind of error; `about:blank#code`. */
            type: string;
            title: string;
            status: number;
            /** @description What went wrong this time, in a sentence for a person. */
            detail: string;
            /** @description The path that was asked for. */
            instance: string;
            code: components["schemas"]["ErrorCode"];
            /** @description The same as the `X-Request-Id` header; quote it when you ask for help. */
            request_id: string;
            /** @description For validation: each faulty member. */
            errors?: components["schemas"]["FieldError"][];
            /** @description With `head_moved`: the newest message of the branch now. */
            current_head?: string | null;
            /** @description The run that failed: the message it answers is stored. */
            run_id?: string;
            /** @enum {boolean} */
            success: false;
            /** @description The same text as `detail`. */
            error: string;
        };
        /** @description The process answers. */
        Alive: {
            /** @enum {string} */
            status: "ok";
        };
        /** @description How the server and its database are. */
        Health: {
            /** @enum {string} */
            status: "ok" | "unavailable";
            /** @enum {string} */
            database: "up" | "down";
            /**
             * @description Whether the processes hear of each other at once; absent where there is no Redis.
             * @enum {string}
             */
            redis?: "up" | "down";
            version: string;
            uptime_seconds: number;
        };
        /** @description What this server is. */
        Info: {
            name: string;
            version: string;
            description: string;
            links: components["schemas"]["Links"];
            limits: components["schemas"]["Limits"];
        };
        /** @description The bounds a client should know. */
        Limits: {
            [key: string]: number;
        };
        /** @description Addresses on this server, by what is there. */
        Links: {
            [key: string]: string;
        };
        /** @description The server takes work. */
        Ready: {
            /** @enum {string} */
            status: "ok";
            /**
             * @description Whether the processes hear of each other at once; absent where there is no Redis.
             * @enum {string}
             */
            redis?: "up" | "down";
        };
        /** @description One's own account. */
        Me: {
            /** @description The account's id. */
            id: string;
            /** @description The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case. */
            username: string;
            /** @description The name for people to read, in any script; without control characters. */
            full_name: string | null;
            /** @description False while an administrator has switched the account off. */
            is_active: boolean;
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the person's last socket closed; null if none has yet.
             */
            last_seen: string | null;
            /**
             * Format: email
             * @description The address of the account. Unique whatever its case; never shown to others.
             */
            email: string;
            role: components["schemas"]["UserRole"];
            /**
             * Format: date-time
             * @description When the account was last changed.
             */
            updated_at: string;
        };
        /** @description A person as everybody may see them. */
        User: {
            /** @description The account's id. */
            id: string;
            /** @description The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case. */
            username: string;
            /** @description The name for people to read, in any script; without control characters. */
            full_name: string | null;
            /** @description False while an administrator has switched the account off. */
            is_active: boolean;
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the person's last socket closed; null if none has yet.
             */
            last_seen: string | null;
        };
        /** @description A page of people. */
        UserPage: {
            items: components["schemas"]["User"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /**
         * @description What an account may do: an `admin` looks after the whole server.
         * @enum {string}
         */
        UserRole: "user" | "admin";
        /** @description What to change of one's own account; members left out stay. `full_name: null` removes the name. */
        UserUpdate: {
            /** @description The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case. */
            username?: string;
            /** @description The name for people to read, in any script; without control characters. */
            full_name?: string | null;
            /**
             * Format: email
             * @description The address of the account. Unique whatever its case; never shown to others.
             */
            email?: string;
        };
        /** @description Exactly one of `email` and `username`, and the password. */
        Login: {
            /** @description The email, in any case. */
            email?: string;
            /** @description The username or the email, in any case. */
            username?: string;
            /** @description The password. */
            password: string;
        };
        /** @description An account to make. Without a username it gets a made-up one, to be changed later. */
        NewAccount: {
            /**
             * Format: email
             * @description The address of the account. Unique whatever its case; never shown to others.
             */
            email: string;
            /** @description The password: 8 to 128 characters, any of them. In production one that is among the first to be guessed is refused. */
            password: string;
            /** @description The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case. */
            username?: string;
            /** @description The name for people to read, in any script; without control characters. */
            full_name?: string | null;
        };
        /** @description An error in the form that OAuth 2 clients know (RFC 6749, section 5.2). */
        OAuthError: {
            /** @enum {string} */
            error: "invalid_request" | "invalid_client" | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "server_error" | "temporarily_unavailable";
            /** @description What went wrong, in a sentence. */
            error_description: string;
        };
        /** @description The password as it is and as it shall be. */
        PasswordChange: {
            /** @description The password. */
            current_password: string;
            /** @description The password: 8 to 128 characters, any of them. In production one that is among the first to be guessed is refused. */
            new_password: string;
        };
        /** @description The token to exchange. */
        Refresh: {
            /** @description The `refresh_token` of the last answer; each works once. */
            refresh_token: string;
        };
        /** @description The new account, and the tokens to go on with at once. */
        Registration: {
            user: components["schemas"]["Me"];
            /** @description Send it as `Authorization: Bearer …`. */
            access_token: string;
            /** @enum {string} */
            token_type: "bearer";
            /** @description How many seconds the access token is valid. */
            expires_in: number;
            /** @description The `refresh_token` of the last answer; each works once. */
            refresh_token: string;
        };
        /** @description A login on one device. */
        Session: {
            /** @description The session's id. */
            id: string;
            /**
             * Format: date-time
             * @description When it was begun by a login.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When its tokens were last refreshed.
             */
            last_used_at: string;
            /**
             * Format: date-time
             * @description When it ends unless it is refreshed before.
             */
            expires_at: string;
            /** @description What the client called itself. */
            user_agent: string | null;
            /** @description The address it was begun from. */
            ip: string | null;
            /** @description Whether this request belongs to it. */
            is_current: boolean;
        };
        /** @description A page of one's sessions. */
        SessionPage: {
            items: components["schemas"]["Session"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description What opens one WebSocket. */
        SocketTicket: {
            /** @description Open the socket with `?ticket=…`; it works once. */
            ticket: string;
            /** @description How many seconds it can be used. */
            expires_in: number;
        };
        /** @description An OAuth 2 token request, as a form. */
        TokenRequest: {
            /** @description `password` (the default) or `refresh_token`. */
            grant_type?: string;
            /** @description For `password`: the email or the username. */
            username?: string;
            /** @description For `password`: the password. */
            password?: string;
            /** @description For `refresh_token`: the token of the last answer. */
            refresh_token?: string;
            /** @description Accepted and not used: a token may do what its person may do. */
            scope?: string;
            /** @description Accepted and not used. */
            client_id?: string;
            /** @description Accepted and not used. */
            client_secret?: string;
        };
        /** @description What a client needs to act for a person (RFC 6749, section 5.1). */
        TokenSet: {
            /** @description Send it as `Authorization: Bearer …`. */
            access_token: string;
            /** @enum {string} */
            token_type: "bearer";
            /** @description How many seconds the access token is valid. */
            expires_in: number;
            /** @description The `refresh_token` of the last answer; each works once. */
            refresh_token: string;
        };
        /** @description A key that a program acts for you with. The key itself is not shown again. */
        ApiKey: {
            /** @description The key's id. */
            id: string;
            /** @description What you call it, to know it again. */
            name: string;
            /** @description What it may be used for. `read`: the operations that only read, and to listen on a socket. `write`: all else of your own, and what `read` may. `admin`: the operations under `/admin`, as long as you are an administrator, and nothing else. None lets a key manage what you log in with. */
            scopes: ("read" | "write" | "admin")[];
            /** @description How the key begins. */
            prefix: string;
            /** @description How the key ends. */
            last_four: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was last used, to the minute; null before the first time.
             */
            last_used_at: string | null;
            /**
             * Format: date-time
             * @description When it ends; null for never.
             */
            expires_at: string | null;
        };
        /** @description An API key to make. */
        ApiKeyCreate: {
            /** @description What you call it, to know it again. */
            name: string;
            /** @description What it may be used for. `read`: the operations that only read, and to listen on a socket. `write`: all else of your own, and what `read` may. `admin`: the operations under `/admin`, as long as you are an administrator, and nothing else. None lets a key manage what you log in with. */
            scopes: ("read" | "write" | "admin")[];
            /**
             * Format: date-time
             * @description When it shall end: a time to come. Left out or null: not before it is revoked.
             */
            expires_at?: string | null;
        };
        /** @description A page of one's API keys. */
        ApiKeyPage: {
            items: components["schemas"]["ApiKey"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description The new API key, with the key itself. */
        NewApiKey: {
            /** @description The key's id. */
            id: string;
            /** @description What you call it, to know it again. */
            name: string;
            /** @description What it may be used for. `read`: the operations that only read, and to listen on a socket. `write`: all else of your own, and what `read` may. `admin`: the operations under `/admin`, as long as you are an administrator, and nothing else. None lets a key manage what you log in with. */
            scopes: ("read" | "write" | "admin")[];
            /** @description How the key begins. */
            prefix: string;
            /** @description How the key ends. */
            last_four: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was last used, to the minute; null before the first time.
             */
            last_used_at: string | null;
            /**
             * Format: date-time
             * @description When it ends; null for never.
             */
            expires_at: string | null;
            /** @description The key: send it as `Authorization: Bearer …`. It is shown this once and stored nowhere. */
            key: string;
        };
        /** @description A conversation. */
        Chat: {
            /** @description The chat. */
            id: string;
            type: components["schemas"]["ChatType"];
            /** @description A name for the chat. */
            title: string | null;
            /** @description What an assistant is told before the conversation. */
            system_prompt: string | null;
            /** @description Whether replies in an `assistant` chat know what you had remembered (`/memories`). Without effect in other chats: nobody else is to learn it from a reply. */
            memories_enabled: boolean;
            /** @description Whether an assistant may reply. Always true in `assistant` chats and false in `direct` ones; in a `group` its admins decide, and it is false at first. */
            assistant_enabled: boolean;
            /** @description Who made the chat. */
            owner_id: string;
            participants: components["schemas"]["Participant"][];
            /** @description The branch that a message goes to when it names none. */
            active_branch_id: string;
            /** @description Changes when the history is cleared or restored from a backup. */
            epoch: string;
            /** @description Counts the changes of this object. */
            version: number;
            /** @description The highest number of the chat's log. */
            last_seq: number;
            last_message: components["schemas"]["LastMessage"] | null;
            /** @description How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted. Told where a chat is made or read, not in events and answers to changes. */
            unread_count?: number;
            forked_from: components["schemas"]["ChatOrigin"] | null;
            /**
             * Format: date-time
             * @description When the chat was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When something last happened in it; lists are ordered by it.
             */
            updated_at: string;
        };
        /** @description What a new chat needs. */
        ChatCreate: {
            /** @default assistant */
            type?: components["schemas"]["ChatType"];
            /** @description A name for the chat. */
            title?: string;
            /** @description The other people: one for `direct`, 1 to 99 for `group`, none for `assistant`. */
            participant_ids?: string[];
            /** @description What an assistant is told before the conversation. */
            system_prompt?: string;
            /**
             * @description Whether replies in an `assistant` chat know what you had remembered (`/memories`). Without effect in other chats: nobody else is to learn it from a reply.
             * @default true
             */
            memories_enabled?: boolean;
            /** @description Whether an assistant may reply. Always true in `assistant` chats and false in `direct` ones; in a `group` its admins decide, and it is false at first. */
            assistant_enabled?: boolean;
        };
        /** @description What a chat is a copy of. */
        ChatOrigin: {
            /** @description The chat it was copied from. */
            chat_id: string;
            /** @description The branch whose path was copied; null when all were. */
            branch_id: string | null;
            /** @description The highest number of that chat when it was copied. */
            seq: number;
        };
        /** @description A page of one's chats. */
        ChatPage: {
            items: components["schemas"]["Chat"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /**
         * @description `assistant`: one person's conversation with a model. `direct`: two people, one chat a pair. `group`: up to 100 people.
         * @enum {string}
         */
        ChatType: "assistant" | "direct" | "group";
        /** @description What to change; members left out stay as they are. */
        ChatUpdate: {
            /** @description A name for the chat. */
            title?: string | null;
            /** @description What an assistant is told before the conversation. */
            system_prompt?: string | null;
            /** @description Whether replies in an `assistant` chat know what you had remembered (`/memories`). Without effect in other chats: nobody else is to learn it from a reply. */
            memories_enabled?: boolean;
            /** @description Whether an assistant may reply. Always true in `assistant` chats and false in `direct` ones; in a `group` its admins decide, and it is false at first. */
            assistant_enabled?: boolean;
        };
        /** @description The newest message of a chat, shortened. */
        LastMessage: {
            /** @description The message. */
            id: string;
            /** @description Its number in the chat. */
            seq: number;
            /** @description Who sent it. */
            sender_id: string;
            sender_username: string | null;
            role: components["schemas"]["MessageRole"];
            /** @description The first 200 characters; empty when the message is deleted. */
            content: string;
            is_deleted: boolean;
            /**
             * Format: date-time
             * @description When it was sent.
             */
            created_at: string;
        };
        /**
         * @description As whom something is said. People write as `user` everywhere, and as any in their own `assistant` chat.
         * @enum {string}
         */
        MessageRole: "user" | "assistant" | "system";
        /** @description A person in a chat. */
        Participant: {
            /** @description The person. */
            user_id: string;
            /** @description Null once the account is gone. */
            username: string | null;
            /** @description May change the group and its people. */
            is_admin: boolean;
            /**
             * Format: date-time
             * @description When the person came in.
             */
            joined_at: string;
        };
        /** @description The people of a chat. */
        ParticipantList: {
            items: components["schemas"]["Participant"][];
            /** @description A chat has at most 100 people: one page holds them all. */
            next_cursor: null;
        };
        /** @description What to change of a participant. */
        ParticipantUpdate: {
            is_admin: boolean;
        };
        /** @description Whom to add. */
        ParticipantsAdd: {
            user_ids: string[];
        };
        /** @description A conversation, with what was asked to be included. */
        WholeChat: {
            /** @description The chat. */
            id: string;
            type: components["schemas"]["ChatType"];
            /** @description A name for the chat. */
            title: string | null;
            /** @description What an assistant is told before the conversation. */
            system_prompt: string | null;
            /** @description Whether replies in an `assistant` chat know what you had remembered (`/memories`). Without effect in other chats: nobody else is to learn it from a reply. */
            memories_enabled: boolean;
            /** @description Whether an assistant may reply. Always true in `assistant` chats and false in `direct` ones; in a `group` its admins decide, and it is false at first. */
            assistant_enabled: boolean;
            /** @description Who made the chat. */
            owner_id: string;
            participants: components["schemas"]["Participant"][];
            /** @description The branch that a message goes to when it names none. */
            active_branch_id: string;
            /** @description Changes when the history is cleared or restored from a backup. */
            epoch: string;
            /** @description Counts the changes of this object. */
            version: number;
            /** @description The highest number of the chat's log. */
            last_seq: number;
            last_message: components["schemas"]["LastMessage"] | null;
            /** @description How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted. Told where a chat is made or read, not in events and answers to changes. */
            unread_count?: number;
            forked_from: components["schemas"]["ChatOrigin"] | null;
            /**
             * Format: date-time
             * @description When the chat was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When something last happened in it; lists are ordered by it.
             */
            updated_at: string;
            messages?: components["schemas"]["MessagePage"];
            branches?: components["schemas"]["BranchPage"];
        };
        /** @description Up to where a person has read a chat. */
        ReadMark: {
            /** @description The person. */
            user_id: string;
            /** @description The number they have read up to; 0 when they have read nothing. */
            seq: number;
            /**
             * Format: date-time
             * @description When the mark last moved; null when it never did.
             */
            at: string | null;
        };
        /** @description Up to where everybody has read. */
        ReadMarkList: {
            items: components["schemas"]["ReadMark"][];
            /** @description A chat has at most 100 people: one page holds them all. */
            next_cursor: null;
        };
        /** @description Up to where you have read, and what is left. */
        ReadState: {
            /** @description The chat. */
            chat_id: string;
            /** @description You. */
            user_id: string;
            /** @description The number you have read up to: what you sent, or a higher one that it was before. */
            seq: number;
            /** @description How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted. */
            unread_count: number;
        };
        /** @description Up to where you have read. */
        ReadUpdate: {
            /** @description The number you have read up to. */
            seq: number;
        };
        /** @description What happened in your chats. */
        Sync: {
            /** @description In no order that means anything. A chat may come again although you know all of it. */
            chats: components["schemas"]["SyncedChat"][];
            /** @description Chats you are not in any more, or that are gone. */
            removed: string[];
            /** @description Send it as `since`: at once when `has_more`, else when you want to know again. */
            next_cursor: string;
            /** @description Not all of your chats have been looked at. */
            has_more: boolean;
        };
        /** @description A chat in which something happened, in short. */
        SyncedChat: {
            /** @description The chat. */
            chat_id: string;
            type: components["schemas"]["ChatType"];
            /** @description A name for the chat. */
            title: string | null;
            /** @description Changes when the history is cleared or restored from a backup. */
            epoch: string;
            /** @description Counts the changes of this object. */
            version: number;
            /** @description The branch that a message goes to when it names none. */
            active_branch_id: string;
            /** @description The highest number of the chat: when you know a lower one, ask for its changes. */
            last_seq: number;
            /** @description How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted. */
            unread_count: number;
            /**
             * Format: date-time
             * @description When something last happened in it; lists are ordered by it.
             */
            updated_at: string;
        };
        /** @description Where history parts: the messages that stand in the same place. Told where a history or a message is read, not in events. */
        Alternatives: {
            /** @description Which one this message is, from 0, in the order in which they were sent. */
            index: number;
            /** @description How many messages follow the same message, on all branches. */
            count: number;
        };
        /** @description A message of a chat. */
        Message: {
            /** @description The message. */
            id: string;
            /** @description Its chat. */
            chat_id: string;
            /** @description The branch it was sent to. */
            branch_id: string;
            /** @description Its number in the chat: the order of history, without holes between all that happens there. */
            seq: number;
            /** @description The number of its newest change; the value for `If-Match`. */
            rev: number;
            /** @description Its place on the branch's path, from 0. */
            message_index: number;
            /** @description The turn it belongs to: the id of the turn's question. */
            turn_id: string | null;
            alternatives?: components["schemas"]["Alternatives"];
            role: components["schemas"]["MessageRole"];
            /** @description Who sent it; of a reply of a model, who asked for it. */
            sender_id: string;
            /** @description Null once the account is gone. */
            sender_username: string | null;
            /** @description The text; empty when the message is deleted. */
            content: string;
            status: components["schemas"]["MessageStatus"];
            /** @description The run of the model that wrote it. */
            run_id: string | null;
            usage?: components["schemas"]["ReplyUsage"];
            error_code?: components["schemas"]["ErrorCode"];
            /** @description The message it answers. */
            reply_to: string | null;
            reactions: components["schemas"]["Reaction"][];
            is_edited: boolean;
            is_deleted: boolean;
            /**
             * Format: date-time
             * @description When it was stored.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When its text last changed.
             */
            edited_at: string | null;
            /**
             * Format: date-time
             * @description The same as `created_at`.
             */
            timestamp: string;
        };
        /** @description A message to send. */
        MessageCreate: {
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
        /** @description A page of messages. */
        MessagePage: {
            items: components["schemas"]["Message"][];
            /** @description How many messages the branch's path has, deleted ones not counted: exact. */
            count: number;
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /**
         * @description `streaming`: a model is writing it, its text comes with `reply_delta` and at the end. `stopped`: cancelled, with what was written until then. `error`: the model failed; `error_code` says why.
         * @enum {string}
         */
        MessageStatus: "complete" | "streaming" | "stopped" | "error";
        /** @description The new text. */
        MessageUpdate: {
            /** @description The text: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
            content: string;
        };
        /** @description Who reacted with one emoji, in the order in which they did. */
        Reaction: {
            /** @description Exactly one emoji, as a person sees it. */
            emoji: string;
            user_ids: string[];
        };
        /** @description What a reply cost. */
        ReplyUsage: {
            /** @description The model that wrote the reply. */
            model: string;
            /** @description Tokens the model read. */
            prompt_tokens: number;
            /** @description Tokens the model wrote. */
            completion_tokens: number;
            /** @description Milliseconds from the start of the run to its end. */
            latency_ms: number;
        };
        /** @description A question and its answer. */
        Turn: {
            /** @description The turn: the id of its question. */
            turn_id: string;
            /** @description Its place among the turns of the path, from 0. */
            turn_index: number;
            /** @description Its chat. */
            chat_id: string;
            /** @description The branch its question was sent to. */
            branch_id: string;
            /** @description The text; empty when the message is deleted. */
            question: string;
            /** @description Null while there is no answer. */
            response: string | null;
            /** @description The message that answers. */
            response_id: string | null;
            /**
             * Format: date-time
             * @description When the question was stored.
             */
            timestamp: string;
        };
        /** @description A question and its answer. */
        TurnCreate: {
            /** @description The text: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
            question: string;
            /** @description The text: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
            response: string;
            /** @description The branch to send to; the active one when left out. */
            branch_id?: string;
            /** @description Your own id for this send. Sending it again answers the first result instead of a second message. */
            client_id?: string;
        };
        /** @description A page of turns. */
        TurnPage: {
            items: components["schemas"]["Turn"][];
            /** @description How many turns the path has. */
            count: number;
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description One thing that happened: a message in its present state, or a change of the chat, of which only ids are told. */
        Change: {
            /** @description Its number in the chat; for a message that of its newest change. */
            seq: number;
            type: components["schemas"]["ChangeType"];
            message?: components["schemas"]["Message"];
            /** @description Of `participant_…`: the person. */
            user_id?: string;
            /** @description Of `branch_…` and `active_branch_changed`: the branch. A deleted branch's own messages are gone with it. */
            branch_id?: string;
            /** @description Who did it, unless it is a message. */
            actor_id?: string;
        };
        /**
         * @description `message`: a message was sent, edited, deleted or reacted to; the others: what happened to the chat, its people and its branches.
         * @enum {string}
         */
        ChangeType: "message" | "chat_updated" | "chat_cleared" | "chat_deleted" | "branch_created" | "branch_updated" | "branch_deleted" | "active_branch_changed" | "participant_added" | "participant_changed" | "participant_removed";
        /** @description What happened in a chat after a number, in order: each message once, in its present state, where its newest change lies. */
        Changes: {
            /** @description The chat. */
            chat_id: string;
            /** @description Changes when the history is cleared or restored from a backup. */
            epoch: string;
            /** @description The number that was asked from. */
            from: number;
            /** @description The number you are at once you have taken over these changes. */
            to: number;
            /** @description There is more: ask again with `since` = `to`. */
            has_more: boolean;
            changes: components["schemas"]["Change"][];
        };
        /** @description An earlier text of a message. */
        MessageVersion: {
            /** @description The last revision with this text. */
            rev: number;
            /** @description The text; empty when the message is deleted. */
            content: string;
            /**
             * Format: date-time
             * @description When this text was written.
             */
            edited_at: string;
        };
        /** @description What a message said before, newest first. */
        MessageVersions: {
            items: components["schemas"]["MessageVersion"][];
            /** @description The newest 50 are kept: one page holds them all. */
            next_cursor: null;
        };
        /** @description Which branch messages go to that name none. */
        ActiveBranch: {
            /** @description The branch to make active. */
            branch_id: string;
        };
        /** @description A line of a conversation: its own messages, and those of its ancestors up to where it was forked. */
        Branch: {
            /** @description The branch. */
            id: string;
            /** @description The chat it belongs to. */
            parent_chat_id: string;
            /** @description A name that no other branch of the chat has. */
            name: string;
            kind: components["schemas"]["BranchKind"];
            /** @description The branch that holds the message it was forked from; null for `main`. */
            parent_branch_id: string | null;
            /** @description The last message it shares with its parent; null when it shares none. */
            fork_message_id: string | null;
            /** @description The place of that message on the path; null when it shares none. */
            created_from_message_index: number | null;
            /** @description Whether messages go to it that name no branch. */
            is_active: boolean;
            /** @description How many messages its path has, tombstones counted. */
            size: number;
            /** @description The newest message of its path. */
            head_message_id: string | null;
            /** @description Who made it. */
            created_by: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
        };
        /** @description Where to fork, by exactly one of `message_id`, `message_index` and `turn_index`; with a `name`, or with `replace_with`. */
        BranchCreate: {
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
        /** @description The new branch, and the message that `replace_with` sent to it. */
        BranchCreated: {
            /** @description The branch. */
            id: string;
            /** @description The chat it belongs to. */
            parent_chat_id: string;
            /** @description A name that no other branch of the chat has. */
            name: string;
            kind: components["schemas"]["BranchKind"];
            /** @description The branch that holds the message it was forked from; null for `main`. */
            parent_branch_id: string | null;
            /** @description The last message it shares with its parent; null when it shares none. */
            fork_message_id: string | null;
            /** @description The place of that message on the path; null when it shares none. */
            created_from_message_index: number | null;
            /** @description Whether messages go to it that name no branch. */
            is_active: boolean;
            /** @description How many messages its path has, tombstones counted. */
            size: number;
            /** @description The newest message of its path. */
            head_message_id: string | null;
            /** @description Who made it. */
            created_by: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            message: components["schemas"]["Message"] | null;
        };
        /** @description Where two branches part, and what each has after. */
        BranchDiff: {
            /** @description How many messages both paths share. */
            common_size: number;
            /** @description The last message that both paths share. */
            common_message_id: string | null;
            branch: components["schemas"]["BranchDiffSide"];
            other: components["schemas"]["BranchDiffSide"];
        };
        /** @description What one of two branches has after they part. */
        BranchDiffSide: {
            /** @description The branch. */
            branch_id: string;
            /** @description How many messages its path has after the parting, tombstones counted. */
            size: number;
            /** @description The first of them, oldest first. */
            items: components["schemas"]["Message"][];
        };
        /**
         * @description `main`: every chat is born with it. `named`: made by somebody. `alternative`: made by asking again or answering again.
         * @enum {string}
         */
        BranchKind: "main" | "named" | "alternative";
        /** @description A page of branches. */
        BranchPage: {
            items: components["schemas"]["Branch"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description The new name. */
        BranchUpdate: {
            /** @description A name that no other branch of the chat has. */
            name: string;
        };
        /** @description What the new chat takes over. */
        ForkCreate: {
            /**
             * @description The path of one branch, or all branches.
             * @default path
             * @enum {string}
             */
            include?: "path" | "branches";
            /** @description Whose path; the active branch when left out. */
            branch_id?: string;
            /** @description The title of the new chat. */
            title?: string;
        };
        /** @description A branch in the drawing of a chat. */
        TreeNode: {
            /** @description The branch. */
            id: string;
            /** @description The chat it belongs to. */
            parent_chat_id: string;
            /** @description A name that no other branch of the chat has. */
            name: string;
            kind: components["schemas"]["BranchKind"];
            /** @description The branch that holds the message it was forked from; null for `main`. */
            parent_branch_id: string | null;
            /** @description The last message it shares with its parent; null when it shares none. */
            fork_message_id: string | null;
            /** @description The place of that message on the path; null when it shares none. */
            created_from_message_index: number | null;
            /** @description Whether messages go to it that name no branch. */
            is_active: boolean;
            /** @description How many messages its path has, tombstones counted. */
            size: number;
            /** @description The newest message of its path. */
            head_message_id: string | null;
            /** @description Who made it. */
            created_by: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description How many messages are its own, tombstones counted. */
            own_size: number;
            /** @description How many ancestors it has. */
            depth: number;
            /** @description How its own first message begins; null when it has none or that is deleted. */
            first_words: string | null;
        };
        /** @description A page of the tree, parents before children. */
        TreePage: {
            items: components["schemas"]["TreeNode"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description A model that can be asked for replies. */
        ModelInfo: {
            /** @description The name to ask for it by. */
            id: string;
            provider: components["schemas"]["ModelProvider"];
            /** @description False for the built-in `offline` model, whose answers are made up by a few lines of code. */
            is_language_model: boolean;
            /** @description How many tokens of a conversation it is given at the most. */
            context_tokens: number;
            /** @description Whether it answers when no model is asked for. */
            is_default: boolean;
            /** @description What it is, in a sentence for a person. */
            description: string;
        };
        /** @description Every model that can be asked for. */
        ModelList: {
            /** @description The default first. */
            items: components["schemas"]["ModelInfo"][];
            /** @description There are at most 50 models: one page holds them all. */
            next_cursor: null;
        };
        /**
         * @description Who runs it; `compatible` is an OpenAI-compatible endpoint that this server's operator chose.
         * @enum {string}
         */
        ModelProvider: "offline" | "groq" | "openai" | "compatible";
        /** @description A message and the model's reply to it. */
        Completion: {
            message: components["schemas"]["Message"];
            reply: components["schemas"]["Message"];
            run: components["schemas"]["Run"];
            usage: components["schemas"]["ReplyUsage"] | null;
        };
        /** @description A question to a model. */
        CompletionCreate: {
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
            /**
             * @description Answer with the reply as it is written (server-sent events). `Accept: text/event-stream` says the same.
             * @default false
             */
            stream?: boolean;
        };
        /** @description How to answer again. */
        Regenerate: {
            /** @description One of `GET /models`; the default one when left out. */
            model?: string;
            /** @description How freely the model chooses its words; the provider's default when left out. */
            temperature?: number;
            /** @description The longest reply, in tokens. */
            max_tokens?: number;
            /** @description Your own id for this send. Sending it again answers the first result instead of a second message. */
            client_id?: string;
            /**
             * @description Answer with the reply as it is written (server-sent events). `Accept: text/event-stream` says the same.
             * @default false
             */
            stream?: boolean;
            /** @description Whether messages go to the new branch from now on; unless said otherwise, yes where you may decide that. */
            activate?: boolean;
        };
        /** @description A model's work on one reply. */
        Run: {
            /** @description The run. */
            id: string;
            /** @description Its chat. */
            chat_id: string;
            /** @description The branch that the reply is on. */
            branch_id: string;
            /** @description The message that is answered. */
            message_id: string;
            /** @description The reply, a message of the role `assistant`. */
            reply_id: string;
            /** @description Who asked. */
            user_id: string;
            /** @description The model that writes. */
            model: string;
            status: components["schemas"]["RunStatus"];
            code: components["schemas"]["ErrorCode"] | null;
            usage: components["schemas"]["ReplyUsage"] | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it ended.
             */
            ended_at: string | null;
        };
        /**
         * @description `stopped`: cancelled. `error`: it failed; `code` says why.
         * @enum {string}
         */
        RunStatus: "running" | "complete" | "stopped" | "error";
        /** @description What a model is told, to the letter. */
        Context: {
            /** @description The model it is made for. */
            model: string;
            /** @description The branch whose path it tells. */
            branch_id: string;
            /** @description How many tokens it may have: the model's, less what is kept for the reply. */
            budget_tokens: number;
            /** @description Exactly what is sent, in its order. */
            messages: components["schemas"]["ContextTurn"][];
            tokens: components["schemas"]["ContextTokens"];
            included: components["schemas"]["ContextIncluded"];
            cut: components["schemas"]["ContextCut"];
            memories: components["schemas"]["ContextMemories"];
            summary: components["schemas"]["ContextSummary"] | null;
        };
        /** @description What did not fit. */
        ContextCut: {
            /** @description How many older messages are not sent; deleted ones are not counted. */
            count: number;
            /** @description The newest of them. */
            up_to_index: number | null;
            /** @description Whether the summary tells of all of them. */
            summarized: boolean;
        };
        /** @description Which stored messages are sent in full. */
        ContextIncluded: {
            /** @description The oldest message of the branch that is sent. */
            from_index: number | null;
            /** @description The newest. */
            to_index: number | null;
            /** @description How many are sent. */
            count: number;
        };
        /** @description Which of your memories are told. */
        ContextMemories: {
            /** @description How many are told, the newest first served. */
            count: number;
            /** @description How many did not fit in their quarter of the budget. */
            cut: number;
        };
        /** @description What a model wrote of the earlier part of a conversation. */
        ContextSummary: {
            /** @description The branch it was made for: this one or one it is forked from. */
            branch_id: string;
            /** @description It tells of the messages up to this `message_index`. */
            upto_index: number;
            /** @description The newest message it tells of. */
            upto_message_id: string;
            /** @description The summary. */
            content: string;
            /** @description The model that wrote it. */
            model: string;
            /**
             * Format: date-time
             * @description When it was written.
             */
            created_at: string;
        };
        /** @description What the parts of a context cost, in tokens. */
        ContextTokens: {
            /** @description The chat's system prompt. */
            system: number;
            /** @description Your memories. */
            memories: number;
            /** @description The summary of what came earlier. */
            summary: number;
            /** @description The messages of the branch. */
            history: number;
            /** @description The question that is to be answered. */
            question: number;
            /** @description All of them, with what begins the reply. */
            total: number;
        };
        /** @description One message as a model gets it. What people wrote is `user`, always. Only the owner of an assistant chat can have more said as `system`. */
        ContextTurn: {
            role: components["schemas"]["MessageRole"];
            /** @description The text. */
            content: string;
            /** @description Who wrote it, where several people write: made of the username, with `.` as `-_` and `-` doubled; `former-member` once the account is gone. */
            name?: string;
        };
        /** @description A fact that replies in your own assistant chats know. Nobody else reads it. */
        Memory: {
            /** @description The memory. */
            id: string;
            /** @description The fact, in your own words. */
            content: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When its text last changed.
             */
            updated_at: string;
        };
        /** @description A page of your memories. */
        MemoryPage: {
            items: components["schemas"]["Memory"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description The text of a memory. */
        MemoryWrite: {
            /** @description The fact, in your own words. */
            content: string;
        };
        /** @description An account as administrators see it. */
        Account: {
            /** @description The account's id. */
            id: string;
            /** @description The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case. */
            username: string;
            /** @description The name for people to read, in any script; without control characters. */
            full_name: string | null;
            /** @description False while an administrator has switched the account off. */
            is_active: boolean;
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the person's last socket closed; null if none has yet.
             */
            last_seen: string | null;
            /**
             * Format: email
             * @description The address of the account. Unique whatever its case; never shown to others.
             */
            email: string;
            role: components["schemas"]["UserRole"];
            /**
             * Format: date-time
             * @description When the account was last changed.
             */
            updated_at: string;
        };
        /** @description An account to make for somebody. Without a username it gets a made-up one. */
        AccountCreate: {
            /**
             * Format: email
             * @description The address of the account. Unique whatever its case; never shown to others.
             */
            email: string;
            /** @description The password: 8 to 128 characters, any of them. In production one that is among the first to be guessed is refused. */
            password: string;
            /** @description The public name: letters, digits, `_`, `.` and `-`. Unique whatever its case. */
            username?: string;
            /** @description The name for people to read, in any script; without control characters. */
            full_name?: string | null;
            /** @default user */
            role?: components["schemas"]["UserRole"];
        };
        /** @description A page of accounts. */
        AccountPage: {
            items: components["schemas"]["Account"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description What to change; members left out stay. `full_name: null` removes the name. */
        AccountUpdate: {
            /** @description The name for people to read, in any script; without control characters. */
            full_name?: string | null;
            /** @description False switches the account off: its sessions end, and it cannot log in. */
            is_active?: boolean;
        };
        /**
         * @description What an administrator did.
         * @enum {string}
         */
        AuditAction: "messages_read" | "chats_read" | "user_created" | "user_updated" | "user_activated" | "user_deactivated" | "role_changed" | "user_deleted" | "api_key_created" | "api_key_revoked";
        /** @description What else is known of it; `role` is that of a new account, or the new one. */
        AuditDetails: {
            role?: components["schemas"]["UserRole"];
            former_role?: components["schemas"]["UserRole"];
            /** @description Which members were changed; not what they held. */
            changed?: "full_name"[];
            /** @description How many chats or messages were shown. */
            count?: number;
            /** @description The lowest number of the messages that were shown. */
            first_seq?: number;
            /** @description The highest number of the messages that were shown. */
            last_seq?: number;
            /** @description Which API key was made or revoked. */
            api_key_id?: string;
            /** @description What that key may be used for. */
            scopes?: ("read" | "write" | "admin")[];
        };
        /** @description Something an administrator did. Entries are only ever added. */
        AuditEntry: {
            /** @description The entry. */
            id: string;
            /** @description The administrator. */
            actor_id: string;
            /** @description Their username at that time. */
            actor_username: string;
            action: components["schemas"]["AuditAction"];
            target: components["schemas"]["AuditTarget"];
            details?: components["schemas"]["AuditDetails"];
            /** @description The API key it was done with; absent where its administrator had logged in. */
            api_key_id?: string;
            /** @description The `X-Request-Id` of the request. */
            request_id?: string;
            /**
             * Format: date-time
             * @description When it was done.
             */
            created_at: string;
        };
        /** @description A page of the audit log. */
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description What something was done to: an account or a chat. */
        AuditTarget: {
            /** @description Whose account it was about. */
            user_id?: string;
            /** @description Which chat it was about. */
            chat_id?: string;
        };
        /** @description The new role. */
        RoleUpdate: {
            role: components["schemas"]["UserRole"];
        };
        /** @description A page of what people used, and the sums over all pages. */
        UsagePage: {
            items: components["schemas"]["UsageTotal"][];
            totals: components["schemas"]["UsageSums"];
            /** @description Send it as `cursor` for the next page; null on the last one. */
            next_cursor: string | null;
        };
        /** @description Sums of some runs. */
        UsageSums: {
            /** @description How many replies a model wrote. */
            runs: number;
            /** @description Tokens that the model was sent. */
            prompt_tokens: number;
            /** @description Tokens that the model wrote. */
            completion_tokens: number;
            /** @description Both together. */
            total_tokens: number;
        };
        /** @description What one person used of one model. */
        UsageTotal: {
            /** @description Whose runs. */
            user_id: string;
            /** @description Null once the account is gone. */
            username: string | null;
            /** @description The model, by the name it was asked for. */
            model: string;
            /** @description How many replies a model wrote. */
            runs: number;
            /** @description Tokens that the model was sent. */
            prompt_tokens: number;
            /** @description Tokens that the model wrote. */
            completion_tokens: number;
            /** @description Both together. */
            total_tokens: number;
        };
        /** @description Who has a socket open in the chat. */
        OnlineList: {
            items: components["schemas"]["OnlinePerson"][];
            /** @description A chat has at most 100 people: one page holds them all. */
            next_cursor: null;
        };
        /** @description Somebody with a socket open. */
        OnlinePerson: {
            /** @description The person. */
            user_id: string;
            username: string;
        };
        /** @description The sockets of all processes, as far as they share a Redis. */
        SocketStats: {
            /** @description Open sockets. */
            connections: number;
            /** @description People with at least one socket. */
            users: number;
            /** @description Chats with at least one socket. */
            chats: number;
            /** @description How long the process that answers runs. */
            uptime_seconds: number;
        };
    };
    responses: {
        /** @description `rate_limited`: Too many requests. */
        RateLimited: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `password_too_common`: The password is one of the first that are guessed.
         *
         *     `validation_failed`: The request is not valid.
         *
         *     `malformed_json`: The text is not valid JSON.
         */
        PasswordTooCommonOrValidationFailedOrMalformedJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `email_taken`: The email is taken.
         *
         *     `username_taken`: The username is taken.
         */
        EmailTakenOrUsernameTaken: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `body_too_large`: The body is too large. */
        BodyTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported_media_type`: The content type is not supported. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `internal_error`: Something went wrong on our side. */
        InternalError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `database_unavailable`: The database cannot do this now.
         *
         *     `request_timeout`: The request took too long.
         *
         *     `overloaded`: The server has too much to do.
         */
        DatabaseUnavailableOrRequestTimeoutOrOverloaded: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `validation_failed`: The request is not valid.
         *
         *     `malformed_json`: The text is not valid JSON.
         */
        ValidationFailedOrMalformedJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `account_deactivated`: The account is deactivated. */
        AccountDeactivated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `malformed_json`: The text is not valid JSON. */
        MalformedJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `unauthenticated`: A valid access token is needed.
         *
         *     `token_expired`: The access token has expired.
         */
        UnauthenticatedOrTokenExpired: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `insufficient_scope`: The API key has not the scope for this. */
        InsufficientScope: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `database_unavailable`: The database cannot do this now.
         *
         *     `request_timeout`: The request took too long.
         */
        DatabaseUnavailableOrRequestTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `invalid_cursor`: The cursor is not one this server gave for this list.
         *
         *     `validation_failed`: The request is not valid.
         */
        InvalidCursorOrValidationFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `forbidden`: This is not allowed.
         *
         *     `insufficient_scope`: The API key has not the scope for this.
         */
        ForbiddenOrInsufficientScope: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `user_not_found`: There is no such user. */
        UserNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `last_site_admin`: The server needs an active administrator. */
        LastSiteAdmin: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `validation_failed`: The request is not valid. */
        ValidationFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `chat_not_found`: There is no such chat. */
        ChatNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `resync_required`: The place this cursor names is gone. */
        ResyncRequired: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `chat_busy`: Too many writes wait for this chat.
         *
         *     `rate_limited`: Too many requests.
         */
        ChatBusyOrRateLimited: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `retry_same_client_id`: It is not known whether the write was kept.
         *
         *     `database_unavailable`: The database cannot do this now.
         */
        RetrySameClientIdOrDatabaseUnavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `forbidden`: This is not allowed.
         *
         *     `group_only`: Only a group chat can do this.
         *
         *     `insufficient_scope`: The API key has not the scope for this.
         */
        ForbiddenOrGroupOnlyOrInsufficientScope: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `chat_not_found`: There is no such chat.
         *
         *     `participant_not_found`: There is no such participant.
         */
        ChatNotFoundOrParticipantNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `message_not_found`: There is no such message. */
        MessageNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `role_not_allowed`: This role may not be written here.
         *
         *     `insufficient_scope`: The API key has not the scope for this.
         */
        RoleNotAllowedOrInsufficientScope: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `chat_not_found`: There is no such chat.
         *
         *     `branch_not_found`: There is no such branch.
         *
         *     `message_not_found`: There is no such message.
         */
        ChatNotFoundOrBranchNotFoundOrMessageNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `chat_not_found`: There is no such chat.
         *
         *     `branch_not_found`: There is no such branch.
         */
        ChatNotFoundOrBranchNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `message_deleted`: The message is deleted.
         *
         *     `run_in_progress`: The branch has a reply under way.
         */
        MessageDeletedOrRunInProgress: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `stale_revision`: The object has changed since it was read. */
        StaleRevision: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `model_not_found`: There is no such model.
         *
         *     `context_too_large`: The question does not fit the model.
         *
         *     `validation_failed`: The request is not valid.
         *
         *     `malformed_json`: The text is not valid JSON.
         */
        ModelNotFoundOrContextTooLargeOrValidationFailedOrMalformedJson: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `too_many_runs`: Too many replies are under way.
         *
         *     `ai_budget_exhausted`: The token budget of the day is used up.
         *
         *     `chat_busy`: Too many writes wait for this chat.
         *
         *     `rate_limited`: Too many requests.
         */
        TooManyRunsOrAiBudgetExhaustedOrChatBusyOrRateLimited: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `ai_unavailable`: The model cannot be reached.
         *
         *     `ai_bad_answer`: The model gave an answer that cannot be used.
         *
         *     `ai_refused`: The model provider refused the request.
         *
         *     `interrupted`: The reply was interrupted.
         */
        AiUnavailableOrAiBadAnswerOrAiRefusedOrInterrupted: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description `retry_same_client_id`: It is not known whether the write was kept.
         *
         *     `ai_rate_limited`: The model has too much to do.
         *
         *     `database_unavailable`: The database cannot do this now.
         */
        RetrySameClientIdOrAiRateLimitedOrDatabaseUnavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `ai_timeout`: The model took too long. */
        AiTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `run_not_found`: There is no such run. */
        RunNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `memory_not_found`: There is no such memory. */
        MemoryNotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type ErrorCode = components['schemas']['ErrorCode'];
export type ReplyEvent = components['schemas']['ReplyEvent'];
export type FieldError = components['schemas']['FieldError'];
export type Problem = components['schemas']['Problem'];
export type Alive = components['schemas']['Alive'];
export type Health = components['schemas']['Health'];
export type Info = components['schemas']['Info'];
export type Limits = components['schemas']['Limits'];
export type Links = components['schemas']['Links'];
export type Ready = components['schemas']['Ready'];
export type Me = components['schemas']['Me'];
export type User = components['schemas']['User'];
export type UserPage = components['schemas']['UserPage'];
export type UserRole = components['schemas']['UserRole'];
export type UserUpdate = components['schemas']['UserUpdate'];
export type Login = components['schemas']['Login'];
export type NewAccount = components['schemas']['NewAccount'];
export type OAuthError = components['schemas']['OAuthError'];
export type PasswordChange = components['schemas']['PasswordChange'];
export type Refresh = components['schemas']['Refresh'];
export type Registration = components['schemas']['Registration'];
export type Session = components['schemas']['Session'];
export type SessionPage = components['schemas']['SessionPage'];
export type SocketTicket = components['schemas']['SocketTicket'];
export type TokenRequest = components['schemas']['TokenRequest'];
export type TokenSet = components['schemas']['TokenSet'];
export type ApiKey = components['schemas']['ApiKey'];
export type ApiKeyCreate = components['schemas']['ApiKeyCreate'];
export type ApiKeyPage = components['schemas']['ApiKeyPage'];
export type NewApiKey = components['schemas']['NewApiKey'];
export type Chat = components['schemas']['Chat'];
export type ChatCreate = components['schemas']['ChatCreate'];
export type ChatOrigin = components['schemas']['ChatOrigin'];
export type ChatPage = components['schemas']['ChatPage'];
export type ChatType = components['schemas']['ChatType'];
export type ChatUpdate = components['schemas']['ChatUpdate'];
export type LastMessage = components['schemas']['LastMessage'];
export type MessageRole = components['schemas']['MessageRole'];
export type Participant = components['schemas']['Participant'];
export type ParticipantList = components['schemas']['ParticipantList'];
export type ParticipantUpdate = components['schemas']['ParticipantUpdate'];
export type ParticipantsAdd = components['schemas']['ParticipantsAdd'];
export type WholeChat = components['schemas']['WholeChat'];
export type ReadMark = components['schemas']['ReadMark'];
export type ReadMarkList = components['schemas']['ReadMarkList'];
export type ReadState = components['schemas']['ReadState'];
export type ReadUpdate = components['schemas']['ReadUpdate'];
export type Sync = components['schemas']['Sync'];
export type SyncedChat = components['schemas']['SyncedChat'];
export type Alternatives = components['schemas']['Alternatives'];
export type Message = components['schemas']['Message'];
export type MessageCreate = components['schemas']['MessageCreate'];
export type MessagePage = components['schemas']['MessagePage'];
export type MessageStatus = components['schemas']['MessageStatus'];
export type MessageUpdate = components['schemas']['MessageUpdate'];
export type Reaction = components['schemas']['Reaction'];
export type ReplyUsage = components['schemas']['ReplyUsage'];
export type Turn = components['schemas']['Turn'];
export type TurnCreate = components['schemas']['TurnCreate'];
export type TurnPage = components['schemas']['TurnPage'];
export type Change = components['schemas']['Change'];
export type ChangeType = components['schemas']['ChangeType'];
export type Changes = components['schemas']['Changes'];
export type MessageVersion = components['schemas']['MessageVersion'];
export type MessageVersions = components['schemas']['MessageVersions'];
export type ActiveBranch = components['schemas']['ActiveBranch'];
export type Branch = components['schemas']['Branch'];
export type BranchCreate = components['schemas']['BranchCreate'];
export type BranchCreated = components['schemas']['BranchCreated'];
export type BranchDiff = components['schemas']['BranchDiff'];
export type BranchDiffSide = components['schemas']['BranchDiffSide'];
export type BranchKind = components['schemas']['BranchKind'];
export type BranchPage = components['schemas']['BranchPage'];
export type BranchUpdate = components['schemas']['BranchUpdate'];
export type ForkCreate = components['schemas']['ForkCreate'];
export type TreeNode = components['schemas']['TreeNode'];
export type TreePage = components['schemas']['TreePage'];
export type ModelInfo = components['schemas']['ModelInfo'];
export type ModelList = components['schemas']['ModelList'];
export type ModelProvider = components['schemas']['ModelProvider'];
export type Completion = components['schemas']['Completion'];
export type CompletionCreate = components['schemas']['CompletionCreate'];
export type Regenerate = components['schemas']['Regenerate'];
export type Run = components['schemas']['Run'];
export type RunStatus = components['schemas']['RunStatus'];
export type Context = components['schemas']['Context'];
export type ContextCut = components['schemas']['ContextCut'];
export type ContextIncluded = components['schemas']['ContextIncluded'];
export type ContextMemories = components['schemas']['ContextMemories'];
export type ContextSummary = components['schemas']['ContextSummary'];
export type ContextTokens = components['schemas']['ContextTokens'];
export type ContextTurn = components['schemas']['ContextTurn'];
export type Memory = components['schemas']['Memory'];
export type MemoryPage = components['schemas']['MemoryPage'];
export type MemoryWrite = components['schemas']['MemoryWrite'];
export type Account = components['schemas']['Account'];
export type AccountCreate = components['schemas']['AccountCreate'];
export type AccountPage = components['schemas']['AccountPage'];
export type AccountUpdate = components['schemas']['AccountUpdate'];
export type AuditAction = components['schemas']['AuditAction'];
export type AuditDetails = components['schemas']['AuditDetails'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditPage = components['schemas']['AuditPage'];
export type AuditTarget = components['schemas']['AuditTarget'];
export type RoleUpdate = components['schemas']['RoleUpdate'];
export type UsagePage = components['schemas']['UsagePage'];
export type UsageSums = components['schemas']['UsageSums'];
export type UsageTotal = components['schemas']['UsageTotal'];
export type OnlineList = components['schemas']['OnlineList'];
export type OnlinePerson = components['schemas']['OnlinePerson'];
export type SocketStats = components['schemas']['SocketStats'];
export type ResponseRateLimited = components['responses']['RateLimited'];
export type ResponsePasswordTooCommonOrValidationFailedOrMalformedJson = components['responses']['PasswordTooCommonOrValidationFailedOrMalformedJson'];
export type ResponseEmailTakenOrUsernameTaken = components['responses']['EmailTakenOrUsernameTaken'];
export type ResponseBodyTooLarge = components['responses']['BodyTooLarge'];
export type ResponseUnsupportedMediaType = components['responses']['UnsupportedMediaType'];
export type ResponseInternalError = components['responses']['InternalError'];
export type ResponseDatabaseUnavailableOrRequestTimeoutOrOverloaded = components['responses']['DatabaseUnavailableOrRequestTimeoutOrOverloaded'];
export type ResponseValidationFailedOrMalformedJson = components['responses']['ValidationFailedOrMalformedJson'];
export type ResponseAccountDeactivated = components['responses']['AccountDeactivated'];
export type ResponseMalformedJson = components['responses']['MalformedJson'];
export type ResponseUnauthenticatedOrTokenExpired = components['responses']['UnauthenticatedOrTokenExpired'];
export type ResponseInsufficientScope = components['responses']['InsufficientScope'];
export type ResponseDatabaseUnavailableOrRequestTimeout = components['responses']['DatabaseUnavailableOrRequestTimeout'];
export type ResponseInvalidCursorOrValidationFailed = components['responses']['InvalidCursorOrValidationFailed'];
export type ResponseForbiddenOrInsufficientScope = components['responses']['ForbiddenOrInsufficientScope'];
export type ResponseUserNotFound = components['responses']['UserNotFound'];
export type ResponseLastSiteAdmin = components['responses']['LastSiteAdmin'];
export type ResponseValidationFailed = components['responses']['ValidationFailed'];
export type ResponseChatNotFound = components['responses']['ChatNotFound'];
export type ResponseResyncRequired = components['responses']['ResyncRequired'];
export type ResponseChatBusyOrRateLimited = components['responses']['ChatBusyOrRateLimited'];
export type ResponseRetrySameClientIdOrDatabaseUnavailable = components['responses']['RetrySameClientIdOrDatabaseUnavailable'];
export type ResponseForbiddenOrGroupOnlyOrInsufficientScope = components['responses']['ForbiddenOrGroupOnlyOrInsufficientScope'];
export type ResponseChatNotFoundOrParticipantNotFound = components['responses']['ChatNotFoundOrParticipantNotFound'];
export type ResponseMessageNotFound = components['responses']['MessageNotFound'];
export type ResponseRoleNotAllowedOrInsufficientScope = components['responses']['RoleNotAllowedOrInsufficientScope'];
export type ResponseChatNotFoundOrBranchNotFoundOrMessageNotFound = components['responses']['ChatNotFoundOrBranchNotFoundOrMessageNotFound'];
export type ResponseChatNotFoundOrBranchNotFound = components['responses']['ChatNotFoundOrBranchNotFound'];
export type ResponseMessageDeletedOrRunInProgress = components['responses']['MessageDeletedOrRunInProgress'];
export type ResponseStaleRevision = components['responses']['StaleRevision'];
export type ResponseModelNotFoundOrContextTooLargeOrValidationFailedOrMalformedJson = components['responses']['ModelNotFoundOrContextTooLargeOrValidationFailedOrMalformedJson'];
export type ResponseTooManyRunsOrAiBudgetExhaustedOrChatBusyOrRateLimited = components['responses']['TooManyRunsOrAiBudgetExhaustedOrChatBusyOrRateLimited'];
export type ResponseAiUnavailableOrAiBadAnswerOrAiRefusedOrInterrupted = components['responses']['AiUnavailableOrAiBadAnswerOrAiRefusedOrInterrupted'];
export type ResponseRetrySameClientIdOrAiRateLimitedOrDatabaseUnavailable = components['responses']['RetrySameClientIdOrAiRateLimitedOrDatabaseUnavailable'];
export type ResponseAiTimeout = components['responses']['AiTimeout'];
export type ResponseRunNotFound = components['responses']['RunNotFound'];
export type ResponseMemoryNotFound = components['responses']['MemoryNotFound'];
export type $defs = Record<string, never>;
export interface operations {
    getRoot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Info"];
                };
            };
            429: components["responses"]["RateLimited"];
        };
    };
    getInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Info"];
                };
            };
            429: components["responses"]["RateLimited"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            429: components["responses"]["RateLimited"];
            /** @description Not available for the moment */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
            429: components["responses"]["RateLimited"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            429: components["responses"]["RateLimited"];
            /**
             * @description `unavailable`: The server is not ready.
             *
             *     `database_unavailable`: The database cannot do this now.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccount"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Registration"];
                };
            };
            400: components["responses"]["PasswordTooCommonOrValidationFailedOrMalformedJson"];
            409: components["responses"]["EmailTakenOrUsernameTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeoutOrOverloaded"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenSet"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            /** @description `invalid_credentials`: The name or the password is wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["AccountDeactivated"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeoutOrOverloaded"];
        };
    };
    token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenSet"];
                };
            };
            /**
             * @description `bad_request`: The request cannot be understood.
             *
             *     `unsupported_grant_type`: This grant type is not supported.
             *
             *     `invalid_credentials`: The name or the password is wrong.
             *
             *     `invalid_refresh_token`: The refresh token is not valid any more.
             *
             *     `account_deactivated`: The account is deactivated.
             *
             *     `validation_failed`: The request is not valid.
             *
             *     `malformed_json`: The text is not valid JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `body_too_large`: The body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /** @description `internal_error`: Something went wrong on our side. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
            /**
             * @description `database_unavailable`: The database cannot do this now.
             *
             *     `request_timeout`: The request took too long.
             *
             *     `overloaded`: The server has too much to do.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthError"];
                };
            };
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Refresh"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenSet"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            /** @description `invalid_refresh_token`: The refresh token is not valid any more. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["AccountDeactivated"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeoutOrOverloaded"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["MalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    revokeSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The session's id. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            /** @description `session_not_found`: There is no such session. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["PasswordTooCommonOrValidationFailedOrMalformedJson"];
            /**
             * @description `invalid_credentials`: The name or the password is wrong.
             *
             *     `unauthenticated`: A valid access token is needed.
             *
             *     `token_expired`: The access token has expired.
             */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["InsufficientScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeoutOrOverloaded"];
        };
    };
    issueSocketTicket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SocketTicket"];
                };
            };
            400: components["responses"]["MalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            /** @description `too_many_api_keys`: There are too many API keys. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id. */
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            /** @description `api_key_not_found`: There is no such API key. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    updateMeByPut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            409: components["responses"]["EmailTakenOrUsernameTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    deleteMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["MalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["LastSiteAdmin"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    updateMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            409: components["responses"]["EmailTakenOrUsernameTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    searchUsers: {
        parameters: {
            query: {
                /** @description How the username or the full name begins, in any case. */
                q: string;
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["LastSiteAdmin"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    markRead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadState"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listReads: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadMarkList"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    sync: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the answer before; left out, all your chats are told. */
                since?: string;
                /** @description How many of your chats are looked at, at the most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sync"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            410: components["responses"]["ResyncRequired"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listChats: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Only chats of this kind. */
                type?: components["schemas"]["ChatType"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    createChat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatCreate"];
            };
        };
        responses: {
            /** @description It was there already; this is it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["UserNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    getChat: {
        parameters: {
            query?: {
                /** @description `messages`, `branches`, or both with a comma: also answer their first pages. */
                include?: string;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WholeChat"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    updateChatByPut: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    deleteChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    updateChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    leaveChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            /**
             * @description `group_only`: Only a group chat can do this.
             *
             *     `insufficient_scope`: The API key has not the scope for this.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["ChatNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    listParticipants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParticipantList"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    addParticipants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParticipantsAdd"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParticipantList"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrGroupOnlyOrInsufficientScope"];
            /**
             * @description `chat_not_found`: There is no such chat.
             *
             *     `user_not_found`: There is no such user.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `already_participant`: This person is in the chat already.
             *
             *     `chat_full`: The chat is full.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    removeParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
                /** @description The person. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrGroupOnlyOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrParticipantNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    updateParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
                /** @description The person. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ParticipantUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Participant"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrGroupOnlyOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrParticipantNotFound"];
            /** @description `last_admin`: A group needs an admin. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    listChanges: {
        parameters: {
            query: {
                /** @description The highest number you know of the chat; 0 for all that happened in it. */
                since: number;
                /** @description The chat's `epoch` as you know it; when it has another one by now you get 410. */
                epoch?: string;
                /** @description How many numbers are looked at, at the most; the answer may hold fewer changes. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            410: components["responses"]["ResyncRequired"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listMessageVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageVersions"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    addReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message. */
                message_id: string;
                /** @description Exactly one emoji, percent-encoded. */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            /**
             * @description `message_deleted`: The message is deleted.
             *
             *     `too_many_reactions`: The message has too many reactions.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    removeReaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message. */
                message_id: string;
                /** @description Exactly one emoji, percent-encoded. */
                emoji: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            /** @description `message_deleted`: The message is deleted. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    listMessages: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Newest first, or oldest first. */
                order?: "desc" | "asc";
                /** @description Only messages older than this one. */
                before?: string;
                /** @description Only messages newer than this one. */
                after?: string;
                /** @description The page with this message in its middle. */
                around?: string;
                /** @description The branch whose path is read; the active one when left out. */
                branch_id?: string;
                /** @description Also the tombstones of deleted messages. */
                include_deleted?: boolean;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFoundOrMessageNotFound"];
            410: components["responses"]["ResyncRequired"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same as the body's `client_id`. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageCreate"];
            };
        };
        responses: {
            /** @description It was there already; this is it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["RoleNotAllowedOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFoundOrMessageNotFound"];
            /**
             * @description `idempotency_conflict`: The key was used for another request.
             *
             *     `head_moved`: The branch has moved on.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    clearMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    listTurns: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Oldest first, or newest first. */
                order?: "asc" | "desc";
                /** @description The branch whose path is read; the active one when left out. */
                branch_id?: string;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            410: components["responses"]["ResyncRequired"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    addTurn: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same as the body's `client_id`. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TurnCreate"];
            };
        };
        responses: {
            /** @description It was there already; this is it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Turn"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Turn"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["RoleNotAllowedOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            /** @description `idempotency_conflict`: The key was used for another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    getMessage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The message. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    updateMessageByPut: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `rev` you read, in double quotes: another one at the server answers 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The message. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            409: components["responses"]["MessageDeletedOrRunInProgress"];
            412: components["responses"]["StaleRevision"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    deleteMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `rev` you read, in double quotes: another one at the server answers 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The message. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            412: components["responses"]["StaleRevision"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    updateMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `rev` you read, in double quotes: another one at the server answers 412. */
                "If-Match"?: string;
            };
            path: {
                /** @description The message. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["MessageNotFound"];
            409: components["responses"]["MessageDeletedOrRunInProgress"];
            412: components["responses"]["StaleRevision"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    listBranches: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BranchPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    createBranch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BranchCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BranchCreated"];
                };
            };
            /**
             * @description `index_off_path`: There is no message in this place.
             *
             *     `validation_failed`: The request is not valid.
             *
             *     `malformed_json`: The text is not valid JSON.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            /**
             * @description `forbidden`: This is not allowed.
             *
             *     `role_not_allowed`: This role may not be written here.
             *
             *     `insufficient_scope`: The API key has not the scope for this.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["ChatNotFoundOrBranchNotFoundOrMessageNotFound"];
            /**
             * @description `branch_name_taken`: The chat has a branch of this name.
             *
             *     `branch_too_deep`: The branch would be too deep.
             *
             *     `too_many_branches`: The chat has too many branches.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    getBranch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
                /** @description The branch. */
                branch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Branch"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    deleteBranch: {
        parameters: {
            query?: {
                /** @description Also delete the branches forked from it. */
                cascade?: boolean;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
                /** @description The branch. */
                branch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            /** @description `branch_in_use`: The branch is in use. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    updateBranch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
                /** @description The branch. */
                branch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BranchUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Branch"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            /** @description `branch_name_taken`: The chat has a branch of this name. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    setActiveBranch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActiveBranch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Branch"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["ChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["RetrySameClientIdOrDatabaseUnavailable"];
        };
    };
    getTree: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TreePage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    diffBranches: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
                /** @description The branch. */
                branch_id: string;
                /** @description Another branch of the chat. */
                other_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BranchDiff"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    forkChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForkCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Chat"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            /** @description `chat_too_large`: The chat is too large for this. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    createCompletion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same as the body's `client_id`. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompletionCreate"];
            };
        };
        responses: {
            /** @description OK. With `stream: true` or `Accept: text/event-stream`: `reply_started` (the run and the empty reply), `reply_delta` (`offset`, `text`) as it is written, `error` where the model failed, and `reply_finished` (the run and the whole reply) at the end. Each has an `id`; after a lost connection `GET /runs/{run_id}/events` with `Last-Event-ID` goes on behind it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                    "text/event-stream": components["schemas"]["ReplyEvent"];
                };
            };
            400: components["responses"]["ModelNotFoundOrContextTooLargeOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            /**
             * @description `assistant_not_allowed`: The assistant is not let into this chat.
             *
             *     `insufficient_scope`: The API key has not the scope for this.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            /**
             * @description `run_in_progress`: The branch has a reply under way.
             *
             *     `idempotency_conflict`: The key was used for another request.
             *
             *     `head_moved`: The branch has moved on.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRunsOrAiBudgetExhaustedOrChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["AiUnavailableOrAiBadAnswerOrAiRefusedOrInterrupted"];
            503: components["responses"]["RetrySameClientIdOrAiRateLimitedOrDatabaseUnavailable"];
            504: components["responses"]["AiTimeout"];
        };
    };
    regenerateReply: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same as the body's `client_id`. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The message. */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Regenerate"];
            };
        };
        responses: {
            /** @description OK. With `stream: true` or `Accept: text/event-stream`: `reply_started` (the run and the empty reply), `reply_delta` (`offset`, `text`) as it is written, `error` where the model failed, and `reply_finished` (the run and the whole reply) at the end. Each has an `id`; after a lost connection `GET /runs/{run_id}/events` with `Last-Event-ID` goes on behind it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Completion"];
                    "text/event-stream": components["schemas"]["ReplyEvent"];
                };
            };
            400: components["responses"]["ModelNotFoundOrContextTooLargeOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            /**
             * @description `assistant_not_allowed`: The assistant is not let into this chat.
             *
             *     `forbidden`: This is not allowed.
             *
             *     `insufficient_scope`: The API key has not the scope for this.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `chat_not_found`: There is no such chat.
             *
             *     `message_not_found`: There is no such message.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /**
             * @description `run_in_progress`: The branch has a reply under way.
             *
             *     `idempotency_conflict`: The key was used for another request.
             *
             *     `branch_too_deep`: The branch would be too deep.
             *
             *     `too_many_branches`: The chat has too many branches.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRunsOrAiBudgetExhaustedOrChatBusyOrRateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["AiUnavailableOrAiBadAnswerOrAiRefusedOrInterrupted"];
            503: components["responses"]["RetrySameClientIdOrAiRateLimitedOrDatabaseUnavailable"];
            504: components["responses"]["AiTimeout"];
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["RunNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    followRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `id` of the last event you have; what comes after it is sent. */
                "Last-Event-Id"?: string;
            };
            path: {
                /** @description The run. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK. The events of asking a model. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ReplyEvent"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["RunNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    cancelRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run. */
                run_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["RunNotFound"];
            /** @description `run_ended`: The reply has ended already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    getContext: {
        parameters: {
            query?: {
                /** @description The branch; the active one when left out. */
                branch_id?: string;
                /** @description The model; the default one when left out. */
                model?: string;
                /** @description A question that you might ask: 1 to 10000 characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most 40000 code points. Not only white space. */
                content?: string;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Context"];
                };
            };
            /**
             * @description `model_not_found`: There is no such model.
             *
             *     `context_too_large`: The question does not fit the model.
             *
             *     `validation_failed`: The request is not valid.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listMemories: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemoryPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    createMemory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemoryWrite"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Memory"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            /** @description `too_many_memories`: There are too many memories. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    getMemory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The memory. */
                memory_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Memory"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MemoryNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    deleteMemory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The memory. */
                memory_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MemoryNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    updateMemory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The memory. */
                memory_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemoryWrite"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Memory"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["MemoryNotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listAccounts: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Only accounts with this role. */
                role?: components["schemas"]["UserRole"];
                /** @description Only accounts that are switched on, or off. */
                is_active?: boolean;
                /** @description How the email, the username or the full name begins, in any case. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    createAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["PasswordTooCommonOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            409: components["responses"]["EmailTakenOrUsernameTaken"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /**
             * @description `overloaded`: The server has too much to do.
             *
             *     `database_unavailable`: The database cannot do this now.
             *
             *     `request_timeout`: The request took too long.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["LastSiteAdmin"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    changeRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account's id. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoleUpdate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["ValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["UserNotFound"];
            409: components["responses"]["LastSiteAdmin"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listChatsOfUser: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The account's id. */
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["UserNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    readAnyMessages: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Newest first, or oldest first. */
                order?: "desc" | "asc";
                /** @description The branch whose path is read; the active one when left out. */
                branch_id?: string;
            };
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            404: components["responses"]["ChatNotFoundOrBranchNotFound"];
            410: components["responses"]["ResyncRequired"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Only what this administrator did. */
                actor_id?: string;
                /** @description Only this kind. */
                action?: components["schemas"]["AuditAction"];
                /** @description Only what was done to this account. */
                user_id?: string;
                /** @description Only what was done to this chat. */
                chat_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listUsage: {
        parameters: {
            query?: {
                /** @description How many items to answer at the most. */
                limit?: number;
                /** @description The `next_cursor` of the page before. Opaque: send it back unchanged. */
                cursor?: string;
                /** @description Only of this person. */
                user_id?: string;
                /** @description The model, by the name it was asked for. */
                model?: string;
                /** @description The first day, in UTC. */
                from?: string;
                /** @description The last day, in UTC: counted in. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsagePage"];
                };
            };
            400: components["responses"]["InvalidCursorOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["ForbiddenOrInsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    getSocketStats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SocketStats"];
                };
            };
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
    listOnline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The chat. */
                chat_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OnlineList"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["UnauthenticatedOrTokenExpired"];
            403: components["responses"]["InsufficientScope"];
            404: components["responses"]["ChatNotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DatabaseUnavailableOrRequestTimeout"];
        };
    };
}
