using Weft.Packets;

namespace Weft.Services;

/// <summary>One packet's visit to one service.</summary>
public ref struct ServiceCall
{
    /// <summary>The packet, from its Ethernet header. A service may change bytes in place; it keeps checksums right.</summary>
    public Span<byte> Frame;

    /// <summary>Where its headers are.</summary>
    public ref PacketLayout Layout;

    internal ref ServiceBurst Burst;
    internal ref ServiceLane Lane;
    internal bool HasRequest;
    internal ServiceRequest Request;

    /// <summary>Why the packet is dropped, set together with <see cref="ServiceVerdict.Drop"/>.</summary>
    public ServiceReason Reason
    {
        readonly get => Request.Reason;
        set => Request.Reason = value;
    }

    private readonly FlowFlags Flow => Lane.Flags;

    /// <summary>The time.</summary>
    public readonly Timestamp Now => Burst.Now;

    /// <summary>Which way the packet goes.</summary>
    public readonly ServiceDirection Direction => Burst.Direction;

    /// <summary>True for the first packet of its flow.</summary>
    public readonly bool IsFirst => (Flow & FlowFlags.First) != 0;

    /// <summary>True if the packet goes from the side that opened the flow to the other.</summary>
    public readonly bool IsForward => (Flow & FlowFlags.Reverse) == 0;

    /// <summary>True once both sides have spoken.</summary>
    public readonly bool IsEstablished => (Flow & FlowFlags.Established) != 0;

    /// <summary>
    /// True for an ICMP error that embeds a packet of the flow. <see cref="IsForward"/> says which way the error goes; the embedded
    /// packet went the other way.
    /// </summary>
    public readonly bool IsError => (Flow & FlowFlags.Error) != 0;

    /// <summary>True for a fragment without ports; the flow is that of its first fragment.</summary>
    public readonly bool IsLaterFragment => (Flow & FlowFlags.LaterFragment) != 0;

    /// <summary>Reads the flow as its first packet showed it, with the addresses and ports that the packet has now.</summary>
    /// <returns>False for packets without ports of their own: ICMP errors and later fragments.</returns>
    public readonly bool TryDescribeFlow(out ServiceFlow flow)
    {
        ServiceDirection opened = (Flow & FlowFlags.FromOutside) != 0 ? ServiceDirection.ToMachine : ServiceDirection.FromMachine;
        if (FlowKey4.TryRead(Frame, Layout, out FlowKey4 key4))
        {
            flow = KeyKind4.Describe(IsForward ? key4 : key4.Reversed, opened);
            return true;
        }

        bool read = FlowKey6.TryRead(Frame, Layout, out FlowKey6 key6);
        flow = read ? KeyKind6.Describe(IsForward ? key6 : key6.Reversed, opened) : default;
        return read;
    }

    /// <summary>
    /// Lets the packet pass without believing its FIN or RST: its receiver can judge better, and a connection that goes on is not
    /// forgotten early because somebody guessed (RFC 5961).
    /// </summary>
    public void Doubt() => (HasRequest, Request.IsDoubtful) = (true, true);

    /// <summary>
    /// Sends a packet that the service made: an answer, a reset, a mirrored copy. It goes through no service. False if the burst has
    /// no room left for more; the set counts it.
    /// </summary>
    /// <param name="frame">The packet, copied.</param>
    /// <param name="where">Where it goes.</param>
    public readonly bool TrySend(ReadOnlySpan<byte> frame, ServiceOutput where) => Burst.Outbox.TryAdd(frame, where);

    /// <summary>
    /// Tells the packet's sender that it was rejected: a TCP reset (RFC 9293 section 3.10.7.1), or an ICMP error that says that communication is prohibited
    /// (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1). It goes back the way that the packet came; the packet itself is the caller's to drop.
    /// </summary>
    /// <returns>False for what must not be answered, and beyond <see cref="ServiceSetOptions.RejectionsPerSecond"/>.</returns>
    public readonly bool TryReject() => Burst.Rejections.TryTell(Frame, Layout, Burst);

    /// <summary>Longest IP packet that a service may make of a shorter one: <see cref="ServiceSetOptions.Mtu"/>.</summary>
    public readonly int Mtu => Burst.TooBig.Mtu;

    /// <summary>
    /// Refuses a packet that would become longer than its way carries, and tells its sender which length fits: "fragmentation needed" (RFC 1191 section 4) or
    /// "packet too big" (RFC 4443 section 3.2), at most a hundred times a second. For services that know better than <see cref="Resize"/>, which guesses from this packet's growth.
    /// </summary>
    /// <param name="fitting">Longest IP packet that fits. Nobody is told of less than every link carries: 68 octets with IPv4, 1,280 with IPv6.</param>
    /// <returns>The verdict to return.</returns>
    public ServiceVerdict RefuseTooLong(int fitting)
    {
        Burst.TooBig.Tell(Frame, Layout, fitting, Burst);
        Reason = ServiceReason.TooLong;
        return ServiceVerdict.Drop;
    }

    /// <summary>Asks for the packet to become longer or shorter in front and behind when the service returns; bytes that are new have any content.</summary>
    /// <remarks>
    /// A service that encrypts asks first and writes when it is called for the same packet again with the new length, which
    /// happens at once. Without room the packet is dropped as <see cref="ServiceReason.TooLong"/>.
    /// </remarks>
    /// <param name="front">Bytes to add in front; negative to take away.</param>
    /// <param name="back">Bytes to add behind; negative to take away.</param>
    public void Resize(int front, int back) => (HasRequest, Request.Front, Request.Back) = (true, front, back);

    /// <summary>True when the service is called again because it asked for <see cref="Resize"/>.</summary>
    public readonly bool IsResized => (Flow & FlowFlags.Resized) != 0;

    /// <summary>True once a service has asked for another length.</summary>
    internal readonly bool AsksToResize => (Request.Front | Request.Back) != 0;

    /// <summary>What a reply needs to find its way back to the flow.</summary>
    internal readonly ContainerTag Tag() => new(Lane.Handle, Direction, Lane.IsIPv6);
}
