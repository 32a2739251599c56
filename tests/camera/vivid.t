# SPDX-License-Identifier: MPL-2.0
# The kernel's virtual camera, with raw formats.
exec "$(dirname "$0")/run" vivid 'vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0'
