namespace Weft.Encap;

/// <summary>
/// One key of an authenticated cipher, ready to use. Weft writes no cryptography: every implementation forwards to a library.
/// </summary>
/// <remarks>An instance belongs to one thread and works in place: sealed data replaces plain data of the same length.</remarks>
public abstract class Aead : IDisposable
{
    /// <summary>Bytes of a nonce (RFC 5116 section 3.2).</summary>
    public const int NonceLength = 12;

    /// <summary>Bytes of an authentication tag: the 16-byte ICV of RFC 4106 section 6.</summary>
    public const int TagLength = 16;

    /// <summary>Creates the base of an implementation.</summary>
    protected Aead(AeadAlgorithm algorithm, string provider)
    {
        Algorithm = algorithm;
        Provider = provider;
    }

    /// <summary>The cipher.</summary>
    public AeadAlgorithm Algorithm { get; }

    /// <summary>The library that does the work, as shown to operators.</summary>
    public string Provider { get; }

    /// <summary>Bytes of a key.</summary>
    public static int KeyLength(AeadAlgorithm algorithm) => algorithm == AeadAlgorithm.Aes128Gcm ? 16 : 32;

    /// <summary>Encrypts <paramref name="data"/> in place and computes the tag over it and <paramref name="associated"/>.</summary>
    /// <param name="nonce">12 bytes that were never used with this key before.</param>
    /// <param name="associated">Bytes that are authenticated and not encrypted.</param>
    /// <param name="data">Plain bytes in, cipher bytes out.</param>
    /// <param name="tag">16 bytes that receive the tag.</param>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> tag);

    /// <summary>Checks the tag in constant time and decrypts in place.</summary>
    /// <returns>False if the tag is wrong; <paramref name="data"/> is then zero and no plain byte of it was left behind.</returns>
    public abstract bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> tag);

    /// <summary>Wipes the key.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Wipes the key and frees what belongs to it.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Throws for a key, nonce or tag of another length: a caller's mistake.</summary>
    private protected static void RequireLengths(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> tag)
    {
        if (nonce.Length != NonceLength || tag.Length != TagLength)
        {
            ThrowLengths();
        }
    }

    private static void ThrowLengths() => throw new ArgumentException($"A nonce has {NonceLength} bytes and a tag {TagLength}");
}
