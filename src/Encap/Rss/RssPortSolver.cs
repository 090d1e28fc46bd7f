using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// Finds the UDP source port that makes a receiver's adapter put a tunnel's packets on a wanted queue.
/// </summary>
/// <remarks>
/// <para>The Toeplitz hash is linear: the hash of a flow is the hash of the same flow with source port zero, plus (exclusive or) one
/// constant for every bit set in the port. Sixteen constants therefore describe all 65,536 ports, and one step of the search
/// costs one exclusive or per changed bit instead of a hash.</para>
/// <para>The search is complete: if any port of the range leads to the queue, one is found. It runs once when a security association
/// is made, at most 65,536 steps (tens of microseconds), and expects to take as many steps as there are queues.</para>
/// </remarks>
public static class RssPortSolver
{
    /// <summary>First port of the dynamic range (RFC 6335 section 6).</summary>
    public const ushort DynamicPortMin = 49152;

    /// <summary>Last port of the dynamic range.</summary>
    public const ushort DynamicPortMax = 65535;

    /// <summary>Finds a source port for an IPv4 tunnel.</summary>
    /// <param name="key">The receiver's RSS key.</param>
    /// <param name="table">The receiver's indirection table.</param>
    /// <param name="source">Outer source address.</param>
    /// <param name="destination">Outer destination address.</param>
    /// <param name="destinationPort">Outer destination port.</param>
    /// <param name="queue">The wanted receive queue.</param>
    /// <param name="firstPort">First port that may be used.</param>
    /// <param name="lastPort">Last port that may be used, not below <paramref name="firstPort"/>.</param>
    /// <param name="salt">Where in the range the search starts, so that several tunnels to one queue use different ports.</param>
    /// <param name="sourcePort">The port found.</param>
    /// <returns>False if no port of the range leads to the queue.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static bool TrySolve(
        ToeplitzKey key,
        RssIndirectionTable table,
        IPv4Address source,
        IPv4Address destination,
        ushort destinationPort,
        int queue,
        ushort firstPort,
        ushort lastPort,
        uint salt,
        out ushort sourcePort)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(table);
        Span<uint> bits = stackalloc uint[16];
        uint zero = key.Hash(source, destination, 0, destinationPort);
        for (int bit = 0; bit < bits.Length; bit++)
        {
            bits[bit] = zero ^ key.Hash(source, destination, (ushort)(1 << bit), destinationPort);
        }

        return TrySearch(table, zero, bits, queue, firstPort, lastPort, salt, out sourcePort);
    }

    /// <summary>Finds a source port for an IPv6 tunnel; parameters as for IPv4.</summary>
    /// <returns>False if no port of the range leads to the queue.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static bool TrySolve(
        ToeplitzKey key,
        RssIndirectionTable table,
        IPv6Address source,
        IPv6Address destination,
        ushort destinationPort,
        int queue,
        ushort firstPort,
        ushort lastPort,
        uint salt,
        out ushort sourcePort)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(table);
        Span<uint> bits = stackalloc uint[16];
        uint zero = key.Hash(source, destination, 0, destinationPort);
        for (int bit = 0; bit < bits.Length; bit++)
        {
            bits[bit] = zero ^ key.Hash(source, destination, (ushort)(1 << bit), destinationPort);
        }

        return TrySearch(table, zero, bits, queue, firstPort, lastPort, salt, out sourcePort);
    }

    private static bool TrySearch(
        RssIndirectionTable table, uint zero, ReadOnlySpan<uint> bits, int queue, ushort firstPort, ushort lastPort, uint salt, out ushort sourcePort)
    {
        if (lastPort < firstPort)
        {
            throw new ArgumentOutOfRangeException(nameof(lastPort), lastPort, $"the range {firstPort}-{lastPort} is empty");
        }

        uint count = (uint)(lastPort - firstPort) + 1;
        uint port = firstPort + salt % count;
        uint hash = zero ^ Contribution(bits, port);
        for (uint step = 0; step < count; step++)
        {
            if (table.QueueOf(hash) == queue)
            {
                sourcePort = (ushort)port;
                return true;
            }

            uint next = port == lastPort ? firstPort : port + 1;
            hash ^= Contribution(bits, port ^ next);
            port = next;
        }

        sourcePort = 0;
        return false;
    }

    /// <summary>What the set bits of <paramref name="port"/> add to the hash.</summary>
    private static uint Contribution(ReadOnlySpan<uint> bits, uint port)
    {
        uint sum = 0;
        while (port != 0)
        {
            sum ^= bits[System.Numerics.BitOperations.TrailingZeroCount(port)];
            port &= port - 1;
        }

        return sum;
    }
}
