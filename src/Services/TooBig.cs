using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// Bounds what services make longer, and tells senders which length fits: "fragmentation needed" (RFC 792, RFC 1191 section 4) or
/// "packet too big" (RFC 4443 section 3.2), in the name of who the packet was for. How many are told is bounded, too (RFC 1812 section
/// 4.3.2.8, RFC 4443 section 2.4 f).
/// </summary>
internal sealed class TooBig(int mtu, Timestamp start)
{
    private const int AnswersPerSecond = 100;

    /// <summary>Least length that a sender of IPv4 may be told (RFC 791), and of IPv6 (RFC 8200 section 5).</summary>
    private const int IPv4Floor = 68;
    private const int IPv6Floor = 1280;

    /// <summary>How much more a shorter packet may grow than a longer one, where a service pads to words of four octets.</summary>
    private const int PaddingSlack = 3;

    private const byte FragmentationNeeded = 4;

    private TokenBucket _limit = new(AnswersPerSecond, AnswersPerSecond, start);

    /// <summary>Longest IP packet that services may make of a shorter one.</summary>
    public int Mtu => mtu;

    /// <summary>Senders told.</summary>
    public long Told { get; private set; }

    /// <summary>Senders that were told lately, or too many others.</summary>
    public long Spared { get; private set; }

    /// <summary>False if an IP packet becomes longer, and longer than may be.</summary>
    public bool Fits(ReadOnlySpan<byte> frame, in PacketLayout layout, int growth) =>
        frame.Length + growth - layout.L3Offset is int length && (length <= mtu || length <= layout.EndOffset - layout.L3Offset || (!layout.IsIPv4 && !layout.IsIPv6));

    /// <summary>Tells the sender of a packet that does not fit which length would.</summary>
    /// <param name="frame">The packet.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="growth">How much longer it should become.</param>
    /// <param name="lacksRoom">True if it has no room to grow, though it might be longer by the MTU: then what is as much shorter fits.</param>
    /// <param name="burst">The burst.</param>
    public void Tell(ReadOnlySpan<byte> frame, in PacketLayout layout, int growth, bool lacksRoom, in ServiceBurst burst)
    {
        int added = frame.Length + growth - layout.EndOffset;
        int most = lacksRoom ? Math.Min(mtu, layout.EndOffset - layout.L3Offset) : mtu;
        if (added > 0)
        {
            Tell(frame, layout, most - added - PaddingSlack, burst);
        }
    }

    /// <summary>Tells the sender of a packet which length fits.</summary>
    public void Tell(ReadOnlySpan<byte> frame, in PacketLayout layout, int fitting, in ServiceBurst burst)
    {
        if ((!layout.IsIPv4 && !layout.IsIPv6) || MacAddress.Read(frame).IsGroup)
        {
            return;
        }

        ReadOnlySpan<byte> packet = frame[layout.L3Offset..layout.EndOffset];
        if (fitting < (layout.IsIPv4 ? IPv4Floor : IPv6Floor) || !IcmpError.MayAnswer(packet))
        {
            return;
        }

        if (!_limit.TryTake(burst.Now, 1))
        {
            Spared++;
            return;
        }

        Span<byte> answer = stackalloc byte[Rejection.MaxBytes];
        int link = layout.L3Offset;
        // The tags stay: the answer goes back the way that the packet came.
        frame[..link].CopyTo(answer);
        frame[..MacAddress.Length].CopyTo(answer[MacAddress.Length..]);
        frame.Slice(MacAddress.Length, MacAddress.Length).CopyTo(answer);
        int length = layout.IsIPv4 ? Write4(packet, fitting, answer[link..]) : Write6(packet, fitting, answer[link..]);
        ServiceOutput back = burst.Direction == ServiceDirection.FromMachine ? ServiceOutput.ToMachine : ServiceOutput.FromMachine;
        Told += length > 0 && burst.Outbox.TryAdd(answer[..(link + length)], back) ? 1 : 0;
    }

    private static int Write4(ReadOnlySpan<byte> packet, int fitting, Span<byte> answer) =>
        IPv4View.TryParse(packet, out IPv4View view) ? IcmpError.Write(packet, view.Destination, IcmpType.DestinationUnreachable, FragmentationNeeded, (uint)fitting, answer) : 0;

    private static int Write6(ReadOnlySpan<byte> packet, int fitting, Span<byte> answer) =>
        IPv6View.TryParse(packet, out IPv6View view) ? IcmpError.Write(packet, view.Destination, IcmpV6Type.PacketTooBig, code: 0, (uint)fitting, answer) : 0;
}
