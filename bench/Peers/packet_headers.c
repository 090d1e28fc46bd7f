/* DPDK's header parser and checksum over our frames, as an application calls them on a received burst. Neither needs EAL:
 * the mbuf is a plain structure that points at the frame. */
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_net.h>
#include <stdint.h>

/* Sums the checksums of `count` pieces that lie `stride` bytes apart. */
uint64_t peer_checksum(const uint8_t *bytes, uint32_t stride, uint32_t length, uint32_t count)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += rte_be_to_cpu_16((uint16_t)~rte_raw_cksum(bytes + (size_t)i * stride, length));
	return sum;
}

/* Sums the lengths of the headers up to the transport payload. */
uint64_t peer_parse(uint8_t *frames, const uint16_t *lengths, uint32_t stride, uint32_t count)
{
	struct rte_mbuf mbuf = { .nb_segs = 1 };
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct rte_net_hdr_lens headers;
		uint32_t type;

		mbuf.buf_addr = frames + (size_t)i * stride;
		mbuf.data_len = lengths[i];
		mbuf.pkt_len = lengths[i];
		type = rte_net_get_ptype(&mbuf, &headers, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
		sum += headers.l2_len + headers.l3_len + headers.l4_len + (type == 0);
	}
	return sum;
}
