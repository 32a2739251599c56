# SPDX-License-Identifier: MPL-2.0
# The kernel's driver of USB cameras, on cameras that are plugged in and out (usbcam.py).
exec "$(dirname "$0")/run" plug vhci-hcd uvcvideo
