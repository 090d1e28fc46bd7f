using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>Encryption towards another machine, as a service among others.</summary>
public sealed class EncryptionTests
{
    private static readonly SecurityPlan Tunnel = EncryptionLab.Shape with { Mode = EspMode.Tunnel };

    public static TheoryData<EspMode, bool> Shapes => new() { { EspMode.Transport, false }, { EspMode.Transport, true }, { EspMode.Tunnel, false }, { EspMode.Tunnel, true } };

    [Theory]
    [MemberData(nameof(Shapes))]
    [Trait(Kind.Key, Kind.Model)]
    public void What_one_machine_sends_is_sealed_between_the_switches_and_arrives_as_it_was(EspMode mode, bool inUdp)
    {
        using var lab = new EncryptionLab(EncryptionLab.Shape with { Mode = mode, UdpEncapsulation = inUdp });
        byte[] question = Udp(Machine, 1000, Remote, 53, payload: 33), answer = Udp(Remote, 53, Machine, 1000, payload: 200);
        byte[] under = Assert.Single(lab.Seal(question));
        Assert.True(IPv4View.TryParse(under.AsSpan(14), out IPv4View outer));
        Assert.Equal((Machine, Remote, inUdp ? IpProtocol.Udp : IpProtocol.Esp, true), (outer.Source, outer.Destination, outer.Protocol, outer.IsChecksumValid));
        Assert.Equal(-1, under.AsSpan().IndexOf(question.AsSpan(42, 33)));
        Assert.Equal([question], lab.Open([under]));
        Assert.Equal([answer], lab.Back(answer));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Services_in_front_know_each_flow_by_its_own_addresses_though_all_are_one_flow_of_sealed_packets()
    {
        using var lab = new EncryptionLab(shape: null, MachinePlans.Connections, MachinePlans.Firewall());
        byte[][] questions = [.. Enumerable.Range(1000, 20).Select(port => Udp(Machine, (ushort)port, Remote, 53))];
        Assert.Equal(questions, lab.Open(lab.Seal(questions)));
        foreach (int port in Enumerable.Range(1000, 20))
        {
            byte[] answer = Udp(Remote, 53, Machine, (ushort)port);
            Assert.Equal([answer], lab.Back(answer));
        }

        // What the other machine opens is judged by what was inside, not by what it came in.
        Assert.Empty(lab.Back(Udp(Remote, 1, Machine, 22)));
        Assert.Equal(1, lab.Left.Drops()["service-policy"]);
        // Twenty of the machine's, and the one that carries them.
        Assert.Equal(21, lab.Left.Switch.Snapshot().Machines[0].Flows);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_connection_ends_by_what_was_inside()
    {
        using var lab = new EncryptionLab(shape: null, MachinePlans.Connections);
        _ = lab.Open(lab.Seal(Tcp(Machine, 1, Remote, 80, TcpFlags.Syn, 1000)));
        Assert.Single(lab.Back(Tcp(Remote, 80, Machine, 1, TcpFlags.Syn | TcpFlags.Ack, 5000, 1001)));
        _ = lab.Seal(Tcp(Machine, 1, Remote, 80, TcpFlags.Fin | TcpFlags.Ack, 1001, 5001));
        Assert.Single(lab.Back(Tcp(Remote, 80, Machine, 1, TcpFlags.Fin | TcpFlags.Ack, 5001, 1002)));
        int flows = lab.Left.Switch.Snapshot().Machines[0].Flows;
        lab.Left.Wait(TimeSpan.FromSeconds(12));
        lab.Left.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal((2, 1), (flows, lab.Left.Switch.Snapshot().Machines[0].Flows));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_comes_in_clear_from_the_other_machine_is_refused_and_strangers_are_not_concerned()
    {
        using var lab = new EncryptionLab();
        _ = lab.Seal(Udp(Machine, 1000, Remote, 53));
        lab.Left.Pass(Web2, Udp(Remote, 53, Machine, 1000)).Pass(Web2, Udp(Remote, 54, Machine, 1000)).Pass(Web2, Udp(Other, 53, Machine, 1000));
        Assert.Equal([Udp(Other, 53, Machine, 1000)], lab.Left.Out(Web1));
        Assert.Equal(2, lab.Left.Drops()["service-unprotected"]);
        Assert.Equal(Udp(Machine, 1, Other, 53), Assert.Single(lab.Seal(Udp(Machine, 1, Other, 53))));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_was_changed_repeated_or_made_up_on_the_way_is_refused_and_remembers_nothing()
    {
        using var lab = new EncryptionLab();
        byte[] under = Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53)));
        byte[] changed = [.. under], madeUp = [.. under];
        changed[^1] ^= 1;
        madeUp[37] ^= 0x40;
        Assert.Empty(lab.Open([changed, madeUp]));
        Assert.Equal(0, lab.Right.Switch.Snapshot().Machines[0].Flows);
        Assert.Single(lab.Open([under, under]));
        Assert.Equal(3, lab.Right.Drops()["service-forged"]);
        AssociationSnapshot inbound = lab.Right.Switch.Snapshot().Associations.Single(known => known.Direction == "in");
        Assert.Equal(("sealed", 1L, 1L, 1L), (inbound.Vtep, inbound.Packets, inbound.Forged, inbound.Replayed));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Rfc4301_Section5_2_A_tunnel_does_not_let_the_other_machine_speak_in_anothers_name()
    {
        using var lab = new EncryptionLab(Tunnel);
        EspSaOptions options = SecurityLab.Options(EncryptionLab.ToRight) with { Udp = null, Mode = EspMode.Tunnel, FirstSequence = 500 };
        using var sa = new EspOutboundSa(options);
        byte[] lie = Udp(Other, 1000, Remote, 53);
        Udp(Machine, 1, Remote, 1).AsSpan(0, 12).CopyTo(lie);
        byte[] room = new byte[400];
        lie.CopyTo(room, 100);
        (int offset, int length) = (100, lie.Length);
        Assert.True(PacketLayout.TryParse(lie, out PacketLayout layout));
        Assert.Equal(EspStatus.Ok, EspSealer.SealTunnel(sa, new EspTunnelEnds(new VtepAddress(Machine), new VtepAddress(Remote)), room, ref offset, ref length, layout));
        Assert.Empty(lab.Open([room[offset..(offset + length)]]));
        Assert.Equal("service-forged 1", string.Join(' ', lab.Right.Drops().Select(drop => $"{drop.Key} {drop.Value}")));
    }

    [Theory]
    [InlineData(EspMode.Transport, 1466)]
    [InlineData(EspMode.Tunnel, 1446)]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc1191_Section4_The_sender_of_what_grows_beyond_the_mtu_is_told_which_length_fits_and_it_does(EspMode mode, int fitting)
    {
        using var lab = new EncryptionLab(EncryptionLab.Shape with { Mode = mode });
        byte[] tooLong = Udp(Machine, 1000, Remote, 53, payload: 1472);
        Assert.Empty(lab.Seal(tooLong));
        Assert.Equal(1, lab.Left.Drops()["service-too-long"]);
        byte[] told = Assert.Single(lab.Left.Out(Web1));
        AssertSums(told);
        Assert.True(IPv4View.TryParse(told.AsSpan(14), out IPv4View view));
        Assert.True(IcmpView.TryParse(view.Payload, out IcmpView icmp));
        Assert.Equal((Remote, Machine), (view.Source, view.Destination));
        Assert.Equal((IcmpType.DestinationUnreachable, 4, fitting), (icmp.Type, icmp.Code, BinaryPrimitives.ReadUInt16BigEndian(view.Payload[6..])));
        byte[] fits = Udp(Machine, 1000, Remote, 53, payload: fitting - 28);
        byte[] under = Assert.Single(lab.Seal(fits));
        Assert.Equal(1500 + 14, under.Length);
        Assert.Equal([fits], lab.Open([under]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Senders_are_told_which_length_fits_a_hundred_times_a_second_at_most()
    {
        using var lab = new EncryptionLab();
        for (int i = 0; i < 150; i++)
        {
            _ = lab.Seal(Udp(Machine, 1000, Remote, 53, payload: 1472));
        }

        Assert.Equal(100, lab.Left.Out(Web1).Count);
        Assert.Equal(150, lab.Left.Drops()["service-too-long"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4303_Section3_3_4_Fragments_go_through_tunnels_in_any_order_and_are_refused_in_transport_mode()
    {
        byte[] datagram = Udp(Machine, 1000, Remote, 53, payload: 600)[34..];
        byte[] first = Frame(Machine, Remote, IpProtocol.Udp, datagram.AsSpan(0, 304), more: true), second = Frame(Machine, Remote, IpProtocol.Udp, datagram.AsSpan(304), fragmentOffset: 304);
        using var tunnel = new EncryptionLab(Tunnel);
        List<byte[]> under = tunnel.Seal(first, second);
        Assert.Equal(2, under.Count);
        Assert.Equal([first, second], tunnel.Open([under[1], under[0]]).OrderBy(frame => frame[21]));
        using var transport = new EncryptionLab();
        Assert.Empty(transport.Seal(first, second));
        Assert.Equal(1, transport.Left.Drops()["service-unprotected"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_fragment_in_clear_does_not_get_in_with_the_first_one_that_came_through_the_tunnel()
    {
        byte[] datagram = Udp(Machine, 1000, Remote, 53, payload: 600)[34..];
        byte[] first = Frame(Machine, Remote, IpProtocol.Udp, datagram.AsSpan(0, 304), more: true), second = Frame(Machine, Remote, IpProtocol.Udp, datagram.AsSpan(304), fragmentOffset: 304);
        using var lab = new EncryptionLab(Tunnel);
        List<byte[]> under = lab.Seal(first);
        Assert.Equal([first], lab.Open([second, under[0], second]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_error_about_a_sealed_packet_ends_at_the_service()
    {
        using var lab = new EncryptionLab();
        byte[] under = Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53)));
        lab.Left.Pass(Web2, Unreachable(Other, Machine, under));
        Assert.Empty(lab.Left.Out(Web1));
        Assert.Equal(1, lab.Left.Switch.Snapshot().Machines[0].Services[0].Counters["errors"]);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_trace_names_the_association_there_and_back_and_spends_no_number_of_the_switch()
    {
        using var lab = new EncryptionLab(shape: null, MachinePlans.Connections);
        byte[] under = Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53)));
        SwitchSnapshot state = lab.Left.Switch.Snapshot();
        string text = PacketTracer.Trace(lab.Left.Switch.Plan, "web1", Udp(Machine, 1000, Remote, 53), state).ToText();
        Assert.Contains("from machine vm1 by tracked (", text);
        Assert.Contains("sealed (SPI 0x00001001, 1 packets)", text);
        string refused = PacketTracer.Trace(lab.Left.Switch.Plan, "web2", Udp(Remote, 53, Machine, 1000), state).ToText();
        Assert.Contains("sealed refuses it: not protected", refused);
        byte[] next = Assert.Single(lab.Seal(Udp(Machine, 1000, Remote, 53)));
        Assert.Equal(BinaryPrimitives.ReadUInt32BigEndian(under.AsSpan(38)) + 1, BinaryPrimitives.ReadUInt32BigEndian(next.AsSpan(38)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_reload_goes_on_with_the_numbers_of_a_key_and_takes_another_in_its_place_without_ending_flows()
    {
        using var lab = new EncryptionLab(shape: null, MachinePlans.Connections);
        byte[] question = Udp(Machine, 1000, Remote, 53);
        byte[] first = Assert.Single(lab.Seal(question));
        Reload(lab, lab.LeftPlan(MachinePlans.Connections));
        byte[] second = Assert.Single(lab.Seal(question));
        Assert.Equal((1u, 2u), (BinaryPrimitives.ReadUInt32BigEndian(first.AsSpan(38)), BinaryPrimitives.ReadUInt32BigEndian(second.AsSpan(38))));
        Reload(lab, MachinePlans.With(MachinePlans.Connections, lab.Service(isLeft: true, outbound: 0x5005)));
        byte[] third = Assert.Single(lab.Seal(question));
        Assert.Equal((0x5005u, 1u), (BinaryPrimitives.ReadUInt32BigEndian(third.AsSpan(34)), BinaryPrimitives.ReadUInt32BigEndian(third.AsSpan(38))));
        Assert.Equal((2, 0), (lab.Left.Switch.Snapshot().Machines[0].Flows, lab.Left.Switch.Snapshot().Drops.Count));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Sealing_and_opening_allocate_nothing()
    {
        using var lab = new EncryptionLab();
        ServiceSet set = lab.Left.Switch.Workers[0].Machines.All[0].Set;
        var batch = new PacketBatch(1, maxFrameBytes: 512);
        byte[] frame = Udp(Machine, 1000, Remote, 53);
        var results = new ServiceResult[1];
        long before = 0;
        for (int i = 0; i < 2000; i++)
        {
            before = i == 1000 ? GC.GetAllocatedBytesForCurrentThread() : before;
            batch.Clear();
            _ = batch.TryAdd(frame);
            set.Process(ref batch, ServiceDirection.FromMachine, results, lab.Left.Now);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(ServiceAction.Forward, results[0].Action);
    }

    private static void Reload(EncryptionLab lab, SwitchPlan plan) => lab.Left.Switch.Apply(plan, [.. Enumerable.Range(0, 5).Select(port => lab.Left.Link(port).Left)]);
}
