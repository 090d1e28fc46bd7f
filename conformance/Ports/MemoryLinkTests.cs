using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

public sealed class MemoryLinkTests
{
    private static readonly byte[] Scratch = new byte[70_000];

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Frames_cross_unchanged_and_in_order_in_both_directions()
    {
        using var link = new MemoryLink("left", "right");
        foreach ((MemoryPort from, MemoryPort to) in new[] { (link.Left, link.Right), (link.Right, link.Left) })
        {
            for (int i = 0; i < 10; i++)
            {
                Assert.True(from.TrySend(Frame(i, 60 + i), Timestamp.Zero));
            }

            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(Frame(i, 60 + i), Take(to, Timestamp.Zero));
            }

            Assert.Null(Take(to, Timestamp.MaxValue));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_delayed_frame_arrives_exactly_when_announced()
    {
        using var link = new MemoryLink("left", "right", new MemoryLinkOptions { Delay = TimeSpan.FromMilliseconds(5) });
        Timestamp sent = Timestamp.FromMilliseconds(100);
        Assert.Equal(Timestamp.MaxValue, link.Right.NextArrival);
        link.Left.TrySend(Frame(1, 60), sent);

        Assert.Equal(Timestamp.FromMilliseconds(105), link.Right.NextArrival);
        Assert.Null(Take(link.Right, new Timestamp(link.Right.NextArrival.Nanoseconds - 1)));
        Assert.NotNull(Take(link.Right, link.Right.NextArrival));
        Assert.Equal(Timestamp.MaxValue, link.NextArrival);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Bandwidth_spaces_frames_by_their_length()
    {
        using var link = new MemoryLink("left", "right", new MemoryLinkOptions { BitsPerSecond = 8_000_000 });
        link.Left.TrySend(Frame(1, 1000), Timestamp.Zero);
        link.Left.TrySend(Frame(2, 500), Timestamp.Zero);

        Assert.Equal(Timestamp.FromMilliseconds(1), link.Right.NextArrival);
        Take(link.Right, link.Right.NextArrival);
        Assert.Equal(new Timestamp(1_500_000), link.Right.NextArrival);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_full_direction_hands_the_rest_of_the_burst_back_untouched()
    {
        using var link = new MemoryLink("left", "right", new MemoryLinkOptions { QueueFrames = 3 });
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 8 });
        Packet[] burst = Rent(pool, 5);

        Assert.Equal(3, link.Left.Send(pool, burst, Timestamp.Zero));
        Assert.Equal(1, link.Left.Counters.SendBusy);
        Assert.Equal(0, Number(Take(link.Right, Timestamp.Zero)));
        Assert.Equal(1, link.Left.Send(pool, burst.AsSpan(3), Timestamp.Zero));
        Assert.Equal([1, 2, 3], Drain(link.Right).Select(Number));
        pool.Return(burst);
        Assert.Equal(8, pool.Available);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Receiving_stops_at_an_empty_pool_and_loses_nothing()
    {
        using var link = new MemoryLink("left", "right");
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 2 });
        for (int i = 0; i < 3; i++)
        {
            link.Left.TrySend(Frame(i, 60), Timestamp.Zero);
        }

        var burst = new Packet[8];
        Assert.Equal(2, link.Right.Receive(pool, burst, Timestamp.Zero));
        Assert.Equal(0, link.Right.Receive(pool, burst.AsSpan(2), Timestamp.Zero));
        pool.Return(burst.AsSpan(0, 2));
        Assert.Equal(1, link.Right.Receive(pool, burst, Timestamp.Zero));
        Assert.Equal(2, Number(pool.Bytes(burst[0]).ToArray()));
        Assert.Equal((3, 0), (link.Right.Counters.ReceivedFrames, link.Right.Counters.ReceivedLost));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_frame_too_long_for_the_link_or_for_the_pool_is_counted_and_the_next_one_passes()
    {
        using var link = new MemoryLink("left", "right", new MemoryLinkOptions { MaxFrameBytes = 1000 });
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 4, BufferBytes = 512, HeadroomBytes = 0 });
        Assert.True(link.Left.TrySend(Frame(1, 1001), Timestamp.Zero));
        Assert.True(link.Left.TrySend(Frame(2, 1000), Timestamp.Zero));
        Assert.True(link.Left.TrySend(Frame(3, 512), Timestamp.Zero));

        var burst = new Packet[4];
        Assert.Equal(1, link.Right.Receive(pool, burst, Timestamp.Zero));
        Assert.Equal(3, Number(pool.Bytes(burst[0]).ToArray()));
        Assert.Equal((1, 1), (link.Left.Counters.SendOversize, link.Right.Counters.ReceivedOversize));
        Assert.Equal((1, 2), (link.Left.Counters.SendRefused, link.Left.Counters.SentFrames));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_cut_cable_is_down_at_both_ends_and_loses_what_was_under_way()
    {
        using var link = new MemoryLink("left", "right");
        link.Left.TrySend(Frame(1, 60), Timestamp.Zero);
        link.Cut();

        Assert.Equal((PortStatus.Down, PortStatus.Down), (link.Left.Status, link.Right.Status));
        Assert.True(link.Left.TrySend(Frame(2, 60), Timestamp.Zero));
        link.Mend();
        Assert.True(link.Left.TrySend(Frame(3, 60), Timestamp.Zero));
        Assert.Equal([3], Drain(link.Right).Select(Number));
        Assert.Equal((1, 1), (link.Counters.Lost, link.Left.Counters.SendDown));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_port_ends_when_the_far_end_completed_and_the_last_frame_was_taken()
    {
        using var link = new MemoryLink("left", "right");
        link.Left.TrySend(Frame(1, 60), Timestamp.Zero);
        link.Left.Complete();

        Assert.Equal(PortStatus.Up, link.Right.Status);
        Take(link.Right, Timestamp.Zero);
        Assert.Equal((PortStatus.Ended, PortStatus.Up), (link.Right.Status, link.Left.Status));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void The_same_seed_gives_the_same_arrivals_and_every_frame_is_accounted_for()
    {
        Gen<(int Seed, MemoryLinkOptions Options)> cases =
            from seed in Gen.Choose(0, int.MaxValue)
            from loss in Gen.Choose(0, 50)
            from duplication in Gen.Choose(0, 50)
            from reordering in Gen.Choose(0, 50)
            from corruption in Gen.Choose(0, 50)
            from jitter in Gen.Choose(0, 3000)
            select (seed, new MemoryLinkOptions
            {
                QueueFrames = 4096,
                Loss = loss / 100.0,
                Duplication = duplication / 100.0,
                Reordering = reordering / 100.0,
                Corruption = corruption / 100.0,
                Delay = TimeSpan.FromMicroseconds(500),
                Jitter = TimeSpan.FromMicroseconds(jitter),
            });
        Prop.ForAll(Arb.From(cases), test =>
        {
            (long, byte[])[] first = Trace(test.Seed, test.Options, out MemoryLinkCounters counters);
            (long, byte[])[] second = Trace(test.Seed, test.Options, out _);
            Assert.Equal(first.Select(arrival => arrival.Item1), second.Select(arrival => arrival.Item1));
            Assert.Equal(first.SelectMany(arrival => arrival.Item2), second.SelectMany(arrival => arrival.Item2));
            Assert.Equal(200 - counters.Lost + counters.Duplicated, first.Length);
            if (counters.Reordered == 0 && counters.Corrupted == 0)
            {
                Assert.Equal(first.Select(arrival => Number(arrival.Item2)).Order(), first.Select(arrival => Number(arrival.Item2)));
            }
        }).Check(Chance.Of(60).WithQuietOnSuccess(true));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Each_kind_of_trouble_happens_as_often_as_asked()
    {
        var options = new MemoryLinkOptions { QueueFrames = 4096, Loss = 0.1, Duplication = 0.2, Reordering = 0.3, Corruption = 0.05 };
        using var link = new MemoryLink("left", "right", options, new Random(1));
        for (int i = 0; i < 2000; i++)
        {
            link.Left.TrySend(Frame(i, 60), new Timestamp(i * 1000));
        }

        Assert.InRange(link.Counters.Lost, 150, 250);
        Assert.InRange(link.Counters.Duplicated, 290, 430);
        Assert.InRange(link.Counters.Reordered, 450, 630);
        Assert.InRange(link.Counters.Corrupted, 50, 140);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_held_back_frame_is_overtaken()
    {
        var options = new MemoryLinkOptions { Reordering = 0.5, ReorderDelay = TimeSpan.FromMilliseconds(1) };
        using var link = new MemoryLink("left", "right", options, new Random(3));
        for (int i = 0; i < 100; i++)
        {
            link.Left.TrySend(Frame(i, 60), new Timestamp(i * 1000));
        }

        int[] arrived = [.. Drain(link.Right).Select(Number)];
        Assert.NotEqual(arrived.Order(), arrived);
        Assert.Equal(Enumerable.Range(0, 100), arrived.Order());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void A_hundred_thousand_frames_over_a_bad_cable_allocate_nothing()
    {
        var options = new MemoryLinkOptions { Loss = 0.1, Duplication = 0.1, Reordering = 0.1, Jitter = TimeSpan.FromMicroseconds(5) };
        using var link = new MemoryLink("left", "right", options, new Random(1));
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 256 });
        var burst = new Packet[64];
        long now = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                pool.TryRent(out burst[0]);
                pool.TrySetLength(ref burst[0], 60);
                link.Left.Send(pool, burst.AsSpan(0, 1), new Timestamp(now += 1000));
                pool.Return(burst[0]);
                int received = link.Right.Receive(pool, burst, new Timestamp(now));
                pool.Return(burst.AsSpan(0, received));
            }
        }));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Chance_without_a_generator_and_options_outside_their_range_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new MemoryLink("a", "b", new MemoryLinkOptions { Loss = 0.1 }));
        Assert.Contains("MemoryLinkOptions.Loss must be 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryLink("a", "b", new MemoryLinkOptions { Loss = 1.1 }, new Random(1))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryLink("a", "b", new MemoryLinkOptions { QueueFrames = 0 }));
    }

    private static (long Time, byte[] Frame)[] Trace(int seed, MemoryLinkOptions options, out MemoryLinkCounters counters)
    {
        using var link = new MemoryLink("left", "right", options, new Random(seed));
        for (int i = 0; i < 200; i++)
        {
            Assert.True(link.Left.TrySend(Frame(i, 60), new Timestamp(i * 100_000)));
        }

        var arrivals = new List<(long, byte[])>();
        while (link.Right.NextArrival != Timestamp.MaxValue)
        {
            Timestamp now = link.Right.NextArrival;
            arrivals.Add((now.Nanoseconds, Take(link.Right, now)!));
        }

        counters = link.Counters;
        return [.. arrivals];
    }

    private static byte[] Frame(int number, int length)
    {
        byte[] frame = new byte[length];
        BinaryPrimitives.WriteInt32BigEndian(frame, number);
        return frame;
    }

    private static int Number(byte[]? frame) => BinaryPrimitives.ReadInt32BigEndian(frame);

    private static byte[]? Take(MemoryPort port, Timestamp now) => port.TryReceive(Scratch, now, out int length) ? Scratch[..length] : null;

    private static List<byte[]> Drain(MemoryPort port)
    {
        var frames = new List<byte[]>();
        while (Take(port, Timestamp.MaxValue) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    private static Packet[] Rent(PacketPool pool, int count)
    {
        var packets = new Packet[count];
        for (int i = 0; i < count; i++)
        {
            Assert.True(pool.TryRent(out packets[i]));
            Assert.True(pool.TrySetLength(ref packets[i], 60));
            BinaryPrimitives.WriteInt32BigEndian(pool.Bytes(packets[i]), i);
        }

        return packets;
    }
}
