using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>What RFC 5382 and RFC 7857 ask of a NAT for TCP.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class Rfc5382Tests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack;
    private const TcpFlags FinAck = TcpFlags.Fin | TcpFlags.Ack;

    [Fact]
    public void Rfc5382_Req1_One_mapping_serves_all_remotes()
    {
        using NatEngine engine = Make();
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start, out ushort first);
        _ = SendTcp(engine, 5000, 81, TcpFlags.Syn, Start, out ushort second);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Rfc5382_Req2_A_simultaneous_open_succeeds_whoever_is_first()
    {
        using NatEngine engine = Make();
        _ = SendTcp(engine, 5000, 1, TcpFlags.Syn, Start, out ushort port); // makes the mapping
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Syn, Start).Action);
        Assert.Equal(NatAction.Translated, SendTcp(engine, 5000, 80, TcpFlags.Syn, Start, out _).Action);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, SynAck, Start).Action);
        Assert.Equal(NatAction.Translated, SendTcp(engine, 5000, 80, TcpFlags.Ack, Start + TimeSpan.FromSeconds(7000), out _).Action);

        _ = SendTcp(engine, 5000, 81, TcpFlags.Syn, Start + TimeSpan.FromSeconds(7000), out _);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 81, port, TcpFlags.Syn, Start + TimeSpan.FromSeconds(7000)).Action);
    }

    [Theory]
    [InlineData(FilteringBehavior.EndpointIndependent, NatDropReason.None, NatDropReason.None)]
    [InlineData(FilteringBehavior.AddressDependent, NatDropReason.None, NatDropReason.Filtered)]
    [InlineData(FilteringBehavior.AddressAndPortDependent, NatDropReason.Filtered, NatDropReason.Filtered)]
    public void Rfc5382_Req3_Who_may_open_a_connection_is_as_configured(FilteringBehavior filtering, NatDropReason otherPort, NatDropReason otherAddress)
    {
        using NatEngine engine = Make(Options with { Tcp = new NatBehavior(MappingBehavior.EndpointIndependent, filtering) });
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start, out ushort port);
        Assert.Equal(otherPort, ReceiveTcp(engine, 81, port, TcpFlags.Syn, Start).Reason);
        Assert.Equal(otherAddress, ReceiveTcp(engine, 80, port, TcpFlags.Syn, Start, OtherRemote).Reason);
        Assert.Equal(NatDropReason.NoConnection, ReceiveTcp(engine, 82, port, TcpFlags.Ack, Start).Reason);
    }

    [Fact]
    public void Rfc5382_Req4_An_unsolicited_Syn_is_answered_after_six_seconds_with_port_unreachable()
    {
        using NatEngine engine = Make();
        byte[] error = new byte[NatEngine.MaxErrorLength];
        byte[] syn = Tcp(Remote, 80, Shared, 2050, TcpFlags.Syn);
        Assert.Equal(NatDropReason.NoMapping, engine.TranslateInbound([.. syn], redirected: false, Start).Reason);
        Assert.False(engine.TryTakeError(error, out _, Start + TimeSpan.FromSeconds(5.99)));
        Assert.True(engine.TryTakeError(error, out int length, Start + TimeSpan.FromSeconds(6)));
        error = error[..length];
        Assert.Equal(new FlowKey4(Remote, Shared, IpProtocol.Tcp, 80, 2050), About(error));
        Assert.True(IPv4View.TryParse(error, out IPv4View view) && IcmpView.TryParse(view.Payload, out IcmpView icmp) && (icmp.Type, icmp.Code) == (IcmpType.DestinationUnreachable, 3));
        Assert.Equal((Shared, Remote), (view.Source, view.Destination));
        Assert.False(engine.TryTakeError(new byte[576], out _, Start + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Rfc5382_Req4_An_unsolicited_Syn_is_forgotten_if_the_machine_opens_the_connection_meanwhile()
    {
        using NatEngine engine = Make(Options with { Tcp = new NatBehavior(MappingBehavior.EndpointIndependent, FilteringBehavior.AddressAndPortDependent) });
        _ = SendTcp(engine, 5000, 1, TcpFlags.Syn, Start, out ushort port);
        Assert.Equal(NatDropReason.Filtered, ReceiveTcp(engine, 80, port, TcpFlags.Syn, Start).Reason);
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start + TimeSpan.FromSeconds(3), out _);
        Assert.False(engine.TryTakeError(new byte[576], out _, Start + TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData(7439, true)]
    [InlineData(7440, false)]
    public void Rfc5382_Req5_An_established_connection_may_be_idle_for_two_hours_and_four_minutes(int seconds, bool lives)
    {
        using NatEngine engine = Make();
        ushort port = Establish(engine, 5000, 80);
        _ = engine.Advance(Start + TimeSpan.FromSeconds(seconds), 1000);
        Assert.Equal(lives, ReceiveTcp(engine, 80, port, TcpFlags.Ack, Start + TimeSpan.FromSeconds(seconds)).Action == NatAction.Translated);
    }

    [Theory]
    [InlineData(239, true)]
    [InlineData(240, false)]
    public void Rfc5382_Req5_An_opening_or_closed_connection_lives_four_minutes(int seconds, bool lives)
    {
        using NatEngine engine = Make();
        _ = SendTcp(engine, 4000, 80, TcpFlags.Syn, Start, out ushort opening);
        ushort closed = Establish(engine, 5000, 80);
        _ = SendTcp(engine, 5000, 80, FinAck, Start, out _);
        _ = ReceiveTcp(engine, 80, closed, FinAck, Start);
        Timestamp later = Start + TimeSpan.FromSeconds(seconds);
        _ = engine.Advance(later, 1000);
        Assert.Equal(lives, ReceiveTcp(engine, 80, opening, SynAck, later).Action == NatAction.Translated);
        Assert.Equal(lives, ReceiveTcp(engine, 80, closed, TcpFlags.Ack, later).Action == NatAction.Translated);
    }

    [Fact]
    public void Rfc5382_Req5_A_half_closed_connection_lives_as_long_as_an_open_one()
    {
        using NatEngine engine = Make();
        ushort port = Establish(engine, 5000, 80);
        _ = SendTcp(engine, 5000, 80, FinAck, Start, out _);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Ack, Start + TimeSpan.FromSeconds(7000)).Action);
    }

    [Fact]
    public void Rfc5382_Req8_Machines_connect_to_each_other_by_external_endpoints()
    {
        using NatEngine engine = Make();
        byte[] listen = Tcp(Database, 80, Remote, 9, TcpFlags.Syn);
        _ = engine.TranslateOutbound(listen, Network, Start);
        ushort database = Flow(listen).SourcePort;

        byte[] syn = Tcp(Web, 5000, Shared, database, TcpFlags.Syn);
        Assert.Equal(NatAction.Hairpinned, engine.TranslateOutbound(syn, Network, Start).Action);
        FlowKey4 seen = Flow(syn);
        Assert.Equal((Shared, Database, 80), (seen.Source, seen.Destination, seen.DestinationPort));

        byte[] answer = Tcp(Database, 80, Shared, seen.SourcePort, SynAck);
        Assert.Equal(NatAction.Hairpinned, engine.TranslateOutbound(answer, Network, Start).Action);
        Assert.Equal(new FlowKey4(Shared, Web, IpProtocol.Tcp, database, 5000), Flow(answer));
    }

    [Fact]
    public void Rfc5382_Req9_and_10_An_Icmp_error_is_translated_and_ends_nothing()
    {
        using NatEngine engine = Make();
        ushort port = Establish(engine, 5000, 80);
        byte[] sent = Tcp(Shared, port, Remote, 80, TcpFlags.Ack, payload: 100);
        byte[] error = Error(OtherRemote, Shared, sent);
        Assert.Equal(NatAction.Translated, engine.TranslateInbound(error, redirected: false, Start).Action);
        Assert.Equal(new FlowKey4(Web, Remote, IpProtocol.Tcp, 5000, 80), About(error));
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Ack, Start + TimeSpan.FromSeconds(7000)).Action);
    }

    [Fact]
    public void Rfc7857_Section2_2_A_Rst_starts_four_minutes_and_data_takes_it_back()
    {
        using NatEngine engine = Make();
        ushort port = Establish(engine, 5000, 80);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Rst, Start).Action);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Ack, Start + TimeSpan.FromSeconds(239)).Action);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Ack, Start + TimeSpan.FromSeconds(7000)).Action);

        _ = ReceiveTcp(engine, 80, port, TcpFlags.Rst, Start + TimeSpan.FromSeconds(7000));
        _ = ReceiveTcp(engine, 80, port, TcpFlags.Rst, Start + TimeSpan.FromSeconds(7100)); // another one keeps nothing alive
        _ = engine.Advance(Start + TimeSpan.FromSeconds(7240), 1000);
        Assert.Equal(0, engine.EntryCount);
    }

    [Fact]
    public void Rfc7857_Section2_The_same_ports_open_a_closed_connection_again_and_keep_their_mapping()
    {
        using NatEngine engine = Make();
        ushort port = Establish(engine, 5000, 80);
        _ = SendTcp(engine, 5000, 80, FinAck, Start, out _);
        _ = ReceiveTcp(engine, 80, port, FinAck, Start);
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start + TimeSpan.FromSeconds(100), out ushort again);
        Assert.Equal(port, again);
        _ = ReceiveTcp(engine, 80, port, SynAck, Start + TimeSpan.FromSeconds(100));
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 80, port, TcpFlags.Ack, Start + TimeSpan.FromSeconds(7000)).Action);
    }

    [Fact]
    public void Rfc7857_Section5_and_6_Protocols_are_mapped_and_filtered_independently()
    {
        var strict = new NatBehavior(MappingBehavior.AddressAndPortDependent, FilteringBehavior.AddressAndPortDependent);
        using NatEngine engine = Make(Options with { Tcp = strict });
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start, out ushort first);
        _ = SendTcp(engine, 5000, 81, TcpFlags.Syn, Start, out ushort second);
        Assert.NotEqual(first, second);
        Assert.Equal(Open(engine, Web, 5000, Remote, 80, Start), Open(engine, Web, 5000, Remote, 81, Start));
    }

    private static ushort Establish(NatEngine engine, ushort port, ushort remotePort)
    {
        _ = SendTcp(engine, port, remotePort, TcpFlags.Syn, Start, out ushort shared);
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, remotePort, shared, SynAck, Start).Action);
        return shared;
    }
}
