using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.EncapTests;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Packets visit several functions in another process under the identifier of a service path.</summary>
public sealed unsafe class ServicePathTests : IDisposable
{
    private const int HeaderBytes = 22;

    private static readonly ServicePath Path = new() { Outward = 0x11, Inward = 0x12, Functions = 3 };
    private static readonly ContainerOptions Options = new() { Slots = 8, SlotBytes = 512, Path = Path };
    private readonly long _bytes = ContainerRing.BytesFor(Options);
    private readonly byte* _memory;
    private readonly ContainerRing _ring;
    private readonly ContainerEndpoint _endpoint;
    private readonly List<string> _log = [];
    private readonly ServiceSet _set;

    public ServicePathTests()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 64);
        _ring = new ContainerRing(_memory, _bytes, Options, Start);
        _endpoint = ContainerEndpoint.TryJoin(_memory, _bytes)!;
        _endpoint.Beat();
        _ = _ring.Check(Start);
        var catalog = new ServiceCatalog();
        catalog.Define<Container, ContainerState>("functions", _ => new Container(_ring));
        catalog.Define<Probe, ProbeState>("behind", _ => new Probe("behind", _log));
        _set = new ServiceSet(ServicesTestBed.Options("functions", "behind"), catalog);
    }

    public static TheoryData<string, int, byte> Damages => new()
    {
        { "another path", 20, 0x12 },
        { "a path of 24 bits", 18, 1 },
        { "not counted down", 21, 255 },
        { "counted down too little", 21, 253 },
        { "counted down too far", 21, 251 },
        { "an index of 0", 21, 0 },
        { "version 1", 14, 0x4F },
        { "the O bit", 14, 0x2F },
        { "IPv4 inside", 17, 1 },
        { "metadata type 1 without its context", 16, 1 },
        { "a header shorter than itself", 15, 0xC1 },
        { "a header longer than the frame", 15, 0xFF },
        { "another EtherType", 13, 0 },
    };

    public void Dispose()
    {
        _set.Dispose();
        NativeMemory.AlignedFree(_memory);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8300_Section2_A_packet_is_given_behind_Ethernet_and_NSH_with_its_path_index_255_and_63_hops()
    {
        byte[] query = Udp(Machine, 1000, Remote, 53);
        Assert.Equal(ServiceAction.Consume, Out(_set, query));
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        byte[] given = _endpoint.Room(request)[..request.Length].ToArray();
        Assert.Equal(Convert.ToHexString(query.AsSpan(0, 12)) + "894F" + "0FC20203" + "000011FF" + Convert.ToHexString(query), Convert.ToHexString(given));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc8300_Section3_The_index_counted_down_by_every_function_brings_the_packet_back_and_answers_have_a_path_of_their_own()
    {
        byte[] query = Udp(Machine, 1000, Remote, 53), answer = Udp(Remote, 53, Machine, 1000);
        Assert.Equal(ServiceAction.Consume, Out(_set, query));
        Walk(functions: 3, expected: 0x11);
        Assert.Equal(1, _set.Poll(Start));
        Assert.True(_set.Outbox.TryTake(out ReadOnlySpan<byte> sent, out ServiceOutput where));
        Assert.Equal((ServiceOutput.FromMachine, Convert.ToHexString(query)), (where, Convert.ToHexString(sent)));
        Assert.Equal(["behind*"], _log);
        Assert.Equal(ServiceAction.Consume, In(_set, answer));
        Walk(functions: 3, expected: 0x12);
        Assert.Equal(1, _set.Poll(Start));
        Assert.True(_set.Outbox.TryTake(out sent, out where));
        Assert.Equal((ServiceOutput.ToMachine, Convert.ToHexString(answer)), (where, Convert.ToHexString(sent)));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_comes_back_under_another_identifier_or_damaged_is_dropped_and_its_place_is_free_again(string what, int at, byte value)
    {
        Assert.Equal(ServiceAction.Consume, Out(_set, Udp(Machine, 1000, Remote, 53)));
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        Span<byte> room = _endpoint.Room(request);
        room[21] = 252;
        room[at] = value;
        _endpoint.Reply(request, ServiceVerdict.Pass, request.Length);
        Assert.Equal(1, _set.Poll(Start));
        Assert.False(_set.Outbox.TryTake(out _, out _), what);
        Assert.Equal((1L, 1L, 1L, 0), (_set.CountOf(ServiceReason.Misrouted), _ring.Counters.Misrouted, _ring.Counters.Returned, _ring.InFlight));
        Assert.Empty(_log);
    }

    [Theory]
    [InlineData(513)]
    [InlineData(int.MaxValue)]
    [InlineData(13)]
    [InlineData(-1)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void What_comes_back_longer_than_its_slot_or_shorter_than_a_frame_is_dropped(int length)
    {
        Assert.Equal(ServiceAction.Consume, Out(_set, Udp(Machine, 1000, Remote, 53)));
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        _endpoint.Room(request)[21] = 252;
        _endpoint.Reply(request, ServiceVerdict.Pass, length);
        Assert.Equal(1, _set.Poll(Start));
        Assert.False(_set.Outbox.TryTake(out _, out _));
        Assert.Equal((1L, 0L, 0), (_set.CountOf(ServiceReason.Policy), _ring.Counters.Misrouted, _ring.InFlight));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_packet_without_room_for_its_headers_is_not_given_and_the_policy_decides()
    {
        Assert.Equal(ServiceAction.Drop, Out(_set, Udp(Machine, 1000, Remote, 53, payload: 512 - HeaderBytes - 42 + 1)));
        Assert.Equal(ServiceAction.Consume, Out(_set, Udp(Machine, 1000, Remote, 53, payload: 512 - HeaderBytes - 42)));
        Assert.Equal((1L, 1L), (_ring.Counters.Refused, _ring.Counters.Submitted));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Whatever_the_process_writes_every_packet_ends_in_one_account_and_none_leaves_that_was_not_at_its_end() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            if (Out(_set, Udp(Machine, (ushort)random.Next(1, 60), Remote, 53)) != ServiceAction.Consume || !_endpoint.TryTake(out ContainerRequest request))
            {
                return false;
            }

            Span<byte> room = _endpoint.Room(request);
            room[21] = (byte)(random.Next(3) == 0 ? random.Next(256) : 252);
            for (int writes = random.Next(3); writes > 0; writes--)
            {
                room[random.Next(12, 40)] = (byte)random.Next(256);
            }

            bool isAtEnd = room[12..14].SequenceEqual(new byte[] { 0x89, 0x4F }) && room[14] >> 6 == 0 && (room[14] & 0x20) == 0 && room[17] == 3 && room[18..22].SequenceEqual(new byte[] { 0, 0, 0x11, 252 });
            _endpoint.Reply(request, ServiceVerdict.Pass, random.Next(4) == 0 ? random.Next(-5, 600) : request.Length);
            _endpoint.Beat();
            _ = _set.Poll(Start);
            bool left = _set.Outbox.TryTake(out _, out _);
            ServiceSetCounters counters = _set.Counters;
            return (!left || isAtEnd) && counters.Packets == counters.Forwarded + counters.Dropped + counters.Consumed && _ring.InFlight == 0;
        }).Check(Chance.Of(2000));

    [Theory]
    [InlineData(0, 1, 1, "Outward is 0; the allowed range is 1 to 16777215")]
    [InlineData(1, 0x1000000, 1, "Inward is 16777216; the allowed range is 1 to 16777215")]
    [InlineData(1, 1, 255, "Functions is 255; the allowed range is 1 to 254")]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_path_that_cannot_be_is_refused_by_name_and_range(uint outward, uint inward, int functions, string problem) =>
        Assert.Contains(problem, Assert.Throws<ArgumentException>(() => new ContainerRing(_memory, _bytes, Options with { Path = new ServicePath { Outward = outward, Inward = inward, Functions = functions } }, Start)).Message, StringComparison.Ordinal);

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void Open_vSwitch_as_the_forwarding_element_finds_the_path_counts_it_down_and_its_bytes_come_back_as_the_packet()
    {
        LiveRequirements.NeedPrograms("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
        using var element = new OfflineSwitch(ports: 2);
        element.AddFlow("in_port=1,dl_type=0x894f,nsh_mdtype=2,nsh_np=3,nsh_spi=0x11,nsh_si=255,nsh_ttl=63,actions=dec_nsh_ttl,set_field:252->nsh_si,output:2");
        byte[] query = Udp(Machine, 1000, Remote, 53);
        Assert.Equal(ServiceAction.Consume, Out(_set, query));
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        element.Receive("p1", _endpoint.Room(request)[..request.Length]);
        byte[] walked = Assert.Single(element.Sent("p2"));
        walked.CopyTo(_endpoint.Room(request));
        _endpoint.Reply(request, ServiceVerdict.Pass, walked.Length);
        Assert.Equal(1, _set.Poll(Start));
        Assert.True(_set.Outbox.TryTake(out ReadOnlySpan<byte> sent, out _));
        Assert.Equal(Convert.ToHexString(query), Convert.ToHexString(sent));
    }

    /// <summary>Does what a forwarding element and its functions do to the index, by hand.</summary>
    private void Walk(int functions, byte expected)
    {
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        Span<byte> room = _endpoint.Room(request);
        Assert.Equal((0, 0, expected), ((int)room[18], (int)room[19], room[20]));
        room[21] -= (byte)functions;
        _endpoint.Reply(request, ServiceVerdict.Pass, request.Length);
    }
}
