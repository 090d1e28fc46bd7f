/* DPDK's rte_hash under our keys: 16 bytes each, CRC32 hash, data pointers, one writer and no lock, as an application on one
 * core would set it up. EAL runs without hugetlbfs; its tables and the sessions get a heap in transparent huge
 * pages, as ours are (only the ring of free slots, which is read in order, stays in ordinary ones). */
#define _GNU_SOURCE
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>

enum { KEY_BYTES = 16, BATCH = 32, HUGE_PAGE = 2 << 20, HEAP_BYTES = 256 << 20, USUAL_FLOWS = 1 << 20, HEAP_BYTES_PER_FLOW = 256 };

static const char heap[] = "huge";

struct session {
	uint64_t packets;
	uint64_t last_seen;
	uint32_t outside;
	uint16_t outside_port;
	uint8_t rest[42];
};

static size_t heap_bytes; /* of the largest piece */
static struct rte_hash *table;
static struct session *sessions;

static int add_memory(size_t bytes)
{
	void *memory = aligned_alloc(HUGE_PAGE, bytes);
	if (memory == NULL || madvise(memory, bytes, MADV_HUGEPAGE) != 0)
		return -1;
	memset(memory, 0, bytes);
	heap_bytes = bytes;
	return rte_malloc_heap_memory_add(heap, memory, bytes, NULL, 0, HUGE_PAGE);
}

/* 0, or -1 if EAL does not start or has no huge pages; another peer of this process may have started it. It is told of every processor, so that it does not pin the calling thread to one. */
int peer_start(void)
{
	char processors[32];
	snprintf(processors, sizeof processors, "0@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	char *arguments[] = { "bench", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "128",
			      "--lcores", processors, "--log-level", "*:4" };
	if (rte_eal_init(sizeof arguments / sizeof *arguments, arguments) < 0 && rte_errno != EALREADY)
		return -1;

	return rte_malloc_heap_create(heap) == 0 && add_memory(HEAP_BYTES) == 0 ? 0 : -1;
}

/* 0, or -1 if there is too little memory. */
int peer_create(uint32_t flows)
{
	struct rte_hash_parameters parameters = {
		.name = "flows", .entries = flows, .key_len = KEY_BYTES, .hash_func = rte_hash_crc,
		.socket_id = rte_malloc_heap_get_socket(heap),
	};
	size_t wanted = ((size_t)flows * HEAP_BYTES_PER_FLOW + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	if (flows > USUAL_FLOWS && heap_bytes < wanted && add_memory(wanted) != 0)
		return -1;
	table = rte_hash_create(&parameters);
	sessions = rte_zmalloc_socket("sessions", sizeof(struct session) * (size_t)flows, 64, rte_malloc_heap_get_socket(heap));
	return table != NULL && sessions != NULL ? 0 : -1;
}

void peer_destroy(void)
{
	rte_hash_free(table);
	rte_free(sessions);
	table = NULL;
	sessions = NULL;
}

void peer_clear(void)
{
	rte_hash_reset(table);
}

uint64_t peer_insert(const uint8_t *keys, uint32_t count)
{
	uint64_t added = 0;
	for (uint32_t i = 0; i < count; i++)
		added += rte_hash_add_key_data(table, keys + (size_t)i * KEY_BYTES, (void *)(uintptr_t)i) == 0;
	return added;
}

/* The same, and the session of each flow begins with zeros. */
uint64_t peer_insert_sessions(const uint8_t *keys, uint32_t count)
{
	uint64_t added = 0;
	for (uint32_t i = 0; i < count; i++) {
		added += rte_hash_add_key_data(table, keys + (size_t)i * KEY_BYTES, (void *)(uintptr_t)i) == 0;
		memset(&sessions[i], 0, sizeof sessions[i]);
	}
	return added;
}

uint64_t peer_delete(const uint8_t *keys, uint32_t count)
{
	uint64_t removed = 0;
	for (uint32_t i = 0; i < count; i++)
		removed += rte_hash_del_key(table, keys + (size_t)i * KEY_BYTES) >= 0;
	return removed;
}

/* Looks up in batches and counts a packet in each session found. Returns the sum of all counts seen. */
uint64_t peer_lookup(const uint8_t *keys, uint32_t count)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i + BATCH <= count; i += BATCH) {
		const void *batch[BATCH];
		void *data[BATCH];
		uint64_t hits = 0;
		for (int j = 0; j < BATCH; j++)
			batch[j] = keys + (size_t)(i + j) * KEY_BYTES;
		rte_hash_lookup_bulk_data(table, batch, BATCH, &hits, data);
		for (uint64_t left = hits; left != 0; left &= left - 1)
			__builtin_prefetch(&sessions[(uintptr_t)data[__builtin_ctzll(left)]], 1);
		for (uint64_t left = hits; left != 0; left &= left - 1)
			sum += ++sessions[(uintptr_t)data[__builtin_ctzll(left)]].packets;
	}
	return sum;
}

/* The same one by one. */
uint64_t peer_lookup_single(const uint8_t *keys, uint32_t count)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		void *data;
		if (rte_hash_lookup_data(table, keys + (size_t)i * KEY_BYTES, &data) >= 0)
			sum += ++sessions[(uintptr_t)data].packets;
	}
	return sum;
}

struct flow {
	uint32_t source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol, scope[3];
};

struct datagram {
	uint8_t version_ihl, tos;
	uint16_t length, id, fragment;
	uint8_t ttl, protocol;
	uint16_t checksum;
	uint32_t source, destination;
};

struct udp {
	uint16_t source, destination, length, checksum;
};

/* Reads a datagram as a translator must before it trusts it. 0, or -1 if it is none of UDP. */
static int read_flow(const uint8_t *packet, uint32_t room, struct flow *flow, struct udp **udp)
{
	const struct datagram *ip = (const struct datagram *)packet;
	unsigned header = (ip->version_ihl & 15) * 4, length = ntohs(ip->length);
	if (room < sizeof *ip || ip->version_ihl >> 4 != 4 || header < sizeof *ip || length > room || length < header + sizeof **udp)
		return -1;
	if (ip->protocol != IPPROTO_UDP || (ip->fragment & htons(0x3fff)) != 0)
		return -1;
	*udp = (struct udp *)(packet + header);
	unsigned udp_length = ntohs((*udp)->length);
	if (udp_length < sizeof **udp || udp_length > length - header)
		return -1;
	*flow = (struct flow){ ip->source, ip->destination, (*udp)->source, (*udp)->destination, ip->protocol, { 0 } };
	return 0;
}

/* RFC 1624 equation 3, on words as they lie in memory. */
static uint16_t amend(uint16_t checksum, uint32_t delta)
{
	uint32_t sum = (uint16_t)~checksum + delta;
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

/* Makes a session for the flow of each packet, with an external endpoint of its own. */
uint64_t peer_learn(const uint8_t *packets, uint32_t count, uint32_t stride, uint32_t first)
{
	uint64_t added = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct flow flow;
		struct udp *udp;
		uint32_t number = first + i;
		if (read_flow(packets + (size_t)i * stride, stride, &flow, &udp) != 0)
			continue;
		added += rte_hash_add_key_data(table, &flow, (void *)(uintptr_t)number) == 0;
		sessions[number].outside = htonl(0xc0000200u + number % 10);
		sessions[number].outside_port = htons((uint16_t)(1024 + number / 10 % 64512));
	}
	return added;
}

/* Translates packets in batches: read, look up, touch the session, put its endpoint in place of the sender's. Returns how many. */
uint64_t peer_translate(uint8_t *packets, uint32_t count, uint32_t stride, uint64_t now)
{
	uint64_t translated = 0;
	for (uint32_t i = 0; i + BATCH <= count; i += BATCH) {
		struct flow flows[BATCH];
		struct udp *udps[BATCH];
		const void *keys[BATCH];
		void *data[BATCH];
		uint64_t hits = 0;
		for (int j = 0; j < BATCH; j++) {
			keys[j] = &flows[j];
			if (read_flow(packets + (size_t)(i + j) * stride, stride, &flows[j], &udps[j]) != 0)
				memset(&flows[j], 0, sizeof flows[j]);
		}
		rte_hash_lookup_bulk_data(table, keys, BATCH, &hits, data);
		for (uint64_t left = hits; left != 0; left &= left - 1)
			__builtin_prefetch(&sessions[(uintptr_t)data[__builtin_ctzll(left)]], 1);
		for (uint64_t left = hits; left != 0; left &= left - 1) {
			int j = __builtin_ctzll(left);
			struct session *session = &sessions[(uintptr_t)data[j]];
			struct datagram *ip = (struct datagram *)(packets + (size_t)(i + j) * stride);
			struct udp *udp = udps[j];
			session->packets++;
			session->last_seen = now;
			uint32_t before = ~ip->source, after = session->outside;
			uint32_t delta = (before & 0xffff) + (before >> 16) + (after & 0xffff) + (after >> 16);
			ip->source = after;
			ip->checksum = amend(ip->checksum, delta);
			delta += (uint16_t)~udp->source + session->outside_port;
			udp->source = session->outside_port;
			if (udp->checksum != 0) {
				uint16_t sum = amend(udp->checksum, delta);
				udp->checksum = sum == 0 ? 0xffff : sum;
			}
			translated++;
		}
	}
	return translated;
}
