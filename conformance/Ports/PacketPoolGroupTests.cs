using System.Collections.Concurrent;
using Weft.Conformance.Support;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>Pools that share their memory: a packet changes threads without being copied, and its buffer comes home.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class PacketPoolGroupTests
{
    private static readonly PacketPoolOptions Options = new() { Buffers = 16, BufferBytes = 256, HeadroomBytes = 64 };

    [Fact]
    public void A_handle_is_good_in_every_pool_of_the_group_and_its_buffer_goes_home()
    {
        PacketPool[] pools = PacketPool.CreateGroup(Options, 3);
        Assert.True(pools[0].TryRent(out Packet packet));
        Assert.True(pools[0].TrySetLength(ref packet, 4));
        "abcd"u8.CopyTo(pools[0].Bytes(packet));
        Assert.Equal("abcd"u8, pools[2].Bytes(packet));
        pools[2].Return(packet);
        Assert.Equal((15, 16, 16), (pools[0].Available, pools[1].Available, pools[2].Available));
        pools[0].Collect();
        Assert.Equal(16, pools[0].Available);
        _ = Assert.Throws<InvalidOperationException>(() => pools[1].Return(packet));
        Array.ForEach(pools, pool => pool.Dispose());
    }

    [Fact]
    public void Renting_finds_what_came_home_when_nothing_else_is_left()
    {
        PacketPool[] pools = PacketPool.CreateGroup(Options, 2);
        for (int i = 0; i < 16; i++)
        {
            Assert.True(pools[0].TryRent(out Packet packet));
            pools[1].Return(packet);
        }

        Assert.Equal(0, pools[0].Available);
        Assert.True(pools[0].TryRent(out _));
        Assert.Equal(15, pools[0].Available);
        Array.ForEach(pools, pool => pool.Dispose());
    }

    [Fact]
    public void Memory_lives_as_long_as_one_pool_of_the_group()
    {
        PacketPool[] pools = PacketPool.CreateGroup(Options, 2);
        Assert.True(pools[0].TryRent(out Packet packet));
        pools[1].Dispose();
        pools[1].Dispose();
        Assert.True(pools[0].TrySetLength(ref packet, 8));
        pools[0].Bytes(packet).Fill(1);
        pools[0].Return(packet);
        pools[0].Dispose();
        Assert.False(pools[0].TryRent(out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void A_group_has_one_to_sixty_four_members(int members) =>
        Assert.Contains("1 to 64", Assert.Throws<ArgumentOutOfRangeException>(() => PacketPool.CreateGroup(Options, members)).Message);

    [Fact]
    public void Three_threads_that_hand_each_other_everything_lose_no_buffer_and_no_byte()
    {
        const int Packets = 100_000;
        PacketPool[] pools = PacketPool.CreateGroup(Options, 3);
        BlockingCollection<Packet>[] queues = [new(64), new(64)];
        long wrong = 0;
        Thread[] takers = [.. queues.Select((queue, taker) => new Thread(() =>
        {
            foreach (Packet packet in queue.GetConsumingEnumerable())
            {
                Span<byte> bytes = pools[taker + 1].Bytes(packet);
                byte expected = bytes[0];
                wrong += bytes.IndexOfAnyExcept(expected) >= 0 ? 1 : 0;
                bytes.Fill((byte)(expected + 1));
                pools[taker + 1].Return(packet);
            }
        }))];
        Array.ForEach(takers, thread => thread.Start());
        for (int i = 0; i < Packets; i++)
        {
            Packet packet;
            while (!pools[0].TryRent(out packet))
            {
                Thread.Yield();
            }

            Assert.True(pools[0].TrySetLength(ref packet, 100));
            pools[0].Bytes(packet).Fill((byte)i);
            queues[i % 2].Add(packet, TestContext.Current.CancellationToken);
        }

        Array.ForEach(queues, queue => queue.CompleteAdding());
        Array.ForEach(takers, thread => thread.Join());
        Assert.Equal(0, wrong);
        Assert.All(pools, pool =>
        {
            pool.Collect();
            Assert.Equal(16, pool.Available);
            pool.Dispose();
        });
    }
}
