using System.Numerics;

namespace Weft.Services;

/// <summary>A subset of a machine's services: bit i stands for the i-th of the set.</summary>
/// <param name="Bits">The bits.</param>
public readonly record struct ServiceMask(ulong Bits)
{
    /// <summary>No service.</summary>
    public static ServiceMask None => default;

    /// <summary>The first <paramref name="count"/> services.</summary>
    /// <param name="count">0 to 64.</param>
    public static ServiceMask First(int count) => new(count >= 64 ? ulong.MaxValue : (1UL << count) - 1);

    /// <summary>How many services.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>True if a service is among them.</summary>
    public bool Contains(int service) => (Bits >> service & 1) != 0;

    /// <summary>These and one more.</summary>
    public ServiceMask With(int service) => new(Bits | 1UL << service);

    /// <summary>These without one.</summary>
    public ServiceMask Without(int service) => new(Bits & ~(1UL << service));
}
