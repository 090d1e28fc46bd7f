using Weft.Packets;

namespace Weft.Ids;

/// <summary>The fields of one packet that rules ask for, read once.</summary>
internal ref struct PacketFacts
{
    /// <summary>The packet from its network header on, without what the link added behind it.</summary>
    public ReadOnlySpan<byte> Network;
    public ReadOnlySpan<byte> Payload;

    /// <summary>Bytes of the frame, or of the packet if it was inside of another one.</summary>
    public int FrameLength;
    public IPv6Address Source;
    public IPv6Address Destination;
    public ushort SourcePort;
    public ushort DestinationPort;
    public IpProtocol Protocol;
    public byte Version;
    public byte TimeToLive;
    public byte TypeOfService;
    public ushort Identification;
    public ushort FragmentWord;
    public uint IpOptions;
    public TcpFlags TcpFlags;
    public uint TcpSequence;
    public uint TcpAcknowledgment;
    public ushort TcpWindow;
    public int TcpMaxSegmentSize;
    public int TcpWindowScale;
    public uint TcpTimestamp;
    public uint TcpTimestampEcho;
    public bool HasTcpTimestamp;

    /// <summary>True if the option for data in a SYN is there (RFC 7413).</summary>
    public bool HasTcpFastOpen;
    public byte IcmpType;
    public byte IcmpCode;
    public ushort IcmpId;
    public ushort IcmpSequence;
    public uint IcmpMtu;
    public int TransportOffset;
    public DecodeEvents DecodeEvents;
    public StreamEvents StreamEvents;
    public long ClientBytes;
    public long ServerBytes;

    /// <summary>True if the packet was put together from fragments.</summary>
    public bool IsReassembled;

    /// <summary>True if its transport header was read.</summary>
    public bool HasTransport;

    public readonly bool IsTcp => Protocol == IpProtocol.Tcp && HasTransport;

    public readonly bool IsUdp => Protocol == IpProtocol.Udp && HasTransport;

    public readonly bool IsIcmp => IsIcmpV4 || IsIcmpV6;

    public readonly bool IsIcmpV4 => Protocol == IpProtocol.Icmp && Version == 4 && HasTransport;

    public readonly bool IsIcmpV6 => Protocol == IpProtocol.IcmpV6 && Version == 6 && HasTransport;

    /// <summary>Payload with its place in the network bytes.</summary>
    public readonly int PayloadOffset => Network.Length - Payload.Length;

    public readonly ReadOnlySpan<byte> NetworkHeader => Network[..Math.Min(TransportOffset, Network.Length)];

    public readonly ReadOnlySpan<byte> TransportHeader => HasTransport ? Network[TransportOffset..PayloadOffset] : [];

    /// <summary>The same packet, as if the other side had sent it.</summary>
    public readonly PacketFacts Reversed()
    {
        PacketFacts other = this;
        (other.Source, other.Destination) = (Destination, Source);
        (other.SourcePort, other.DestinationPort) = (DestinationPort, SourcePort);
        return other;
    }

    public readonly long FieldOf(HeaderField field) => field switch
    {
        HeaderField.PayloadLength => Payload.Length,
        HeaderField.IcmpType => IsIcmp ? IcmpType : -1,
        HeaderField.IcmpCode => IsIcmp ? IcmpCode : -1,
        HeaderField.IcmpId => IsIcmp ? IcmpId : -1,
        HeaderField.IcmpSequence => IsIcmp ? IcmpSequence : -1,
        HeaderField.IcmpV6Mtu => IsIcmpV6 && IcmpType == 2 ? IcmpMtu : -1,
        HeaderField.TimeToLive => Version == 0 ? -1 : TimeToLive,
        HeaderField.Identification => Version == 4 ? Identification : -1,
        HeaderField.TypeOfService => Version == 0 ? -1 : TypeOfService,
        HeaderField.Protocol => Version == 0 ? -1 : (long)Protocol,
        HeaderField.TcpSequence => IsTcp ? TcpSequence : -1,
        HeaderField.TcpAcknowledgment => IsTcp ? TcpAcknowledgment : -1,
        HeaderField.TcpWindow => IsTcp ? TcpWindow : -1,
        HeaderField.TcpMaxSegmentSize => IsTcp && TcpMaxSegmentSize > 0 ? TcpMaxSegmentSize : -1,
        HeaderField.TcpFlags => IsTcp ? (long)TcpFlags : -1,
        HeaderField.FragmentBits => Version == 4 ? FragmentWord >> 13 : -1,
        HeaderField.FragmentOffset => Version == 4 ? FragmentWord & 0x1FFF : -1,
        HeaderField.IpOption => Version == 4 ? IpOptions : -1,
        HeaderField.DecodeEvent => (long)DecodeEvents,
        HeaderField.StreamEvent => (long)StreamEvents,
        HeaderField.StreamSizeClient => IsTcp ? ClientBytes : -1,
        HeaderField.StreamSizeServer => IsTcp ? ServerBytes : -1,
        HeaderField.StreamSizeBoth => IsTcp ? ClientBytes + ServerBytes : -1,
        HeaderField.StreamSizeEither => IsTcp ? Math.Max(ClientBytes, ServerBytes) : -1,
        _ => Version != 0 && Source == Destination ? 1 : 0,
    };
}
