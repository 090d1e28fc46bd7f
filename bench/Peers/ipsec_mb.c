/* AES-128-GCM of packets by Intel's multi-buffer library: one call seals, one opens, nothing else. */
#include <intel-ipsec-mb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static IMB_MGR *manager;
static struct gcm_key_data key;
/* Each thread that runs packets has its own; the key is read by all. */
static __thread struct gcm_context_data context;

int peer_start(const uint8_t *bytes)
{
	manager = alloc_mb_mgr(0);
	if (manager == NULL)
		return -1;
	init_mb_mgr_auto(manager, NULL);
	IMB_AES128_GCM_PRE(manager, bytes, &key);
	return 0;
}

/* Seals and opens `count` packets of `length` encrypted bytes in place, numbered from `first`; adds up the tags. */
uint64_t peer_run(uint8_t *data, uint32_t length, uint64_t first, uint32_t count, uint32_t spi, const uint8_t *salt)
{
	uint64_t sum = 0;
	uint8_t nonce[12], aad[8], tag[16], opened[16];
	uint32_t wire_spi = __builtin_bswap32(spi);
	memcpy(nonce, salt, 4);
	memcpy(aad, &wire_spi, 4);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t number = __builtin_bswap64(first + i);
		uint32_t low = __builtin_bswap32((uint32_t)(first + i));
		memcpy(nonce + 4, &number, 8);
		memcpy(aad + 4, &low, 4);
		IMB_AES128_GCM_ENC(manager, &key, &context, data, data, length, nonce, aad, sizeof(aad), tag, sizeof(tag));
		IMB_AES128_GCM_DEC(manager, &key, &context, data, data, length, nonce, aad, sizeof(aad), opened, sizeof(opened));
		if (memcmp(tag, opened, sizeof(tag)) != 0)
			return 0;
		uint64_t part;
		memcpy(&part, tag, sizeof(part));
		sum += part;
	}
	return sum;
}

void peer_stop(void)
{
	free_mb_mgr(manager);
}
