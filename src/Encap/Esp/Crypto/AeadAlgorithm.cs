namespace Weft.Encap;

/// <summary>Authenticated ciphers of ESP. All use a nonce of 12 and a tag of 16 bytes.</summary>
public enum AeadAlgorithm : byte
{
    /// <summary>AES-GCM with a 128-bit key (RFC 4106; mandatory by RFC 8221).</summary>
    Aes128Gcm,

    /// <summary>AES-GCM with a 256-bit key (RFC 4106).</summary>
    Aes256Gcm,

    /// <summary>ChaCha20-Poly1305 with a 256-bit key (RFC 7634).</summary>
    ChaCha20Poly1305,
}
