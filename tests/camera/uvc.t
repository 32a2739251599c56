# SPDX-License-Identifier: MPL-2.0
# The kernel's driver of USB cameras, on cameras in software (usbcam.py).
exec "$(dirname "$0")/run" uvc vhci-hcd uvcvideo
