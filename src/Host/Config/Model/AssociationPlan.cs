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
}
