// SPDX-License-Identifier: MPL-2.0
// The floor of a film's memory: FFmpeg alone, in a bare program, decodes the film by
// one thread to its end and keeps nothing. Prints as JSON, in MiB, the most that was
// resident, and how much of it was so before the film was opened (libraries being
// there).

#include <stdio.h>
#include <sys/resource.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

static double
s_peak_mib (void)
{
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
    return (double) usage.ru_maxrss / 1024;
}

// Returns how many pictures there were.
static int
s_decode (AVFormatContext *film, int stream, AVCodecContext *decoder)
{
    int count = 0;
    AVPacket *packet = av_packet_alloc ();
    AVFrame *frame = av_frame_alloc ();
    while (av_read_frame (film, packet) >= 0) {
        if (packet->stream_index == stream)
            avcodec_send_packet (decoder, packet);
        while (avcodec_receive_frame (decoder, frame) >= 0)
            count++;
        av_packet_unref (packet);
    }
    av_frame_free (&frame);
    av_packet_free (&packet);
    return count;
}

int
main (int argc, char **argv)
{
    AVFormatContext *film = NULL;
    double loaded_mib = s_peak_mib ();
    if (argc != 2 || avformat_open_input (&film, argv[1], NULL, NULL) < 0 ||
        avformat_find_stream_info (film, NULL) < 0) {
        fprintf (stderr, "usage: film_floor FILM\n");
        return 2;
    }
    const AVCodec *codec = NULL;
    int stream = av_find_best_stream (film, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    AVCodecContext *decoder = avcodec_alloc_context3 (codec);
    if (stream < 0 ||
        avcodec_parameters_to_context (decoder, film->streams[stream]->codecpar) < 0)
        return 1;
    decoder->thread_count = 1;
    if (avcodec_open2 (decoder, codec, NULL) < 0 || !s_decode (film, stream, decoder))
        return 1;
    printf ("{\"loaded_mib\": %.2f, \"sender_peak_mib\": %.2f}\n", loaded_mib,
            s_peak_mib ());
    avcodec_free_context (&decoder);
    avformat_close_input (&film);
    return 0;
}
