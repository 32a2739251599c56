# SPDX-License-Identifier: MPL-2.0
# The kernel's virtual camera, told to fail.
exec "$(dirname "$0")/run" faults 'vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0'
