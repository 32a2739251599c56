// SPDX-License-Identifier: MPL-2.0
// Looks for nodes /dev/videoN and asks each for its name by QUERYCAP. A metadata node
// (each USB camera has one) says so in device_caps.
//
// A camera that was pulled out is looked for in sysfs alone, since opening a node
// wakes the camera and is slow with some drivers; only the node that is chosen is
// opened, to see that it captures. Any thread, no state. Left out: waiting for the
// kernel's notices; the caller asks again.

#include "publisher/camera_finder.h"

#include <assert.h>
#include <czmq.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/text.h"

#define NODES 256 // /dev/video0 to video255 are all that the kernel has
#define LINKS "/dev/v4l/by-id"

// First line of a file in sysfs; empty if there is none.
static void
s_read_line (const char *folder, const char *name, char *line, size_t size)
{
    char path[PATH_MAX];
    *line = 0;
    snprintf (path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen (path, "re");
    if (!file)
        return;
    if (!fgets (line, (int) size, file))
        *line = 0;
    line[strcspn (line, "\n")] = 0;
    fclose (file);
}

// The folder of a node in sysfs. Returns -1 if path is no device.
static int
s_folder (const char *path, char *folder, size_t size)
{
    struct stat status;
    if (stat (path, &status) < 0 || !S_ISCHR (status.st_mode))
        return -1;
    snprintf (folder, size, "/sys/dev/char/%u:%u", major (status.st_rdev),
              minor (status.st_rdev));
    return 0;
}

// Numbers of the nodes there are, in order. Returns how many.
static int
s_read_nodes (int *numbers)
{
    bool there[NODES] = {false};
    DIR *folder = opendir ("/dev");
    if (!folder)
        return 0;
    for (const struct dirent *entry; (entry = readdir (folder));) {
        char *end;
        if (strncmp (entry->d_name, "video", 5) != 0 ||
            !isdigit ((unsigned char) entry->d_name[5]))
            continue;
        unsigned long number = strtoul (entry->d_name + 5, &end, 10);
        if (!*end && number < NODES)
            there[number] = true;
    }
    closedir (folder);
    int count = 0;
    for (int i = 0; i < NODES; i++)
        if (there[i])
            numbers[count++] = i;
    return count;
}

static void
s_clean (char *dest, size_t size, const uint8_t *text, size_t len)
{
    zr_text_clean (dest, size, (const char *) text, strnlen ((const char *) text, len));
}

// What the kernel says of a node that we may not open. Returns EACCES, or ENOTTY if
// it does not look like one that captures: the first node of a camera does.
static int
s_probe_denied (const char *path, zr_camera_t *camera)
{
    char folder[64], line[ZR_CAMERA_CARD_MAX];
    camera->denied = true;
    if (s_folder (path, folder, sizeof folder) < 0)
        return EACCES;
    s_read_line (folder, "index", line, sizeof line);
    if (*line && !streq (line, "0"))
        return ENOTTY;
    s_read_line (folder, "name", line, sizeof line);
    zr_text_clean (camera->card, sizeof camera->card, line, strlen (line));
    return EACCES;
}

int
zr_camera_finder_probe (const char *path, zr_camera_t *camera)
{
    assert (path && camera);
    *camera = (zr_camera_t){.denied = false};
    snprintf (camera->path, sizeof camera->path, "%s", path);
    int fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES || errno == EPERM ? s_probe_denied (path, camera)
                                                 : errno;
    struct v4l2_capability capability = {.capabilities = 0};
    int rc = v4l2_ioctl (fd, VIDIOC_QUERYCAP, &capability);
    close (fd);
    uint32_t can = capability.capabilities & V4L2_CAP_DEVICE_CAPS
                       ? capability.device_caps
                       : capability.capabilities;
    if (rc < 0 || !(can & V4L2_CAP_VIDEO_CAPTURE) || !(can & V4L2_CAP_STREAMING))
        return ENOTTY;
    s_clean (camera->card, sizeof camera->card, capability.card,
             sizeof capability.card);
    s_clean (camera->bus, sizeof camera->bus, capability.bus_info,
             sizeof capability.bus_info);
    return 0;
}

// The link to a node below /dev/v4l/by-id; empty if there is none.
static void
s_find_link (const char *path, char *link, size_t size)
{
    char candidate[sizeof LINKS + 1 + NAME_MAX], target[PATH_MAX];
    *link = 0;
    DIR *folder = opendir (LINKS);
    if (!folder)
        return;
    for (const struct dirent *entry; !*link && (entry = readdir (folder));) {
        snprintf (candidate, sizeof candidate, LINKS "/%s", entry->d_name);
        if (realpath (candidate, target) && streq (target, path) &&
            strlen (candidate) < size &&
            zr_text_is_printable (candidate, strlen (candidate)))
            snprintf (link, size, "%s", candidate);
    }
    closedir (folder);
}

int
zr_camera_finder_scan (zr_camera_t *cameras)
{
    assert (cameras);
    int numbers[NODES], count = 0, nodes = s_read_nodes (numbers);
    for (int i = 0; i < nodes && count < ZR_CAMERAS_MAX; i++) {
        zr_camera_t *camera = &cameras[count];
        char path[32];
        snprintf (path, sizeof path, "/dev/video%d", numbers[i]);
        int error = zr_camera_finder_probe (path, camera);
        if (error && error != EACCES)
            continue;
        s_find_link (path, camera->link, sizeof camera->link);
        count++;
    }
    return count;
}

// The first camera; opens no node after it.
static int
s_find_first (char *path, size_t size)
{
    char denied[32] = "", node[32];
    int numbers[NODES], nodes = s_read_nodes (numbers);
    for (int i = 0; i < nodes; i++) {
        zr_camera_t camera;
        snprintf (node, sizeof node, "/dev/video%d", numbers[i]);
        int error = zr_camera_finder_probe (node, &camera);
        if (!error) {
            snprintf (path, size, "%s", node);
            return 0;
        }
        if (error == EACCES && !*denied)
            memcpy (denied, node, sizeof denied);
    }
    snprintf (path, size, "%s", denied);
    return *denied ? 0 : -1;
}

// How well a text names a camera: 0 not at all, 1 a part of a name, 2 a whole one.
static int
s_rate (const zr_camera_t *camera, const char *text)
{
    const char *name = strrchr (camera->link, '/');
    name = name ? name + 1 : "";
    if (strcasecmp (camera->card, text) == 0 || strcasecmp (name, text) == 0)
        return 2;
    return strcasestr (camera->card, text) || strcasestr (name, text) ? 1 : 0;
}

// Several match: says which.
static void
s_say_several (const zr_camera_t *cameras, int count, const char *text, int rate,
               char *error, size_t size)
{
    char list[256] = "";
    for (int i = 0; i < count; i++) {
        if (s_rate (&cameras[i], text) != rate)
            continue;
        size_t len = strlen (list);
        snprintf (list + len, sizeof list - len, "%s%s (%s)", len ? ", " : "",
                  cameras[i].path, cameras[i].card);
    }
    snprintf (error, size, "\"%s\" matches %s: say which", text, list);
}

int
zr_camera_finder_select (const zr_camera_t *cameras, int count, const char *text,
                         char *error, size_t error_size)
{
    assert (cameras && text && error);
    int best = 0, found = -1, several = 0;
    for (int i = 0; i < count; i++) {
        int rate = s_rate (&cameras[i], text);
        if (rate > best) {
            best = rate;
            found = i;
            several = 0;
        }
        several += rate && rate == best;
    }
    if (several == 1)
        return found;
    if (several)
        s_say_several (cameras, count, text, best, error, error_size);
    else
        snprintf (error, error_size,
                  "no camera has \"%s\" in its name; --list shows them", text);
    return -1;
}

// Whether a text is to be taken as a path.
static bool
s_is_path (const char *text)
{
    struct stat status;
    return *text == '/' || *text == '.' ||
           (stat (text, &status) == 0 && S_ISCHR (status.st_mode));
}

int
zr_camera_finder_resolve (const char *text, char *path, size_t size, char *error,
                          size_t error_size)
{
    assert (path && size && error && error_size);
    if (!text) {
        int rc = s_find_first (path, size);
        if (rc < 0)
            snprintf (error, error_size,
                      "no camera found; plug one in, or name another source, such as "
                      "\"pattern\"");
        return rc;
    }
    if (s_is_path (text)) {
        if ((size_t) snprintf (path, size, "%s", text) < size)
            return 0;
        snprintf (error, error_size, "the path of the camera is too long");
        return -1;
    }
    zr_camera_t cameras[ZR_CAMERAS_MAX];
    int count = zr_camera_finder_scan (cameras);
    int found = zr_camera_finder_select (cameras, count, text, error, error_size);
    if (found < 0)
        return -1;
    snprintf (path, size, "%s", cameras[found].path);
    return 0;
}

bool
zr_camera_finder_matches (const char *text)
{
    char path[32];
    if (!text)
        return s_find_first (path, sizeof path) == 0;
    zr_camera_t cameras[ZR_CAMERAS_MAX];
    int count = zr_camera_finder_scan (cameras);
    for (int i = 0; i < count; i++)
        if (s_rate (&cameras[i], text))
            return true;
    return false;
}

// Vendor and product of a USB camera, whose node hangs below an interface of the
// device, or seldom below the device itself. Returns false if it is none.
static bool
s_read_ids (const char *place, char *usb, size_t size, char *ids, size_t ids_size)
{
    char vendor[8], product[8];
    snprintf (usb, size, "%s", place);
    s_read_line (usb, "idVendor", vendor, sizeof vendor);
    if (!*vendor) {
        snprintf (usb, size, "%s/..", place);
        s_read_line (usb, "idVendor", vendor, sizeof vendor);
    }
    s_read_line (usb, "idProduct", product, sizeof product);
    snprintf (ids, ids_size, "%s:%s", vendor, product);
    return *vendor;
}

static void
s_read_trace (const char *path, zr_camera_trace_t *trace)
{
    char folder[64], device[72], place[PATH_MAX];
    *trace = (zr_camera_trace_t){.kind = ""};
    if (s_folder (path, folder, sizeof folder) < 0)
        return;
    // A driver without hardware has no device: the node stands for itself.
    snprintf (device, sizeof device, "%s/device", folder);
    if (!realpath (device, place) && !realpath (folder, place))
        return;
    if (strlen (place) >= sizeof trace->place)
        return;
    snprintf (trace->place, sizeof trace->place, "%s", place);
    char usb[sizeof trace->place + 4], ids[20], index[8], name[128];
    s_read_line (folder, "index", index, sizeof index);
    if (s_read_ids (trace->place, usb, sizeof usb, ids, sizeof ids)) {
        // 1-4.2:1.0 is the first interface of what is on a certain port.
        const char *base = strrchr (trace->place, '/') + 1;
        const char *interface = strchr (base, ':');
        s_read_line (usb, "serial", name, sizeof name);
        snprintf (trace->kind, sizeof trace->kind, "%s%.16s node %s serial %s", ids,
                  interface ? interface : "", index, name);
        return;
    }
    s_read_line (folder, "name", name, sizeof name);
    snprintf (trace->kind, sizeof trace->kind, "%s node %s", name, index);
}

// The traces of all nodes, to be freed, with their numbers. Sets count.
static zr_camera_trace_t *
s_read_traces (int *numbers, int *count)
{
    *count = s_read_nodes (numbers);
    zr_camera_trace_t *traces =
        (zr_camera_trace_t *) zmalloc ((*count + 1) * sizeof *traces);
    for (int i = 0; i < *count; i++) {
        char path[32];
        snprintf (path, sizeof path, "/dev/video%d", numbers[i]);
        s_read_trace (path, &traces[i]);
    }
    return traces;
}

int
zr_camera_identity_read (const char *path, zr_camera_identity_t *self)
{
    assert (path && self);
    *self = (zr_camera_identity_t){.count = 0};
    struct stat status;
    zr_camera_t camera;
    if (zr_camera_finder_probe (path, &camera))
        return -1;
    memcpy (self->card, camera.card, sizeof self->card);
    memcpy (self->bus, camera.bus, sizeof self->bus);
    self->linked = lstat (path, &status) == 0 && S_ISLNK (status.st_mode);
    s_read_trace (path, &self->trace);
    int numbers[NODES], nodes;
    zr_camera_trace_t *traces = s_read_traces (numbers, &nodes);
    for (int i = 0; i < nodes; i++)
        self->count += streq (traces[i].kind, self->trace.kind);
    freen (traces);
    return 0;
}

int
zr_camera_finder_pick (const zr_camera_identity_t *identity,
                       const zr_camera_trace_t *traces, int count)
{
    assert (identity && traces);
    const zr_camera_trace_t *known = &identity->trace;
    int same = -1, several = 0;
    for (int i = 0; i < count && *known->kind; i++) {
        if (!streq (traces[i].kind, known->kind))
            continue;
        if (streq (traces[i].place, known->place))
            return i;
        same = i;
        several++;
    }
    return several == 1 && identity->count == 1 ? same : -1;
}

int
zr_camera_finder_again (const zr_camera_identity_t *identity, const char *former_path,
                        char *path, size_t size)
{
    assert (identity && former_path);
    assert (path && size);
    zr_camera_t camera;
    char node[256];
    bool known = *identity->trace.kind && !identity->linked;
    snprintf (node, sizeof node, "%s", former_path);
    if (known) {
        int numbers[NODES], nodes;
        zr_camera_trace_t *traces = s_read_traces (numbers, &nodes);
        int found = zr_camera_finder_pick (identity, traces, nodes);
        freen (traces);
        if (found < 0)
            return -1;
        snprintf (node, sizeof node, "/dev/video%d", numbers[found]);
    }
    if (zr_camera_finder_probe (node, &camera) != 0)
        return -1;
    // Where sysfs has nothing to say, a number that is another camera's now shows here.
    if (!identity->linked && !streq (camera.card, identity->card))
        return -1;
    if (!identity->linked && !known && !streq (camera.bus, identity->bus))
        return -1;
    snprintf (path, size, "%s", node);
    return 0;
}
