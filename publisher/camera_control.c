// SPDX-License-Identifier: MPL-2.0
// Names are made as v4l2-ctl makes them and compared in that form, menu entries too,
// so that spelling does not matter. The limits are checked here, not by the driver,
// because most drivers would bend a value without a word. Pure functions, any thread.

#include "publisher/camera_control.h"

#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/videodev2.h>

static const char *const SWITCH_ON[] = {"on", "true", "yes", "1"};
static const char *const SWITCH_OFF[] = {"off", "false", "no", "0"};
#define SWITCH_WORDS 4

static int s_fail (char *error, size_t size, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

// Keeps the reason. Returns -1.
static int
s_fail (char *error, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (error, size, format, arguments);
    va_end (arguments);
    return -1;
}

void
zr_camera_control_name (const char *text, char *name, size_t size)
{
    assert (text && name && size);
    size_t len = 0;
    bool gap = false;
    for (; *text; text++) {
        // ASCII only, whatever the locale, as v4l2-ctl does.
        char letter = (char) (*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);
        if (!(letter >= 'a' && letter <= 'z') && !(letter >= '0' && letter <= '9')) {
            gap = len > 0;
            continue;
        }
        if (len + gap + 1 >= size)
            break;
        if (gap)
            name[len++] = '_';
        name[len++] = letter;
        gap = false;
    }
    name[len] = 0;
}

int
zr_camera_control_find (const zr_camera_control_t *controls, int count,
                        const char *name)
{
    assert (controls && name);
    char wanted[ZR_CAMERA_CONTROL_NAME_MAX];
    zr_camera_control_name (name, wanted, sizeof wanted);
    size_t len = strlen (wanted);
    int found = ZR_CAMERA_CONTROL_UNKNOWN;
    for (int i = 0; i < count && len; i++) {
        if (streq (controls[i].name, wanted))
            return i;
        if (strncmp (controls[i].name, wanted, len) == 0)
            found = found < 0 && found != ZR_CAMERA_CONTROL_AMBIGUOUS
                        ? i
                        : ZR_CAMERA_CONTROL_AMBIGUOUS;
    }
    return found;
}

bool
zr_camera_control_is_menu (const zr_camera_control_t *control)
{
    assert (control);
    return control->type == V4L2_CTRL_TYPE_MENU ||
           control->type == V4L2_CTRL_TYPE_INTEGER_MENU;
}

void
zr_camera_control_describe (const zr_camera_control_t *control, char *text, size_t size)
{
    if (control->type == V4L2_CTRL_TYPE_BOOLEAN)
        snprintf (text, size, "on, off");
    else if (control->type == V4L2_CTRL_TYPE_BUTTON)
        snprintf (text, size, "a button: no value");
    else if (control->type == V4L2_CTRL_TYPE_BITMASK)
        snprintf (text, size, "bits of 0x%" PRIx64, (uint64_t) control->maximum);
    else {
        char step[32] = "";
        if (control->step > 1 && !zr_camera_control_is_menu (control))
            snprintf (step, sizeof step, ", step %" PRId64, control->step);
        snprintf (text, size, "%" PRId64 " to %" PRId64 "%s", control->minimum,
                  control->maximum, step);
    }
}

// Reads a number, decimal or 0x. Returns -1 if text is none; one that no int64_t can
// hold is its largest or smallest, which no control takes either.
static int
s_read_number (const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    if (!isxdigit ((unsigned char) *digits))
        return -1;
    char *end;
    *value = strtoll (text, &end, hex ? 16 : 10);
    return *end ? -1 : 0;
}

static int
s_parse_switch (const zr_camera_control_t *control, const char *text, int64_t *value,
                char *error, size_t size)
{
    for (int i = 0; i < SWITCH_WORDS; i++) {
        bool on = strcasecmp (text, SWITCH_ON[i]) == 0;
        if (on || strcasecmp (text, SWITCH_OFF[i]) == 0) {
            *value = on;
            return 0;
        }
    }
    return s_fail (error, size, "%s takes on or off, not \"%s\"", control->name, text);
}

// An entry of a menu, by number or by name; names are compared as controls' are.
static int
s_parse_menu (const zr_camera_control_t *control, const char *text, int64_t *value,
              char *error, size_t size)
{
    int64_t number;
    bool is_number = s_read_number (text, &number) == 0;
    char wanted[ZR_CAMERA_CONTROL_NAME_MAX], name[ZR_CAMERA_CONTROL_NAME_MAX];
    zr_camera_control_name (text, wanted, sizeof wanted);
    for (int i = 0; i < control->entry_count; i++)
        if (is_number && control->entries[i].number == number) {
            *value = number;
            return 0;
        }
    for (int i = 0; i < control->entry_count && *wanted; i++) {
        zr_camera_control_name (control->entries[i].name, name, sizeof name);
        if (streq (name, wanted)) {
            *value = control->entries[i].number;
            return 0;
        }
    }
    return s_fail (error, size, "%s has no entry \"%s\"; --list shows them",
                   control->name, text);
}

int
zr_camera_control_parse (const zr_camera_control_t *control, const char *text,
                         int64_t *value, char *error, size_t size)
{
    assert (control && text && value);
    assert (error && size);
    if (control->type == V4L2_CTRL_TYPE_BUTTON) {
        *value = 1;
        return 0;
    }
    if (control->type == V4L2_CTRL_TYPE_BOOLEAN)
        return s_parse_switch (control, text, value, error, size);
    if (zr_camera_control_is_menu (control))
        return s_parse_menu (control, text, value, error, size);
    char range[96];
    zr_camera_control_describe (control, range, sizeof range);
    errno = 0;
    if (s_read_number (text, value) < 0)
        return s_fail (error, size, "%s takes a number (%s), not \"%s\"", control->name,
                       range, text);
    bool fits = *value >= control->minimum && *value <= control->maximum;
    if (control->type == V4L2_CTRL_TYPE_BITMASK)
        fits = *value >= 0 && (*value & ~control->maximum) == 0;
    if (errno == ERANGE || !fits)
        return s_fail (error, size, "%s takes %s, not %s", control->name, range, text);
    return 0;
}

void
zr_camera_control_format (const zr_camera_control_t *control, int64_t value, char *text,
                          size_t size)
{
    if (control->type == V4L2_CTRL_TYPE_BUTTON)
        snprintf (text, size, "-");
    else if (control->type == V4L2_CTRL_TYPE_BOOLEAN)
        snprintf (text, size, "%s", value ? "on" : "off");
    else if (control->type == V4L2_CTRL_TYPE_BITMASK)
        snprintf (text, size, "0x%" PRIx64, (uint64_t) value);
    else
        snprintf (text, size, "%" PRId64, value);
}
