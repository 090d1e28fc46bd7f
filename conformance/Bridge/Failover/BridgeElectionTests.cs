using FsCheck;
using FsCheck.Fluent;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>Who forwards where nobody does, although both nodes are there and hear each other.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class BridgeElectionTests
{
    /// <summary>Within this time of the moment from which both run and hear each other: some round trips, far less than the times after which a silence means something.</summary>
    private static readonly TimeSpan Soon = BridgePair.Detection * 3;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void When_one_node_stood_still_and_the_other_died_one_of_them_forwards_soon_after_both_are_back(int frozen, int dead)
    {
        using BridgePair pair = BridgePair.Settled();
        // The one that stands still stood by before.
        pair.Nodes[dead].Activate(pair.Now);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(BridgeRole.Standby, pair.Nodes[frozen].Role);
        pair.Alive[frozen] = pair.Alive[dead] = false;
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Restart(dead);
        pair.Alive[frozen] = true;
        Assert.InRange(pair.Until(() => pair.Nodes[0].Forwards || pair.Nodes[1].Forwards, TimeSpan.FromSeconds(5)), TimeSpan.Zero, Soon);
        pair.Run(TimeSpan.FromSeconds(5));
        Assert.True(pair.Nodes[0].Forwards ^ pair.Nodes[1].Forwards);
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void Two_nodes_that_start_together_need_not_listen_to_their_end()
    {
        using var pair = new BridgePair();
        Assert.InRange(pair.Until(() => pair.Nodes[0].Forwards, TimeSpan.FromSeconds(5)), TimeSpan.Zero, Soon);
        Assert.Equal(FailoverCause.Elected, pair.Nodes[0].Cause);
    }

    [Fact]
    public void Of_two_that_both_forwarded_one_goes_on_though_each_stopped_for_the_other()
    {
        using BridgePair pair = BridgePair.Settled();
        (pair.Cut[0], pair.Cut[1]) = (true, true);
        pair.Run(TimeSpan.FromSeconds(2));
        Assert.True(pair.Nodes[0].Forwards && pair.Nodes[1].Forwards);
        byte[] probe = pair.Probes.FindLast(sent => MacAddress.Read(sent.AsSpan(6)) == BridgePair.Options(1).Mac)!;
        // The one that would have gone on sees a frame that only the other can have sent, stops to ask, and hears that the other forwards...
        pair.Nodes[1].Suspect(pair.Now);
        pair.Cut[0] = false;
        pair.Until(() => pair.Nodes[1].Role == BridgeRole.Standby, TimeSpan.FromSeconds(1));
        // ...which ends when a probe comes that the first one sent before.
        Assert.Equal(ProbeVerdict.FromPeer, pair.Nodes[0].ReceiveProbe(probe, pair.Now));
        pair.Cut[1] = false;
        Assert.False(pair.Nodes[0].Forwards || pair.Nodes[1].Forwards);
        Assert.InRange(pair.Until(() => pair.Nodes[0].Forwards || pair.Nodes[1].Forwards, TimeSpan.FromSeconds(5)), TimeSpan.Zero, Soon);
        pair.Run(TimeSpan.FromSeconds(3));
        Assert.True(pair.Nodes[0].Forwards ^ pair.Nodes[1].Forwards);
    }

    [Fact]
    public void A_node_that_was_asked_does_not_begin_while_the_other_may()
    {
        using var pair = new BridgePair();
        // The answer is on its way for as long as one is believed; the node that gave it would have begun meanwhile.
        pair.Transport = message => MacSyncView.TryParse(message, out MacSyncView view) && view.Header.Type == MacSyncType.Answer ? [TimeSpan.FromMilliseconds(15)] : [TimeSpan.Zero];
        pair.Run(TimeSpan.FromSeconds(5));
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.Equal(0, pair.BothForwarded);
    }

    [Fact]
    public void An_answer_that_was_under_way_for_too_long_moves_nothing()
    {
        using var pair = new BridgePair((_, options) => options with { InitHold = TimeSpan.FromSeconds(1) });
        pair.Transport = message => MacSyncView.TryParse(message, out MacSyncView view) && view.Header.Type == MacSyncType.Answer ? [TimeSpan.FromMilliseconds(25)] : [TimeSpan.Zero];
        pair.Run(TimeSpan.FromMilliseconds(900));
        Assert.False(pair.Nodes[0].Forwards || pair.Nodes[1].Forwards);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_node_that_is_back_at_once_with_an_earlier_epoch_and_hears_the_other_one_late_is_heard_then(int dead)
    {
        bool isBack = false;
        using var pair = new BridgePair((_, options) => isBack ? options with { Incarnation = 1 } : options);
        pair.Run(TimeSpan.FromSeconds(1));
        pair.Nodes[dead].Activate(pair.Now);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.True(pair.Nodes[dead].Forwards);
        isBack = true;
        pair.Restart(dead);
        // Everything gets lost until the node has listened for long enough, and stands by: the paths say that somebody is there.
        pair.SyncCut = true;
        pair.Until(() => pair.Nodes[dead].Role == BridgeRole.Standby, TimeSpan.FromSeconds(1));
        pair.SyncCut = false;
        // The other one tells itself when its interval has come.
        TimeSpan told = BridgePair.Options(0).DigestInterval;
        Assert.InRange(pair.Until(() => pair.Nodes[0].Forwards || pair.Nodes[1].Forwards, TimeSpan.FromSeconds(5)), TimeSpan.Zero, told + Soon);
        pair.Run(TimeSpan.FromSeconds(2));
        Assert.True(pair.Nodes[0].Forwards ^ pair.Nodes[1].Forwards);
        Assert.Equal(0, pair.BothForwarded);
        // They do not drive each other's epochs up.
        Assert.InRange(pair.Nodes[dead].Epoch, pair.Nodes[1 - dead].Epoch - 1, pair.Nodes[1 - dead].Epoch + 1);
        uint epoch = pair.Nodes[dead].Epoch;
        pair.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(epoch, pair.Nodes[dead].Epoch);
    }

    [Fact]
    public void A_node_that_began_alone_with_an_earlier_epoch_is_heard_by_the_one_that_stood_still()
    {
        bool isBack = false;
        using var pair = new BridgePair((_, options) => isBack ? options with { Incarnation = 1 } : options);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.True(pair.Nodes[0].Forwards);
        pair.Alive[0] = pair.Alive[1] = false;
        pair.Run(TimeSpan.FromSeconds(1));
        isBack = true;
        pair.Restart(0);
        pair.Until(() => pair.Nodes[0].Forwards, TimeSpan.FromSeconds(5));
        pair.Alive[1] = true;
        pair.Run(TimeSpan.FromSeconds(5));
        Assert.Equal((BridgeRole.Active, BridgeRole.Standby), (pair.Nodes[0].Role, pair.Nodes[1].Role));
        Assert.True(pair.Nodes[1].InSync);
        Assert.Equal(0, pair.Nodes[0].Counters.Demotions);
        Assert.Equal(0, pair.BothForwarded);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void A_pause_of_any_length_around_that_of_detection_ends_with_one_that_forwards(int node, bool dies)
    {
        for (int lasts = 1; lasts <= 60; lasts++)
        {
            Play([(node, dies, lasts, 6)], isLossy: false);
        }
    }

    [Fact]
    public void Whatever_happens_to_two_processes_that_hear_each_other_they_never_both_forward_and_soon_one_does() =>
        Prop.ForAll(Stories, story => Play(story, isLossy: false)).Check(Chance.Of(60));

    [Fact]
    public void Nor_do_both_forward_when_messages_get_lost_and_late() =>
        Prop.ForAll(Stories, story => Play(story, isLossy: true)).Check(Chance.Of(60));

    /// <summary>What happens: to which node, whether it dies or stands still, for how long, and how long after the one before.</summary>
    private static Arbitrary<(int Node, bool Dies, int Lasts, int Pause)[]> Stories => Arb.From(
        (from node in Gen.Choose(0, 1)
         from dies in Gen.Elements(true, false)
         from lasts in Gen.Choose(1, 400)
         from pause in Gen.Choose(1, 600)
         select (node, dies, lasts, pause)).ArrayOf(),
        story => Enumerable.Range(0, story.Length).Select(without => story.Where((_, index) => index != without).ToArray()));

    private static void Play((int Node, bool Dies, int Lasts, int Pause)[] story, bool isLossy)
    {
        using BridgePair pair = BridgePair.Settled();
        int messages = 0;
        pair.Transport = _ => !isLossy ? [TimeSpan.Zero] : (messages++ % 7) switch { 2 => [], 5 => [TimeSpan.Zero, TimeSpan.FromMilliseconds(12)], 6 => [TimeSpan.FromMilliseconds(8)], _ => [TimeSpan.Zero] };
        var back = new (Timestamp At, bool Dies)?[2];
        foreach ((int node, bool dies, int lasts, int pause) in story)
        {
            Live(pair, back, pair.Now + TimeSpan.FromMilliseconds(pause));
            if (pair.Alive[node])
            {
                pair.Alive[node] = false;
                back[node] = (pair.Now + TimeSpan.FromMilliseconds(lasts), dies);
            }
        }

        while (back.Any(each => each is not null))
        {
            Live(pair, back, pair.Now);
        }

        if (!isLossy)
        {
            TimeSpan took = pair.Until(() => pair.Nodes[0].Forwards || pair.Nodes[1].Forwards, TimeSpan.FromSeconds(5));
            Assert.True(took <= Soon, $"{Text(story)}: nobody forwarded for {took}");
        }

        pair.Run(TimeSpan.FromSeconds(3));
        Assert.True(pair.Nodes[0].Forwards ^ pair.Nodes[1].Forwards, $"{Text(story)}: {pair.Nodes[0].Role} and {pair.Nodes[1].Role}");
        Assert.True(pair.BothForwarded == 0, $"{Text(story)}: both forwarded for {pair.BothForwarded} ms");
    }

    private static string Text((int Node, bool Dies, int Lasts, int Pause)[] story) => string.Join(", ", story);

    private static void Live(BridgePair pair, (Timestamp At, bool Dies)?[] back, Timestamp until)
    {
        do
        {
            for (int node = 0; node < 2; node++)
            {
                if (back[node] is { } when && when.At <= pair.Now)
                {
                    back[node] = null;
                    pair.Alive[node] = true;
                    if (when.Dies)
                    {
                        pair.Restart(node);
                    }
                }
            }

            pair.Run(BridgePair.Tick);
        }
        while (pair.Now < until);
    }
}
