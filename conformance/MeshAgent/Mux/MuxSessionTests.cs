using Weft.Conformance.Support;
using Weft.MeshAgent.Mux;

namespace Weft.Conformance.MeshAgentTests;

/// <summary>What the protocol of shared connections promises, case by case.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class MuxSessionTests
{
    [Fact]
    public void Data_may_follow_its_open_without_waiting_for_the_application()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        byte[] sent = pair.Client.Send(stream, 1, 500);
        pair.Run();

        Assert.Equal(sent, pair.Server.Heard[stream.Id]);
        Assert.False(stream.IsAccepted);
        pair.Server.Session.Accept(pair.Server.Streams[stream.Id]);
        pair.Run();
        Assert.Contains(stream.Id, pair.Client.Accepted);
    }

    [Fact]
    public void Credit_is_what_the_other_application_has_not_read_and_comes_back_when_it_reads()
    {
        var pair = new MuxPair(credit: 1000);
        MuxStream stream = pair.Client.Open(1);
        Assert.Equal(1000, pair.Client.Send(stream, 0, 5000).Length);
        Assert.Equal(0, MuxSession.SendableOf(stream));
        pair.Run();

        pair.Server.Session.Consumed(pair.Server.Streams[stream.Id], 499);
        pair.Run();
        Assert.Equal(0, MuxSession.SendableOf(stream)); // small change is not worth a frame

        pair.Server.Session.Consumed(pair.Server.Streams[stream.Id], 1);
        pair.Run();
        Assert.Equal(500, MuxSession.SendableOf(stream));
    }

    [Fact]
    public void One_stream_without_credit_takes_nothing_from_another()
    {
        var pair = new MuxPair(credit: 1000);
        MuxStream stuck = pair.Client.Open(1);
        MuxStream free = pair.Client.Open(2);
        _ = pair.Client.Send(stuck, 0, 1000);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(1000, pair.Client.Send(free, (byte)i, 1000).Length);
            pair.Run();
            pair.Server.Session.Consumed(pair.Server.Streams[free.Id], 1000);
            pair.Run();
        }

        Assert.Equal(50_000, pair.Server.Heard[free.Id].Count);
    }

    [Fact]
    public void A_reset_is_confirmed_and_then_forgotten_by_both()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        _ = pair.Client.Send(stream, 0, 10);
        pair.Client.Session.Reset(stream, MuxReset.Broken);
        Assert.Equal(1, pair.Client.Session.Count);
        pair.Run();

        Assert.Contains(stream.Id, pair.Server.Reset);
        Assert.DoesNotContain(stream.Id, pair.Client.Reset);
        Assert.Equal(0, pair.Client.Session.Count);
        Assert.Equal(0, pair.Server.Session.Count);
    }

    [Fact]
    public void Resets_that_cross_are_each_others_confirmation()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        pair.Run();
        pair.Client.Session.Reset(stream, MuxReset.Broken);
        pair.Server.Session.Reset(pair.Server.Streams[stream.Id], MuxReset.ApplicationFailed);
        pair.Run();

        Assert.Equal(0, pair.Client.Session.Count + pair.Server.Session.Count);
        Assert.Empty(pair.Client.Reset);
        Assert.Empty(pair.Server.Reset);
    }

    [Fact]
    public void Data_for_a_stream_that_this_side_has_broken_is_dropped_and_nothing_else_is_harmed()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        pair.Run();
        _ = pair.Server.Send(pair.Server.Streams[stream.Id], 0, 300);
        pair.Client.Session.Reset(stream, MuxReset.Broken);
        pair.Run();

        Assert.Empty(pair.Client.Heard[stream.Id]);
        Assert.Equal(MuxViolation.None, pair.Client.Violation);
    }

    [Fact]
    public void A_side_that_leaves_is_asked_for_no_new_streams_and_keeps_the_old()
    {
        var pair = new MuxPair();
        MuxStream stream = pair.Client.Open(1);
        pair.Server.Session.GoAway();
        pair.Run();

        Assert.False(pair.Client.Session.CanOpen);
        byte[] sent = pair.Client.Send(stream, 0, 100);
        pair.Run();
        Assert.Equal(sent, pair.Server.Heard[stream.Id]);
    }

    [Fact]
    public void Only_as_many_streams_are_opened_as_the_other_side_allows()
    {
        var pair = new MuxPair(maxStreams: 3);
        _ = pair.Client.Open(1);
        MuxStream second = pair.Client.Open(2);
        _ = pair.Client.Open(3);
        Assert.False(pair.Client.Session.CanOpen);

        pair.Client.Session.Reset(second, MuxReset.Broken);
        pair.Run();
        Assert.True(pair.Client.Session.CanOpen);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Frames_of_an_open_stream_allocate_nothing()
    {
        var client = new MuxSession(true, 100_000, 4);
        var server = new MuxSession(false, 100_000, 4);
        byte[] wire = new byte[32_768];
        Move(client, server, wire);
        Move(server, client, wire);
        Assert.True(client.TryOpen(MuxPair.Flow(1), null, out MuxStream? stream));
        Move(client, server, wire);
        MuxStream other = server.Streams.Single();

        long bytes = Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                MuxSession.WriteDataHeader(wire, stream!, 1000);
                Feed(server, wire.AsSpan(0, MuxSession.HeaderLength + 1000));
                server.Consumed(other, 1000);
                Move(server, client, wire);
            }
        });

        Assert.Equal(0, bytes);
    }

    private static void Move(MuxSession from, MuxSession to, byte[] wire) => Feed(to, wire.AsSpan(0, from.WriteControl(wire)));

    private static void Feed(MuxSession to, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (to.Read(bytes, out int consumed, out _) != MuxViolation.None)
            {
                throw new InvalidOperationException("the session takes its own frames for a violation");
            }

            bytes = bytes[consumed..];
        }
    }
}
