/* An announcement the way a switch with packet buffers on the heap makes it: a buffer for each frame, filled, handed on, freed.
 * Handing on is a sum over the octets, so that both sides can show that they made the same frames. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

enum { HEADROOM = 128, FRAME = 42, ETHERTYPE_RARP = 0x8035 };

struct rarp {
	uint8_t to[6], from[6];
	uint16_t type, hardware, protocol;
	uint8_t hardware_length, protocol_length;
	uint16_t operation;
	uint8_t sender[6], sender_address[4], target[6], target_address[4];
} __attribute__((packed));

/* Makes one frame for each of `count` addresses from `first` on; returns the sum over all of the words at 8 and 28. */
uint64_t peer_rarp(uint64_t first, uint32_t count)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t mac = first + i;
		uint8_t *buffer = malloc(HEADROOM + FRAME);
		if (buffer == NULL)
			return 0;
		struct rarp *frame = (struct rarp *)(buffer + HEADROOM);
		uint8_t octets[6];
		for (int octet = 0; octet < 6; octet++)
			octets[octet] = (uint8_t)(mac >> (40 - 8 * octet));
		memset(frame->to, 0xff, 6);
		memcpy(frame->from, octets, 6);
		frame->type = htons(ETHERTYPE_RARP);
		frame->hardware = htons(1);
		frame->protocol = htons(0x0800);
		frame->hardware_length = 6;
		frame->protocol_length = 4;
		frame->operation = htons(3);
		memcpy(frame->sender, octets, 6);
		memset(frame->sender_address, 0, 4);
		memcpy(frame->target, octets, 6);
		memset(frame->target_address, 0, 4);
		uint32_t head, tail;
		memcpy(&head, buffer + HEADROOM + 8, 4);
		memcpy(&tail, buffer + HEADROOM + 28, 4);
		sum += (uint64_t)head + tail;
		free(buffer);
	}
	return sum;
}
