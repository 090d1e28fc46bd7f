using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>Flows that go with their machine to another host.</summary>
public sealed class MigrationTests
{
    private static readonly IPv6Address NewHost = IPv6Address.Parse("fd5a:1b2c:3d4e:2::b");
    private static readonly PortBlock NewBlock = new(Shared, 4096, 10);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_machine_moves_and_every_flow_keeps_its_external_endpoint_while_the_old_host_redirects()
    {
        using NatEngine old = Make();
        using NatEngine next = Make(Options, NewBlock);
        (ushort udp, ushort tcp, ushort icmp) = OpenThree(old);
        ushort staying = Open(old, Database, 1, Remote, 53, Start);

        byte[] export = Export(old);
        Assert.Equal(NatImportResult.Complete, next.Import(export, Start));
        Assert.Equal(3, old.MoveOut(Network, Web, NewHost, Start));
        Assert.Equal(1, old.EntryCount);
        Assert.True(Reaches(old, Remote, 53, staying, Start));

        // What still comes to the old host is sent on, also as a second redirection-free hop at the new one.
        foreach (byte[] packet in (byte[][])[Udp(Remote, 53, Shared, udp), Tcp(Remote, 80, Shared, tcp, TcpFlags.Ack), Echo(Remote, Shared, icmp, reply: true)])
        {
            NatVerdict verdict = old.TranslateInbound(packet, redirected: false, Start);
            Assert.Equal((NatAction.Redirect, NewHost), (verdict.Action, verdict.MovedTo));
            Assert.Equal(NatAction.Translated, next.TranslateInbound(packet, redirected: true, Start).Action);
        }

        Assert.Equal(udp, Open(next, Web, 5000, Remote, 53, Start));
        Assert.True(NewBlock.Contains(Shared, Open(next, Web, 7777, Remote, 53, Start))); // new flows get ports of the new host

        // The old host gives none of the moved ports to anybody.
        var seen = new HashSet<ushort>();
        for (int i = 0; i < Block.Size - 2; i++)
        {
            Assert.True(seen.Add(Open(old, Database, (ushort)(2000 + i), Remote, 53, Start)));
        }

        Assert.DoesNotContain(udp, seen);
        Assert.False(old.TranslateOutbound(Udp(Database, 60_000, Remote, 53), Network, Start).Action == NatAction.Translated);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_silent_redirection_ends_and_its_port_rests_like_any_other()
    {
        using NatEngine old = Make(Options, new PortBlock(Shared, 2048, 1));
        _ = Open(old, Web, 5000, Remote, 53, Start);
        _ = Open(old, Web, 5001, Remote, 53, Start);
        Assert.Equal(2, old.MoveOut(Network, Web, NewHost, Start));
        Timestamp later = Start + TimeSpan.FromSeconds(7440);
        int cursor = 0;
        int ended = 0;
        do
        {
            ended += old.SweepMoved(ref cursor, later);
        }
        while (cursor != 0);
        Assert.Equal(2, ended);
        Assert.Equal(NatDropReason.PortsExhausted, old.TranslateOutbound(Udp(Web, 1, Remote, 53), Network, later).Reason);
        _ = Open(old, Web, 1, Remote, 53, later + TimeSpan.FromSeconds(161));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_block_moves_with_its_flows_and_no_other_port_of_it_is_used_for_two_minutes()
    {
        using NatEngine old = Make();
        using var next = new NatEngine(Options);
        (ushort udp, ushort tcp, _) = OpenThree(old);
        Assert.True(next.TryAddBlock(Block, Start, holdDown: true));
        Assert.Equal(NatImportResult.Complete, next.Import(Export(old), Start));
        Assert.True(Reaches(next, Remote, 53, udp, Start));
        Assert.Equal(NatAction.Translated, ReceiveTcp(next, 80, tcp, TcpFlags.Ack, Start + TimeSpan.FromSeconds(7000)).Action);
        Assert.Equal(NatDropReason.PortsExhausted, next.TranslateOutbound(Udp(Web, 1, Remote, 53), Network, Start + TimeSpan.FromSeconds(119)).Reason);
        Assert.NotEqual(udp, Open(next, Web, 1, Remote, 53, Start + TimeSpan.FromSeconds(200)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_damaged_export_changes_nothing()
    {
        using NatEngine old = Make();
        _ = OpenThree(old);
        byte[] export = Export(old);
        for (int at = 0; at < export.Length; at++)
        {
            using NatEngine next = Make(Options, NewBlock);
            byte[] damaged = [.. export];
            damaged[at] ^= 0x10;
            Assert.Equal(at is 4 or 5 ? NatImportResult.UnsupportedVersion : NatImportResult.Malformed, next.Import(damaged, Start));
            Assert.Equal(NatImportResult.Malformed, next.Import(export.AsSpan(0, at), Start));
            Assert.Equal(0, next.EntryCount);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Importing_twice_takes_nothing_twice()
    {
        using NatEngine old = Make();
        _ = OpenThree(old);
        byte[] export = Export(old);
        using NatEngine next = Make(Options, NewBlock);
        Assert.Equal(NatImportResult.Complete, next.Import(export, Start));
        int entries = next.EntryCount;
        Assert.Equal(NatImportResult.Partial, next.Import(export, Start));
        Assert.Equal(entries, next.EntryCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void A_static_mapping_is_reached_from_anywhere_and_never_ends()
    {
        var strict = new NatBehavior(MappingBehavior.EndpointIndependent, FilteringBehavior.AddressAndPortDependent);
        using NatEngine engine = Make(Options with { Udp = strict, Tcp = strict });
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Tcp, Web, 80, Shared, 2080, Start));
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Udp, Web, 53, Shared, 2080, Start));
        Assert.False(engine.TryAddStatic(Network, IpProtocol.Udp, Web, 54, Shared, 2080, Start));
        Assert.False(engine.TryAddStatic(Network, IpProtocol.Udp, Web, 54, Shared, 9, Start));
        Timestamp later = Start + TimeSpan.FromDays(10);
        _ = engine.Advance(later, 1000);
        Assert.True(Reaches(engine, OtherRemote, 1, 2080, later));
        Assert.Equal(NatAction.Translated, ReceiveTcp(engine, 999, 2080, TcpFlags.Syn, later).Action);
        byte[] answer = Tcp(Web, 80, Remote, 999, TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(answer, Network, later).Action);
        Assert.Equal(2080, Flow(answer).SourcePort);
    }

    private static (ushort Udp, ushort Tcp, ushort Icmp) OpenThree(NatEngine engine)
    {
        ushort udp = Open(engine, Web, 5000, Remote, 53, Start);
        _ = SendTcp(engine, 5000, 80, TcpFlags.Syn, Start, out ushort tcp);
        _ = ReceiveTcp(engine, 80, tcp, TcpFlags.Syn | TcpFlags.Ack, Start);
        byte[] echo = Echo(Web, Remote, 5000);
        _ = engine.TranslateOutbound(echo, Network, Start);
        return (udp, tcp, Flow(echo).SourcePort);
    }

    private static byte[] Export(NatEngine engine)
    {
        byte[] export = new byte[engine.MaxExportLength];
        return export[..engine.Export(Network, Web, export, Start)];
    }
}
