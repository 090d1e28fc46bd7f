using System.Buffers;
using System.Buffers.Binary;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.MeshAgent;

/// <summary>
/// The header by which a proxy tells who it speaks for: PROXY protocol, version 2 (HAProxy, doc/proxy-protocol.txt section 2.2).
/// </summary>
/// <param name="Protocol">TCP or UDP; <see cref="IpProtocol.HopByHop"/>, the default, for a proxy that speaks for itself (LOCAL) or of other families.</param>
/// <param name="Source">The client.</param>
/// <param name="Destination">What the client dialled.</param>
public readonly record struct ProxyHeader(IpProtocol Protocol, MeshEndpoint Source, MeshEndpoint Destination)
{
    /// <summary>Bytes before the addresses: signature, version and command, family, length.</summary>
    public const int FixedLength = 16;

    /// <summary>Most bytes that <see cref="TryWrite"/> writes.</summary>
    public const int MaxWrittenLength = FixedLength + IPv6Length;

    /// <summary>Longest header that <see cref="TryRead"/> takes, addresses and TLVs included: none of the known ones is near.</summary>
    public const int MaxLength = 2048;

    private const int IPv4Length = 12;
    private const int IPv6Length = 36;
    private const int Version = 0x20;
    private const int CommandProxy = 1;
    private const int FamilyIPv4 = 0x10;
    private const int FamilyIPv6 = 0x20;
    private const int TransportStream = 1;
    private const int TransportDatagram = 2;

    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary>True if the proxy speaks for somebody, whose addresses the header has.</summary>
    public bool IsProxied => Protocol is IpProtocol.Tcp or IpProtocol.Udp;

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="header">The header. Type-length-values after the addresses are skipped.</param>
    /// <param name="consumed">Its length.</param>
    /// <returns>
    /// Done; NeedMoreData if the bytes may be the start of one; InvalidData if they cannot, or if the header is longer than <see cref="MaxLength"/>.
    /// </returns>
    public static OperationStatus TryRead(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        int known = Math.Min(bytes.Length, Signature.Length);
        if (!bytes[..known].SequenceEqual(Signature[..known]) || (bytes.Length > 12 && (bytes[12] & 0xF0) != Version) || (bytes.Length > 12 && (bytes[12] & 0x0F) > CommandProxy))
        {
            return OperationStatus.InvalidData;
        }

        if (bytes.Length < FixedLength)
        {
            return OperationStatus.NeedMoreData;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if (FixedLength + length > MaxLength)
        {
            return OperationStatus.InvalidData;
        }

        if (bytes.Length < FixedLength + length)
        {
            return OperationStatus.NeedMoreData;
        }

        consumed = FixedLength + length;
        if ((bytes[12] & 0x0F) != CommandProxy)
        {
            return OperationStatus.Done; // LOCAL: the proxy's own connection; addresses, if any, mean nothing
        }

        return TryReadAddresses(bytes[13], bytes.Slice(FixedLength, length), out header) ? OperationStatus.Done : OperationStatus.InvalidData;
    }

    /// <summary>Writes the header, without type-length-values.</summary>
    /// <param name="destination">Where to; <see cref="MaxWrittenLength"/> bytes always suffice.</param>
    /// <param name="written">Bytes written.</param>
    /// <returns>False if it does not fit, or if one address is IPv4 and the other is not.</returns>
    public bool TryWrite(Span<byte> destination, out int written)
    {
        written = 0;
        bool isIPv4 = Source.IsIPv4;
        int length = !IsProxied ? 0 : isIPv4 ? IPv4Length : IPv6Length;
        if (destination.Length < FixedLength + length || (IsProxied && isIPv4 != Destination.IsIPv4))
        {
            return false;
        }

        Signature.CopyTo(destination);
        destination[12] = (byte)(Version | (IsProxied ? CommandProxy : 0));
        destination[13] = (byte)(!IsProxied ? 0 : (isIPv4 ? FamilyIPv4 : FamilyIPv6) | (Protocol == IpProtocol.Udp ? TransportDatagram : TransportStream));
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], (ushort)length);
        written = FixedLength + length;
        if (IsProxied)
        {
            EndpointBytes.WriteAddresses(destination[FixedLength..], Source, Destination);
        }

        return true;
    }

    private static bool TryReadAddresses(byte family, ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        bool isIPv4 = (family & 0xF0) == FamilyIPv4;
        if (!isIPv4 && (family & 0xF0) != FamilyIPv6)
        {
            return true; // unspecified and UNIX: accepted, and treated as if nothing was said
        }

        if (bytes.Length < (isIPv4 ? IPv4Length : IPv6Length) || (family & 0x0F) is not (TransportStream or TransportDatagram))
        {
            return false;
        }

        EndpointBytes.ReadAddresses(bytes, isIPv4, out MeshEndpoint source, out MeshEndpoint destination);
        header = new ProxyHeader((family & 0x0F) == TransportStream ? IpProtocol.Tcp : IpProtocol.Udp, source, destination);
        return true;
    }
}
