using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;
using static Weft.Conformance.BridgeTests.LldpFrames;

namespace Weft.Conformance.BridgeTests;

/// <summary>Whatever a neighbour sends: no exception, no more memory, no more neighbours than may be.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class LldpHostileTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("06:57:00:00:00:01");

    [Fact]
    public void Every_cut_and_a_hundred_thousand_changes_of_a_real_frame_are_survived()
    {
        LldpAgent agent = Agent();
        Timestamp now = Timestamp.FromSeconds(1);
        for (int length = 0; length <= OfLldpd.Length; length++)
        {
            _ = agent.Receive(0, OfLldpd.AsSpan(0, length), now, out _);
        }

        var random = new Random(4711);
        for (int round = 0; round < 100_000; round++, now += TimeSpan.FromMilliseconds(10))
        {
            byte[] frame = [.. OfLldpd];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                frame[random.Next(14, frame.Length)] = (byte)random.Next(256);
            }

            _ = agent.Receive(0, frame, now, out _);
            var sink = default(Nowhere);
            agent.Advance(now, ref sink);
            Assert.True(agent.Neighbors(0).Count() <= 4);
        }

        LldpCounters counters = agent.Counters(0);
        Assert.True(counters.Discarded > 0 && counters.InErrors > 0 && counters.TlvsDiscarded > 0 && counters.AgedOut > 0, counters.ToString());
    }

    [Fact]
    public void Hearing_forgetting_and_speaking_allocate_nothing()
    {
        LldpAgent agent = Agent();
        byte[][] frames = [OfLldpd, Neighbor(1, ttl: 1), Neighbor(3, ttl: 0), Neighbor(5, more: [Text(5, "x")])];
        Timestamp now = Timestamp.FromSeconds(1);
        long allocated = Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                // Ever new neighbours, who are heard once: the last octet of the chassis ID.
                frames[1][22] = (byte)i;
                _ = agent.Receive(0, frames[i % frames.Length], now, out _);
                now += TimeSpan.FromMilliseconds(50);
                var sink = default(Nowhere);
                agent.Advance(now, ref sink);
            }
        });
        Assert.Equal(0, allocated);
        Assert.True(agent.Counters(0).AgedOut > 1000);
    }

    private static LldpAgent Agent() => new(new LldpAgentOptions
    {
        Ports = [new LldpPortOptions { Name = "web1", Mac = Mac, Transmits = true, Receives = true }],
        Chassis = Mac,
        MaxNeighborsPerPort = 4,
    });

    private struct Nowhere : ILinkSink
    {
        public readonly void Send(int port, scoped ReadOnlySpan<byte> frame)
        {
        }
    }
}
