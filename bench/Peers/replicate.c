/* The floor of replication: a frame copied into one slot of every port's ring, whole or its first bytes with a reference. */
#include <stdint.h>
#include <string.h>

enum { PORTS = 16, SLOTS = 32, SLOT_BYTES = 2048 };

struct reference {
	const uint8_t *payload;
	uint32_t bytes;
};

static uint8_t rings[PORTS][SLOTS][SLOT_BYTES];
static struct reference references[PORTS][SLOTS];

/* Replicates `frame` to all ports `count` times, `head` of its bytes copied and the rest referred to. Returns the bytes sent. */
uint64_t peer_replicate(const uint8_t *frame, uint32_t bytes, uint32_t head, uint32_t count)
{
	uint64_t sent = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t slot = i % SLOTS;
		for (uint32_t port = 0; port < PORTS; port++) {
			memcpy(rings[port][slot], frame, head);
			references[port][slot] = (struct reference){ frame + head, bytes - head };
			sent += bytes;
		}
		__asm__ volatile("" ::: "memory"); /* every frame is written, as if somebody read the rings */
	}
	return sent;
}
