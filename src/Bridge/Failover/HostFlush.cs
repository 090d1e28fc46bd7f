using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// A request of a node that takes over to the hosts of one virtual network:
/// <code>
///  0  magic "MFLU"    4  version 1    5  mode    6  two octets of zero
///  8  bridge (48 bits)    14  node (16 bits)    16  epoch    20  sequence
/// 24  VNI (low 24 bits of 32)
/// 28  endpoint of the node that failed    44  endpoint of the sender: IPv6, or IPv4 mapped into IPv6
/// 60  HMAC-SHA-256 over octets 0 to 59, first 16 octets; zero without a key
/// </code>
/// </summary>
public readonly record struct HostFlush
{
    /// <summary>Octets of a request.</summary>
    public const int Length = AuthenticatorOffset + MacSyncHeader.AuthenticatorLength;

    internal const int AuthenticatorOffset = 60;
    private const uint Magic = 0x4D46_4C55;
    private const byte Version = 1;
    private const int NodeBits = 16;

    /// <summary>What to do.</summary>
    public HostFlushMode Mode { get; init; }

    /// <summary>Name of the pair.</summary>
    public ulong Bridge { get; init; }

    /// <summary>Name of the sender within the pair.</summary>
    public ushort Node { get; init; }

    /// <summary>Epoch of the sender.</summary>
    public uint Epoch { get; init; }

    /// <summary>Grows with every request of the sender.</summary>
    public uint Sequence { get; init; }

    /// <summary>The virtual network, 24 bits.</summary>
    public uint Vni { get; init; }

    /// <summary>Endpoint of the node that failed.</summary>
    public IPv6Address From { get; init; }

    /// <summary>Endpoint of the node that took over.</summary>
    public IPv6Address To { get; init; }

    /// <summary>Writes the request with an authentication field of zero and returns <see cref="Length"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than <see cref="Length"/>.</exception>
    public int Write(Span<byte> destination)
    {
        if (destination.Length < Length)
        {
            throw new ArgumentException($"The destination holds {destination.Length} bytes where {Length} are written.", nameof(destination));
        }

        destination[..Length].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(destination, Magic);
        destination[4] = Version;
        destination[5] = (byte)Mode;
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], (Bridge << NodeBits) | Node);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], Epoch);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(destination[24..], Vni);
        From.Write(destination[28..]);
        To.Write(destination[44..]);
        return Length;
    }

    /// <summary>Reads a request; authentication is checked by <see cref="HostFlushReceiver"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out HostFlush flush)
    {
        flush = default;
        if (message.Length != Length || BinaryPrimitives.ReadUInt32BigEndian(message) != Magic || message[4] != Version
            || (HostFlushMode)message[5] is not (HostFlushMode.Forget or HostFlushMode.Repoint)
            || BinaryPrimitives.ReadUInt32BigEndian(message[24..]) >> 24 != 0)
        {
            return false;
        }

        ulong names = BinaryPrimitives.ReadUInt64BigEndian(message[8..]);
        flush = new HostFlush
        {
            Mode = (HostFlushMode)message[5],
            Bridge = names >> NodeBits,
            Node = (ushort)names,
            Epoch = BinaryPrimitives.ReadUInt32BigEndian(message[16..]),
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(message[20..]),
            Vni = BinaryPrimitives.ReadUInt32BigEndian(message[24..]),
            From = IPv6Address.Read(message[28..]),
            To = IPv6Address.Read(message[44..]),
        };
        return true;
    }
}
