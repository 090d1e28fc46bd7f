using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Answers in the name of others: who is answered, with what, and who never is.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class NeighborSuppressionTests
{
    private const int AskerPort = 0;
    private const int OwnerVtep = 0;
    private static readonly MacAddress Asker = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress Owner = MacAddress.Parse("02:00:00:00:00:02");
    private static readonly IPv4Address AskerIp = IPv4Address.Parse("192.0.2.1");
    private static readonly IPv4Address OwnerIp = IPv4Address.Parse("192.0.2.2");
    private static readonly IPv6Address AskerIp6 = IPv6Address.Parse("2001:db8::1");
    private static readonly IPv6Address OwnerIp6 = IPv6Address.Parse("2001:db8::2");
    private static readonly IPv6Address OwnerGroup = IPv6Address.Parse("ff02::1:ff00:2");
    private static readonly MacAddress OwnerGroupMac = MacAddress.Parse("33:33:ff:00:00:02");

    // Made with scapy 2.5: the reply of 192.0.2.2 to 192.0.2.1, the advertisement (router, solicited, override) of 2001:db8::2.
    private const string ScapyArpReply = "02000000000102000000000208060001080006040002020000000002c0000202020000000001c0000201";
    private const string ScapyAdvertisement =
        "02000000000102000000000286dd6000000000203aff20010db800000000000000000000000220010db8000000000000000000000001"
        + "88000a71e000000020010db80000000000000000000000020201020000000002";

    [Fact]
    public void Rfc9161_Section3_4_A_request_for_a_known_binding_is_answered_as_its_owner_would()
    {
        using LearningBridge bridge = Bed();
        Assert.Equal(BridgeAction.Flood, FromPort(bridge, Arp(Asker, AskerIp, OwnerIp)).Decision.Action);
        _ = FromTunnel(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));

        (BridgeDecision decision, string reply) = FromPort(bridge, Arp(Asker, AskerIp, OwnerIp));

        Assert.Equal(BridgeAction.Answer, decision.Action);
        Assert.Equal(BridgeLocation.Port(AskerPort), decision.Ingress);
        Assert.Equal(ScapyArpReply, reply);
        Assert.Equal(1, bridge.Counters.AnsweredArp);
    }

    [Fact]
    public void Rfc9161_Section3_4_A_solicitation_is_answered_with_the_router_flag_the_owner_gave()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, Advertisement());

        (BridgeDecision decision, string reply) = FromPort(bridge, Solicitation(OwnerGroupMac, AskerIp6, OwnerGroup, Asker));

        Assert.Equal(BridgeAction.Answer, decision.Action);
        Assert.Equal(ScapyAdvertisement, reply);
    }

    [Fact]
    public void Rfc4861_Section7_2_4_A_probe_for_a_duplicate_is_answered_to_all_nodes()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, Advertisement());

        (BridgeDecision decision, string reply) = FromPort(bridge, Solicitation(OwnerGroupMac, IPv6Address.Any, OwnerGroup, Asker));

        Assert.Equal(BridgeAction.Answer, decision.Action);
        Assert.StartsWith("333300000001020000000002", reply, StringComparison.Ordinal);
    }

    [Fact]
    public void Rfc5227_Section2_1_The_probe_of_the_owner_itself_is_never_answered()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));
        _ = FromTunnel(bridge, Advertisement());

        Assert.Equal(BridgeAction.Flood, FromPort(bridge, Arp(Owner, default, OwnerIp)).Decision.Action);
        Assert.Equal(BridgeAction.Flood, FromPort(bridge, Solicitation(OwnerGroupMac, IPv6Address.Any, OwnerGroup, Owner)).Decision.Action);
    }

    [Fact]
    public void Rfc5227_Section3_An_announcement_passes()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));

        Assert.Equal(BridgeAction.Flood, FromPort(bridge, Arp(Asker, OwnerIp, OwnerIp)).Decision.Action);
    }

    [Fact]
    public void Rfc9161_Section3_4_Who_asks_the_owner_directly_is_not_answered_for_it()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));
        byte[] unicast = Arp(Asker, AskerIp, OwnerIp);
        Owner.Write(unicast);

        Assert.Equal(BridgeAction.Forward, FromPort(bridge, unicast).Decision.Action);
    }

    [Fact]
    public void A_binding_whose_machine_is_behind_the_same_port_or_unknown_is_not_answered()
    {
        using LearningBridge bridge = Bed();
        _ = FromPort(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));
        Assert.Equal(BridgeAction.Flood, FromPort(bridge, Arp(Asker, AskerIp, OwnerIp)).Decision.Action);

        bridge.Macs.FlushAll();
        Assert.Equal(BridgeAction.Flood, FromPort(bridge, Arp(Asker, AskerIp, OwnerIp)).Decision.Action);
    }

    [Fact]
    public void A_binding_ages_and_a_static_one_does_not()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));

        Assert.True(bridge.Bindings.TryLookup(10, OwnerIp, Timestamp.FromSeconds(299), out _));
        Assert.False(bridge.Bindings.TryLookup(10, OwnerIp, Timestamp.FromSeconds(300), out _));
        Assert.True(bridge.Bindings.AddStatic(10, OwnerIp, Owner));
        bridge.Bindings.Learn(10, OwnerIp, Asker, default);
        Assert.True(bridge.Bindings.TryLookup(10, OwnerIp, Timestamp.FromSeconds(1e6), out AddressBinding binding));
        Assert.Equal(Owner, binding.Mac);
        Assert.Equal(1, bridge.Bindings.Counters.StaticConflict);
    }

    [Fact]
    public void Who_speaks_for_another_teaches_nothing()
    {
        using LearningBridge bridge = Bed();
        byte[] spoofed = ArpReply(Owner, OwnerIp, Asker, AskerIp);
        Asker.Write(spoofed.AsSpan(6));
        _ = FromTunnel(bridge, spoofed);

        Assert.False(bridge.Bindings.TryLookup(10, OwnerIp, default, out _));
    }

    [Fact]
    public void A_tagged_request_is_answered_with_its_tag()
    {
        using LearningBridge bridge = Bed();
        _ = FromTunnel(bridge, ArpReply(Owner, OwnerIp, Asker, AskerIp));
        byte[] request = Arp(Asker, AskerIp, OwnerIp);
        byte[] tagged = [.. request.AsSpan(0, 12), 0x81, 0x00, 0xA0, 0x0A, .. request.AsSpan(12)];

        (BridgeDecision decision, string reply) = FromPort(bridge, tagged);

        Assert.Equal(BridgeAction.Answer, decision.Action);
        Assert.Equal(ScapyArpReply.Insert(24, "8100a00a"), reply);
    }

    private static LearningBridge Bed() => new(new LearningBridgeOptions
    {
        Ports = [new BridgePortOptions { Pvid = 10 }, new BridgePortOptions { Pvid = 10 }],
        Segments = [new BridgeSegmentOptions { Vlan = 10, Vteps = [0], SuppressArp = true, SuppressNd = true }],
        VtepCount = 1,
        Seed = BridgeTestBed.Seed,
    });

    private static (BridgeDecision Decision, string Reply) FromPort(LearningBridge bridge, byte[] frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        BridgeDecision decision = bridge.Decide(frame, layout, AskerPort, default);
        byte[] reply = new byte[LearningBridge.MaxAnswerBytes];
        int length = LearningBridge.WriteAnswer(decision, frame, layout, reply);
        return (decision, Convert.ToHexStringLower(reply.AsSpan(0, length)));
    }

    private static BridgeDecision FromTunnel(LearningBridge bridge, byte[] frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        return bridge.DecideFromTunnel(frame, layout, OwnerVtep, 10, default);
    }

    private static byte[] Arp(MacAddress sender, IPv4Address senderIp, IPv4Address target) => Message(
        MacAddress.Broadcast,
        new ArpMessage { Operation = ArpOperation.Request, SenderMac = sender, SenderAddress = senderIp, TargetAddress = target });

    private static byte[] ArpReply(MacAddress sender, IPv4Address senderIp, MacAddress target, IPv4Address targetIp) => Message(
        target,
        new ArpMessage { Operation = ArpOperation.Reply, SenderMac = sender, SenderAddress = senderIp, TargetMac = target, TargetAddress = targetIp });

    private static byte[] Message(MacAddress destination, ArpMessage message)
    {
        byte[] frame = new byte[42];
        int at = new EthernetHeader { Destination = destination, Source = message.SenderMac, EtherType = EtherType.Arp }.Write(frame);
        _ = message.Write(frame.AsSpan(at));
        return frame;
    }

    private static byte[] Advertisement() => Convert.FromHexString(ScapyAdvertisement);

    private static byte[] Solicitation(MacAddress destinationMac, IPv6Address source, IPv6Address destination, MacAddress sender)
    {
        MacAddress? option = source == IPv6Address.Any ? null : sender;
        var message = new NeighborMessage { Target = OwnerIp6, LinkLayerAddress = option };
        byte[] frame = new byte[54 + message.Length];
        int at = new EthernetHeader { Destination = destinationMac, Source = sender, EtherType = EtherType.IPv6 }.Write(frame);
        at += new IPv6Header { NextHeader = IpProtocol.IcmpV6, HopLimit = 255, PayloadLength = message.Length, Source = source, Destination = destination }.Write(frame.AsSpan(at));
        _ = message.Write(frame.AsSpan(at), source, destination);
        return frame;
    }
}
