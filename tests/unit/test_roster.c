// SPDX-License-Identifier: MPL-2.0
// What the tests of the room do not reach: the roster by itself.

#include "broker/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
s_finds (void **state)
{
    (void) state;
    zr_roster_t *roster = zr_roster_new ();
    zr_person_t *ana = zr_roster_add (roster, "a");
    zr_person_t *bob = zr_roster_add (roster, "b");
    assert_null (zr_roster_by_key (roster, "ana"));
    zr_roster_enter (roster, ana, "Ana", "ana");
    zr_roster_enter (roster, bob, "Bob", "bob");
    zr_roster_connect (roster, ana, 7);
    assert_ptr_equal (zr_roster_by_token (roster, "a"), ana);
    assert_ptr_equal (zr_roster_by_key (roster, "bob"), bob);
    assert_ptr_equal (zr_roster_by_peer (roster, 7), ana);
    zr_roster_connect (roster, ana, 8);
    assert_null (zr_roster_by_peer (roster, 7));
    assert_ptr_equal (zr_roster_by_peer (roster, 8), ana);
    zr_roster_leave (roster, ana);
    assert_null (zr_roster_by_peer (roster, 8));
    assert_null (zr_roster_by_key (roster, "ana"));
    assert_ptr_equal (zr_roster_by_token (roster, "a"), ana);
    zr_roster_sweep (roster);
    assert_null (zr_roster_by_token (roster, "a"));
    zr_roster_destroy (&roster);
    assert_null (roster);
    zr_roster_destroy (&roster);
}

static void
s_waits (void **state)
{
    (void) state;
    static const char *const names[] = {"a", "b", "c"};
    zr_roster_t *roster = zr_roster_new ();
    zr_person_t *people[3];
    assert_null (zr_roster_first_due (roster));
    for (int i = 0; i < 3; i++) {
        people[i] = zr_roster_add (roster, names[i]);
        zr_roster_enter (roster, people[i], names[i], names[i]);
    }
    zr_roster_await (roster, people[0], 50, true);
    assert_ptr_equal (zr_roster_first_due (roster), people[0]);
    zr_roster_await (roster, people[1], 20, false);
    zr_roster_await (roster, people[2], 60, false);
    assert_ptr_equal (zr_roster_first_due (roster), people[1]);
    zr_roster_connect (roster, people[1], 1);
    assert_ptr_equal (zr_roster_first_due (roster), people[0]);
    zr_roster_leave (roster, people[0]);
    assert_ptr_equal (zr_roster_first_due (roster), people[2]);
    zr_roster_destroy (&roster);
}

static void
s_forgets (void **state)
{
    (void) state;
    static const char *const names[] = {"a", "b", "c"};
    zr_roster_t *roster = zr_roster_new ();
    for (int i = 0; i < 3; i++) {
        zr_person_t *person = zr_roster_add (roster, names[i]);
        zr_roster_enter (roster, person, names[i], names[i]);
        person->accepted = i == 0;
        zr_roster_leave (roster, person);
    }
    zr_roster_sweep (roster);
    assert_non_null (zr_roster_by_token (roster, "a"));
    assert_null (zr_roster_by_token (roster, "b"));
    assert_null (zr_roster_by_token (roster, "c"));
    zr_roster_destroy (&roster);
}

static void
s_order (void **state)
{
    (void) state;
    zr_roster_t *roster = zr_roster_new ();
    zr_person_t *b = zr_roster_add (roster, "b");
    zr_person_t *a = zr_roster_add (roster, "a");
    char text[16];
    assert_int_equal (zr_roster_names (roster, text, sizeof text), 0);
    assert_string_equal (text, "");
    zr_roster_enter (roster, a, "a", "a");
    zr_roster_enter (roster, b, "b", "b");
    zr_roster_rename (roster, a, "z", "z");
    assert_int_equal (zr_roster_names (roster, text, sizeof text), 2);
    assert_string_equal (text, "z\nb");
    zr_roster_leave (roster, a);
    zr_roster_enter (roster, a, "a", "a");
    zr_roster_names (roster, text, sizeof text);
    assert_string_equal (text, "b\na");
    zr_roster_destroy (&roster);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        {"a person is found by token, name and connection", s_finds, NULL, NULL, NULL},
        {"of the awaited, the first due is known", s_waits, NULL, NULL, NULL},
        {"of the absent, those who said nothing are forgotten", s_forgets, NULL, NULL,
         NULL},
        {"names come in the order of joining", s_order, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name ("roster", tests, NULL, NULL);
}
