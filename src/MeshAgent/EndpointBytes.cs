using System.Buffers.Binary;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.MeshAgent;

/// <summary>Two addresses and two ports in the order of the PROXY protocol: source, destination, source port, destination port.</summary>
internal static class EndpointBytes
{
    public static void ReadAddresses(ReadOnlySpan<byte> bytes, bool isIPv4, out MeshEndpoint source, out MeshEndpoint destination)
    {
        int length = isIPv4 ? IPv4Address.Length : IPv6Address.Length;
        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * length)..]);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(bytes[((2 * length) + 2)..]);
        source = isIPv4 ? new MeshEndpoint(IPv4Address.Read(bytes), sourcePort) : new MeshEndpoint(IPv6Address.Read(bytes), sourcePort);
        destination = isIPv4 ? new MeshEndpoint(IPv4Address.Read(bytes[length..]), destinationPort) : new MeshEndpoint(IPv6Address.Read(bytes[length..]), destinationPort);
    }

    /// <summary>Both are of one family.</summary>
    /// <returns>Bytes written: 12 or 36.</returns>
    public static int WriteAddresses(Span<byte> bytes, MeshEndpoint source, MeshEndpoint destination)
    {
        int length = source.IsIPv4 ? IPv4Address.Length : IPv6Address.Length;
        if (source.IsIPv4)
        {
            MeshAddress.ToIPv4(source.Address).Write(bytes);
            MeshAddress.ToIPv4(destination.Address).Write(bytes[length..]);
        }
        else
        {
            source.Address.Write(bytes);
            destination.Address.Write(bytes[length..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(bytes[(2 * length)..], source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[((2 * length) + 2)..], destination.Port);
        return (2 * length) + 4;
    }
}
