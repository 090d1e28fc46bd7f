using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Linux;
using Weft.Ports.Memif;

namespace Weft.Conformance.PortsTests;

/// <summary>A client that lies, against our server: whatever it does costs it the connection or a frame, and the next client finds everything in order.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class MemifHostileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"weft-memif-{Guid.NewGuid():N}");
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 256, BufferBytes = 2048 });
    private readonly MemifPort? _server;

    public MemifHostileTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _server = new MemifPort("m", new MemifOptions { SocketPath = _path, Role = MemifRole.Server, InterfaceId = 7 });
    }

    public void Dispose()
    {
        _server?.Dispose();
        File.Delete(_path);
        Assert.Equal(_pool.Capacity, _pool.Available);
        _pool.Dispose();
    }

    public static TheoryData<string, ushort, ushort, uint, uint> Descriptors => new()
    {
        { "a region that is not there", 0, 1, 60, 16_384 },
        { "the last region there could be", 0, 0xFFFF, 60, 16_384 },
        { "an offset behind the end", 0, 0, 60, (uint)RawMemifClient.MemoryBytes },
        { "an end behind the end", 0, 0, 60, (uint)RawMemifClient.MemoryBytes - 59 },
        { "an end that wraps", 0, 0, 60, 0xFFFF_FFFF },
        { "a length beyond everything", 0, 0, 0xFFFF_FFFF, 16_384 },
        { "a negative length", 0, 0, 0x8000_0000, 16_384 },
        { "no length", 0, 0, 0, 16_384 },
        { "a chain without an end", 1, 0, 60, 16_384 },
    };

    [Theory]
    [MemberData(nameof(Descriptors))]
    public void A_descriptor_of_no_frame_is_counted_and_the_next_frame_passes(string what, ushort flags, ushort region, uint length, uint offset)
    {
        Assert.NotEmpty(what);
        using RawMemifClient client = Connected();
        client.Publish(new MemifRing.Descriptor { Flags = flags, Region = region, Length = length, Offset = offset });
        Assert.Equal(0, client.Turn());
        Assert.Equal(1, _server!.Counters.ReceivedLost);
        client.Publish(RawMemifClient.Good(1));
        Assert.Equal(1, client.Turn());
        Assert.Equal(client.ToServer.Head, client.ToServer.Tail);
    }

    [Fact]
    public void A_frame_in_pieces_comes_whole_and_one_longer_than_a_buffer_of_the_pool_is_counted()
    {
        using RawMemifClient client = Connected();
        client.Publish(RawMemifClient.Good(0, 200) with { Flags = 1 }, RawMemifClient.Good(1, 200) with { Flags = 1 }, RawMemifClient.Good(2, 100));
        Assert.Equal(1, client.Turn());
        Assert.Equal(500, _server!.Counters.ReceivedBytes);
        client.Publish([.. Enumerable.Range(0, 10).Select(slot => RawMemifClient.Good(slot, 250) with { Flags = slot < 9 ? (ushort)1 : (ushort)0 })]);
        Assert.Equal(0, client.Turn());
        Assert.Equal((1, 0), (_server.Counters.ReceivedOversize, _server.Counters.ReceivedLost));
    }

    [Theory]
    [InlineData(65)]
    [InlineData(0x8000)]
    [InlineData(0xFFFF)]
    public void A_head_that_jumps_further_than_the_ring_costs_the_connection(int head)
    {
        using RawMemifClient client = Connected();
        client.ToServer.Head = (ushort)head;
        Assert.Equal(MemifMessageType.Disconnect, client.Hear(out string reason));
        Assert.Contains("place", reason);
        Assert.Equal(PortStatus.Down, _server!.Status);
        Recovers();
    }

    [Theory]
    [InlineData(65)]
    [InlineData(0xFFFF)]
    public void Lent_buffers_beyond_the_ring_or_outside_memory_cost_the_connection(int head)
    {
        using RawMemifClient client = Connected();
        client.ToClient.Head = (ushort)head;
        Assert.Equal(1, SendOne());
        Assert.Equal(PortStatus.Down, _server!.Status);
        Recovers();
        using RawMemifClient second = Connected();
        second.ToClient.Write(0, new MemifRing.Descriptor { Length = 256, Offset = 0xFFFF_FF00 });
        second.ToClient.Head = 1;
        Assert.Equal(1, SendOne());
        Assert.Equal((PortStatus.Down, 2), (_server.Status, _server.Counters.SendDown));
    }

    [Fact]
    public void What_is_sent_lands_in_the_lent_buffers_and_nowhere_else()
    {
        using RawMemifClient client = Connected();
        for (int slot = 0; slot < RawMemifClient.Slots; slot++)
        {
            client.ToClient.Write((ushort)slot, RawMemifClient.Good(RawMemifClient.Slots + slot, RawMemifClient.BufferBytes));
        }

        client.ToClient.Head = 3;
        Assert.Equal(1, SendOne(length: 600));
        Assert.Equal(3, client.ToClient.Tail);
        MemifRing.Descriptor[] sent = [client.ToClient.Read(0), client.ToClient.Read(1), client.ToClient.Read(2)];
        Assert.Equal([(1, 256), (1, 256), (0, 88)], sent.Select(descriptor => ((int)descriptor.Flags, (int)descriptor.Length)));
        int from = (int)RawMemifClient.BuffersAt + (RawMemifClient.Slots * RawMemifClient.BufferBytes);
        Assert.Equal(600, client.Bytes[from..].IndexOf((byte)0));
        Assert.Equal(-1, client.Bytes[(int)RawMemifClient.BuffersAt..from].IndexOfAnyExcept((byte)0));
        // Nothing is lent any more.
        Assert.Equal(0, SendOne());
        Assert.Equal(1, _server!.Counters.SendBusy);
    }

    [Fact]
    public void Introductions_that_break_the_protocol_are_hung_up_on()
    {
        Refused("version", client => client.Send(message =>
        {
            message.Init("raw", 7);
            SetByte(message, 2, 1);
        }));
        Refused("interface", client => client.Send(message => message.Init("raw", 8)));
        Refused("Ethernet", client => client.Send(message =>
        {
            message.Init("raw", 7);
            SetByte(message, 8, 1);
        }));
        Refused("belong", client => client.Send(message => message.Connect("raw", isAnswer: false)));
        Refused("belong", client => client.Send(message => message.Begin((MemifMessageType)77)));
        Refused("", client => client.SendRaw(new byte[127]));
    }

    [Fact]
    public void Memory_and_rings_that_are_not_what_they_seem_are_refused()
    {
        Refuses("descriptor", client => client.Send(message => message.AddRegion(0, 4096)));
        Refuses("order", client => client.Send(message => message.AddRegion(1, client.Memory.Bytes), client.Memory.Descriptor));
        Refuses("less memory", client => client.Send(message => message.AddRegion(0, client.Memory.Bytes + 1), client.Memory.Descriptor));
        Refuses("less memory", client => client.Send(message => message.AddRegion(0, ulong.MaxValue), client.Memory.Descriptor));
        string file = Path.GetTempFileName();
        using (FileStream open = File.Open(file, FileMode.Open, FileAccess.ReadWrite))
        {
            open.SetLength(1 << 20);
            Refuses("shrink", client => client.Send(message => message.AddRegion(0, 1 << 20), (int)open.SafeFileHandle.DangerousGetHandle()));
            WithRegion("event", client => client.Send(message => message.AddRing(true, 0, 0, 6), (int)open.SafeFileHandle.DangerousGetHandle()));
        }

        File.Delete(file);
        WithRegion("without a descriptor", client => client.Send(message => message.AddRing(true, 0, 0, 6)));
        WithRegion("no such ring", client => client.Send(message => message.AddRing(true, 1, 0, 6), client.ToServer.Interrupt));
        WithRegion("size", client => client.Send(message => message.AddRing(true, 0, 0, 31), client.ToServer.Interrupt));
        WithRegion("size", client => client.Send(message => message.AddRing(true, 0, 0, 0), client.ToServer.Interrupt));
        WithRegion("outside", client => client.Send(message => message.AddRing(true, 0, (uint)RawMemifClient.MemoryBytes - 64, 6), client.ToServer.Interrupt));
        WithRegion("outside", client => client.Send(message => message.AddRing(true, 0, 4, 6), client.ToServer.Interrupt));
        WithRegion("no rings", client => client.Send(message => message.Connect("raw", isAnswer: false)));
        Recovers();
    }

    [Fact]
    public void A_client_that_scribbles_over_all_its_memory_at_any_time_harms_nobody() =>
        FsCheck.Check.One(
            Chance.Of(60),
            Prop.ForAll(
                Gen.Choose(0, int.MaxValue).ListOf(40).ToArbitrary(),
                script =>
                {
                    using RawMemifClient client = Connected();
                    foreach (int step in script)
                    {
                        var random = new Random(step);
                        int at = random.Next(3) == 0 ? random.Next((int)RawMemifClient.MemoryBytes - 16) : (random.Next(2) * 8192) + random.Next(4, 300);
                        random.NextBytes(client.Bytes.Slice(at, random.Next(1, 16)));
                        if (random.Next(2) == 0)
                        {
                            client.ToServer.Head = (ushort)(client.ToServer.Tail + random.Next(RawMemifClient.Slots + 1));
                        }

                        _ = client.Turn();
                        _ = SendOne(random.Next(1, 1500));
                    }

                    client.Dispose();
                    return _pool.Available == _pool.Capacity;
                }));

    private static void SetByte(MemifMessage message, int at, byte value) => message.Raw[at] = value;

    private RawMemifClient Connected()
    {
        // The server looks for the next one when it has seen that the one before is gone.
        Assert.True(Wait.Until(() => Idle() && _server!.Status == PortStatus.Down, TimeSpan.FromSeconds(30)));
        var client = new RawMemifClient(_server!, _path, _pool);
        client.Connect();
        return client;
    }

    private bool Idle()
    {
        var burst = new Packet[32];
        _pool.Return(burst.AsSpan(0, _server!.Receive(_pool, burst, Timestamp.FromMonotonicClock())));
        return true;
    }

    private int SendOne(int length = 60)
    {
        Assert.True(_pool.TryRent(out Packet packet));
        packet.Length = length;
        _pool.Bytes(packet).Fill(0xAB);
        int sent = _server!.Send(_pool, [packet], Timestamp.FromMonotonicClock());
        _pool.Return(packet);
        return sent;
    }

    private void Recovers()
    {
        using RawMemifClient client = Connected();
        client.Publish(RawMemifClient.Good(3));
        Assert.Equal(1, client.Turn());
    }

    /// <summary>The greeting is answered by this, and that is the end.</summary>
    private void Refused(string why, Action<RawMemifClient> step)
    {
        using var client = new RawMemifClient(_server!, _path, _pool);
        Assert.Equal(MemifMessageType.Hello, client.Hear());
        step(client);
        MemifMessageType answer = client.Hear(out string reason);
        Assert.True(answer is MemifMessageType.Disconnect or MemifMessageType.None, $"{answer}");
        Assert.Contains(why, reason);
    }

    private void Refuses(string why, Action<RawMemifClient> step)
    {
        using var client = new RawMemifClient(_server!, _path, _pool);
        client.Introduce();
        step(client);
        Assert.Equal(MemifMessageType.Disconnect, client.Hear(out string reason));
        Assert.Contains(why, reason);
    }

    private void WithRegion(string why, Action<RawMemifClient> step) => Refuses(why, client =>
    {
        client.Send(message => message.AddRegion(0, client.Memory.Bytes), client.Memory.Descriptor);
        Assert.Equal(MemifMessageType.Ack, client.Hear());
        step(client);
    });
}
