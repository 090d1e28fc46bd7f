using System.Numerics;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>
/// Where the packets for a port of a shared IPv4 address go inside the data centre: a plan that turns address and port into an
/// IPv6 address, so that a host that owns a block of ports announces one prefix, and routers find it by longest match.
/// </summary>
/// <remarks>
/// <code>
///  0                48       64                 96         112      127
/// | site prefix, ULA | network | SNAT IPv4 address | port     | filler  |
/// </code>
/// All parts are on byte boundaries, so that an ordinary router can build or match them. The filler is 0. A block of 2^k
/// ports is a prefix of 112 - k bits; a part of it that moved to another host is simply a longer one.
/// </remarks>
public readonly record struct DsnatAddressPlan
{
    /// <summary>Bits in front of the embedded address.</summary>
    public const int PrefixLength = 64;

    /// <summary>Bits in front of the filler: the prefix of a single port.</summary>
    public const int PortPrefixLength = 112;

    /// <summary>Most prefixes that <see cref="CoverPrefixes"/> writes: two for each length but one.</summary>
    public const int MaxCover = 30;

    private readonly ulong _prefix;

    /// <summary>Creates the plan of a prefix of <see cref="PrefixLength"/> bits: site and network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The prefix has another length, or is no unique local one (RFC 4193 section 3.1: fd00::/8).</exception>
    public DsnatAddressPlan(IPv6Prefix prefix)
    {
        if (prefix.Length != PrefixLength || prefix.Address.High >> 56 != 0xFD)
        {
            throw new ArgumentOutOfRangeException(nameof(prefix), prefix, $"The prefix of a plan must be one of {PrefixLength} bits in fd00::/8.");
        }

        _prefix = prefix.Address.High;
    }

    /// <summary>Site and network.</summary>
    public IPv6Prefix Prefix => new(new IPv6Address(_prefix, 0), PrefixLength);

    /// <summary>The address that packets for <paramref name="port"/> of <paramref name="snat"/> are sent to.</summary>
    public IPv6Address ToIPv6(IPv4Address snat, ushort port) => new(_prefix, ((ulong)snat.Value << 32) | ((ulong)port << 16));

    /// <summary>Takes an address of the plan apart.</summary>
    /// <returns>False if its prefix is another one or its filler is not 0.</returns>
    public bool TryParse(IPv6Address address, out IPv4Address snat, out ushort port)
    {
        bool ours = address.High == _prefix && (ushort)address.Low == 0;
        snat = ours ? new IPv4Address((uint)(address.Low >> 32)) : default;
        port = ours ? (ushort)(address.Low >> 16) : (ushort)0;
        return ours;
    }

    /// <summary>The prefix that the owner of a block announces.</summary>
    public IPv6Prefix PrefixOf(PortBlock block) => new(ToIPv6(block.Address, block.First), PortPrefixLength - block.Log2Size);

    /// <summary>Writes the fewest prefixes that together hold exactly the ports from <paramref name="first"/> to <paramref name="last"/>.</summary>
    /// <param name="snat">The shared address.</param>
    /// <param name="first">The first port.</param>
    /// <param name="last">The last port, not before the first.</param>
    /// <param name="destination">Gets the prefixes in ascending order; <see cref="MaxCover"/> always suffice.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="last"/> is before <paramref name="first"/>.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int CoverPrefixes(IPv4Address snat, ushort first, ushort last, Span<IPv6Prefix> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        int count = 0;
        for (int port = first; port <= last;)
        {
            // The largest aligned block that begins here and does not reach beyond the end.
            int aligned = port == 0 ? 16 : BitOperations.TrailingZeroCount(port);
            int fits = BitOperations.Log2((uint)(last - port + 1));
            int log2 = Math.Min(aligned, fits);
            if (count == destination.Length)
            {
                throw new ArgumentException($"The cover of {first}-{last} has more than {destination.Length} prefixes; {MaxCover} always suffice.", nameof(destination));
            }

            destination[count++] = new IPv6Prefix(ToIPv6(snat, (ushort)port), PortPrefixLength - log2);
            port += 1 << log2;
        }

        return count;
    }
}
