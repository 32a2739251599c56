# SPDX-License-Identifier: MPL-2.0
# Recordings and snapshots: what was received, unchanged, with its true times, in a file
# that others open. And --frames and --seconds, which end a recording without a hand.

load lib
load screen

VIEWER=("$PYTHON" "$BATS_TEST_DIRNAME/plain_viewer.py")

needs_ffmpeg() {
    command -v ffprobe >/dev/null && command -v ffmpeg >/dev/null ||
        skip "ffmpeg is not installed"
}

needs_python() {
    "$PYTHON" -c 'import zmq, cv2, numpy' 2>/dev/null ||
        skip "python3-zmq or python3-opencv is not installed"
}

# read_packets FILE: what ffprobe finds in it, into packets.json: time in s, SHA-1.
read_packets() {
    ffprobe -v error -show_packets -show_data_hash SHA160 -of json "$1" 2>probe.err |
        jq '[.packets[] | {time: (.pts_time | tonumber), sha1: (.data_hash[7:])}]' >packets.json
    [ ! -s probe.err ]
}

packets() { jq length packets.json; }

# plays FILE: whether FFmpeg decodes all of it without a complaint.
plays() {
    ffprobe -v error -count_frames "$1" >/dev/null 2>play.err
    [ ! -s play.err ]
}

codec() { ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 "$1"; }

@test "a recording has the received JPEGs unchanged, at their capture times" {
    needs_ffmpeg
    needs_python
    start pub zroom-publisher pattern --wait-viewers 2 --bind "$(endpoint video)"
    start viewer "${VIEWER[@]}" "$(endpoint video)" base64 60
    start sub zroom-subscriber --view none --frames 60 --record call.mkv "$(endpoint video)"
    finish viewer 20
    [ "$status" -eq 0 ]
    finish sub 10
    [ "$status" -eq 0 ]
    [ "$(codec call.mkv)" = "mjpeg,640,360" ]
    plays call.mkv
    read_packets call.mkv
    [ "$(packets)" -ge 60 ]
    # The same pictures as the other viewer got, found by their hashes.
    jq -s 'map ({(.sha1): .time_us}) | add' viewer.out >times.json
    jq --slurpfile times times.json '[.[] | . + {us: $times[0][.sha1]} | select (.us)]' \
        packets.json >common.json
    [ "$(jq length common.json)" -ge 50 ]
    # Matroska counts milliseconds.
    jq -e '.[0] as $first | all (.[];
        ((.us - $first.us) - (.time - $first.time) * 1e6 | fabs) <= 1100)' common.json
}

@test "a recording that was killed is readable to its last picture" {
    needs_ffmpeg
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats --record call.mkv "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown >= 50'
    shown=$(stat sub '.streams[0].shown')
    stop sub KILL
    plays call.mkv
    read_packets call.mkv
    [ "$(packets)" -ge "$shown" ]
    # About as long as it ran: true times, without a trailer that says so.
    jq -e '.[-1].time - .[0].time > 1.2' packets.json
}

@test "a recording goes on while its file is read" {
    needs_ffmpeg
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats --record call.mkv "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown >= 10'
    read_packets call.mkv
    before=$(packets)
    [ "$before" -ge 10 ]
    shown=$(stat sub '.streams[0].shown')
    wait_until 10 stat_is sub ".streams[0].shown >= $shown + 30"
    read_packets call.mkv
    [ "$(packets)" -ge $((before + 30)) ]
}

@test "the time without pictures is in the recording" {
    needs_ffmpeg
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats --record call.mkv "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown >= 10'
    kill -STOP "${PID[pub]}"
    lines=$(wc -l <sub.out)
    wait_until 10 more_lines $((lines + 2))
    kill -CONT "${PID[pub]}"
    shown=$(stat sub '.streams[0].shown')
    wait_until 10 stat_is sub ".streams[0].shown >= $shown + 10"
    stop sub
    [ "$status" -eq 0 ]
    read_packets call.mkv
    # One gap of two seconds or more, and none that is as long beside it.
    jq -e '[range (1; length) as $i | .[$i].time - .[$i - 1].time | select (. > 1.5)] |
        length == 1 and .[0] < 10' packets.json
}

more_lines() { [ "$(wc -l <sub.out)" -gt "$1" ]; }

@test "two streams are recorded to two files" {
    needs_ffmpeg
    start ana zroom-publisher pattern --width 320 --name ana --bind ipc://ana
    start sub zroom-subscriber --view none --stats --record call.mkv ipc://ana ipc://bob
    wait_until 15 stat_is sub '.streams[0].shown >= 5'
    start bob zroom-publisher pattern --width 480 --name bob --bind ipc://bob
    wait_until 15 stat_is sub '[.streams[] | select (.shown >= 10)] | length == 2'
    stop sub
    [ "$status" -eq 0 ]
    [ "$(codec call.mkv)" = "mjpeg,320,180" ]
    [ "$(codec call-bob.mkv)" = "mjpeg,480,270" ]
    plays call.mkv
    plays call-bob.mkv
    [ "$(find . -name '*.mkv' | wc -l)" -eq 2 ]
}

@test "a foreign sender's pictures are recorded at the times of their arrival" {
    needs_ffmpeg
    needs_python
    [ -x $CONVERT ] || skip "ImageMagick is not installed"
    $CONVERT -size 101x57 plasma:red-blue odd.jpg
    start sender "$PYTHON" "$BATS_TEST_DIRNAME/plain_sender.py" raw ipc://odd=odd.jpg
    start sub zroom-subscriber --view none --frames 40 --record call.mkv ipc://odd
    finish sub 20
    [ "$status" -eq 0 ]
    [ "$(codec call.mkv)" = "mjpeg,101,57" ]
    read_packets call.mkv
    jq -e --arg sha1 "$(sha1sum <odd.jpg | cut -d ' ' -f 1)" 'all (.[]; .sha1 == $sha1)' packets.json
    # 20 a second were sent.
    jq -e '(.[-1].time - .[0].time) / (length - 1) | . > 0.04 and . < 0.1' packets.json
}

@test "an existing file is not recorded over" {
    echo precious >call.mkv
    start sub zroom-subscriber --view none --record call.mkv "$(endpoint video)"
    finish sub 5
    [ "$status" -eq 1 ]
    [ "$(wc -l <sub.err)" -eq 1 ]
    says sub "call.mkv exists"
    [ "$(cat call.mkv)" = precious ]
}

@test "a recording that cannot be written is one line, and 1" {
    start sub zroom-subscriber --view none --record nowhere/call.mkv "$(endpoint video)"
    finish sub 5
    [ "$status" -eq 1 ]
    [ "$(wc -l <sub.err)" -eq 1 ]
    says sub "nowhere"
    start sub zroom-subscriber --view none --record call.mp4 "$(endpoint video)"
    finish sub 5
    [ "$status" -eq 1 ]
    says sub "must end in .mkv"
}

@test "nothing is created before the first picture" {
    start sub zroom-subscriber --view none --stats --record call.mkv "$(endpoint video)"
    wait_until 5 stat_is sub '.streams == []'
    stop sub
    [ "$status" -eq 0 ]
    [ ! -e call.mkv ]
}

@test "a snapshot is the JPEG that was received, metadata and all" {
    needs_python
    start_screen
    start pub zroom-publisher pattern --fps 5 --bind ipc://video
    start viewer "${VIEWER[@]}" ipc://video base64 1000
    mkdir saved
    start sub zroom-subscriber --view window --stats --snapshot-dir saved ipc://video
    wait_until 15 stat_is sub '.streams[0].shown > 3'
    find_window
    key s
    wait_until 5 there_is 'saved/video-*.jpg'
    wait_until 5 grep -q "$(sha1sum saved/video-*.jpg | cut -d ' ' -f 1)" viewer.out
    head -c 64 saved/video-*.jpg | grep -aq 'zroom/1 seq='
}

@test "a folder for snapshots that is missing is said, and the program goes on" {
    start_screen
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view window --stats --snapshot-dir nowhere "$(endpoint video)"
    wait_until 15 stat_is sub '.streams[0].shown > 3'
    find_window
    key s
    wait_until 5 says sub "E snapshot: cannot write to nowhere"
    key r
    wait_until 5 says sub "E recorder:"
    shown=$(stat sub '.streams[0].shown')
    wait_until 10 stat_is sub ".streams[0].shown > $shown + 20"
    key q
    finish sub 5
    [ "$status" -eq 0 ]
}

@test "--frames ends it after so many pictures" {
    start pub zroom-publisher pattern --bind "$(endpoint video)"
    start sub zroom-subscriber --view none --stats --frames 25 "$(endpoint video)"
    finish sub 20
    [ "$status" -eq 0 ]
    stat_is sub '.streams[0].shown == 25'
}

@test "--seconds ends it after so many seconds, whatever comes" {
    before=${EPOCHREALTIME/./}
    start sub zroom-subscriber --view none --stats --seconds 2 "$(endpoint video)"
    finish sub 10
    [ "$status" -eq 0 ]
    took_ms=$(((${EPOCHREALTIME/./} - before) / 1000))
    [ "$took_ms" -ge 1900 ]
    [ "$took_ms" -le $((4000 * PATIENCE)) ]
    stat_is sub '.streams == []'
}
