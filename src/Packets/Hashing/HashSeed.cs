using System.Security.Cryptography;

namespace Weft.Packets;

/// <summary>A secret of 128 bits that keys <see cref="KeyedHash"/>, so that a sender cannot choose packets that collide.</summary>
/// <remarks>
/// The host draws one with <see cref="CreateRandom"/> and hands it to its engines; tests and replays pass a fixed one and
/// get the same hashes every time. <see cref="ToString"/> does not show the secret.
/// </remarks>
public readonly struct HashSeed : IEquatable<HashSeed>
{
    /// <summary>Octets of a seed.</summary>
    public const int Length = 16;

    /// <summary>Creates a seed from its two halves.</summary>
    public HashSeed(ulong high, ulong low)
    {
        High = high;
        Low = low;
    }

    /// <summary>The first half.</summary>
    public ulong High { get; }

    /// <summary>The second half.</summary>
    public ulong Low { get; }

    /// <summary>Draws a seed from the operating system's cryptographic generator.</summary>
    public static HashSeed CreateRandom()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        return new HashSeed(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..]));
    }

    /// <inheritdoc/>
    public bool Equals(HashSeed other) => High == other.High && Low == other.Low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HashSeed other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low);

    /// <summary>A text without the secret.</summary>
    public override string ToString() => nameof(HashSeed);

    /// <summary>True if both are the same seed.</summary>
    public static bool operator ==(HashSeed left, HashSeed right) => left.Equals(right);

    /// <summary>True if they are different seeds.</summary>
    public static bool operator !=(HashSeed left, HashSeed right) => !left.Equals(right);
}
