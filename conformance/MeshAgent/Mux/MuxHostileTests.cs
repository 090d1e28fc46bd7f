using Weft.Conformance.Support;
using Weft.MeshAgent.Mux;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>What a peer must not do in a shared connection, and what comes of it: the end of the connection, by name.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class MuxHostileTests
{
    private const string Settings = "0000 0009 00000000 01 00000400 00000008";
    private const string Open1 = "0100 000e 00000001 06 04 c6120001 c6120002 03e8 0050";
    private const string Open1Again = "0100 000e 00000001 06 04 c6120001 c6120002 03e9 0050";
    private const string Data4 = "0300 0004 00000001 01020304";
    private const string Finish = "0400 0000 00000001";
    private const string Reset = "0500 0001 00000001 00";

    [Theory]
    [InlineData(nameof(MuxViolation.SettingsMissing), Open1)]
    [InlineData(nameof(MuxViolation.SettingsTwice), Settings + Settings)]
    [InlineData(nameof(MuxViolation.UnknownVersion), "0000 0009 00000000 02 00000400 00000008")]
    [InlineData(nameof(MuxViolation.SettingsUnusable), "0000 0009 00000000 01 00000000 00000008")]
    [InlineData(nameof(MuxViolation.SettingsUnusable), "0000 0009 00000000 01 80000000 00000008")]
    [InlineData(nameof(MuxViolation.SettingsUnusable), "0000 0009 00000000 01 00000400 00000000")]
    [InlineData(nameof(MuxViolation.WrongLength), "0000 0008 00000000 01 00000400 000000")]
    [InlineData(nameof(MuxViolation.UnknownFrame), Settings + "0800 0000 00000001")]
    [InlineData(nameof(MuxViolation.UnknownFrame), "474554202f204854")]
    [InlineData(nameof(MuxViolation.FlagsSet), Settings + "0301 0001 00000001 00")]
    [InlineData(nameof(MuxViolation.StreamZero), Settings + "0300 0001 00000000 00")]
    [InlineData(nameof(MuxViolation.StreamZero), Settings + "0700 0000 00000001")]
    [InlineData(nameof(MuxViolation.StreamIdReused), Settings + Open1 + Open1Again)]
    [InlineData(nameof(MuxViolation.StreamIdReused), Settings + "0100 000e 00000005 06 04 c6120001 c6120002 03e8 0050" + Open1)]
    [InlineData(nameof(MuxViolation.StreamNeverOpened), Settings + Data4)]
    [InlineData(nameof(MuxViolation.StreamNeverOpened), Settings + Finish)]
    [InlineData(nameof(MuxViolation.StreamNeverOpened), Settings + "0600 0004 00000001 00000001")]
    [InlineData(nameof(MuxViolation.OpenUnreadable), Settings + "0100 000e 00000001 11 06 c6120001 c6120002 03e8 0050")]
    [InlineData(nameof(MuxViolation.OpenUnreadable), Settings + "0100 000e 00000001 01 04 c6120001 c6120002 03e8 0050")]
    [InlineData(nameof(MuxViolation.OpenUnreadable), Settings + "0100 0000 00000001")]
    [InlineData(nameof(MuxViolation.WrongLength), Settings + "0100 0027 00000001")]
    [InlineData(nameof(MuxViolation.AcceptByInitiator), Settings + Open1 + "0200 0000 00000001")]
    [InlineData(nameof(MuxViolation.WrongLength), Settings + Open1 + "0300 0000 00000001")]
    [InlineData(nameof(MuxViolation.WrongLength), Settings + Open1 + "0300 4001 00000001")]
    [InlineData(nameof(MuxViolation.CreditExceeded), Settings + Open1 + "0300 03e9 00000001")]
    [InlineData(nameof(MuxViolation.DataAfterFinish), Settings + Open1 + Finish + Data4)]
    [InlineData(nameof(MuxViolation.DataAfterFinish), Settings + Open1 + Reset + Data4)]
    [InlineData(nameof(MuxViolation.FinishTwice), Settings + Open1 + Finish + Finish)]
    [InlineData(nameof(MuxViolation.ResetTwice), Settings + Open1 + Reset + Reset)]
    [InlineData(nameof(MuxViolation.WrongLength), Settings + Open1 + "0500 0000 00000001")]
    [InlineData(nameof(MuxViolation.CreditZero), Settings + Open1 + "0600 0004 00000001 00000000")]
    [InlineData(nameof(MuxViolation.CreditZero), Settings + Open1 + "0600 0004 00000001 ffffffff")]
    [InlineData(nameof(MuxViolation.CreditOverflow), Settings + Open1 + "0600 0004 00000001 40000000")]
    public void The_server_ends_the_connection(string violation, string bytes)
    {
        byte[] wire = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(violation, Fresh(isInitiator: false).Read([.. wire, .. new byte[2000]]).ToString());
        Assert.Equal(violation, ByteByByte(Fresh(isInitiator: false), [.. wire, .. new byte[2000]]).ToString());
    }

    [Theory]
    [InlineData(nameof(MuxViolation.OpenByAcceptor), Settings + "0100 000e 00000002 06 04 c6120001 c6120002 03e8 0050")]
    [InlineData(nameof(MuxViolation.AcceptTwice), Settings + "0200 0000 00000001 0200 0000 00000001")]
    [InlineData(nameof(MuxViolation.StreamNeverOpened), Settings + "0300 0001 00000002 00")]
    public void The_client_ends_the_connection(string violation, string bytes)
    {
        byte[] wire = Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal));
        MuxPair.Side client = Fresh(isInitiator: true);
        int settings = Settings.Replace(" ", "", StringComparison.Ordinal).Length / 2;
        Assert.Equal(MuxViolation.None, client.Read(wire.AsSpan(0, settings)));
        _ = client.Open(1);
        Assert.Equal(violation, client.Read(wire.AsSpan(settings)).ToString());
    }

    [Fact]
    public void Data_for_a_stream_that_both_sides_have_finished_is_a_violation()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        pair.Client.Session.Finish(stream);
        pair.Run();
        pair.Server.Session.Finish(pair.Server.Streams[stream.Id]);
        pair.Run();
        Assert.True(stream.IsGone);

        Assert.Equal(MuxViolation.DataAfterEnd, pair.Server.Read(Convert.FromHexString("0300000400000001" + "01020304")));
    }

    [Fact]
    public void Credit_and_resets_that_were_under_way_when_a_stream_ended_are_no_violation()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        pair.Client.Session.Finish(stream);
        pair.Run();
        pair.Server.Session.Finish(pair.Server.Streams[stream.Id]);
        pair.Run();

        Assert.Equal(MuxViolation.None, pair.Client.Read(Convert.FromHexString("0600000400000001" + "00000010")));
        Assert.Equal(MuxViolation.None, pair.Client.Read(Convert.FromHexString("0500000100000001" + "00")));
    }

    [Fact]
    public void A_peer_that_opens_more_streams_than_it_was_told_is_thrown_out_and_memory_stays_bounded()
    {
        MuxPair.Side server = Fresh(isInitiator: false, maxStreams: 8);
        server.Read(Convert.FromHexString(Settings.Replace(" ", "", StringComparison.Ordinal)));
        uint id = 1;
        while (server.Violation == MuxViolation.None && id < 1000)
        {
            server.Read(Convert.FromHexString($"0100000e{id++:x8}0604c6120001c612000203e80050"));
        }

        Assert.Equal(MuxViolation.TooManyStreams, server.Violation);
        Assert.Equal(16, server.Session.Count);
    }

    [Fact]
    public void Random_bytes_never_throw_and_are_soon_a_violation()
    {
        var random = new Random(11);
        byte[] bytes = new byte[400];
        for (int i = 0; i < 5000; i++)
        {
            random.NextBytes(bytes);
            MuxPair.Side side = Fresh(isInitiator: i % 2 == 0);
            side.Read(Convert.FromHexString(Settings.Replace(" ", "", StringComparison.Ordinal)));
            for (int at = 0; at < bytes.Length; at += 8)
            {
                bytes[at] &= 7; // known frames, so that more than the first check is met
                bytes[at + 1] = 0;
            }

            side.Read(bytes);
            Assert.True(side.Session.Count <= 16);
        }
    }

    private static MuxPair.Side Fresh(bool isInitiator, int maxStreams = 8) => new(new MuxSession(isInitiator, 1000, maxStreams));

    private static MuxViolation ByteByByte(MuxPair.Side side, byte[] bytes)
    {
        foreach (byte one in bytes)
        {
            if (side.Read([one]) != MuxViolation.None)
            {
                break;
            }
        }

        return side.Violation;
    }
}
