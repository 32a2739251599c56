// SPDX-License-Identifier: MPL-2.0
// What publishers and rooms say to each other. Orders stand in heap blocks of exactly
// their size.

#include "publisher/announcement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define ID "0123456789abcdef0123456789abcdef"

static void
s_info (void **state)
{
    (void) state;
    const zr_announcement_t announcement = {.id = ID,
                                            .source = "camera",
                                            .width = 1280,
                                            .height = 720,
                                            .fps = 29.97,
                                            .kbit_s = 5210.4};
    char *text = zr_announcement_write (&announcement);
    json_t *root = json_loads (text, 0, NULL);
    assert_non_null (root);
    assert_string_equal (json_string_value (json_object_get (root, "id")), ID);
    assert_int_equal (json_integer_value (json_object_get (root, "width")), 1280);
    assert_int_equal (json_integer_value (json_object_get (root, "height")), 720);
    assert_true (json_real_value (json_object_get (root, "fps")) == 30.0);
    assert_int_equal (json_integer_value (json_object_get (root, "kbit_s")), 5210);
    assert_string_equal (json_string_value (json_object_get (root, "source")),
                         "camera");
    assert_true (json_is_true (json_object_get (root, "exact")));
    const json_t *tiers = json_object_get (root, "tiers");
    assert_int_equal (json_array_size (tiers), 3);
    assert_string_equal (json_string_value (json_array_get (tiers, 2)), "quarter");
    json_decref (root);
    free (text);
    zr_announcement_t multicast = announcement;
    multicast.full_only = true;
    text = zr_announcement_write (&multicast);
    assert_non_null (strstr (text, "\"tiers\":[\"full\"]"));
    free (text);
}

static bool
s_read (const char *order, char *name)
{
    char *copy = strdup (order);
    bool is = zr_announcement_read_rename (copy, ID, name);
    free (copy);
    return is;
}

static void
s_renames (void **state)
{
    (void) state;
    char name[ZR_WIRE_NAME_MAX + 1] = "", longest[200];
    assert_true (s_read ("rename " ID " ana-2", name));
    assert_string_equal (name, "ana-2");
    assert_true (s_read ("rename " ID " two words", name));
    assert_string_equal (name, "two words");
    static const char *const others[] = {
        "",
        "rename",
        "rename ",
        "rename " ID,
        "rename " ID " ",
        "rename " ID "0 ana",
        "rename 1123456789abcdef0123456789abcdef ana",
        "rename " ID " a/b",
        "rename " ID " \x1b[2J",
        "rename " ID "  ana",
        "destroy " ID " ana",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false (s_read (others[i], name));
    assert_string_equal (name, "two words");
    snprintf (longest, sizeof longest, "rename " ID " %0*d", ZR_WIRE_NAME_MAX, 7);
    assert_true (s_read (longest, name));
    snprintf (longest, sizeof longest, "rename " ID " %0*d", ZR_WIRE_NAME_MAX + 1, 7);
    assert_false (s_read (longest, name));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"info is one JSON object with all that a viewer wants to know", s_info, NULL,
         NULL, NULL},
        {"a room's order to take another name is obeyed only if it is one", s_renames,
         NULL, NULL, NULL},
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
