using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>
/// How long a machine that moves belongs to nobody, on a simulated link and clock: at most one and a half times what the bytes sent meanwhile take on the link,
/// and two milliseconds.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class FrozenTimeTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMicroseconds(20);
    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(2);

    [Fact]
    public void With_100_000_flows_of_which_packets_change_a_fifth_every_second()
    {
        Course course = Move(flows: 100_000, new Link(BytesPerSecond: 1_000_000_000, TimeSpan.FromMicroseconds(50)), packetsPerTick: 2, seed: 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{course}");
        Assert.Equal(100_000, course.Flows);
        Assert.True(course.IsWithinBound, $"{course}");
        Assert.InRange(course.FrozenBytes, 1, 200_000);
    }

    [Fact]
    public void On_links_of_any_rate_and_delay_under_any_load() => Prop.ForAll(
        (from rate in Gen.Choose(20, 2000) from delay in Gen.Choose(1, 150) from load in Gen.Choose(0, 4) from seed in Gen.Choose(0, int.MaxValue - 1) select (rate, delay, load, seed)).ToArbitrary(),
        drawn => Move(3000, new Link(drawn.rate * 1_000_000L, TimeSpan.FromMicroseconds(drawn.delay)), drawn.load, drawn.seed).IsWithinBound).Check(Chance.Of(150));

    private static Course Move(int flows, Link link, int packetsPerTick, int seed)
    {
        var random = new Random(seed);
        using ServiceSet from = Make(flows), to = Make(flows);
        Timestamp now = Start;
        for (int flow = 0; flow < flows; flow++)
        {
            _ = Send(from, ServiceDirection.FromMachine, Of(flow), now);
        }

        var options = new MigrationOptions { Id = 9, Epoch = 1 };
        var source = new MigrationSource(from, options, now);
        var target = new MigrationTarget(to, options, now);
        Way there = new(link), back = new(link);
        byte[] message = new byte[options.MessageBytes];
        while (source.State is not (MigrationState.Moved or MigrationState.Aborted) && now - Start < TimeSpan.FromSeconds(60))
        {
            now += Tick;
            for (int packet = 0; packet < packetsPerTick; packet++)
            {
                _ = Send(from, ServiceDirection.FromMachine, Of(random.Next(flows)), now);
            }

            while (there.TryReceive(now, out byte[] received))
            {
                back.Send(message.AsSpan(0, target.Step(received, now, message)), now);
                if (target.State == MigrationState.Committing)
                {
                    target.Claimed(true);
                    back.Send(message.AsSpan(0, target.Step([], now, message)), now);
                }
            }

            while (back.TryReceive(now, out byte[] received))
            {
                there.Send(message.AsSpan(0, source.Step(received, now, message)), now);
            }

            while (there.IsFree(now) && source.Step([], now, message) is int length and > 0)
            {
                there.Send(message.AsSpan(0, length), now);
            }
        }

        return new Course(source.State, to.FlowCount, source.Rounds, source.BytesSent, source.FrozenBytes, now - source.FrozenAt, Allowance + TimeSpan.FromSeconds(1.5 * source.FrozenBytes / link.BytesPerSecond));
    }

    private static byte[] Of(int flow) => Udp(Machine, (ushort)(1 + (flow & 0xFFF)), new IPv4Address(0xC6336400u + (uint)(flow >> 12)), 53, payload: 12);

    private static ServiceSet Make(int flows)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy([], FirewallAction.Allow)));
        return new ServiceSet(Options("connections", "firewall") with { IPv4Flows = flows }, catalog);
    }

    private sealed record Link(long BytesPerSecond, TimeSpan Delay);

    private sealed record Course(MigrationState State, int Flows, int Rounds, long Bytes, long FrozenBytes, TimeSpan Frozen, TimeSpan Bound)
    {
        public bool IsWithinBound => State == MigrationState.Moved && Frozen <= Bound;
    }

    /// <summary>One direction of a link: messages go one after the other, each for as long as its bytes take, and arrive a delay later.</summary>
    private sealed class Way(Link link)
    {
        private readonly Queue<(Timestamp At, byte[] Message)> _messages = new();
        private Timestamp _free;

        public bool IsFree(Timestamp now) => _free <= now;

        public void Send(ReadOnlySpan<byte> message, Timestamp now)
        {
            if (!message.IsEmpty)
            {
                _free = (_free > now ? _free : now) + TimeSpan.FromSeconds((double)message.Length / link.BytesPerSecond);
                _messages.Enqueue((_free + link.Delay, message.ToArray()));
            }
        }

        public bool TryReceive(Timestamp now, out byte[] message)
        {
            bool isThere = _messages.TryPeek(out (Timestamp At, byte[] Message) first) && first.At <= now;
            message = isThere ? _messages.Dequeue().Message : [];
            return isThere;
        }
    }
}
