using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Machines with an address of their own, and destinations that are left alone.</summary>
public sealed class AddressMapTests
{
    private static readonly IPv4Address Own = IPv4Address.Parse("192.0.2.9");

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc3022_Section2_1_A_mapped_machine_keeps_its_ports_in_both_directions_and_is_reached_by_anybody()
    {
        using NatEngine engine = Mapped();
        foreach (byte[] packet in (byte[][])[Udp(Web, 5000, Remote, 53), Tcp(Web, 5000, Remote, 80, TcpFlags.Ack), Echo(Web, Remote, 5000)])
        {
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
            Assert.Equal((Own, 5000), (Flow(packet).Source, Flow(packet).SourcePort));
        }

        byte[] uninvited = Tcp(OtherRemote, 7, Own, 22, TcpFlags.Syn);
        NatVerdict verdict = engine.TranslateInbound(uninvited, redirected: false, Start);
        Assert.Equal((NatAction.Translated, Network), (verdict.Action, verdict.Scope));
        Assert.Equal((Web, 22), (Flow(uninvited).Destination, Flow(uninvited).DestinationPort));
        byte[] query = Echo(Remote, Own, 9);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(query, redirected: false, Start).Action);
        Assert.Equal(0, engine.EntryCount);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(47)] // GRE
    [InlineData(50)] // ESP
    [InlineData(33)] // DCCP
    public void Rfc3022_Section2_1_Any_protocol_passes_for_a_mapped_machine_and_for_no_other(byte protocol)
    {
        using NatEngine engine = Mapped();
        byte[] packet = Datagram(Web, Remote, (IpProtocol)protocol, new byte[24], dontFragment: true);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(packet, Network, Start).Action);
        Assert.True(IPv4View.TryParse(packet, out IPv4View view) && view.IsChecksumValid);
        Assert.Equal(Own, view.Source);
        packet = Datagram(Database, Remote, (IpProtocol)protocol, new byte[24], dontFragment: true);
        Assert.Equal(NatDropReason.UnknownProtocol, engine.TranslateOutbound(packet, Network, Start).Reason);
        packet = Datagram(Remote, Own, (IpProtocol)protocol, new byte[24], dontFragment: true);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(packet, redirected: false, Start).Action);
        packet = Datagram(Remote, Shared, (IpProtocol)protocol, new byte[24], dontFragment: true);
        Assert.Equal(NatDropReason.UnknownProtocol, engine.TranslateInbound(packet, redirected: false, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4787_Req14_Fragments_of_a_mapped_machine_need_no_first_one()
    {
        using NatEngine engine = Mapped();
        byte[][] fragments = Fragments(Udp(Web, 5000, Remote, 53, payload: 60), 24, 3);
        Array.Reverse(fragments);
        foreach (byte[] fragment in fragments)
        {
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(fragment, Network, Start).Action);
            Assert.True(IPv4View.TryParse(fragment, out IPv4View view) && view.IsChecksumValid && view.Source == Own);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5508_Req5c_and_7_Errors_of_and_to_a_mapped_machine_bear_its_address()
    {
        using NatEngine engine = Mapped();
        byte[] sent = Udp(Web, 5000, Remote, 53);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] error = Error(OtherRemote, Own, sent);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal((Web, 5000), (About(error).Source, About(error).SourcePort));
        byte[] fromInside = Error(Web, Remote, Udp(Remote, 53, Web, 5000));
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(fromInside, Network, Start).Action);
        Assert.Equal((Own, 5000), (About(fromInside).Destination, About(fromInside).DestinationPort));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4787_Req9_Machines_with_and_without_an_address_of_their_own_reach_each_other()
    {
        using NatEngine engine = Mapped();
        byte[] toMapped = Udp(Database, 6000, Own, 7000);
        NatVerdict verdict = engine.TranslateOutbound(toMapped, Network, Start);
        Assert.Equal((NatAction.Hairpinned, Network), (verdict.Action, verdict.Scope));
        FlowKey4 seen = Flow(toMapped);
        Assert.Equal((Shared, Web, 7000), (seen.Source, seen.Destination, seen.DestinationPort));
        byte[] answer = Udp(Web, 7000, Shared, seen.SourcePort);
        Assert.Equal(NatAction.Hairpinned, engine.TranslateOutbound(answer, Network, Start).Action);
        Assert.Equal((Own, Database, 6000), (Flow(answer).Source, Flow(answer).Destination, Flow(answer).DestinationPort));
        Assert.True(engine.TryMapAddress(Network, Database, IPv4Address.Parse("192.0.2.10")));
        byte[] both = Tcp(Web, 1, IPv4Address.Parse("192.0.2.10"), 2, TcpFlags.Syn);
        Assert.Equal(NatAction.Hairpinned, engine.TranslateOutbound(both, Network, Start).Action);
        Assert.Equal((Own, Database), (Flow(both).Source, Flow(both).Destination));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void An_address_is_one_machines_and_no_blocks_and_is_free_again_when_taken_away()
    {
        using NatEngine engine = Mapped();
        Assert.False(engine.TryMapAddress(Network, Database, Own));
        Assert.False(engine.TryMapAddress(Network, Web, Remote));
        Assert.False(engine.TryMapAddress(Network, Database, Shared));
        Assert.True(engine.TryUnmapAddress(Network, Web));
        Assert.False(engine.TryUnmapAddress(Network, Web));
        Assert.Equal(NatAction.Pass, engine.TranslateInbound(Udp(Remote, 1, Own, 2), redirected: false, Start).Action);
        Assert.True(engine.TryMapAddress(3, Database, Own));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc6888_Req6_Destinations_can_be_exempt_from_translation_by_address_and_port()
    {
        using NatEngine engine = Make(Options with
        {
            Exemptions = [new NatExemption(IPv4Prefix.Parse("198.51.100.8/32")), new NatExemption(IPv4Prefix.Parse("198.51.100.0/24"), 123, 123)],
        });
        foreach (byte[] packet in (byte[][])[Udp(Web, 1, OtherRemote, 53), Echo(Web, OtherRemote, 1), Udp(Web, 1, Remote, 123), Datagram(Web, OtherRemote, (IpProtocol)47, new byte[8], true)])
        {
            byte[] before = [.. packet];
            Assert.Equal(NatAction.Pass, engine.TranslateOutbound(packet, Network, Start).Action);
            Assert.Equal(before, packet);
        }

        _ = Open(engine, Web, 1, Remote, 124, Start);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Echo(Web, Remote, 1), Network, Start).Action);
        Assert.Equal(2, engine.EntryCount);
    }

    private static NatEngine Mapped()
    {
        NatEngine engine = Make();
        Assert.True(engine.TryMapAddress(Network, Web, Own));
        return engine;
    }
}
