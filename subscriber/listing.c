// SPDX-License-Identifier: MPL-2.0
// First the beacons of one period are heard; then every place found is asked at the
// same time: info/ and room/ by a subscription, which are sent twice a second, and the
// people by the chat's WHO, for which nobody has to join. What does not answer in time
// is missing in the list.

#include "subscriber/listing.h"

#include <assert.h>
#include <czmq.h>
#include <jansson.h>

#include "common/chat_proto.h"
#include "common/clock.h"
#include "common/endpoint.h"
#include "common/room_finder.h"
#include "common/socket.h"
#include "common/text.h"
#include "subscriber/directory.h"
#include "subscriber/link.h"

#define SEARCH_MS 1300
#define ASK_US 1300000 // two of what comes twice a second
#define POLL_MS 50
#define PLACES_MAX ZR_DIRECTORY_ORIGINS_MAX
#define PEOPLE_SHOWN 50
#define BURST_MAX 256 // messages of one place before the next has its turn

typedef struct {
    bool room; // else a publisher
    bool found;
    char name[ZR_WIRE_NAME_MAX + 1]; // empty: not known
    char address[ZR_ENDPOINT_MAX];   // as people say it
    char host[ZR_ENDPOINT_MAX];      // where its chat is
    zr_link_t *link;                 // NULL: no pictures
    int connections;
    zsock_t *chat; // NULL: not asked
    char *people;  // one a line; NULL: no answer
    int64_t people_count;
} place_t;

typedef struct {
    place_t places[PLACES_MAX];
    int count;
    zr_directory_t *directory;
    FILE *out;
} listing_t;

// ---- asking -------------------------------------------------------------------------

static void
s_ask_pictures (place_t *place, const char *endpoint)
{
    place->link = zr_link_new (endpoint);
    zr_link_subscribe (place->link, "info/", 5);
    zr_link_subscribe (place->link, "room/", 5);
    if (zr_link_connect (place->link))
        zr_link_destroy (&place->link);
}

static void
s_ask_people (place_t *place, int port)
{
    char endpoint[ZR_ENDPOINT_MAX + 16], head[ZR_CHAT_HEAD_MAX];
    const zr_chat_message_t who = {.verb = ZR_CHAT_WHO};
    snprintf (endpoint, sizeof endpoint, "tcp://%s:%d", place->host, port);
    place->chat = zsock_new (ZMQ_DEALER);
    assert (place->chat);
    zr_socket_prepare (place->chat, (int64_t) ZR_CHAT_PEERS_MAX * ZR_CHAT_NICK_MAX);
    zsock_set_linger (place->chat, 0);
    if (zr_socket_connect (place->chat, endpoint, "list"))
        return;
    zmq_send (zsock_resolve (place->chat), head, zr_chat_pack (&who, head),
              ZMQ_DONTWAIT);
}

static place_t *
s_add (listing_t *self, bool room)
{
    if (self->count == PLACES_MAX)
        return NULL;
    place_t *place = &self->places[self->count++];
    place->room = room;
    return place;
}

static void
s_add_found (listing_t *self, const zr_room_t *found)
{
    char endpoint[ZR_ROOM_TEXT_MAX];
    place_t *place = s_add (self, found->beacon.kind == ZR_BEACON_BROKER);
    if (!place)
        return;
    place->found = true;
    snprintf (place->name, sizeof place->name, "%s", found->beacon.name);
    snprintf (place->host, sizeof place->host, "%s", found->address);
    snprintf (place->address, sizeof place->address, "%s", found->address);
    if (found->beacon.video_out_port) {
        zr_room_address (found, ZR_ROOM_PICTURES_OUT, endpoint);
        snprintf (place->address, sizeof place->address, "%s", endpoint);
        zr_room_endpoint (found, ZR_ROOM_PICTURES_OUT, endpoint);
        s_ask_pictures (place, endpoint);
    }
    if (found->beacon.chat_port)
        s_ask_people (place, found->beacon.chat_port);
}

static void
s_add_given (listing_t *self, const char *endpoint)
{
    place_t *place = s_add (self, false); // until it says that it is a room
    if (!place)
        return;
    snprintf (place->host, sizeof place->host, "%s", ZR_ROOM_HERE);
    if (strncmp (endpoint, "tcp://", 6) == 0) {
        snprintf (place->host, sizeof place->host, "%s", endpoint + 6);
        *strrchr (place->host, ':') = '\0'; // it is complete: there is a port
    }
    zr_endpoint_label (endpoint, place->address, sizeof place->address);
    s_ask_pictures (place, endpoint);
}

// ---- what is answered ---------------------------------------------------------------

// The second part of a room/ message that is known to be one.
static void
s_take_room (place_t *place, zmq_msg_t *part)
{
    json_t *root = json_loadb (zmq_msg_data (part), zmq_msg_size (part), 0, NULL);
    const char *name = json_string_value (json_object_get (root, "name"));
    json_int_t chat = json_integer_value (json_object_get (root, "chat"));
    place->room = true;
    if (name && !*place->name)
        zr_text_clean (place->name, sizeof place->name, name, strlen (name));
    if (!place->chat && chat > 0 && chat <= 65535)
        s_ask_people (place, (int) chat);
    json_decref (root);
}

static void
s_take_pictures (listing_t *self, int i)
{
    place_t *place = &self->places[i];
    zr_link_message_t message;
    place->connections += zr_link_watch (place->link);
    place->found = place->found || place->connections > 0;
    for (int n = 0; n < BURST_MAX && zr_link_receive (place->link, &message); n++) {
        if (message.count == 2 &&
            zr_directory_hear (self->directory, i, message.parts, zclock_usecs ()) ==
                0 &&
            *(const char *) zmq_msg_data (&message.parts[0]) == 'r')
            s_take_room (place, &message.parts[1]);
        zr_link_release (&message);
    }
}

// Reads one answer of the chat. Returns false if none waits.
static bool
s_take_answer (place_t *place)
{
    void *handle = zsock_resolve (place->chat);
    zmq_msg_t parts[2];
    zr_chat_message_t message;
    int count = 0;
    bool more = true;
    zmq_msg_init (&parts[0]);
    zmq_msg_init (&parts[1]);
    while (more) {
        zmq_msg_t *part = &parts[count ? 1 : 0];
        if (zmq_msg_recv (part, handle, ZMQ_DONTWAIT) < 0)
            break;
        more = zmq_msg_more (part);
        count++;
    }
    if (!more && count == 2 &&
        zr_chat_parse (zmq_msg_data (&parts[0]), zmq_msg_size (&parts[0]),
                       zmq_msg_data (&parts[1]), zmq_msg_size (&parts[1]), count, false,
                       &message) == ZR_CHAT_CODE_NONE &&
        message.verb == ZR_CHAT_NAMES) {
        free (place->people);
        place->people = strndup (message.text, message.text_len);
        place->people_count = message.number;
    }
    zmq_msg_close (&parts[0]);
    zmq_msg_close (&parts[1]);
    return !more;
}

static void
s_listen (listing_t *self)
{
    int64_t end_us = zr_clock_us () + ASK_US;
    while (!zsys_interrupted && zr_clock_us () < end_us) {
        for (int i = 0; i < self->count; i++) {
            if (self->places[i].link)
                s_take_pictures (self, i);
            for (int n = 0; n < BURST_MAX && self->places[i].chat; n++)
                if (!s_take_answer (&self->places[i]))
                    break;
        }
        zclock_sleep (POLL_MS);
    }
}

// ---- printing -----------------------------------------------------------------------

static int
s_name_width (const listing_t *self)
{
    int widest = 8;
    for (int i = 0; i < zr_directory_count (self->directory); i++) {
        int width = zr_text_characters (zr_directory_at (self->directory, i)->name);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void
s_print_stream (const listing_t *self, const zr_directory_stream_t *stream, int width)
{
    char size[32] = "not yet seen";
    if (stream->info.width && stream->info.height)
        snprintf (size, sizeof size, "%dx%d", stream->info.width, stream->info.height);
    fprintf (self->out, "  %s%*s  %12s  %6.1f/s  %8.0f kbit/s  %s\n", stream->name,
             width - zr_text_characters (stream->name), "", size, stream->info.fps,
             stream->info.kbit_s, stream->info.source);
}

static void
s_print_people (const listing_t *self, const place_t *place)
{
    int64_t shown = 0;
    char nick[ZR_CHAT_NICK_MAX];
    const char *from = place->people;
    if (!place->chat || !from)
        fputs (place->chat ? "  the chat does not answer\n" : "  no chat\n", self->out);
    else if (!*from)
        fputs ("  nobody in the chat\n", self->out);
    for (; place->chat && from && *from && shown < PEOPLE_SHOWN; shown++) {
        size_t len = strcspn (from, "\n");
        zr_text_clean (nick, sizeof nick, from, len);
        fprintf (self->out, "%s%s", shown ? ", " : "  in the chat: ", nick);
        from += len + (from[len] == '\n');
    }
    if (shown && place->people_count > shown)
        fprintf (self->out, " and %" PRId64 " more", place->people_count - shown);
    if (shown)
        fputc ('\n', self->out);
}

static void
s_print_place (const listing_t *self, int i, int width)
{
    const place_t *place = &self->places[i];
    int streams = 0;
    fprintf (self->out, "\n%s %s%s%s%s\n", place->room ? "Room" : "Publisher",
             place->name, *place->name ? " (" : "", place->address,
             *place->name ? ")" : "");
    for (int n = 0; n < zr_directory_count (self->directory); n++) {
        const zr_directory_stream_t *stream = zr_directory_at (self->directory, n);
        if (stream->origin == i) {
            s_print_stream (self, stream, width);
            streams++;
        }
    }
    if (!streams && place->link)
        fprintf (self->out, "  %s\n",
                 place->room ? "no streams" : "a stream without a name");
    if (place->room)
        s_print_people (self, place);
}

// Returns how many there are.
static int
s_print_places (const listing_t *self)
{
    int found = 0, width = s_name_width (self);
    for (int i = 0; i < self->count; i++)
        if (self->places[i].found) {
            s_print_place (self, i, width);
            found++;
        }
    return found;
}

// ---- all of it ----------------------------------------------------------------------

static void
s_search (listing_t *self)
{
    char where[ZR_DISCOVERY_INTERFACES_MAX];
    const zr_room_t *found[ZR_ROOM_LIST_MAX];
    zr_room_finder_t *finder = zr_room_finder_new ();
    bool network = zr_room_finder_interfaces (finder, where);
    zr_room_finder_listen (finder, network ? SEARCH_MS : 0, -1);
    const zr_room_list_t *list = zr_room_finder_list (finder);
    size_t count = zr_room_list_rooms (list, 0, found);
    for (size_t i = 0; i < count; i++)
        s_add_found (self, found[i]);
    count = zr_room_list_publishers (list, found);
    for (size_t i = 0; i < count; i++)
        s_add_found (self, found[i]);
    zr_room_finder_destroy (&finder);
    fprintf (self->out, "Searched: %s%sthis host\n", network ? where : "",
             network ? ", " : "");
}

int
zr_listing_print (const zr_list_t *endpoints, FILE *out)
{
    assert (endpoints && out);
    listing_t *self = zmalloc (sizeof *self);
    self->out = out;
    self->directory = zr_directory_new ();
    for (int i = 0; i < endpoints->count; i++) {
        fprintf (out, "%s%s", i ? ", " : "Asked: ", endpoints->items[i]);
        s_add_given (self, endpoints->items[i]);
    }
    if (endpoints->count)
        fputc ('\n', out);
    else
        s_search (self);
    fflush (out);
    if (self->count)
        s_listen (self);
    int found = s_print_places (self);
    if (!found)
        fputs ("\nNothing found.\n", out);
    for (int i = 0; i < self->count; i++) {
        zr_link_destroy (&self->places[i].link);
        zsock_destroy (&self->places[i].chat);
        free (self->places[i].people);
    }
    zr_directory_destroy (&self->directory);
    freen (self);
    bool told = fflush (out) == 0;
    return zsys_interrupted || (found && told) ? 0 : 1;
}
