using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

public sealed class PacketPoolTests
{
    /// <summary>One thing to do with a pool: rent, return the i-th held packet, or return one that was returned before.</summary>
    private readonly record struct Step(int Kind, int Which);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Renting_and_returning_agrees_with_a_list_of_owners_for_any_sequence()
    {
        Gen<Step[]> steps = (from kind in Gen.Choose(0, 4) from which in Gen.Choose(0, 63) select new Step(kind, which)).ArrayOf();
        Arbitrary<Step[]> shrinking = Arb.From(steps, all => Enumerable.Range(0, all.Length).Select(i => all.Where((_, j) => j != i).ToArray()));
        Prop.ForAll(shrinking, Agrees).Check(Chance.Of(500).WithQuietOnSuccess(true));
    }

    private static bool Agrees(Step[] steps)
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 5, BufferBytes = 256, HeadroomBytes = 32 });
        var held = new List<(Packet Packet, byte Mark)>();
        var returned = new List<Packet>();
        byte mark = 0;
        foreach (Step step in steps)
        {
            if (step.Kind <= 2)
            {
                bool rented = pool.TryRent(out Packet packet);
                Assert.Equal(held.Count < 5, rented);
                if (rented)
                {
                    Assert.DoesNotContain(held, other => other.Packet.Buffer == packet.Buffer);
                    Assert.Equal((32, 0), (packet.Offset, packet.Length));
                    Assert.True(pool.TrySetLength(ref packet, 224));
                    pool.Room(packet).Fill(++mark);
                    held.Add((packet, mark));
                }
            }
            else if (step.Kind == 3 && held.Count > 0)
            {
                int which = step.Which % held.Count;
                returned.Add(held[which].Packet);
                pool.Return(held[which].Packet);
                held.RemoveAt(which);
            }
            else if (step.Kind == 4 && returned.Count > 0)
            {
                Packet stale = returned[step.Which % returned.Count];
                Assert.Throws<InvalidOperationException>(() => pool.Return(stale));
            }

            Assert.Equal(5 - held.Count, pool.Available);
            Assert.All(held, owner => Assert.Equal(-1, pool.Room(owner.Packet).IndexOfAnyExcept(owner.Mark)));
        }

        return true;
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_handle_of_another_pool_or_none_is_refused()
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 1 });
        Assert.Throws<InvalidOperationException>(() => pool.Return(default(Packet)));
        Assert.Throws<InvalidOperationException>(() => pool.Return(new Packet { Buffer = 7, Generation = 1 }));
        Assert.Throws<InvalidOperationException>(() => pool.Bytes(new Packet { Buffer = -1, Generation = 1 }).Length);

        Assert.True(pool.TryRent(out Packet packet));
        packet.Length = pool.BufferBytes;
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Bytes(packet).Length);
        packet.Length = 1;
        packet.Offset = -1;
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Bytes(packet).Length);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_disposed_pool_rents_nothing_and_shows_no_memory()
    {
        var pool = new PacketPool(new PacketPoolOptions { Buffers = 2 });
        Assert.True(pool.TryRent(out Packet packet));
        pool.Dispose();
        pool.Dispose();

        Assert.False(pool.TryRent(out _));
        Assert.Throws<InvalidOperationException>(() => pool.Bytes(packet).Length);
        Assert.Throws<InvalidOperationException>(() => pool.Return(packet));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Growing_and_trimming_never_leave_the_buffer()
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 1, BufferBytes = 256, HeadroomBytes = 64 });
        Assert.True(pool.TryRent(out Packet packet));
        Assert.True(pool.TrySetLength(ref packet, 192));
        Assert.False(pool.TrySetLength(ref packet, 193));
        Assert.False(pool.TrySetLength(ref packet, -1));
        Assert.True(PacketPool.TryPrepend(ref packet, 64));
        Assert.False(PacketPool.TryPrepend(ref packet, 1));
        Assert.False(PacketPool.TryPrepend(ref packet, -1));
        Assert.Equal((0, 256, 0, 0), (packet.Offset, packet.Length, PacketPool.Headroom(packet), pool.Tailroom(packet)));
        Assert.True(PacketPool.TryTrimFront(ref packet, 256));
        Assert.False(PacketPool.TryTrimFront(ref packet, 1));
        Assert.False(PacketPool.TryTrimFront(ref packet, -1));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_copy_has_the_same_bytes_and_headroom_and_a_buffer_of_its_own()
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 2, BufferBytes = 256, HeadroomBytes = 64 });
        Assert.True(pool.TryRent(out Packet packet));
        Assert.True(pool.TrySetLength(ref packet, 10));
        Assert.True(PacketPool.TryPrepend(ref packet, 4));
        pool.Bytes(packet).Fill(0xA5);

        Assert.True(pool.TryCopy(packet, out Packet copy));
        pool.Bytes(packet).Clear();

        Assert.Equal((60, 14), (copy.Offset, copy.Length));
        Assert.Equal(-1, pool.Bytes(copy).IndexOfAnyExcept((byte)0xA5));
        Assert.False(pool.TryCopy(packet, out _));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Buffers_start_at_cache_lines_and_spread_over_the_sets_of_a_cache()
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64, BufferBytes = 2048, HeadroomBytes = 128 });
        var sets = new HashSet<nint>();
        for (int i = 0; i < 64; i++)
        {
            Assert.True(pool.TryRent(out Packet packet));
            Assert.True(pool.TrySetLength(ref packet, 1));
            Assert.Equal(0, pool.Address(packet) % 64);
            sets.Add(pool.Address(packet) / 64 % 64);
        }

        Assert.Equal(64, sets.Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Renting_and_returning_a_hundred_thousand_times_allocates_nothing()
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 64 });
        var burst = new Packet[64];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int round = 0; round < 100_000 / 64; round++)
            {
                for (int i = 0; i < burst.Length; i++)
                {
                    pool.TryRent(out burst[i]);
                    pool.TrySetLength(ref burst[i], 60);
                    pool.Bytes(burst[i])[0] = 1;
                }

                pool.Return(burst);
            }
        }));
    }

    [Theory]
    [Trait(Kind.Key, Kind.Property)]
    [InlineData(0, 2048, 128)]
    [InlineData(1, 255, 0)]
    [InlineData(1, 256, 129)]
    [InlineData(1, 1 << 19, 0)]
    public void Options_outside_their_range_are_named(int buffers, int bufferBytes, int headroom)
    {
        var options = new PacketPoolOptions { Buffers = buffers, BufferBytes = bufferBytes, HeadroomBytes = headroom };
        Assert.Contains("PacketPoolOptions.", Assert.Throws<ArgumentOutOfRangeException>(() => new PacketPool(options)).Message);
    }
}
