/* The digest of a list of addresses: SipHash-2-4 of each as one 64-bit word, added up; one after the other, as addresses come and go. */
#include <stdint.h>

static uint64_t rotate(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

#define ROUND \
	do { \
		v0 += v1; v1 = rotate(v1, 13) ^ v0; v0 = rotate(v0, 32); \
		v2 += v3; v3 = rotate(v3, 16) ^ v2; \
		v0 += v3; v3 = rotate(v3, 21) ^ v0; \
		v2 += v1; v1 = rotate(v1, 17) ^ v2; v2 = rotate(v2, 32); \
	} while (0)

static __attribute__((noinline)) uint64_t hash(uint64_t word, uint64_t k0, uint64_t k1)
{
	uint64_t v0 = k0 ^ 0x736f6d6570736575, v1 = k1 ^ 0x646f72616e646f6d;
	uint64_t v2 = k0 ^ 0x6c7967656e657261, v3 = k1 ^ 0x7465646279746573;
	const uint64_t blocks[2] = { word, (uint64_t)8 << 56 };
	for (int block = 0; block < 2; block++) {
		v3 ^= blocks[block];
		ROUND;
		ROUND;
		v0 ^= blocks[block];
	}
	v2 ^= 0xff;
	ROUND;
	ROUND;
	ROUND;
	ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t peer_digest(const uint64_t *words, uint32_t count, uint64_t k0, uint64_t k1)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += hash(words[i], k0, k1);
	return sum;
}
