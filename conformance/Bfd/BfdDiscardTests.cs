using Weft.Bfd;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BfdTests;

/// <summary>
/// Every rule by which RFC 5880 section 6.8.6 discards a packet, in its order, applied to a packet of FRR's to a session that is up. What
/// is discarded leaves no trace: state, what is known of the other side, and above all the moment at which silence becomes a failure.
/// </summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class BfdDiscardTests
{
    /// <summary>Version 1, Up, multiplier 3, length 24, discriminators ec464b5a and 847c3b6c, 50 ms each way.</summary>
    private const string FrrUp = "20c00318ec464b5a847c3b6c0000c3500000c3500000c350";

    private const uint Ours = 0x847c3b6c;

    private static readonly Timestamp Start = Timestamp.FromSeconds(100);

    /// <summary>The sentence of the standard, what is written over the packet (offset, octets), and the verdict.</summary>
    public static TheoryData<string, int, string, BfdReceiveVerdict> Rules => new()
    {
        { "the version number is not 1", 0, "00", BfdReceiveVerdict.Malformed },
        { "the version number is not 1", 0, "40", BfdReceiveVerdict.Malformed },
        { "the Length field is less than 24 and the A bit is clear", 3, "17", BfdReceiveVerdict.Malformed },
        { "the Length field is less than 24 and the A bit is clear", 3, "00", BfdReceiveVerdict.Malformed },
        { "the Length field is less than 26 and the A bit is set", 1, "c40318", BfdReceiveVerdict.Malformed },
        { "the Length field is less than 26 and the A bit is set", 1, "c40319", BfdReceiveVerdict.Malformed },
        { "the Length field is greater than the payload of the encapsulating protocol", 3, "19", BfdReceiveVerdict.Malformed },
        { "the Length field is greater than the payload of the encapsulating protocol", 3, "ff", BfdReceiveVerdict.Malformed },
        { "the Detect Mult field is zero", 2, "00", BfdReceiveVerdict.Malformed },
        { "the Multipoint bit is set", 1, "c1", BfdReceiveVerdict.Malformed },
        { "the My Discriminator field is zero", 4, "00000000", BfdReceiveVerdict.Malformed },
        { "the Your Discriminator field is nonzero and no session has it", 8, "847c3b6d", BfdReceiveVerdict.UnknownDiscriminator },
        { "the Your Discriminator field is zero and the state is Up", 8, "00000000", BfdReceiveVerdict.Malformed },
        { "the Your Discriminator field is zero and the state is Init", 1, "800318ec464b5a00000000", BfdReceiveVerdict.Malformed },
        { "the A bit is set and no authentication is in use", 1, "c4031cec464b5a847c3b6c0000c3500000c3500000c35001040178", BfdReceiveVerdict.AuthenticationMismatch },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rfc5880_Section6_8_6_A_packet_must_be_discarded_if(string rule, int offset, string octets, BfdReceiveVerdict expected)
    {
        BfdSession session = Up();
        byte[] packet = [.. Convert.FromHexString(FrrUp), .. new byte[4]];
        byte[] written = Convert.FromHexString(octets);
        written.CopyTo(packet, offset);
        int length = offset + written.Length > 24 ? 28 : 24;
        AssertDiscarded(session, packet.AsSpan(0, length), timeToLive: 255, expected, rule);
    }

    [Fact]
    public void Rfc5880_Section6_8_6_Without_our_discriminator_a_packet_that_says_Down_selects_the_session_of_its_path()
    {
        // The one case in which a zero is no reason to discard: the other side has lost its session.
        BfdSession session = Up();
        byte[] down = Convert.FromHexString(FrrUp);
        down[1] = 0x40;
        down.AsSpan(8, 4).Clear();
        Assert.Equal(BfdReceiveVerdict.Accepted, session.Receive(down, 255, Start));
        Assert.Equal((BfdState.Down, BfdDiagnostic.NeighborSignaledDown), (session.State, session.Diagnostic));
    }

    [Fact]
    public void Rfc5880_Section6_8_6_If_no_session_is_found_by_addresses_the_packet_is_discarded()
    {
        // Which session a packet without discriminator is for, its addresses say; a packet of other addresses reaches none.
        var path = new BfdPath { LocalMac = new MacAddress(1), RemoteMac = new MacAddress(2), Local = BfdPathTests.Address("10.0.0.1"), Remote = BfdPathTests.Address("10.0.0.2") };
        var stranger = new BfdPath { LocalMac = new MacAddress(3), RemoteMac = new MacAddress(1), Local = BfdPathTests.Address("10.0.0.3"), Remote = BfdPathTests.Address("10.0.0.1") };
        byte[] frame = new byte[BfdPath.MaxFrameLength];
        int length = stranger.Write(frame, new BfdControlPacket { State = BfdState.Down, DetectMultiplier = 3, MyDiscriminator = 9 });
        Assert.True(PacketLayout.TryParse(frame.AsSpan(0, length), out PacketLayout layout));
        Assert.False(path.TryFind(frame.AsSpan(0, length), layout, out _, out _));
    }

    [Fact]
    public void Rfc5880_Section6_8_6_A_session_that_is_held_down_discards_everything()
    {
        BfdSession session = Up();
        session.AdminDown(Start);
        _ = session.TryTakeEvent(out _);
        Assert.Equal(BfdReceiveVerdict.AdministrativelyDown, session.Receive(Convert.FromHexString(FrrUp), 255, Start));
        Assert.Equal(BfdState.AdminDown, session.State);
        Assert.False(session.TryTakeEvent(out _));
    }

    [Theory]
    [InlineData(254)]
    [InlineData(64)]
    [InlineData(0)]
    public void Rfc5881_Section5_A_packet_whose_TTL_is_not_255_must_be_discarded(int timeToLive) =>
        AssertDiscarded(Up(), Convert.FromHexString(FrrUp), (byte)timeToLive, BfdReceiveVerdict.NotSingleHop, "TTL");

    [Fact]
    public void Discarded_packets_without_end_do_not_keep_a_dead_session_alive()
    {
        BfdSession session = Up();
        byte[] forged = Convert.FromHexString(FrrUp);
        forged[8] ^= 1;
        for (int millisecond = 0; millisecond < 149; millisecond++)
        {
            _ = session.Receive(forged, 255, Start + TimeSpan.FromMilliseconds(millisecond));
            Assert.Equal(BfdState.Up, session.State);
        }

        _ = session.TryPoll(Start + TimeSpan.FromMilliseconds(150), out _);
        Assert.Equal((BfdState.Down, BfdDiagnostic.ControlDetectionTimeExpired), (session.State, session.Diagnostic));
    }

    private static BfdSession Up()
    {
        var interval = TimeSpan.FromMilliseconds(50);
        var session = new BfdSession(new BfdSessionOptions { Discriminator = Ours, DesiredMinTx = interval, RequiredMinRx = interval }, Start);
        byte[] packet = Convert.FromHexString(FrrUp);
        packet[1] = 0x80;
        Assert.Equal(BfdReceiveVerdict.Accepted, session.Receive(packet, 255, Start));
        packet[1] = 0xC0;
        Assert.Equal(BfdReceiveVerdict.Accepted, session.Receive(packet, 255, Start));
        Assert.Equal(BfdState.Up, session.State);
        while (session.TryPoll(Start, out _) || session.TryTakeEvent(out _))
        {
        }

        return session;
    }

    private static void AssertDiscarded(BfdSession session, ReadOnlySpan<byte> packet, byte timeToLive, BfdReceiveVerdict expected, string rule)
    {
        var before = (session.State, session.RemoteState, session.RemoteDiscriminator, session.DetectionTime, session.TransmitInterval, session.NextDue, session.Counters.Accepted);
        // Later than the last good packet, so that a timer that was restarted would show.
        BfdReceiveVerdict verdict = session.Receive(packet, timeToLive, Start + TimeSpan.FromMilliseconds(20));
        Assert.True(expected == verdict, $"{rule}: {verdict}");
        Assert.Equal(before, (session.State, session.RemoteState, session.RemoteDiscriminator, session.DetectionTime, session.TransmitInterval, session.NextDue, session.Counters.Accepted));
        Assert.False(session.TryTakeEvent(out _));
        _ = session.TryPoll(Start + TimeSpan.FromMilliseconds(150), out _);
        Assert.Equal(BfdState.Down, session.State);
    }
}
