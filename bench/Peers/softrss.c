/* DPDK's portable Toeplitz hash over the tuples of ours: words in host byte order, three for IPv4 and nine for IPv6. */
#include <rte_thash.h>
#include <stdint.h>

/* Hashes `count` tuples of `words` words and adds the hashes up. */
uint64_t peer_hash(const uint32_t *tuples, uint32_t words, uint32_t count, const uint8_t *key)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += rte_softrss((uint32_t *)(uintptr_t)(tuples + (uint64_t)i * words), words, key);
	return sum;
}
