/* An anti-replay window as C is written: a ring of 64-bit words that is cleared as it advances (the method of RFC 6479). */
#include <stdint.h>
#include <string.h>

#define WORDS 32
#define SIZE 1024

static uint64_t ring[WORDS], top;

/* Checks and marks every number; returns how many were fresh. */
uint64_t peer_run(const uint64_t *numbers, uint32_t count)
{
	uint64_t fresh = 0;
	memset(ring, 0, sizeof(ring));
	top = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t n = numbers[i];
		if (n == 0 || (n <= top && top - n >= SIZE))
			continue;
		uint64_t bit = 1ull << (n & 63);
		if (n > top) {
			uint64_t steps = (n >> 6) - (top >> 6);
			for (uint64_t w = 1; w <= (steps < WORDS ? steps : WORDS); w++)
				ring[((top >> 6) + w) & (WORDS - 1)] = 0;
			top = n;
		} else if (ring[(n >> 6) & (WORDS - 1)] & bit) {
			continue;
		}
		ring[(n >> 6) & (WORDS - 1)] |= bit;
		fresh++;
	}
	return fresh;
}
