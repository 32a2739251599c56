// SPDX-License-Identifier: MPL-2.0
// All controls are read before one is found by name, so that any beginning of a name
// will do and an automatic mode that stands in the way can be named. The driver may
// round a value to its steps: what is said is what it answers afterwards.
//
// Any thread, no state; v4l2_ioctl takes descriptors of plain open too. Left out: text
// controls and those of many values (arrays, rectangles), which webcams do not have;
// setting several at once.

#include "publisher/camera_controls.h"

#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <inttypes.h>
#include <libv4l2.h>
#include <linux/videodev2.h>

#include "common/text.h"
#include "publisher/camera_ioctl.h"

#define CONTROLS_MAX 256
#define ENTRIES_MAX 64
#define WIDTH 80 // columns of the table

// All controls of a device; items is to be freed.
typedef struct {
    int fd;
    int count;
    zr_camera_control_t *items;
} s_list_t;

// The next control after id, also of drivers that know the older call only.
static int
s_query (int fd, uint32_t id, struct v4l2_query_ext_ctrl *found)
{
    *found = (struct v4l2_query_ext_ctrl){.id = id | V4L2_CTRL_FLAG_NEXT_CTRL};
    if (zr_camera_ioctl (fd, VIDIOC_QUERY_EXT_CTRL, found) == 0)
        return 0;
    struct v4l2_queryctrl plain = {.id = id | V4L2_CTRL_FLAG_NEXT_CTRL};
    if (errno != ENOTTY || zr_camera_ioctl (fd, VIDIOC_QUERYCTRL, &plain) < 0)
        return -1;
    *found = (struct v4l2_query_ext_ctrl){.id = plain.id,
                                          .type = plain.type,
                                          .minimum = plain.minimum,
                                          .maximum = plain.maximum,
                                          .step = plain.step,
                                          .default_value = plain.default_value,
                                          .flags = plain.flags};
    if (plain.type == V4L2_CTRL_TYPE_BITMASK) {
        found->maximum = (uint32_t) plain.maximum;
        found->default_value = (uint32_t) plain.default_value;
    }
    memcpy (found->name, plain.name, sizeof plain.name);
    return 0;
}

static bool
s_is_settable (const struct v4l2_query_ext_ctrl *control)
{
    if (control->flags & V4L2_CTRL_FLAG_DISABLED || control->nr_of_dims)
        return false;
    switch (control->type) {
    case V4L2_CTRL_TYPE_INTEGER:
    case V4L2_CTRL_TYPE_INTEGER64:
    case V4L2_CTRL_TYPE_BOOLEAN:
    case V4L2_CTRL_TYPE_MENU:
    case V4L2_CTRL_TYPE_INTEGER_MENU:
    case V4L2_CTRL_TYPE_BUTTON:
    case V4L2_CTRL_TYPE_BITMASK:
        return true;
    default:
        return false;
    }
}

static void
s_read (s_list_t *self)
{
    struct v4l2_query_ext_ctrl item = {.id = 0};
    uint32_t last = 0;
    self->items = (zr_camera_control_t *) zmalloc (CONTROLS_MAX * sizeof *self->items);
    // A driver that does not go on to a higher one would keep us for ever.
    while (self->count < CONTROLS_MAX && s_query (self->fd, last, &item) == 0 &&
           item.id > last) {
        last = item.id;
        zr_camera_control_t *control = &self->items[self->count];
        char name[sizeof item.name + 1] = "";
        memcpy (name, item.name, sizeof item.name);
        zr_camera_control_name (name, control->name, sizeof control->name);
        if (!s_is_settable (&item) || !*control->name)
            continue;
        control->id = item.id;
        control->type = item.type;
        control->flags = item.flags;
        control->minimum = item.minimum;
        control->maximum = item.maximum;
        control->step = (int64_t) item.step;
        control->normal = item.default_value;
        self->count++;
    }
}

// Fills entries (ENTRIES_MAX places) and lends them to a control that is a menu. Some
// numbers between the ends may have no entry.
static void
s_read_entries (int fd, zr_camera_control_t *control, zr_camera_entry_t *entries)
{
    control->entries = entries;
    control->entry_count = 0;
    if (!zr_camera_control_is_menu (control))
        return;
    int64_t number = control->minimum < 0 ? 0 : control->minimum;
    int64_t end = control->maximum < number + ENTRIES_MAX - 1
                      ? control->maximum
                      : number + ENTRIES_MAX - 1;
    for (; number <= end; number++) {
        struct v4l2_querymenu item = {.id = control->id, .index = (uint32_t) number};
        if (zr_camera_ioctl (fd, VIDIOC_QUERYMENU, &item) < 0)
            continue;
        zr_camera_entry_t *entry = &entries[control->entry_count++];
        entry->number = (int) number;
        int64_t value = item.value; // the struct is packed
        if (control->type == V4L2_CTRL_TYPE_INTEGER_MENU)
            snprintf (entry->name, sizeof entry->name, "%" PRId64, value);
        else
            zr_text_clean (entry->name, sizeof entry->name, (const char *) item.name,
                           strnlen ((const char *) item.name, sizeof item.name));
    }
}

// Sets or gets a value. Returns 0, or an errno.
static int
s_transfer (int fd, const zr_camera_control_t *control, bool set, int64_t *value)
{
    if (control->type == V4L2_CTRL_TYPE_INTEGER64) {
        struct v4l2_ext_control item = {.id = control->id, .value64 = *value};
        struct v4l2_ext_controls items = {
            .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &item};
        if (zr_camera_ioctl (fd, set ? VIDIOC_S_EXT_CTRLS : VIDIOC_G_EXT_CTRLS,
                             &items) < 0)
            return errno;
        *value = item.value64;
        return 0;
    }
    // Every driver has this one, if only by the kernel's own doing.
    struct v4l2_control item = {.id = control->id, .value = (int32_t) *value};
    if (zr_camera_ioctl (fd, set ? VIDIOC_S_CTRL : VIDIOC_G_CTRL, &item) < 0)
        return errno;
    *value = control->type == V4L2_CTRL_TYPE_BITMASK ? (uint32_t) item.value
                                                     : (int64_t) item.value;
    return 0;
}

// What a control has when nothing automatic is on. Of exposure's modes, unlike the
// others, that is 1.
static int64_t
s_manual (const zr_camera_control_t *control)
{
    return control->id == V4L2_CID_EXPOSURE_AUTO ? V4L2_EXPOSURE_MANUAL : 0;
}

// A value, of a menu with its entry's name.
static void
s_show_value (const zr_camera_control_t *control, int64_t value, char *text,
              size_t size)
{
    zr_camera_control_format (control, value, text, size);
    size_t len = strlen (text);
    for (int i = 0; i < control->entry_count; i++)
        if (control->entries[i].number == value)
            snprintf (text + len, size - len, " (%s)", control->entries[i].name);
}

// The control that probably keeps another one inactive: it has "auto" in its name, is
// on, and shares a word with it, as gain_automatic and gain do. NULL if none is seen.
static const zr_camera_control_t *
s_find_automatic (const s_list_t *list, const zr_camera_control_t *control)
{
    for (int i = 0; i < list->count; i++) {
        const zr_camera_control_t *other = &list->items[i];
        int64_t value = 0;
        if (other == control || !strstr (other->name, "auto") ||
            s_transfer (list->fd, other, false, &value) || value == s_manual (other))
            continue;
        char words[ZR_CAMERA_CONTROL_NAME_MAX], *rest = NULL;
        memcpy (words, control->name, sizeof words);
        for (char *word = strtok_r (words, "_", &rest); word;
             word = strtok_r (NULL, "_", &rest))
            if (strlen (word) > 2 && strstr (other->name, word))
                return other;
    }
    return NULL;
}

// Why it cannot be set now, though otherwise it could. Returns -1.
static int
s_refuse_inactive (const s_list_t *list, const zr_camera_control_t *control, char *said,
                   size_t size)
{
    const zr_camera_control_t *automatic = s_find_automatic (list, control);
    if (automatic)
        snprintf (said, size, "%s is not in effect while %s is on; --set %s=%s first",
                  control->name, automatic->name, automatic->name,
                  automatic->type == V4L2_CTRL_TYPE_BOOLEAN ? "off"
                  : s_manual (automatic)                    ? "1"
                                                            : "0");
    else
        snprintf (said, size,
                  "%s is not in effect in this mode of the camera; if something "
                  "automatic has it, switch that off first (--list shows it)",
                  control->name);
    return -1;
}

// The reason for an errno of setting. Returns -1.
static int
s_refuse (const s_list_t *list, const zr_camera_control_t *control, int error,
          char *said, size_t size)
{
    char range[96];
    switch (error) {
    case EACCES:
    case EILSEQ: // how older kernels pass on "wrong state" of a USB camera
        return s_refuse_inactive (list, control, said, size);
    case EBUSY:
        snprintf (said, size,
                  "%s cannot be changed while the camera runs; end other programs that "
                  "use it first",
                  control->name);
        return -1;
    case ERANGE:
        zr_camera_control_describe (control, range, sizeof range);
        snprintf (said, size, "%s: the camera refuses that value; it takes %s",
                  control->name, range);
        return -1;
    case ENODEV:
        snprintf (said, size, "%s: the camera is gone (is it plugged in?)",
                  control->name);
        return -1;
    default:
        snprintf (said, size, "%s: the camera does not do it (%s)", control->name,
                  strerror (error));
        return -1;
    }
}

// Sets the control to what text (NULL: nothing was given) says.
static int
s_apply (const s_list_t *list, zr_camera_control_t *control, const char *text,
         char *said, size_t size)
{
    zr_camera_entry_t entries[ENTRIES_MAX];
    int64_t value;
    s_read_entries (list->fd, control, entries);
    if (control->flags & V4L2_CTRL_FLAG_READ_ONLY) {
        snprintf (said, size, "%s can only be read", control->name);
        return -1;
    }
    if (control->flags & V4L2_CTRL_FLAG_INACTIVE)
        return s_refuse_inactive (list, control, said, size);
    if (control->flags & V4L2_CTRL_FLAG_GRABBED)
        return s_refuse (list, control, EBUSY, said, size);
    if (!text && control->type != V4L2_CTRL_TYPE_BUTTON) {
        snprintf (said, size, "%s needs a value: --set %s=VALUE", control->name,
                  control->name);
        return -1;
    }
    if (zr_camera_control_parse (control, text ? text : "", &value, said, size) < 0)
        return -1;
    int error = s_transfer (list->fd, control, true, &value);
    if (error)
        return s_refuse (list, control, error, said, size);
    if (control->type == V4L2_CTRL_TYPE_BUTTON) {
        snprintf (said, size, "%s is pressed", control->name);
        return 0;
    }
    s_transfer (list->fd, control, false, &value); // drivers round
    char shown[64];
    s_show_value (control, value, shown, sizeof shown);
    snprintf (said, size, "%s is %s", control->name, shown);
    return 0;
}

// Tells which controls a name may mean.
static void
s_say_several (const s_list_t *list, const char *name, char *said, size_t size)
{
    char wanted[ZR_CAMERA_CONTROL_NAME_MAX];
    zr_camera_control_name (name, wanted, sizeof wanted);
    size_t len = strlen (wanted);
    snprintf (said, size, "say which you mean by \"%s\":", wanted);
    const char *comma = "";
    for (int i = 0; i < list->count; i++) {
        size_t used = strlen (said);
        if (strncmp (list->items[i].name, wanted, len) != 0)
            continue;
        snprintf (said + used, size - used, "%s %s", comma, list->items[i].name);
        comma = ",";
    }
}

int
zr_camera_controls_set (int fd, const char *text, char *said, size_t size)
{
    assert (text && said && size);
    const char *value = strchr (text, '=');
    char name[ZR_CAMERA_CONTROL_NAME_MAX];
    snprintf (name, sizeof name, "%.*s",
              (int) (value ? (size_t) (value - text) : strlen (text)), text);
    s_list_t list = {.fd = fd};
    s_read (&list);
    int rc = zr_camera_control_find (list.items, list.count, name);
    if (rc >= 0)
        rc = s_apply (&list, &list.items[rc], value ? value + 1 : NULL, said, size);
    else if (rc == ZR_CAMERA_CONTROL_AMBIGUOUS)
        s_say_several (&list, name, said, size);
    else
        snprintf (said, size, "the camera has no control \"%s\"; --list shows them",
                  name);
    freen (list.items);
    return rc;
}

// Entries of a menu behind each other, in lines of WIDTH that begin at column indent.
static void
s_print_entries (FILE *out, const zr_camera_control_t *control, int indent)
{
    int column = indent;
    for (int i = 0; i < control->entry_count; i++) {
        char text[64];
        bool last = i + 1 == control->entry_count;
        int len = snprintf (text, sizeof text, "%d %s%s", control->entries[i].number,
                            control->entries[i].name, last ? "" : ",");
        if (i && column + 1 + len > WIDTH) {
            fprintf (out, "\n%*s", indent, "");
            column = indent;
        } else if (i) {
            fputc (' ', out);
            column++;
        }
        fputs (text, out);
        column += len;
    }
}

typedef struct {
    char value[32], normal[32];
} s_row_t;

static void
s_print_row (FILE *out, int fd, zr_camera_control_t *control, const s_row_t *row,
             const int *widths)
{
    zr_camera_entry_t entries[ENTRIES_MAX];
    s_read_entries (fd, control, entries);
    int indent = fprintf (out, "  %-*s  %*s  %*s  ", widths[0], control->name,
                          widths[1], row->value, widths[2], row->normal);
    char range[96];
    zr_camera_control_describe (control, range, sizeof range);
    if (control->entry_count)
        s_print_entries (out, control, indent);
    else
        fputs (range, out);
    if (control->flags & V4L2_CTRL_FLAG_READ_ONLY)
        fputs (" (read only)", out);
    else if (control->flags & V4L2_CTRL_FLAG_INACTIVE)
        fputs (" (inactive)", out);
    else if (control->flags & V4L2_CTRL_FLAG_GRABBED)
        fputs (" (in use)", out);
    fputc ('\n', out);
}

static int
s_wider (int width, const char *text)
{
    int len = (int) strlen (text);
    return len > width ? len : width;
}

int
zr_camera_controls_print (FILE *out, int fd)
{
    assert (out);
    s_list_t list = {.fd = fd};
    s_read (&list);
    s_row_t *rows = (s_row_t *) zmalloc ((list.count + 1) * sizeof *rows);
    int widths[3] = {(int) strlen ("control"), (int) strlen ("value"),
                     (int) strlen ("default")};
    for (int i = 0; i < list.count; i++) {
        const zr_camera_control_t *control = &list.items[i];
        int64_t value = 0;
        bool readable = !(control->flags & V4L2_CTRL_FLAG_WRITE_ONLY) &&
                        s_transfer (fd, control, false, &value) == 0;
        zr_camera_control_format (control, value, rows[i].value, sizeof rows[i].value);
        if (!readable)
            memcpy (rows[i].value, "-", sizeof "-");
        zr_camera_control_format (control, control->normal, rows[i].normal,
                                  sizeof rows[i].normal);
        widths[0] = s_wider (widths[0], control->name);
        widths[1] = s_wider (widths[1], rows[i].value);
        widths[2] = s_wider (widths[2], rows[i].normal);
    }
    if (list.count)
        fprintf (out, "  %-*s  %*s  %*s  takes\n", widths[0], "control", widths[1],
                 "value", widths[2], "default");
    for (int i = 0; i < list.count; i++)
        s_print_row (out, fd, &list.items[i], &rows[i], widths);
    freen (rows);
    freen (list.items);
    return list.count;
}
