using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ports;
using Weft.Ports.Offload;

namespace Weft.Conformance.PortsTests;

/// <summary>Superframes that are kept whole, and cut by whoever cannot send them so.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class SuperframePoolTests : IDisposable
{
    private static readonly PacketPoolOptions Options = new() { Buffers = 80, SuperframeBuffers = 3 };
    private readonly PacketPool _pool = new(Options);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void A_superframe_that_is_cut_later_becomes_the_same_frames_as_one_that_is_cut_at_once() =>
        Prop.ForAll(Shapes(), Gen.Elements(0, 1, 2).ToArbitrary(), (shape, tags) =>
        {
            byte[] bytes = SuperframeTests.Build(shape, out VirtioNetHeader header);
            List<byte[]> expected = SuperframeTests.Cut(bytes, header);
            Packet whole = Fill(bytes, header);
            Assert.Equal((header.GsoSize, header.ChecksumStart), (_pool.Description(whole).GsoSize, _pool.Description(whole).ChecksumStart));

            // Tags that a switch puts in front, or takes off, do not change what is left to do.
            for (int tag = 0; tag < tags; tag++)
            {
                Assert.True(PacketPool.TryPrepend(ref whole, 4));
                _pool.Bytes(whole).Slice(4, 12).CopyTo(_pool.Bytes(whole));
                Convert.FromHexString("8100000A").CopyTo(_pool.Bytes(whole)[12..]);
            }

            Assert.Equal(header.ChecksumStart + 4 * tags, _pool.Description(whole).ChecksumStart);
            Assert.Equal(expected.Max(frame => frame.Length) + 4 * tags, _pool.LongestFrame(whole));
            Assert.Equal(expected.Select(frame => Convert.ToHexString([.. frame[..12], .. Enumerable.Repeat<byte[]>([0x81, 0, 0, 0x0A], tags).SelectMany(tag => tag), .. frame[12..]])), CutAll(whole));
            _pool.Return(whole);
            Assert.Equal((Options.Buffers, false), (_pool.Available, _pool.LentSuperframes));
        }).Check(Chance.Of(300).WithQuietOnSuccess(true));

    [Fact]
    public void What_is_in_front_of_a_superframe_for_the_kernel_is_its_description()
    {
        byte[] bytes = SuperframeTests.Build(Plain(4000, 1000), out VirtioNetHeader header);
        Packet whole = Fill(bytes, header);
        // Even when the headroom is used up.
        Assert.True(PacketPool.TryPrepend(ref whole, whole.Offset));
        ReadOnlySpan<byte> sent = Memory(_pool.Prefix(whole), VirtioNetHeader.Length + whole.Length);
        Assert.Equal(header.ChecksumStart + Options.HeadroomBytes, VirtioNetHeader.Read(sent).ChecksumStart);
        Assert.Equal(_pool.Bytes(whole), sent[VirtioNetHeader.Length..]);
        Assert.Equal(header.GsoSize, _pool.Description(whole).GsoSize);
        _pool.Return(whole);
    }

    [Fact]
    public void Without_room_or_buffers_for_all_frames_there_are_none()
    {
        byte[] bytes = SuperframeTests.Build(Plain(10_000, 1000), out VirtioNetHeader header);
        Packet whole = Fill(bytes, header);
        Assert.Equal(0, _pool.Cut(whole, new Packet[9]));
        Packet[] taken = [.. Enumerable.Range(0, Options.Buffers - 9).Select(_ => _pool.TryRent(out Packet packet) ? packet : throw new InvalidOperationException())];
        Assert.Equal(0, _pool.Cut(whole, new Packet[64]));
        Assert.Equal(9, _pool.Available);
        _pool.Return(taken);
        Assert.Equal(10, CutAll(whole).Count);
        _pool.Return(whole);
    }

    [Fact]
    public void A_copy_is_a_superframe_of_its_own()
    {
        byte[] bytes = SuperframeTests.Build(Plain(3000, 1000), out VirtioNetHeader header);
        Packet whole = Fill(bytes, header);
        Assert.True(_pool.TryCopy(whole, out Packet copy));
        Assert.NotEqual(whole.Buffer, copy.Buffer);
        Assert.Equal(CutAll(whole), CutAll(copy));
        Assert.True(_pool.TryCopy(whole, out Packet last));
        Assert.False(_pool.TryCopy(whole, out _));
        _pool.Return([whole, copy, last]);
        Assert.Throws<InvalidOperationException>(() => _pool.Return(copy));
    }

    [Fact]
    public void A_superframe_that_is_returned_to_another_pool_of_the_group_goes_home()
    {
        PacketPool[] pools = PacketPool.CreateGroup(Options, 3);
        for (int round = 0; round < 10; round++)
        {
            var rented = new List<Packet>();
            while (pools[1].TryRentSuperframe(out Packet packet))
            {
                rented.Add(packet);
            }

            Assert.Equal(Options.SuperframeBuffers, rented.Count);
            Assert.All(rented, packet => Assert.True(pools[0].IsSuperframe(packet)));
            pools[0].Return(rented[0]);
            pools[2].Return(rented[1]);
            pools[1].Return(rented[2]);
        }

        Assert.False(pools[0].LentSuperframes);
        Array.ForEach(pools, pool => pool.Dispose());
    }

    [Fact]
    public void A_pool_without_buffers_for_them_has_none()
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 2 });
        Assert.False(pool.HasSuperframes);
        Assert.False(pool.TryRentSuperframe(out _));
        Assert.True(pool.TryRent(out Packet packet));
        Assert.False(pool.IsSuperframe(packet));
        pool.Return(packet);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketPool(new PacketPoolOptions { SuperframeBuffers = 1025 }));
    }

    private static SuperframeTests.Shape Plain(int payload, int segment) => new(false, false, 0, SuperframeTests.Tunnel.None, false, payload, segment, 0x10);

    /// <summary>What a port takes whole: TCP, at most 64 frames that fit a buffer.</summary>
    private static Arbitrary<SuperframeTests.Shape> Shapes()
    {
        Gen<SuperframeTests.Shape> shapes =
            from isV6 in Gen.Elements(false, true)
            from tags in Gen.Choose(0, 1)
            from segment in Gen.Choose(1000, 1500)
            from payload in Gen.Choose(1, 60_000)
            from flags in Gen.Choose(0, 255)
            select new SuperframeTests.Shape(isV6, false, tags, SuperframeTests.Tunnel.None, false, payload, segment, (byte)flags);
        return Arb.From(shapes, shape => new[] { shape with { Tags = 0 }, shape with { Payload = (shape.Payload + 1) / 2 }, shape with { Flags = 0 } }.Where(smaller => smaller != shape));
    }

    private static unsafe ReadOnlySpan<byte> Memory(nint at, int length) => new((void*)at, length);

    private Packet Fill(byte[] bytes, VirtioNetHeader header)
    {
        Assert.True(_pool.TryRentSuperframe(out Packet packet));
        Assert.True(_pool.TrySetLength(ref packet, bytes.Length));
        bytes.CopyTo(_pool.Bytes(packet));
        _pool.Describe(packet, header);
        return packet;
    }

    private List<string> CutAll(in Packet whole)
    {
        var frames = new Packet[PacketPool.MaxSuperframeFrames];
        int count = _pool.Cut(whole, frames);
        List<string> bytes = [.. frames.Take(count).Select(frame => Convert.ToHexString(_pool.Bytes(frame)))];
        _pool.Return(frames.AsSpan(0, count));
        return bytes;
    }
}
