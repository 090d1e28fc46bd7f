using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>Several instances of a service: flows stay where they are while instances come, go and die.</summary>
public sealed class ServicePoolTests
{
    private const int Most = 6;

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_flow_visits_one_instance_for_life_whatever_is_scaled_unless_that_instance_is_gone() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        Agrees).Check(Chance.Of(2000));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void What_several_instances_do_that_come_and_go_under_running_connections_is_what_one_does() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            using ServiceSet one = Trackers(1), several = Trackers(3);
            for (int step = 0; step < 150; step++)
            {
                if (random.Next(10) == 0)
                {
                    several.ServiceAt<ServicePool<ConnectionTracker, ConnectionState>, PooledState<ConnectionState>>(0).Scale(random.Next(1, Most + 1));
                }

                ushort port = (ushort)random.Next(1, 12);
                TcpFlags flags = random.Next(6) switch { 0 => TcpFlags.Syn, 1 => TcpFlags.Syn | TcpFlags.Ack, 2 => TcpFlags.Fin | TcpFlags.Ack, 3 => TcpFlags.Rst, _ => TcpFlags.Ack };
                bool isOut = random.Next(2) == 0;
                byte[] frame = isOut
                    ? Tcp(Machine, port, Remote, 80, flags, (uint)(1000 + random.Next(3)), 5001, payload: random.Next(3))
                    : Tcp(Remote, 80, Machine, port, flags, (uint)(5000 + random.Next(3)), 1001, payload: random.Next(3));
                ServiceDirection direction = isOut ? ServiceDirection.FromMachine : ServiceDirection.ToMachine;
                (ServiceResult expected, byte[] bytes) = Send(one, direction, frame);
                (ServiceResult actual, byte[] same) = Send(several, direction, frame);
                if (expected != actual || !bytes.AsSpan().SequenceEqual(same))
                {
                    return false;
                }
            }

            return one.FlowCount == several.FlowCount;
        }).Check(Chance.Of(500));

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void New_flows_go_to_the_instance_with_the_fewest_and_ends_are_counted()
    {
        var log = new List<string>();
        using ServiceSet set = Make(log, _ => true, 3);
        for (ushort port = 1; port <= 9; port++)
        {
            _ = Out(set, Udp(Machine, port, Remote, 53));
        }

        ref ServicePool<Probe, ProbeState> pool = ref set.ServiceAt<ServicePool<Probe, ProbeState>, PooledState<ProbeState>>(0);
        Assert.Equal((3, 3, 3), (pool.FlowsOf(0), pool.FlowsOf(1), pool.FlowsOf(2)));
        Assert.Equal(9, set.Advance(Start + TimeSpan.FromMinutes(10)));
        Assert.Equal((0, 0, 0), (pool.FlowsOf(0), pool.FlowsOf(1), pool.FlowsOf(2)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void An_impossible_number_of_instances_is_refused_by_name_and_range(int instances)
    {
        using ServiceSet set = Make([], _ => true, 1);
        Assert.Contains("1 to 64", Assert.Throws<ArgumentOutOfRangeException>(() => set.ServiceAt<ServicePool<Probe, ProbeState>, PooledState<ProbeState>>(0).Scale(instances)).Message);
    }

    private static bool Agrees(int seed)
    {
        var random = new Random(seed);
        var log = new List<string>();
        bool[] ready = [.. Enumerable.Repeat(true, Most)];
        int active = 2;
        using ServiceSet set = Make(log, instance => ready[instance], active);
        var home = new Dictionary<int, int>();
        for (int step = 0; step < 120; step++)
        {
            switch (random.Next(8))
            {
                case 0:
                    set.ServiceAt<ServicePool<Probe, ProbeState>, PooledState<ProbeState>>(0).Scale(active = random.Next(1, Most + 1));
                    break;
                case 1:
                    ready[random.Next(Most)] ^= true;
                    break;
                default:
                    int flow = random.Next(1, 30);
                    bool isKnown = home.TryGetValue(flow, out int before);
                    bool isBack = isKnown && random.Next(2) == 0;
                    log.Clear();
                    _ = isBack ? In(set, Udp(Remote, 53, Machine, (ushort)flow)) : Out(set, Udp(Machine, (ushort)flow, Remote, 53));
                    // Exactly one instance has seen it.
                    int now = Assert.Single(log)[1] - '0';
                    bool anyReady = Enumerable.Range(0, active).Any(instance => ready[instance]);
                    bool mayMove = !isKnown || (!ready[before] && anyReady);
                    if ((isKnown && !mayMove && now != before) || (mayMove && anyReady && (!ready[now] || now >= active)))
                    {
                        return false;
                    }

                    home[flow] = now;
                    break;
            }
        }

        return true;
    }

    private static ServiceSet Trackers(int instances)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ServicePool<ConnectionTracker, ConnectionState>, PooledState<ConnectionState>>(
            "tracked", _ => new ServicePool<ConnectionTracker, ConnectionState>(_ => new ConnectionTracker(new ConnectionTrackerOptions()), instances));
        return new ServiceSet(Options("tracked"), catalog);
    }

    private static ServiceSet Make(List<string> log, Func<int, bool> isReady, int instances)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ServicePool<Probe, ProbeState>, PooledState<ProbeState>>("pool", _ => new ServicePool<Probe, ProbeState>(instance => new Probe($"i{instance}", log), instances, isReady));
        return new ServiceSet(Options("pool"), catalog);
    }
}
