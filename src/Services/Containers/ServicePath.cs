using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// The identifier under which packets visit a container that has several functions inside (RFC 7665, RFC 8300): each packet is given behind a network service
/// header that names the path, a forwarding element inside walks the functions of that path, each counts the index down by one, and the packet comes back with
/// what is left of it.
/// </summary>
/// <remarks>
/// A frame is an Ethernet header with the packet's own addresses and EtherType 0x894F, NSH with metadata type 2 and no context (RFC 8300 section 2.5), and the
/// packet from its Ethernet header on. The index begins at 255. What comes back under another path or with another index, with the O bit, another next
/// protocol or damaged is dropped as <see cref="ServiceReason.Misrouted"/>.
/// </remarks>
public sealed record ServicePath
{
    private const int EtherTypeOffset = 2 * MacAddress.Length;
    private const int EthernetBytes = EtherTypeOffset + sizeof(ushort);

    /// <summary>Octets in front of a packet.</summary>
    public const int HeaderBytes = EthernetBytes + NshHeader.MinLength;

    /// <summary>Most functions of a path: an index of 0 is never valid (RFC 8300 section 2.3).</summary>
    public const int MaxFunctions = FirstIndex - 1;

    private const byte FirstIndex = byte.MaxValue;

    /// <summary>Service path identifier of packets that the machine sends, 1 to 0xFFFFFF.</summary>
    public required uint Outward { get; init; }

    /// <summary>Service path identifier of packets that the machine is sent, 1 to 0xFFFFFF.</summary>
    public required uint Inward { get; init; }

    /// <summary>Functions that count the index down on either way, 1 to 254.</summary>
    public int Functions { get; init; } = 1;

    internal void Validate()
    {
        Check(Outward, 1, NshHeader.MaxServicePath, nameof(Outward));
        Check(Inward, 1, NshHeader.MaxServicePath, nameof(Inward));
        Check(Functions, 1, MaxFunctions, nameof(Functions));
    }

    /// <summary>Writes a packet behind its headers; there is room.</summary>
    internal void Wrap(ReadOnlySpan<byte> frame, ServiceDirection direction, Span<byte> into)
    {
        frame[..EtherTypeOffset].CopyTo(into);
        BinaryPrimitives.WriteUInt16BigEndian(into[EtherTypeOffset..], (ushort)EtherType.Nsh);
        _ = new NshHeader(Of(direction), FirstIndex, NshNextProtocol.Ethernet).Write(into[EthernetBytes..], []);
        frame.CopyTo(into[HeaderBytes..]);
    }

    /// <summary>Finds the packet in what came back. The bytes are the caller's own copy.</summary>
    /// <returns>False if it is not on this path, or not at its end.</returns>
    internal bool TryUnwrap(ReadOnlySpan<byte> frame, ServiceDirection direction, out ReadOnlySpan<byte> packet)
    {
        packet = [];
        if (frame.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(frame[EtherTypeOffset..]) != (ushort)EtherType.Nsh
            || !NshView.TryParse(frame[EthernetBytes..], out NshView header)
            || header.IsOam || header.NextProtocol != NshNextProtocol.Ethernet
            || header.ServicePath != Of(direction) || header.ServiceIndex != FirstIndex - Functions)
        {
            return false;
        }

        packet = header.Payload;
        return packet.Length >= EthernetBytes;
    }

    private uint Of(ServiceDirection direction) => direction == ServiceDirection.FromMachine ? Outward : Inward;

    private static void Check(long value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {least} to {most}.", name);
        }
    }
}
