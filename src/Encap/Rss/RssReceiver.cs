using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// How a receiver spreads packets over its queues: key and indirection table together. A sender that knows them chooses where its
/// packets land; a receiver without such hardware does the same in software.
/// </summary>
/// <param name="Key">Key of the Toeplitz hash.</param>
/// <param name="Table">Queue by the low bits of the hash.</param>
public sealed record RssReceiver(ToeplitzKey Key, RssIndirectionTable Table)
{
    /// <summary>
    /// The queue of a frame: by addresses and ports for TCP and UDP, by addresses for other IP packets and all fragments, 0
    /// for what is not IP; as adapters do it.
    /// </summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Its layout, offsets from the start of <paramref name="frame"/>.</param>
    public int QueueOf(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        bool hasPorts = layout.HasL4 && !layout.IsFragment && layout.Protocol is (IpProtocol.Udp or IpProtocol.Tcp);
        uint ports = hasPorts ? BinaryPrimitives.ReadUInt32BigEndian(frame[layout.L4Offset..]) : 0;
        (ushort source, ushort destination) = ((ushort)(ports >> 16), (ushort)ports);
        if (layout.IsIPv4 && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View v4))
        {
            return Table.QueueOf(hasPorts ? Key.Hash(v4.Source, v4.Destination, source, destination) : Key.Hash(v4.Source, v4.Destination));
        }

        if (layout.IsIPv6 && IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View v6))
        {
            return Table.QueueOf(hasPorts ? Key.Hash(v6.Source, v6.Destination, source, destination) : Key.Hash(v6.Source, v6.Destination));
        }

        return 0;
    }

    /// <summary>The queue of a UDP datagram.</summary>
    /// <exception cref="ArgumentException">The addresses are of different families.</exception>
    public int QueueOf(VtepAddress source, VtepAddress destination, ushort sourcePort, ushort destinationPort)
    {
        RequireFamily(source, destination);
        return Table.QueueOf(source.IsIPv4
            ? Key.Hash(source.V4, destination.V4, sourcePort, destinationPort)
            : Key.Hash(source.V6, destination.V6, sourcePort, destinationPort));
    }

    /// <summary>Finds a source port of the dynamic range that leads to a queue; see <see cref="RssPortSolver"/>.</summary>
    /// <param name="source">Outer source address.</param>
    /// <param name="destination">Outer destination address.</param>
    /// <param name="destinationPort">Outer destination port, as a rule 4500.</param>
    /// <param name="queue">The wanted queue.</param>
    /// <param name="salt">Where the search starts, as a rule the SPI, so that associations to one queue use different ports.</param>
    /// <param name="sourcePort">The port found.</param>
    /// <returns>False if no port leads to the queue: it is not in the table, as a rule.</returns>
    /// <exception cref="ArgumentException">The addresses are of different families.</exception>
    public bool TrySolve(VtepAddress source, VtepAddress destination, ushort destinationPort, int queue, uint salt, out ushort sourcePort)
    {
        RequireFamily(source, destination);
        return source.IsIPv4
            ? RssPortSolver.TrySolve(
                Key, Table, source.V4, destination.V4, destinationPort, queue, RssPortSolver.DynamicPortMin, RssPortSolver.DynamicPortMax, salt, out sourcePort)
            : RssPortSolver.TrySolve(
                Key, Table, source.V6, destination.V6, destinationPort, queue, RssPortSolver.DynamicPortMin, RssPortSolver.DynamicPortMax, salt, out sourcePort);
    }

    private static void RequireFamily(VtepAddress source, VtepAddress destination)
    {
        if (source.IsIPv4 != destination.IsIPv4)
        {
            throw new ArgumentException($"{source} and {destination} are of different families");
        }
    }
}
