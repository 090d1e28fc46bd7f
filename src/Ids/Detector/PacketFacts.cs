using Weft.Packets;

namespace Weft.Ids;

/// <summary>The fields of one packet that rules ask for, read once.</summary>
internal ref struct PacketFacts
{
    public ReadOnlySpan<byte> Payload;
    public IPv6Address Source;
    public IPv6Address Destination;
    public ushort SourcePort;
    public ushort DestinationPort;
    public IpProtocol Protocol;
    public byte TimeToLive;
    public byte TypeOfService;
    public ushort Identification;
    public TcpFlags TcpFlags;
    public uint TcpSequence;
    public uint TcpAcknowledgment;
    public ushort TcpWindow;
    public byte IcmpType;
    public byte IcmpCode;
    public ushort IcmpId;
    public ushort IcmpSequence;

    public readonly bool IsTcp => Protocol == IpProtocol.Tcp;

    public readonly bool IsIcmp => Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6;

    /// <summary>Reads a packet.</summary>
    /// <returns>False if it is not IP, is a fragment, or has a damaged header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketLayout layout, out PacketFacts facts)
    {
        facts = default;
        if (layout.Error != LayoutError.None || layout.IsFragment || !(layout.IsIPv4 || layout.IsIPv6))
        {
            return false;
        }

        facts.Protocol = layout.Protocol;
        facts.Payload = frame[layout.PayloadOffset..layout.EndOffset];
        if (layout.IsIPv4 && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View four))
        {
            facts.Source = AddressSet.Map(four.Source);
            facts.Destination = AddressSet.Map(four.Destination);
            facts.TimeToLive = four.TimeToLive;
            facts.TypeOfService = (byte)(four.Dscp << 2 | four.Ecn);
            facts.Identification = four.Identification;
        }
        else if (IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View six))
        {
            facts.Source = six.Source;
            facts.Destination = six.Destination;
            facts.TimeToLive = six.HopLimit;
            facts.TypeOfService = (byte)(six.Dscp << 2 | six.Ecn);
        }

        if (layout.HasL4)
        {
            facts.ReadTransport(frame[layout.L4Offset..layout.EndOffset]);
        }

        return true;
    }

    public readonly long FieldOf(HeaderField field) => field switch
    {
        HeaderField.PayloadLength => Payload.Length,
        HeaderField.IcmpType => IsIcmp ? IcmpType : -1,
        HeaderField.IcmpCode => IsIcmp ? IcmpCode : -1,
        HeaderField.IcmpId => IsIcmp ? IcmpId : -1,
        HeaderField.IcmpSequence => IsIcmp ? IcmpSequence : -1,
        HeaderField.TimeToLive => TimeToLive,
        HeaderField.Identification => Identification,
        HeaderField.TypeOfService => TypeOfService,
        HeaderField.Protocol => (long)Protocol,
        HeaderField.TcpSequence => IsTcp ? TcpSequence : -1,
        HeaderField.TcpAcknowledgment => IsTcp ? TcpAcknowledgment : -1,
        HeaderField.TcpWindow => IsTcp ? TcpWindow : -1,
        HeaderField.TcpFlags => IsTcp ? (long)TcpFlags : -1,
        _ => Source == Destination ? 1 : 0,
    };

    private void ReadTransport(ReadOnlySpan<byte> bytes)
    {
        if (IsTcp && TcpView.TryParse(bytes, out TcpView tcp))
        {
            (SourcePort, DestinationPort) = (tcp.SourcePort, tcp.DestinationPort);
            (TcpFlags, TcpSequence, TcpAcknowledgment, TcpWindow) = (tcp.Flags, tcp.SequenceNumber, tcp.AcknowledgmentNumber, tcp.Window);
        }
        else if (Protocol == IpProtocol.Udp && UdpView.TryParse(bytes, out UdpView udp))
        {
            (SourcePort, DestinationPort) = (udp.SourcePort, udp.DestinationPort);
        }
        else if (IsIcmp && IcmpView.TryParse(bytes, out IcmpView icmp))
        {
            (IcmpType, IcmpCode, IcmpId, IcmpSequence) = ((byte)icmp.Type, icmp.Code, icmp.Identifier, icmp.SequenceNumber);
        }
    }
}
