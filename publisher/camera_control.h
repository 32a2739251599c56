// SPDX-License-Identifier: MPL-2.0
// One control of a camera (brightness, exposure...) as its driver describes it: its
// name as it is typed, and what values it takes. Pure.

#ifndef ZR_CAMERA_CONTROL_H
#define ZR_CAMERA_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZR_CAMERA_CONTROL_NAME_MAX 64 // bytes, with the NUL

// A name that no control has, or that more than one begins with.
#define ZR_CAMERA_CONTROL_UNKNOWN (-2)
#define ZR_CAMERA_CONTROL_AMBIGUOUS (-3)

// One entry of a menu.
typedef struct {
    int number;
    char name[40]; // fit for a terminal
} zr_camera_entry_t;

typedef struct {
    char name[ZR_CAMERA_CONTROL_NAME_MAX]; // "white_balance_automatic"
    uint32_t id, type, flags;              // V4L2_CID_, V4L2_CTRL_TYPE_, ..._FLAG_
    int64_t minimum, maximum, step, normal;
    const zr_camera_entry_t *entries; // of a menu; borrowed
    int entry_count;
} zr_camera_control_t;

// Name of a control as it is typed, made of the driver's: lower case, one '_' for all
// that is neither letter nor digit, none at the ends.
void zr_camera_control_name (const char *text, char *name, size_t size);

// Index of the control that name (any spelling, any beginning that only one has)
// means, or ZR_CAMERA_CONTROL_UNKNOWN, ZR_CAMERA_CONTROL_AMBIGUOUS.
int zr_camera_control_find (const zr_camera_control_t *controls, int count,
                            const char *name);

bool zr_camera_control_is_menu (const zr_camera_control_t *control);

// What it takes, such as "0 to 255, step 5"; of a menu, the numbers only. 96 bytes are
// enough.
void zr_camera_control_describe (const zr_camera_control_t *control, char *text,
                                 size_t size);

// Reads text as a value of the control: a number, decimal or 0x; on/off, true/false,
// yes/no for a switch; the number or the name of a menu's entry; anything for a
// button. Returns 0, or -1 with the reason in error.
int zr_camera_control_parse (const zr_camera_control_t *control, const char *text,
                             int64_t *value, char *error, size_t size);

// A value as people write it, for which 32 bytes are enough.
void zr_camera_control_format (const zr_camera_control_t *control, int64_t value,
                               char *text, size_t size);

#endif
