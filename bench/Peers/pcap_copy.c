/* libpcap doing what `tcpdump -r FILE -w /dev/null` does, in this process: every packet of a file to a dump file. */
#include <pcap/pcap.h>

long weft_pcap_copy(const char *input, const char *output)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *capture = pcap_open_offline(input, error);
    if (!capture)
        return -1;
    pcap_dumper_t *dump = pcap_dump_open(capture, output);
    if (!dump) {
        pcap_close(capture);
        return -1;
    }
    long before = 0;
    int count;
    while ((count = pcap_dispatch(capture, 100000, pcap_dump, (u_char *)dump)) > 0)
        before += count;
    pcap_dump_close(dump);
    pcap_close(capture);
    return count < 0 ? -1 : before;
}
