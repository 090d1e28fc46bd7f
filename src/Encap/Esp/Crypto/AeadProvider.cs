namespace Weft.Encap;

/// <summary>A library that implements authenticated ciphers, if it is on this machine.</summary>
public abstract class AeadProvider
{
    /// <summary>Name as shown to operators: <c>ipsec-mb</c>, <c>openssl</c>, <c>dotnet</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Version and chosen instruction set of the library, or why it cannot be used.</summary>
    public abstract string Description { get; }

    /// <summary>
    /// All providers, fastest for packets first: Intel's multi-buffer library, OpenSSL with reused contexts, and the runtime's own
    /// classes, which are always there.
    /// </summary>
    public static IReadOnlyList<AeadProvider> All { get; } = [new IpsecMbProvider(), new OpenSslProvider(), new DotNetProvider()];

    /// <summary>True if this provider works on this machine for the algorithm.</summary>
    public abstract bool Supports(AeadAlgorithm algorithm);

    /// <summary>Expands a key.</summary>
    /// <exception cref="ArgumentException">The key has another length than the algorithm's.</exception>
    /// <exception cref="NotSupportedException">The provider does not support the algorithm here.</exception>
    public Aead Create(AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        int length = Aead.KeyLength(algorithm);
        if (key.Length != length)
        {
            throw new ArgumentException($"{algorithm} takes a key of {length} bytes, not {key.Length}", nameof(key));
        }

        return Supports(algorithm) ? CreateCore(algorithm, key) : throw new NotSupportedException($"{Name} does not support {algorithm} here: {Description}");
    }

    /// <summary>The first of <see cref="All"/> that supports the algorithm.</summary>
    public static AeadProvider Best(AeadAlgorithm algorithm)
    {
        foreach (AeadProvider provider in All)
        {
            if (provider.Supports(algorithm))
            {
                return provider;
            }
        }

        throw new NotSupportedException($"no library on this machine supports {algorithm}");
    }

    /// <summary>Expands a key whose length and algorithm were checked.</summary>
    private protected abstract Aead CreateCore(AeadAlgorithm algorithm, ReadOnlySpan<byte> key);
}
