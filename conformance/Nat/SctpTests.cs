using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.NatTests.NatTestBed;

namespace Weft.Conformance.NatTests;

/// <summary>SCTP associations share ports and are told apart by their tags, as draft-ietf-tsvwg-natsupp describes.</summary>
public sealed class SctpTests
{
    private const byte Data = 0;
    private const byte Init = 1;
    private const byte InitAck = 2;
    private const byte Abort = 6;
    private const byte CookieEcho = 10;
    private const byte CookieAck = 11;
    private const byte ShutdownComplete = 14;
    private const byte Reflected = 1;

    private static readonly PortBlock WithSignalling = new(Shared, 2048, 10); // has 2905, M3UA

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Natsupp_Section6_Two_machines_have_the_same_port_and_remote_and_every_packet_finds_its_machine()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Associate(engine, Web, 2905, inside: 11, outside: 101);
        Associate(engine, Database, 2905, inside: 22, outside: 202);
        Assert.Equal((Web, 2905), Deliver(engine, Sctp(Remote, 2905, Shared, 2905, tag: 11, Data)));
        Assert.Equal((Database, 2905), Deliver(engine, Sctp(Remote, 2905, Shared, 2905, tag: 22, Data)));
        byte[] data = Sctp(Web, 2905, Remote, 2905, tag: 101, Data);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(data, Network, Start).Action);
        Assert.Equal((Shared, 2905), Sender(data));
        Assert.Equal(NatDropReason.NoMapping, engine.TranslateInbound(Sctp(Remote, 2905, Shared, 2905, tag: 33, Data), false, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9260_Section6_8_A_port_that_no_block_has_is_changed_and_the_checksum_repaired_and_a_wrong_one_stays_wrong()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        byte[] init = Sctp(Web, 40_000, Remote, 2905, tag: 0, Init, initiateTag: 11, payload: 33);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(init, Network, Start).Action);
        (IPv4Address address, ushort port) = Sender(init);
        Assert.True(WithSignalling.Contains(address, port));
        byte[] ack = Sctp(Remote, 2905, Shared, port, tag: 11, InitAck, initiateTag: 101);
        Assert.Equal((Web, 40_000), Deliver(engine, ack));
        byte[] damaged = Sctp(Web, 40_000, Remote, 2905, tag: 101, Data, payload: 9);
        damaged[^1] ^= 1;
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(damaged, Network, Start).Action);
        Assert.False(CrcIsRight(damaged));
        damaged[^1] ^= 1;
        Assert.True(CrcIsRight(damaged));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc9260_Section6_4_A_remote_with_several_addresses_may_use_any_of_them()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Associate(engine, Web, 2905, inside: 11, outside: 101);
        Assert.Equal((Web, 2905), Deliver(engine, Sctp(OtherRemote, 2905, Shared, 2905, tag: 11, Data)));
        byte[] data = Sctp(Web, 2905, OtherRemote, 2905, tag: 101, Data);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(data, Network, Start).Action);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Rfc)]
    [InlineData(Abort)]
    [InlineData(ShutdownComplete)]
    public void Rfc9260_Section8_5_1_The_end_of_an_association_is_recognised_by_its_own_tag_or_by_a_reflected_one(byte end)
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Associate(engine, Web, 2905, inside: 11, outside: 101);
        Associate(engine, Database, 2905, inside: 22, outside: 202);
        Assert.Equal((Web, 2905), Deliver(engine, Sctp(Remote, 2905, Shared, 2905, tag: 101, end, flags: Reflected)));
        byte[] fromInside = Sctp(Database, 2905, Remote, 2905, tag: 22, end, flags: Reflected);
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(fromInside, Network, Start).Action);
        Assert.Equal(4, engine.EntryCount);
        Timestamp later = Start + TimeSpan.FromSeconds(241);
        _ = engine.Advance(later, 1000);
        Assert.Equal((0, 0), (engine.EntryCount, engine.MachineCount));
        Assert.True(engine.TryGetBlock(WithSignalling, later, out PortBlockState state));
        Assert.True(state.IsIdle);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Natsupp_A_server_inside_is_reached_through_a_static_mapping_by_any_number_of_clients()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Sctp, Web, 36412, Shared, 2100, Start));
        foreach (uint client in (uint[])[7, 8])
        {
            Assert.Equal((Web, 36412), Deliver(engine, Sctp(Remote, 5000, Shared, 2100, tag: 0, Init, initiateTag: client)));
            byte[] ack = Sctp(Web, 36412, Remote, 5000, tag: client, InitAck, initiateTag: client + 100);
            Assert.Equal(NatAction.Translated, engine.TranslateOutbound(ack, Network, Start).Action);
            Assert.Equal((Shared, 2100), Sender(ack));
            Assert.Equal((Web, 36412), Deliver(engine, Sctp(Remote, 5000, Shared, 2100, tag: client + 100, CookieEcho)));
        }

        Assert.Equal(NatDropReason.NoMapping, engine.TranslateInbound(Sctp(Remote, 5000, Shared, 2101, tag: 0, Init, initiateTag: 9), false, Start).Reason);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5382_Req5_like_An_established_association_may_be_idle_for_two_hours_and_an_opening_one_for_four_minutes()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Associate(engine, Web, 2905, inside: 11, outside: 101);
        _ = engine.TranslateOutbound(Sctp(Database, 2905, Remote, 2905, tag: 0, Init, initiateTag: 22), Network, Start);
        Timestamp later = Start + TimeSpan.FromSeconds(240);
        Assert.Equal(NatDropReason.NoMapping, engine.TranslateInbound(Sctp(Remote, 2905, Shared, 2905, tag: 22, InitAck, initiateTag: 202), false, later).Reason);
        Assert.Equal((Web, 2905), Deliver(engine, Sctp(Remote, 2905, Shared, 2905, tag: 11, Data), Start + TimeSpan.FromSeconds(7439)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc5508_Req4_An_Icmp_error_about_an_association_finds_it_by_the_tag_in_eight_octets()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Associate(engine, Web, 2905, inside: 11, outside: 101);
        Associate(engine, Database, 2905, inside: 22, outside: 202);
        byte[] sent = Sctp(Database, 2905, Remote, 2905, tag: 202, Data, payload: 100);
        _ = engine.TranslateOutbound(sent, Network, Start);
        byte[] error = Error(OtherRemote, Shared, sent);
        NatVerdict verdict = engine.TranslateInbound(error, false, Start);
        Assert.Equal((NatAction.Translated, Network), (verdict.Action, verdict.Scope));
        Assert.Equal(Database, About(error).Source);
        byte[] fromInside = Error(Web, Remote, Sctp(Remote, 2905, Web, 2905, tag: 11, Data));
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(fromInside, Network, Start).Action);
        Assert.Equal((Shared, 2905), (About(fromInside).Destination, About(fromInside).DestinationPort));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Packets_without_a_whole_chunk_without_a_tag_or_with_one_too_many_open_nothing()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(Sctp(Web, 1, Remote, 2, tag: 5, Init, initiateTag: 6), Network, Start).Reason);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(Sctp(Web, 1, Remote, 2, tag: 0, Init, initiateTag: 0), Network, Start).Reason);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(Sctp(Web, 1, Remote, 2, tag: 0, Data), Network, Start).Reason);
        byte[] header = Datagram(Web, Remote, IpProtocol.Sctp, new byte[12], dontFragment: true);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(header, Network, Start).Reason);
        byte[] shorter = Datagram(Web, Remote, IpProtocol.Sctp, new byte[11], dontFragment: true);
        Assert.Equal(NatDropReason.MalformedTransport, engine.TranslateOutbound(shorter, Network, Start).Reason);
        Assert.Equal(NatDropReason.NoConnection, engine.TranslateOutbound(Sctp(Web, 1, Remote, 2, tag: 9, Data), Network, Start).Reason);
        Assert.Equal((0, 0), (engine.EntryCount, engine.MachineCount));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Associations_move_with_their_machine_and_survive_a_restart()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Associate(engine, Web, 2905, inside: 11, outside: 101);
        byte[] all = new byte[engine.MaxExportLength];
        int length = engine.Export(all, Start);
        using NatEngine restarted = Make(Options, WithSignalling);
        Assert.Equal(NatImportResult.Complete, restarted.Import(all.AsSpan(0, length), Start));
        Assert.Equal((Web, 2905), Deliver(restarted, Sctp(Remote, 2905, Shared, 2905, tag: 11, Data)));
        Assert.Equal((Web, 2905), Deliver(restarted, Sctp(Remote, 2905, Shared, 2905, tag: 101, Abort, flags: Reflected)));

        IPv6Address there = IPv6Address.Parse("fd00::b");
        Assert.Equal(1, engine.MoveOut(Network, Web, there, Start));
        Assert.Equal(there, engine.TranslateInbound(Sctp(Remote, 2905, Shared, 2905, tag: 11, Data), false, Start).MovedTo);
        using NatEngine next = Make(Options, new PortBlock(Shared, 4096, 10));
        Assert.Equal(NatImportResult.Complete, next.Import(all.AsSpan(0, length), Start));
        Assert.Equal((Web, 2905), Deliver(next, Sctp(Remote, 2905, Shared, 2905, tag: 11, Data)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4787_Req9_like_Machines_associate_with_each_other_by_external_endpoints()
    {
        using NatEngine engine = Make(Options, WithSignalling);
        Assert.True(engine.TryAddStatic(Network, IpProtocol.Sctp, Web, 36412, Shared, 2100, Start));
        byte[] init = Sctp(Database, 2905, Shared, 2100, tag: 0, Init, initiateTag: 22);
        NatVerdict verdict = engine.TranslateOutbound(init, Network, Start);
        Assert.Equal((NatAction.Hairpinned, Network), (verdict.Action, verdict.Scope));
        Assert.Equal((Shared, 2905), Sender(init));
        byte[] ack = Sctp(Web, 36412, Shared, 2905, tag: 22, InitAck, initiateTag: 11);
        Assert.Equal(NatAction.Hairpinned, engine.TranslateOutbound(ack, Network, Start).Action);
        Assert.Equal((Shared, 2100), Sender(ack));
    }

    private static void Associate(NatEngine engine, IPv4Address machine, ushort port, uint inside, uint outside)
    {
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Sctp(machine, port, Remote, 2905, tag: 0, Init, initiateTag: inside), Network, Start).Action);
        Assert.Equal((machine, port), Deliver(engine, Sctp(Remote, 2905, Shared, port, tag: inside, InitAck, initiateTag: outside)));
        Assert.Equal(NatAction.Translated, engine.TranslateOutbound(Sctp(machine, port, Remote, 2905, tag: outside, CookieEcho), Network, Start).Action);
        Assert.Equal((machine, port), Deliver(engine, Sctp(Remote, 2905, Shared, port, tag: inside, CookieAck)));
    }

    private static (IPv4Address Machine, ushort Port) Deliver(NatEngine engine, byte[] packet, Timestamp? at = null)
    {
        NatVerdict verdict = engine.TranslateInbound(packet, redirected: false, at ?? Start);
        Assert.Equal((NatAction.Translated, Network), (verdict.Action, verdict.Scope));
        Assert.True(CrcIsRight(packet));
        return (IPv4Address.Read(packet.AsSpan(16)), BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(22)));
    }

    private static (IPv4Address Address, ushort Port) Sender(byte[] packet)
    {
        Assert.True(CrcIsRight(packet));
        Assert.True(IPv4View.TryParse(packet, out IPv4View view) && view.IsChecksumValid);
        return (view.Source, BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(20)));
    }

    private static bool CrcIsRight(byte[] packet) => BinaryPrimitives.ReadUInt32LittleEndian(packet.AsSpan(28)) == Crc(packet.AsSpan(20));

    /// <summary>CRC32c bit by bit, as RFC 9260 appendix A defines it.</summary>
    private static uint Crc(ReadOnlySpan<byte> message)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < message.Length; i++)
        {
            crc ^= i is >= 8 and < 12 ? (byte)0 : message[i];
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F6_3B78 : 0);
            }
        }

        return ~crc;
    }

    private static byte[] Sctp(IPv4Address from, ushort fromPort, IPv4Address to, ushort toPort, uint tag, byte type, uint initiateTag = 0, byte flags = 0, int payload = 16)
    {
        byte[] message = new byte[16 + Math.Max(16, payload)];
        Put(message, 0, fromPort);
        Put(message, 2, toPort);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), tag);
        message[12] = type;
        message[13] = flags;
        Put(message, 14, (ushort)(message.Length - 12));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(16), initiateTag);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(8), Crc(message));
        return Datagram(from, to, IpProtocol.Sctp, message, dontFragment: true);
    }
}
