using Weft.Encap;

namespace Weft.Host.Config;

/// <summary>One direction of a security association. The plan names the key's file and never holds the key.</summary>
public sealed record AssociationPlan
{
    /// <summary>Security parameters index.</summary>
    public required uint Spi { get; init; }

    /// <summary>Cipher.</summary>
    public required AeadAlgorithm Algorithm { get; init; }

    /// <summary>Absolute path of the file with key and salt.</summary>
    public required string KeyFile { get; init; }

    /// <summary>Outbound: the peer's receive queue that packets should land on, or null.</summary>
    public int? Queue { get; init; }

    /// <summary>Lowest SPI that may be used (RFC 4303 section 2.1).</summary>
    public const uint MinSpi = EspSaOptions.MinSpi;

    /// <summary>Names of the ciphers; the first is the default.</summary>
    public static IReadOnlyList<string> AlgorithmNames { get; } = Enum.GetNames<AeadAlgorithm>();

    /// <summary>An association from what an operator typed.</summary>
    /// <param name="spi">Security parameters index, at least <see cref="MinSpi"/>.</param>
    /// <param name="algorithm">One of <see cref="AlgorithmNames"/>.</param>
    /// <param name="keyFile">Absolute path of the file with key and salt.</param>
    /// <exception cref="ArgumentException">There is no such cipher.</exception>
    public static AssociationPlan Of(uint spi, string algorithm, string keyFile) =>
        new() { Spi = spi, Algorithm = Enum.Parse<AeadAlgorithm>(algorithm), KeyFile = keyFile };
}
