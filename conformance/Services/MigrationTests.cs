using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>A machine moves while its packets flow and messages get lost, and nobody can tell from the packets that it has moved.</summary>
public sealed class MigrationTests
{
    private static readonly IPv4Address Virtual = IPv4Address.Parse("10.96.0.1");
    private static readonly MigrationOptions Move = new() { Id = 77, Epoch = 5, MessageBytes = 8192, Window = 4, FreezeBytes = 2000 };

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Outputs_are_those_of_a_machine_that_never_moved_whatever_is_lost_doubled_or_reordered() =>
        Prop.ForAll(Seeds(), seed => Run(seed, cancelAt: null).Agrees).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_move_given_up_at_any_step_leaves_the_source_as_if_it_had_never_begun() =>
        Prop.ForAll(Seeds(), seed => Run(seed, cancelAt: seed % 40).Agrees).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Without_loss_every_flow_arrives_and_the_source_keeps_none()
    {
        Outcome outcome = Run(seed: 1, cancelAt: null, loss: 0);
        Assert.True(outcome.Agrees);
        Assert.Equal((MigrationState.Moved, MigrationState.Moved), (outcome.Source.State, outcome.Target.State));
        Assert.Equal(0, outcome.SourceFlows);
        Assert.True(outcome.TargetFlows > 10);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_target_with_other_services_refuses_before_a_byte_of_state_is_sent()
    {
        using ServiceSet from = Make("connections", "firewall");
        using ServiceSet to = Make("firewall", "connections");
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        Pump(source, target, 20);
        Assert.Equal((MigrationState.Aborted, MigrationFailure.Mismatch), (source.State, source.Failure));
        Assert.Equal(MigrationState.Aborted, target.State);
        Assert.Equal(0, source.BytesSent);
        Assert.False(from.IsFrozen);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_target_without_room_refuses_and_the_source_goes_on()
    {
        using ServiceSet from = Make("connections");
        for (int i = 0; i < 200; i++)
        {
            _ = Out(from, Udp(Machine, (ushort)(1000 + i), Remote, 53));
        }

        using var to = new ServiceSet(Options("connections") with { IPv4Flows = 16 }, Catalog());
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        Pump(source, target, 50);
        Assert.Equal((MigrationState.Aborted, MigrationFailure.Full), (source.State, source.Failure));
        Assert.Equal((200, 0), (from.FlowCount, to.FlowCount));
        Assert.Equal(ServiceAction.Forward, Out(from, Udp(Machine, 1000, Remote, 53)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_target_that_loses_its_claim_lets_the_source_go_on()
    {
        using ServiceSet from = Make("connections");
        using ServiceSet to = Make("connections");
        _ = Out(from, Udp(Machine, 1000, Remote, 53));
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        Pump(source, target, 20, claim: false);
        Assert.Equal((MigrationState.Aborted, MigrationFailure.ClaimLost), (source.State, source.Failure));
        Assert.False(from.IsFrozen);
        Assert.Equal((1, 0), (from.FlowCount, to.FlowCount));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_silent_target_is_given_up_after_the_timeout_and_nothing_is_held_for_longer_than_the_budget()
    {
        using ServiceSet from = Make("connections");
        var source = new MigrationSource(from, Move, Start);
        byte[] send = new byte[Move.MessageBytes];
        Assert.True(source.Step([], Start, send) > 0);
        Assert.True(source.Step([], Start + Move.Timeout + TimeSpan.FromMilliseconds(1), send) > 0);
        Assert.Equal((MigrationState.Aborted, MigrationFailure.Timeout), (source.State, source.Failure));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Garbage_and_messages_of_other_moves_change_nothing()
    {
        using ServiceSet from = Make("connections");
        using ServiceSet to = Make("connections");
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        var random = new Random(3);
        byte[] send = new byte[Move.MessageBytes];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] garbage = new byte[random.Next(0, 200)];
            random.NextBytes(garbage);
            if (i % 2 == 0 && garbage.Length > 22)
            {
                garbage[0] = 1;
                garbage[1] = (byte)(i % 6);
                BitConverter.TryWriteBytes(garbage.AsSpan(2), (i % 4 == 0) ? 78UL : 77UL);
            }

            if (i % 4 == 0)
            {
                _ = source.Step(garbage, Start, send);
            }

            _ = target.Step(garbage, Start, send);
        }

        Assert.Equal(MigrationState.Preparing, source.State);
        Assert.True(target.State is MigrationState.Preparing or MigrationState.Aborted);
        Assert.Equal(0, to.FlowCount);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Truncated_records_are_refused_wherever_they_are_cut()
    {
        using ServiceSet from = Make("connections", "firewall", "lb");
        _ = Out(from, Udp(Machine, 1000, Virtual, 53));
        byte[] schema = new byte[ServiceSet.MaxSchemaBytes];
        int schemaLength = from.WriteSchema(schema);
        byte[] records = new byte[4096];
        from.BeginExport();
        int length = from.Export(records, Start);
        for (int cut = 1; cut < length; cut++)
        {
            using ServiceSet to = Make("connections", "firewall", "lb");
            Assert.True(to.BeginImport(schema.AsSpan(0, schemaLength), from.IPv4Capacity, from.IPv6Capacity));
            Assert.Equal(ImportResult.Malformed, to.Import(records.AsSpan(0, cut), Start));
            Assert.Equal(0, to.FlowCount);
            Assert.False(to.BeginImport(schema.AsSpan(0, cut % schemaLength), 16, 16));
        }
    }

    private static Arbitrary<int> Seeds() => Arb.From(Gen.Choose(0, int.MaxValue - 1));

    private static ServiceCatalog Catalog()
    {
        var catalog = new ServiceCatalog();
        catalog.Define<ConnectionTracker, ConnectionState>("connections", _ => new ConnectionTracker(new ConnectionTrackerOptions()));
        catalog.Define<Firewall, FirewallState>("firewall", _ => new Firewall(new FirewallPolicy(
            [new FirewallRule { Name = "out", Action = FirewallAction.Allow, OpenedFrom = ServiceDirection.FromMachine }], FirewallAction.Drop, 1)));
        catalog.Define<LoadBalancer, LoadBalancerState>("lb", _ => new LoadBalancer(
            [new VirtualService(IPv6Address.MapIPv4(Virtual), IpProtocol.Udp, 53, [.. Enumerable.Range(1, 5).Select(i => new Backend(IPv6Address.MapIPv4(new IPv4Address(0x0A010000u + (uint)i)), 5353))])],
            new HashSeed(1, 2)));
        return catalog;
    }

    private static ServiceSet Make(params string[] services) => new(Options(services), Catalog());

    private static void Pump(MigrationSource source, MigrationTarget target, int rounds, bool claim = true)
    {
        byte[] toTarget = new byte[Move.MessageBytes];
        byte[] toSource = new byte[64];
        int back = 0;
        Timestamp now = Start;
        for (int i = 0; i < rounds; i++)
        {
            now += TimeSpan.FromMilliseconds(5);
            int there = source.Step(toSource.AsSpan(0, back), now, toTarget);
            back = target.Step(toTarget.AsSpan(0, there), now, toSource);
            if (target.State == MigrationState.Committing)
            {
                target.Claimed(claim);
                back = target.Step([], now, toSource);
            }
        }
    }

    /// <summary>Plays one stream of packets to a machine that stays and to one that moves meanwhile.</summary>
    private static Outcome Run(int seed, int? cancelAt, double loss = 0.25)
    {
        var random = new Random(seed);
        string[] services = ["connections", "firewall", "lb"];
        using ServiceSet stays = Make(services);
        using ServiceSet from = Make(services);
        using ServiceSet to = Make(services);
        var network = new LossyPipe(random, loss);
        MigrationSource? source = null;
        MigrationTarget? target = null;
        var held = new Queue<(ServiceDirection Direction, byte[] Frame)>();
        var expected = new List<(ServiceAction, byte[])>();
        var actual = new List<(ServiceAction, byte[])>();
        Timestamp now = Start;
        byte[] send = new byte[Move.MessageBytes];
        for (int step = 0; step < 400; step++)
        {
            now += TimeSpan.FromMilliseconds(3);
            if (step == 60)
            {
                source = new MigrationSource(from, Move with { Timeout = TimeSpan.FromSeconds(60), FreezeBudget = TimeSpan.FromSeconds(60) }, now);
                target = new MigrationTarget(to, Move with { Timeout = TimeSpan.FromSeconds(60) }, now);
            }

            (ServiceDirection direction, byte[] frame) = Invent(random, step);
            (ServiceResult result, byte[] output) = Send(stays, direction, frame, now);
            expected.Add((result.Action, output));
            held.Enqueue((direction, frame));
            Offer(held, source?.State == MigrationState.Moved ? to : from, actual, now);
            if (source is not null && target is not null)
            {
                if (step - 60 == cancelAt)
                {
                    _ = source.TryCancel();
                }

                for (int burst = 0; burst < 3; burst++)
                {
                    network.ToTarget.Send(send, source.Step(network.ToSource.Receive(), now, send));
                    network.ToSource.Send(send, target.Step(network.ToTarget.Receive(), now, send));
                    if (target.State == MigrationState.Committing)
                    {
                        target.Claimed(true);
                    }
                }
            }
        }

        for (int step = 0; step < 4000 && source!.State is not (MigrationState.Moved or MigrationState.Aborted); step++)
        {
            now += TimeSpan.FromMilliseconds(5);
            network.ToTarget.Send(send, source.Step(network.ToSource.Receive(), now, send));
            network.ToSource.Send(send, target!.Step(network.ToTarget.Receive(), now, send));
            if (target.State == MigrationState.Committing)
            {
                target.Claimed(true);
            }
        }

        Offer(held, source!.State == MigrationState.Moved ? to : from, actual, now);
        bool agrees = expected.Count == actual.Count && expected.Zip(actual).All(pair => pair.First.Item1 == pair.Second.Item1 && pair.First.Item2.AsSpan().SequenceEqual(pair.Second.Item2));
        bool ended = source.State == (cancelAt is null ? MigrationState.Moved : source.State) && source.State is MigrationState.Moved or MigrationState.Aborted;
        return new Outcome(agrees && ended, source, target!, from.FlowCount, to.FlowCount);
    }

    private static void Offer(Queue<(ServiceDirection Direction, byte[] Frame)> held, ServiceSet owner, List<(ServiceAction, byte[])> outputs, Timestamp now)
    {
        while (held.TryPeek(out (ServiceDirection Direction, byte[] Frame) packet))
        {
            (ServiceResult result, byte[] output) = Send(owner, packet.Direction, packet.Frame, now);
            if (result.Action == ServiceAction.Hold)
            {
                return;
            }

            _ = held.Dequeue();
            outputs.Add((result.Action, output));
        }
    }

    /// <summary>Packets of a few flows that open, talk, and are answered, and some that belong to none.</summary>
    private static (ServiceDirection Direction, byte[] Frame) Invent(Random random, int step)
    {
        ushort port = (ushort)(1000 + random.Next(0, 30));
        return random.Next(0, 6) switch
        {
            0 => (ServiceDirection.FromMachine, Udp(Machine, port, Remote, 53)),
            1 => (ServiceDirection.ToMachine, Udp(Remote, 53, Machine, port)),
            2 => (ServiceDirection.FromMachine, Udp(Machine, port, Virtual, 53)),
            3 => (ServiceDirection.ToMachine, Udp(new IPv4Address(0x0A010001u + (uint)random.Next(0, 5)), 5353, Machine, port)),
            4 => (ServiceDirection.FromMachine, Tcp(Machine, port, Remote, 80, step % 2 == 0 ? TcpFlags.Syn : TcpFlags.Ack, 1000, 5001, payload: step % 2 * 10)),
            _ => (ServiceDirection.ToMachine, Tcp(Remote, 80, Machine, port, step % 2 == 0 ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Ack, step % 2 == 0 ? 5000u : 5001u, 1001)),
        };
    }

    private sealed record Outcome(bool Agrees, MigrationSource Source, MigrationTarget Target, int SourceFlows, int TargetFlows);

    private sealed class LossyPipe(Random random, double loss)
    {
        public Way ToTarget { get; } = new(random, loss);

        public Way ToSource { get; } = new(random, loss);
    }

    private sealed class Way(Random random, double loss)
    {
        private readonly List<byte[]> _messages = [];

        public void Send(byte[] buffer, int length)
        {
            if (length == 0 || random.NextDouble() < loss)
            {
                return;
            }

            _messages.Add(buffer[..length]);
            if (random.NextDouble() < loss)
            {
                _messages.Add(buffer[..length]);
            }
        }

        public ReadOnlySpan<byte> Receive()
        {
            if (_messages.Count == 0)
            {
                return [];
            }

            int at = random.NextDouble() < loss ? random.Next(0, _messages.Count) : 0;
            byte[] message = _messages[at];
            _messages.RemoveAt(at);
            return message;
        }
    }
}
