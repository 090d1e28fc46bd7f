using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Packets visit another process and come back exactly once, whatever that process does.</summary>
public sealed unsafe class ContainerTests : IDisposable
{
    private static readonly ContainerOptions Small = new() { Slots = 8, SlotBytes = 256, Patience = TimeSpan.FromMilliseconds(10) };
    private static readonly IPv4Address Virtual = IPv4Address.Parse("10.96.0.1");
    private static readonly IPv4Address Server = IPv4Address.Parse("10.1.0.1");
    private readonly long _bytes = ContainerRing.BytesFor(Small);
    private readonly byte* _memory;
    private readonly ContainerRing _ring;
    private readonly ContainerEndpoint _endpoint;

    public ContainerTests()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, 64);
        _ring = new ContainerRing(_memory, _bytes, Small, Start);
        _endpoint = ContainerEndpoint.TryJoin(_memory, _bytes)!;
        _endpoint.Beat();
        _ = _ring.Check(Start);
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_packet_goes_through_the_container_and_then_through_the_services_behind_it()
    {
        var log = new List<string>();
        using ServiceSet set = Make(log);
        byte[] query = Udp(Machine, 1000, Remote, 53);
        Assert.Equal(ServiceAction.Consume, Out(set, query));
        Assert.Equal(["a*"], log);
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        _endpoint.Room(request)[request.Length - 1] = 0x77;
        _endpoint.Reply(request, ServiceVerdict.Pass, request.Length);
        Assert.Equal(1, set.Poll(Start));
        Assert.Equal(["a*", "b*"], log);
        Assert.True(set.Outbox.TryTake(out ReadOnlySpan<byte> frame, out ServiceOutput where));
        Assert.Equal((ServiceOutput.FromMachine, query.Length, 0x77), (where, frame.Length, frame[^1]));
        Assert.Equal(ServiceAction.Consume, In(set, Udp(Remote, 53, Machine, 1000)));
        Assert.Equal(["a*", "b*", "b"], log);
        ServiceSetCounters counters = set.Counters;
        Assert.Equal(counters.Packets, counters.Forwarded + counters.Dropped + counters.Consumed);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_translation_behind_the_container_still_finds_the_answers()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Container, ContainerState>("container", _ => new Container(_ring));
        catalog.Define<LoadBalancer, LoadBalancerState>("lb", _ => new LoadBalancer(
            [new VirtualService(IPv6Address.MapIPv4(Virtual), IpProtocol.Udp, 53, [new Backend(IPv6Address.MapIPv4(Server), 53)])], new HashSeed(1, 2)));
        using var set = new ServiceSet(Options("container", "lb"), catalog);
        _ = Out(set, Udp(Machine, 1000, Virtual, 53));
        Echo();
        _ = set.Poll(Start);
        Assert.True(set.Outbox.TryTake(out ReadOnlySpan<byte> sent, out _));
        Assert.Equal(Server, IPv4Address.Read(sent[30..]));
        Assert.Equal(ServiceAction.Consume, In(set, Udp(Server, 53, Machine, 1000)));
        Echo();
        _ = set.Poll(Start);
        Assert.True(set.Outbox.TryTake(out ReadOnlySpan<byte> answer, out ServiceOutput where));
        Assert.Equal((ServiceOutput.ToMachine, Virtual), (where, IPv4Address.Read(answer[26..])));
        AssertSums(answer);
        Assert.Equal(1, set.FlowCount);
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [InlineData(FailurePolicy.FailOpen, ServiceAction.Forward)]
    [InlineData(FailurePolicy.FailClosed, ServiceAction.Drop)]
    public void A_dead_container_is_noticed_within_its_patience_and_then_treated_by_policy(FailurePolicy policy, ServiceAction wanted)
    {
        using ServiceSet set = Make([], policy);
        Assert.Equal(ServiceAction.Consume, Out(set, Udp(Machine, 1000, Remote, 53)));
        Timestamp later = Start + TimeSpan.FromMilliseconds(11);
        Assert.Equal(1, set.Poll(later));
        Assert.Equal((1, 0, 1), (_ring.Counters.Lost, _ring.InFlight, set.CountOf(ServiceReason.ServiceUnavailable)));
        Assert.Equal(wanted, Out(set, Udp(Machine, 1001, Remote, 53), later));

        _endpoint.Beat();
        _ = set.Poll(later);
        Assert.True(_ring.IsAlive);
        Echo(); // what it still had was given up and is not believed
        Assert.Equal(0, set.Poll(later));
        Assert.Equal(1, _ring.Counters.Forged);
        Assert.Equal(ServiceAction.Consume, Out(set, Udp(Machine, 1002, Remote, 53), later));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_container_that_is_behind_is_out_of_order_and_nothing_waits()
    {
        using ServiceSet set = Make([], FailurePolicy.FailOpen);
        ServiceAction[] actions = [.. Enumerable.Range(0, 12).Select(i => Out(set, Udp(Machine, (ushort)(1000 + i), Remote, 53)))];
        Assert.Equal(8, actions.Count(action => action == ServiceAction.Consume));
        Assert.Equal(4, actions.Count(action => action == ServiceAction.Forward));
    }

    [Theory]
    [InlineData(257)]
    [InlineData(int.MaxValue)]
    [InlineData(13)]
    [InlineData(-1)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_reply_longer_than_its_slot_or_shorter_than_a_frame_is_a_drop(int length)
    {
        using ServiceSet set = Make([]);
        Assert.Equal(ServiceAction.Consume, Out(set, Udp(Machine, 1000, Remote, 53)));
        Assert.True(_endpoint.TryTake(out ContainerRequest request));
        _endpoint.Reply(request, ServiceVerdict.Pass, length);
        Assert.Equal(1, set.Poll(Start));
        Assert.False(set.Outbox.TryTake(out _, out _));
        Assert.Equal((1L, 0), (set.CountOf(ServiceReason.Policy), _ring.InFlight));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_second_reply_to_a_packet_whose_slot_has_another_one_by_now_is_not_believed()
    {
        using ServiceSet set = Make([]);
        _ = Out(set, Udp(Machine, 1000, Remote, 53));
        Assert.True(_endpoint.TryTake(out ContainerRequest first));
        _endpoint.Reply(first, ServiceVerdict.Pass, first.Length);
        Assert.Equal(1, set.Poll(Start));
        _ = Out(set, Udp(Machine, 1001, Remote, 53));
        Assert.True(_endpoint.TryTake(out ContainerRequest second));
        Assert.Equal(first.Slot, second.Slot);
        _endpoint.Reply(first, ServiceVerdict.Pass, first.Length);
        Assert.Equal(0, set.Poll(Start));
        Assert.False(set.Outbox.TryTake(out _, out _));
        Assert.Equal((1L, 1), (_ring.Counters.Forged, _ring.InFlight));
        _endpoint.Reply(second, ServiceVerdict.Pass, second.Length);
        Assert.Equal(1, set.Poll(Start));
        Assert.True(set.Outbox.TryTake(out _, out _));
        Assert.Equal((1L, 0), (_ring.Counters.Forged, _ring.InFlight));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_comes_back_at_once_shares_one_budget_of_time()
    {
        var clock = new StepClock();
        var catalog = new ServiceCatalog();
        catalog.Define<Container, ContainerState>("container", _ => new Container(_ring));
        catalog.Define<Probe, ProbeState>("slow", _ => new Probe("slow", [], _ => { clock.Ticks += 10; return ServiceVerdict.Pass; }));
        using var set = new ServiceSet(Options("container", "slow") with { Clock = clock, BudgetTicks = 15 }, catalog);
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(ServiceAction.Consume, Out(set, Udp(Machine, (ushort)(1000 + i), Remote, 53)));
        }

        Echo();
        Assert.Equal(8, set.Poll(Start));
        Assert.Equal((2L, 6L), (set.Counters.Forwarded, set.CountOf(ServiceReason.BudgetExceeded)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_container_that_writes_anything_anywhere_in_its_memory_breaks_no_law()
    {
        var random = new Random(9);
        using ServiceSet set = Make([]);
        Timestamp now = Start;
        for (int i = 0; i < 5000; i++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(0, 4));
            _ = Out(set, Udp(Machine, (ushort)(1000 + random.Next(0, 40)), Remote, 53), now);
            for (int writes = random.Next(0, 6); writes > 0; writes--)
            {
                // Where the host reads: positions and entries of replies, heartbeat, packets. The requests are for the container's own use.
                long at = random.Next(3) switch { 0 => random.Next(128, 132), 1 => 256 + 8 * 16 + random.Next(0, 8 * 16), _ => 256 + 16 * 16 + random.Next(0, 8 * 256) };
                _memory[at] = (byte)random.Next(0, 256);
            }

            if (random.Next(3) == 0)
            {
                Echo();
            }

            _endpoint.Beat();
            _ = set.Poll(now);
            ContainerCounters ring = _ring.Counters;
            Assert.Equal(ring.Submitted, ring.Returned + ring.Lost + _ring.InFlight);
            ServiceSetCounters counters = set.Counters;
            Assert.Equal(counters.Packets, counters.Forwarded + counters.Dropped + counters.Consumed);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Every_packet_comes_back_exactly_once_under_any_schedule_of_work_death_and_return() =>
        Prop.ForAll(
            Arb.From(Gen.Choose(0, 5).ArrayOf(200), steps => Enumerable.Range(0, steps.Length).Select(skip => steps.Where((_, at) => at != skip).ToArray())),
            steps =>
            {
                var ring = new ContainerRing(_memory, _bytes, Small, Start);
                ContainerEndpoint endpoint = ContainerEndpoint.TryJoin(_memory, _bytes)!;
                var out_ = new HashSet<ushort>();
                Span<byte> frame = stackalloc byte[256];
                byte[] sent = new byte[60];
                Timestamp now = Start;
                ushort next = 0;
                foreach (int step in steps)
                {
                    switch (step)
                    {
                        case 0:
                            endpoint.Beat();
                            break;
                        case 1:
                            now += TimeSpan.FromMilliseconds(6);
                            break;
                        case 2:
                            BitConverter.TryWriteBytes(sent, next);
                            if (ring.TrySubmit(sent, ServiceDirection.FromMachine, default))
                            {
                                _ = out_.Add(next++);
                            }

                            break;
                        case 3:
                            if (endpoint.TryTake(out ContainerRequest request))
                            {
                                endpoint.Reply(request, ServiceVerdict.Pass, request.Length);
                            }

                            break;
                        case 4:
                            endpoint = ContainerEndpoint.TryJoin(_memory, _bytes)!;
                            break;
                        default:
                            _ = ring.Check(now);
                            while (ring.TryTake(frame, out ContainerReply reply))
                            {
                                if (!reply.IsLost && !out_.Remove(BitConverter.ToUInt16(frame)))
                                {
                                    return false;
                                }
                            }

                            break;
                    }

                    if (ring.Counters.Submitted != ring.Counters.Returned + ring.Counters.Lost + ring.InFlight)
                    {
                        return false;
                    }
                }

                return true;
            }).Check(Chance.Of(2000));

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Memory_that_no_host_prepared_is_not_joined()
    {
        new Span<byte>(_memory, 64).Clear();
        Assert.Null(ContainerEndpoint.TryJoin(_memory, _bytes));
        _ = new ContainerRing(_memory, _bytes, Small, Start);
        Assert.Null(ContainerEndpoint.TryJoin(_memory, _bytes - 1));
        *(uint*)(_memory + 8) = 0x8000_0000;
        Assert.Null(ContainerEndpoint.TryJoin(_memory, _bytes));
    }

    private ServiceSet Make(List<string> log, FailurePolicy? policy = null)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Probe, ProbeState>("a", _ => new Probe("a", log));
        catalog.Define<Container, ContainerState>("container", _ => new Container(_ring), policy);
        catalog.Define<Probe, ProbeState>("b", _ => new Probe("b", log));
        return new ServiceSet(Options("a", "container", "b"), catalog);
    }

    private void Echo()
    {
        while (_endpoint.TryTake(out ContainerRequest request))
        {
            _endpoint.Reply(request, ServiceVerdict.Pass, request.Length);
        }
    }
}
