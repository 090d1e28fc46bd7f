using Weft.Packets;

namespace Weft.Mesh.Records;

/// <summary>What is different between IPv4 and IPv6, as a type, so that each family's path is compiled without tests for the other.</summary>
/// <typeparam name="TKey">The flow key of the family.</typeparam>
internal interface IFamily<TKey>
    where TKey : unmanaged
{
    /// <summary>Octets of the IP header without options.</summary>
    static abstract int HeaderBytes { get; }

    /// <summary>The key of a packet whose IP header and whose TCP or UDP header are whole.</summary>
    static abstract TKey Read(ref byte packet, ref byte transport, IpProtocol protocol, uint scope);

    /// <summary>Reads the key of the packet that an ICMP error embeds.</summary>
    static abstract bool TryReadEmbedded(ReadOnlySpan<byte> message, uint scope, out TKey key);

    static abstract TKey Make(MeshEndpoint source, MeshEndpoint destination, IpProtocol protocol, uint scope);

    static abstract MeshEndpoint SourceOf(in TKey key);

    static abstract MeshEndpoint DestinationOf(in TKey key);

    static abstract IpProtocol ProtocolOf(in TKey key);

    static abstract uint ScopeOf(in TKey key);

    /// <summary>The key of what goes the other way on the same side.</summary>
    static abstract TKey Reverse(in TKey key);

    /// <summary>Puts the endpoints of a key, exchanged, in place of a packet's, and repairs its checksums.</summary>
    /// <param name="packet">Its IP header, whole.</param>
    /// <param name="transport">Its TCP or UDP header, whole.</param>
    /// <param name="protocol">Which of the two.</param>
    /// <param name="opposite">The key of what goes the other way on the side where the packet will be.</param>
    /// <param name="addresses">What the exchange of addresses does to a checksum.</param>
    /// <param name="all">What addresses and ports do to one.</param>
    static abstract void Rewrite(ref byte packet, ref byte transport, IpProtocol protocol, in TKey opposite, ChecksumDelta addresses, ChecksumDelta all);
}
