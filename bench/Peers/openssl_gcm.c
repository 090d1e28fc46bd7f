/* AES-128-GCM of packets by OpenSSL's EVP: one context a direction, reused, the calls that each packet needs and nothing else. */
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

static EVP_CIPHER_CTX *seal, *open_;

int peer_start(const uint8_t *bytes)
{
	seal = EVP_CIPHER_CTX_new();
	open_ = EVP_CIPHER_CTX_new();
	return EVP_CipherInit_ex(seal, EVP_aes_128_gcm(), NULL, bytes, NULL, 1) == 1
		&& EVP_CipherInit_ex(open_, EVP_aes_128_gcm(), NULL, bytes, NULL, 0) == 1 ? 0 : -1;
}

/* Seals and opens `count` packets of `length` encrypted bytes in place, numbered from `first`; adds up the tags. */
uint64_t peer_run(uint8_t *data, uint32_t length, uint64_t first, uint32_t count, uint32_t spi, const uint8_t *salt)
{
	uint64_t sum = 0;
	uint8_t nonce[12], aad[8], tag[16], rest[16];
	int written;
	uint32_t wire_spi = __builtin_bswap32(spi);
	memcpy(nonce, salt, 4);
	memcpy(aad, &wire_spi, 4);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t number = __builtin_bswap64(first + i);
		uint32_t low = __builtin_bswap32((uint32_t)(first + i));
		memcpy(nonce + 4, &number, 8);
		memcpy(aad + 4, &low, 4);
		EVP_CipherInit_ex(seal, NULL, NULL, NULL, nonce, -1);
		EVP_CipherUpdate(seal, NULL, &written, aad, sizeof(aad));
		EVP_CipherUpdate(seal, data, &written, data, (int)length);
		EVP_CipherFinal_ex(seal, rest, &written);
		EVP_CIPHER_CTX_ctrl(seal, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag);
		EVP_CipherInit_ex(open_, NULL, NULL, NULL, nonce, -1);
		EVP_CIPHER_CTX_ctrl(open_, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag);
		EVP_CipherUpdate(open_, NULL, &written, aad, sizeof(aad));
		EVP_CipherUpdate(open_, data, &written, data, (int)length);
		if (EVP_CipherFinal_ex(open_, rest, &written) != 1)
			return 0;
		uint64_t part;
		memcpy(&part, tag, sizeof(part));
		sum += part;
	}
	return sum;
}

void peer_stop(void)
{
	EVP_CIPHER_CTX_free(seal);
	EVP_CIPHER_CTX_free(open_);
}
