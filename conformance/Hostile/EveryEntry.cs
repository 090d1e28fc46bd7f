using Weft.Bfd;
using Weft.Bridge;
using Weft.Conformance.BridgeTests;
using Weft.Conformance.PacketsTests;
using Weft.Encap;
using Weft.Fuzz.Targets;
using Weft.Packets;

namespace Weft.Conformance.HostileTests;

/// <summary>Every place where bytes from outside enter a library, each offered the same bytes.</summary>
internal sealed class EveryEntry : IDisposable
{
    private readonly LearningBridge _bridge = new(BridgeTestBed.Options);
    private readonly BfdSession _bfd = new(new BfdSessionOptions { Discriminator = 1 }, Timestamp.Zero);
    private readonly TunnelDecapsulator[] _decapsulators;
    private Timestamp _now = Timestamp.FromMilliseconds(1);

    /// <summary>Entries as the receiver of an intact frame would have them: tunnels end at the addresses it goes to.</summary>
    public EveryEntry(ReadOnlySpan<byte> intact) => _decapsulators = [.. ReceiversOf(intact).Select(options => new TunnelDecapsulator(options))];

    /// <summary>Offers bytes to all of them. Throws if an entry does, or if it says something that cannot be.</summary>
    public void Offer(ReadOnlySpan<byte> bytes)
    {
        _now += TimeSpan.FromMilliseconds(1);
        Touch.EveryView(bytes);
        _ = EmbeddedFlow.TryRead(bytes, out FlowKey4 _);
        _ = EmbeddedFlow.TryRead(bytes, out FlowKey6 _);
        if (PacketLayout.TryParseNetwork(bytes, EtherType.IPv4, out PacketLayout network) | PacketLayout.TryParseNetwork(bytes, EtherType.IPv6, out network))
        {
            AssertOrdered(network, bytes.Length);
        }

        bool parsed = PacketLayout.TryParse(bytes, out PacketLayout layout);
        AssertOrdered(layout, bytes.Length);
        _ = FlowKey4.TryRead(bytes, in layout, out _);
        _ = FlowKey6.TryRead(bytes, in layout, out _);
        Bridge(bytes, in layout);
        if (parsed)
        {
            Touch.EveryView(bytes[layout.L3Offset..]);
            Touch.EveryView(bytes[layout.L4Offset..]);
            Touch.EveryView(bytes[layout.PayloadOffset..]);
            Touch.EveryView(bytes[Math.Min(layout.PayloadOffset, layout.EndOffset)..layout.EndOffset]);
            _ = _bfd.Receive(bytes[layout.PayloadOffset..], 255, _now);
        }

        foreach (TunnelDecapsulator decapsulator in _decapsulators)
        {
            Decapsulate(decapsulator, bytes, in layout);
        }
    }

    public void Dispose() => _bridge.Dispose();

    private void Bridge(ReadOnlySpan<byte> bytes, in PacketLayout layout)
    {
        AssertAnswerFits(_bridge.Decide(bytes, in layout, BridgeTestBed.TrunkNativeTwenty, _now), bytes, in layout);
        AssertAnswerFits(_bridge.DecideFromTunnel(bytes, in layout, 0, 10, _now), bytes, in layout);
        _bridge.Advance(_now);
    }

    private static void AssertAnswerFits(in BridgeDecision decision, ReadOnlySpan<byte> bytes, in PacketLayout layout)
    {
        if (decision.Action == BridgeAction.Answer)
        {
            Span<byte> reply = stackalloc byte[LearningBridge.MaxAnswerBytes];
            Assert.InRange(LearningBridge.WriteAnswer(in decision, bytes, in layout, reply), 1, reply.Length);
        }
    }

    private static void Decapsulate(TunnelDecapsulator decapsulator, ReadOnlySpan<byte> bytes, in PacketLayout layout)
    {
        // Decapsulation may correct the inner header in place (RFC 6040), so it gets a copy.
        byte[] copy = bytes.ToArray();
        if (decapsulator.Decapsulate(copy, in layout, out DecapsulatedFrame inner) == DecapVerdict.Decapsulated)
        {
            Assert.InRange(inner.InnerOffset, 1, copy.Length);
            Assert.InRange(inner.InnerLength, 0, copy.Length - inner.InnerOffset);
            Touch.EveryView(copy.AsSpan(inner.InnerOffset, inner.InnerLength));
        }
    }

    private static IEnumerable<VtepOptions> ReceiversOf(ReadOnlySpan<byte> frame)
    {
        if (!PacketLayout.TryParse(frame, out PacketLayout layout) || !layout.HasL4 || layout.Protocol != IpProtocol.Udp
            || !UdpView.TryParse(frame[layout.L4Offset..], out UdpView udp) || !EthernetView.TryParse(frame, out EthernetView ethernet))
        {
            return [];
        }

        string address = layout.IsIPv4 && IPv4View.TryParse(frame[layout.L3Offset..], out IPv4View v4) ? v4.Destination.ToString()
            : IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View v6) ? v6.Destination.ToString() : "";
        (MacAddress mac, ushort port) = (ethernet.Destination, udp.DestinationPort);
        return IPv6Multicast(address) || mac.IsGroup || port == 0 ? [] : new[] { TunnelProtocol.Vxlan, TunnelProtocol.Geneve }.Select(protocol => new VtepOptions
        {
            Protocol = protocol,
            Address = VtepAddress.Parse(address),
            Mac = mac,
            UdpPort = port,
            AcceptZeroChecksumOverIPv6 = true,
            EntropySeed = default,
        });
    }

    private static bool IPv6Multicast(string address) => address.StartsWith("ff", StringComparison.Ordinal);

    private static void AssertOrdered(in PacketLayout layout, int length)
    {
        bool ordered = layout.L2Offset <= layout.L3Offset && layout.L3Offset <= layout.L4Offset && layout.L4Offset <= layout.PayloadOffset
            && layout.PayloadOffset <= length && layout.EndOffset <= length
            && (layout.Error != LayoutError.None || layout.PayloadOffset <= layout.EndOffset);
        Assert.True(ordered, $"offsets out of order: L2 {layout.L2Offset} L3 {layout.L3Offset} L4 {layout.L4Offset} payload {layout.PayloadOffset} end {layout.EndOffset} of {length}, error {layout.Error}");
    }
}
