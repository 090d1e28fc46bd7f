/* DPDK's IPv4 fragmentation and reassembly. Reassembly is of the datagrams that ours reassembles from tunnel fragments: as many fragments of as many bytes, in the
 * same order. The fragments are rebuilt outside the clock, because rte_ipv4_frag_reassemble_packet takes them over. */
#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ip.h>
#include <rte_ip_frag.h>
#include <rte_mbuf.h>
#include <rte_cycles.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DATAGRAMS = 512, MAX_FRAGMENTS = 8, FRAGMENT_BYTES = 1000, IP_BYTES = 20 };

static struct rte_mempool *pool;
static struct rte_ip_frag_tbl *table;
static struct rte_ip_frag_death_row row;
static struct rte_mbuf *fragments[DATAGRAMS][MAX_FRAGMENTS];

int peer_start(void)
{
	char processors[32];
	snprintf(processors, sizeof processors, "0@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	char *arguments[] = { "bench", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "256",
			      "--lcores", processors, "--log-level", "*:4" };
	/* EAL starts once a process; another peer may have started it. */
	if (rte_eal_init(sizeof arguments / sizeof *arguments, arguments) < 0 && rte_errno != EALREADY)
		return -1;
	pool = rte_pktmbuf_pool_create("fragments", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	table = rte_ip_frag_table_create(4096, 8, 4096 * 8, rte_get_tsc_hz(), SOCKET_ID_ANY);
	return pool != NULL && table != NULL ? 0 : -1;
}

/* Fragment `index` of `count` of datagram `number`, filled with the byte that ours has there. */
static struct rte_mbuf *make(uint32_t number, int index, int count)
{
	struct rte_mbuf *packet = rte_pktmbuf_alloc(pool);
	char *bytes = rte_pktmbuf_append(packet, IP_BYTES + FRAGMENT_BYTES);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)bytes;
	memset(ip, 0, IP_BYTES);
	ip->version_ihl = 0x45;
	ip->total_length = rte_cpu_to_be_16(IP_BYTES + FRAGMENT_BYTES);
	ip->packet_id = rte_cpu_to_be_16((uint16_t)number);
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = rte_cpu_to_be_32(0xC0000201);
	ip->dst_addr = rte_cpu_to_be_32(0xC0000202);
	ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(index * FRAGMENT_BYTES / 8 | (index < count - 1 ? RTE_IPV4_HDR_MF_FLAG : 0)));
	memset(bytes + IP_BYTES, (int)(number + (uint32_t)index), FRAGMENT_BYTES);
	packet->l2_len = 0;
	packet->l3_len = IP_BYTES;
	return packet;
}

void peer_prepare(int count)
{
	for (uint32_t number = 0; number < DATAGRAMS; number++)
		for (int index = 0; index < count; index++)
			fragments[number][index] = make(number, index, count);
}

/* Sum of the lengths of the datagrams that were completed, each copied out of its chain of buffers into one piece, which is what ours
 * delivers and what an inner frame must be before it can be parsed and sent on. */
uint64_t peer_reassemble(int count, int interleaved)
{
	static struct rte_mbuf *whole[DATAGRAMS];
	static char piece[MAX_FRAGMENTS * FRAGMENT_BYTES + IP_BYTES];
	uint64_t now = rte_rdtsc();
	int done = 0;
	uint64_t sum = 0;
	for (int step = 0; step < DATAGRAMS * count; step++) {
		int number = interleaved ? step % DATAGRAMS : step / count;
		int index = interleaved ? step / DATAGRAMS : step % count;
		struct rte_mbuf *packet = fragments[number][index];
		struct rte_mbuf *result = rte_ipv4_frag_reassemble_packet(table, &row, packet, now, rte_pktmbuf_mtod(packet, struct rte_ipv4_hdr *));
		if (result != NULL) {
			uint32_t at = 0;
			for (struct rte_mbuf *part = result; part != NULL; part = part->next) {
				memcpy(piece + at, rte_pktmbuf_mtod(part, char *), part->data_len);
				at += part->data_len;
			}
			sum += at - IP_BYTES + (uint8_t)piece[at - 1];
			whole[done++] = result;
		}
	}
	for (int i = 0; i < done; i++)
		rte_pktmbuf_free(whole[i]);
	rte_ip_frag_free_death_row(&row, 0);
	return sum;
}

/* Fragments of the datagrams that ours cuts: as many bytes, as many packets. Those of one pass are freed before the next, outside the clock. */
static struct rte_mbuf *whole_packets[DATAGRAMS];
static struct rte_mbuf *cut[DATAGRAMS * MAX_FRAGMENTS];
static int cut_count;
static struct rte_mempool *large, *outputs;

int peer_prepare_whole(int bytes)
{
	if (large == NULL) {
		large = rte_pktmbuf_pool_create("large", DATAGRAMS, 0, 0, (uint16_t)(bytes + IP_BYTES + RTE_PKTMBUF_HEADROOM), SOCKET_ID_ANY);
		outputs = rte_pktmbuf_pool_create("outputs", 4095, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
		if (large == NULL || outputs == NULL)
			return -1;
		for (uint32_t number = 0; number < DATAGRAMS; number++) {
			struct rte_mbuf *packet = whole_packets[number] = rte_pktmbuf_alloc(large);
			char *data = rte_pktmbuf_append(packet, (uint16_t)(bytes + IP_BYTES));
			struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)data;
			memset(ip, 0, IP_BYTES);
			ip->version_ihl = 0x45;
			ip->total_length = rte_cpu_to_be_16((uint16_t)(bytes + IP_BYTES));
			ip->time_to_live = 64;
			ip->next_proto_id = IPPROTO_UDP;
			memset(data + IP_BYTES, (int)number, (size_t)bytes);
		}
	}
	for (int i = 0; i < cut_count; i++)
		rte_pktmbuf_free(cut[i]);
	cut_count = 0;
	return 0;
}

/* The same without a copy: each packet is a buffer with a header, chained to one that refers to the datagram's bytes. */
uint64_t peer_fragment_chain(int mtu)
{
	static struct rte_mempool *references;
	if (references == NULL)
		references = rte_pktmbuf_pool_create("references", 4095, 256, 0, 0, SOCKET_ID_ANY);
	for (int number = 0; references != NULL && number < DATAGRAMS; number++) {
		int made = rte_ipv4_fragment_packet(whole_packets[number], cut + cut_count, MAX_FRAGMENTS, (uint16_t)mtu, outputs, references);
		if (made < 0)
			return 0;
		cut_count += made;
	}
	return (uint64_t)cut_count;
}

/* Packets made. */
uint64_t peer_fragment(int mtu)
{
	for (int number = 0; number < DATAGRAMS; number++) {
		int made = rte_ipv4_fragment_copy_nonseg_packet(whole_packets[number], cut + cut_count, MAX_FRAGMENTS, (uint16_t)mtu, outputs);
		if (made < 0)
			return 0;
		cut_count += made;
	}
	return (uint64_t)cut_count;
}
