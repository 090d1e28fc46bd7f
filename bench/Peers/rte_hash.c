/* DPDK's rte_hash under our keys: 16 bytes each, CRC32 hash, data pointers, one writer and no lock, as an application on one
 * core would set it up. EAL runs without hugetlbfs; its tables and the sessions get a heap in transparent huge
 * pages, as ours are (only the ring of free slots, which is read in order, stays in ordinary ones). */
#define _GNU_SOURCE
#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { KEY_BYTES = 16, BATCH = 32, HUGE_PAGE = 2 << 20, HEAP_BYTES = 256 << 20 };

static const char heap[] = "huge";

struct session {
	uint64_t packets;
	uint8_t rest[56];
};

static struct rte_hash *table;
static struct session *sessions;

/* 0, or -1 if EAL does not start or has no huge pages. It is told of every processor, so that it does not pin the calling thread to one. */
int peer_start(void)
{
	char processors[32];
	snprintf(processors, sizeof processors, "0@(0-%ld)", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	char *arguments[] = { "bench", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "128",
			      "--lcores", processors, "--log-level", "*:4" };
	if (rte_eal_init(sizeof arguments / sizeof *arguments, arguments) < 0)
		return -1;

	void *memory = aligned_alloc(HUGE_PAGE, HEAP_BYTES);
	if (memory == NULL || madvise(memory, HEAP_BYTES, MADV_HUGEPAGE) != 0)
		return -1;
	memset(memory, 0, HEAP_BYTES);
	return rte_malloc_heap_create(heap) == 0 &&
	       rte_malloc_heap_memory_add(heap, memory, HEAP_BYTES, NULL, 0, HUGE_PAGE) == 0 ? 0 : -1;
}

/* 0, or -1 if there is too little memory. */
int peer_create(uint32_t flows)
{
	struct rte_hash_parameters parameters = {
		.name = "flows", .entries = flows, .key_len = KEY_BYTES, .hash_func = rte_hash_crc,
		.socket_id = rte_malloc_heap_get_socket(heap),
	};
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
