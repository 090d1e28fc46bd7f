using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>A machine moves while its packets flow and messages get lost, and nobody can tell from the packets that it has moved.</summary>
public sealed partial class MigrationTests
{
    private const int RecordHead = 7;
    private const int RecordTail = 24;

    private static readonly IPv4Address Virtual = IPv4Address.Parse("10.96.0.1");
    private static readonly string[] Services = ["connections", "firewall", "lb"];
    private static readonly MigrationOptions Move = new() { Id = 77, Epoch = 5, MessageBytes = 8192, Window = 4, FreezeBytes = 2000 };

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Outputs_and_state_are_those_of_a_machine_that_never_moved_whatever_is_lost_doubled_or_reordered_on_one_to_three_moves() =>
        Prop.ForAll(Seeds(), seed => Run(seed, givesUp: false).Holds).Check(Chance.Of(2000));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_move_given_up_at_any_step_leaves_the_source_as_if_it_had_never_begun() =>
        Prop.ForAll(Seeds(), seed => Run(seed, givesUp: true).Holds).Check(Chance.Of(2000));

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_move_given_up_after_any_number_of_messages_leaves_every_record_of_the_source_bit_for_bit()
    {
        var reached = new HashSet<MigrationState>();
        bool cancelled = true;
        for (int exchanges = 0; cancelled; exchanges++)
        {
            using ServiceSet stays = Make(Services), from = Make(Services), to = Make(Services);
            var random = new Random(7);
            var source = new MigrationSource(from, Move, Start);
            var target = new MigrationTarget(to, Move, Start);
            byte[] there = new byte[Move.MessageBytes], back = new byte[64];
            int answer = 0;
            for (int i = 0; i < 200 + exchanges; i++)
            {
                if (!from.IsFrozen)
                {
                    (ServiceDirection direction, byte[] frame) = Invent(random, i);
                    Timestamp now = Start + TimeSpan.FromMilliseconds(i);
                    _ = Send(stays, direction, [.. frame], now);
                    _ = Send(from, direction, frame, now);
                }

                answer = i < 200 ? 0 : target.Step(there.AsSpan(0, source.Step(back.AsSpan(0, answer), Start, there)), Start, back);
            }

            _ = reached.Add(source.State);
            cancelled = source.TryCancel();
            Assert.Equal(cancelled, !from.IsFrozen);
            if (cancelled)
            {
                Assert.Equal(Records(stays, Start), Records(from, Start));
            }
        }

        Assert.Equal([MigrationState.Preparing, MigrationState.Copying, MigrationState.Frozen, MigrationState.Committing], reached.Order());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Without_loss_every_flow_arrives_and_the_source_keeps_none()
    {
        Outcome outcome = Run(seed: 1, givesUp: false, loss: 0);
        Assert.True(outcome.Holds, $"{outcome}");
        Assert.True(outcome.Moves > 0);
        Assert.Equal(0, outcome.FlowsLeft);
        Assert.True(outcome.Flows > 10);
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
    public void A_silent_target_is_given_up_after_the_timeout()
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
    public void Packets_are_held_for_no_longer_than_the_budget_when_the_target_falls_silent()
    {
        using ServiceSet from = Make("connections"), to = Make("connections");
        byte[] query = Udp(Machine, 1000, Remote, 53);
        _ = Out(from, query);
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        byte[] there = new byte[Move.MessageBytes], back = new byte[64];
        int answer = 0;
        for (int exchange = 0; exchange < 2; exchange++)
        {
            answer = target.Step(there.AsSpan(0, source.Step(back.AsSpan(0, answer), Start, there)), Start, back);
        }

        _ = Out(from, query); // changes the flow while it is copied, so that something is left for the freeze
        Timestamp frozen = Start + TimeSpan.FromMilliseconds(100);
        Assert.True(source.Step(back.AsSpan(0, answer), frozen, there) > 0);
        Assert.Equal((MigrationState.Frozen, frozen), (source.State, source.FrozenAt));
        Assert.Equal(ServiceAction.Hold, Out(from, query));

        _ = source.Step([], frozen + Move.FreezeBudget, there);
        Assert.Equal((MigrationState.Frozen, true), (source.State, from.IsFrozen));
        int length = source.Step([], frozen + Move.FreezeBudget + TimeSpan.FromMilliseconds(1), there);
        Assert.Equal((MigrationState.Aborted, MigrationFailure.FrozenTooLong), (source.State, source.Failure));
        Assert.Equal(ServiceAction.Forward, Out(from, query));
        _ = target.Step(there.AsSpan(0, length), frozen, back);
        Assert.Equal((MigrationState.Aborted, 0, true), (target.State, to.FlowCount, to.IsFrozen));
    }

    [Theory]
    [InlineData(1, MigrationState.Preparing)]
    [InlineData(2, MigrationState.Copying)]
    [InlineData(3, MigrationState.Committing)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Messages_of_another_version_move_or_epoch_change_nothing_however_far_a_move_has_come(int steps, MigrationState reached)
    {
        (byte Version, ulong Id, ulong Epoch)[] heads = [(1, Move.Id + 1, Move.Epoch), (2, Move.Id, Move.Epoch), (1, Move.Id, Move.Epoch - 1), (1, Move.Id, Move.Epoch + 1)];
        byte[] there = new byte[Move.MessageBytes], back = new byte[64], message = new byte[40];
        foreach ((byte version, ulong id, ulong epoch) in heads)
        {
            for (byte type = 0; type < 8; type++)
            {
                if (epoch > Move.Epoch && type == (byte)MigrationMessageType.Owner)
                {
                    // This one is of this move: its target owns the machine.
                    continue;
                }

                using ServiceSet from = Make("connections"), to = Make("connections");
                _ = Out(from, Udp(Machine, 1000, Remote, 53));
                var source = new MigrationSource(from, Move, Start);
                var target = new MigrationTarget(to, Move, Start);
                int answer = 0;
                for (int step = 1; step <= steps; step++)
                {
                    int length = source.Step(back.AsSpan(0, answer), Start, there);
                    answer = step < steps ? target.Step(there.AsSpan(0, length), Start, back) : 0;
                }

                (MigrationState, bool, int) before = (target.State, from.IsFrozen, to.FlowCount);
                Assert.Equal(reached, source.State);
                _ = MigrationMessage.Write(message, (MigrationMessageType)type, id, 0, epoch);
                message[0] = version;
                Assert.Equal(0, source.Step(message, Start, there));
                Assert.Equal(0, target.Step(message, Start, back));
                Assert.Equal((reached, MigrationFailure.None), (source.State, source.Failure));
                Assert.Equal(before, (target.State, from.IsFrozen, to.FlowCount));

                // Nor are they a sign of life.
                _ = source.Step(message, Start + Move.Timeout, there);
                _ = source.Step([], Start + Move.Timeout + TimeSpan.FromMilliseconds(1), there);
                Assert.Equal(reached == MigrationState.Committing ? MigrationState.Committing : MigrationState.Aborted, source.State);
            }
        }
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

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Records_whose_state_is_too_short_or_too_long_are_refused_though_their_length_fits()
    {
        using ServiceSet from = Make(Services);
        _ = Out(from, Udp(Machine, 1000, Virtual, 53));
        byte[] schema = new byte[ServiceSet.MaxSchemaBytes];
        int schemaLength = from.WriteSchema(schema);
        byte[] record = new byte[4096];
        from.BeginExport();
        int length = from.Export(record, Start);
        for (int cut = RecordHead + 1; cut < length + 20; cut++)
        {
            using ServiceSet to = Make(Services);
            Assert.True(to.BeginImport(schema.AsSpan(0, schemaLength), from.IPv4Capacity, from.IPv6Capacity));
            BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(5), (ushort)(cut - RecordHead));
            ImportResult result = to.Import(record.AsSpan(0, cut), Start);
            bool hasKeys = cut >= RecordHead + 2 * Unsafe.SizeOf<FlowKey4>() + RecordTail;
            Assert.Equal(cut == length ? ImportResult.Taken : hasKeys ? ImportResult.StateRefused : ImportResult.Malformed, result);
            Assert.Equal(cut == length ? 1 : 0, to.FlowCount);
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
}
