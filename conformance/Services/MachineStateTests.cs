using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.ServicesTests;

/// <summary>What services remember of the machine itself moves with it, as it is when no packet comes any more.</summary>
public sealed class MachineStateTests
{
    private static readonly MigrationOptions Move = new() { Id = 3, Epoch = 1 };

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void It_arrives_as_it_was_when_the_machine_was_frozen()
    {
        var (here, there) = (new Tally(), new Tally());
        using ServiceSet from = Make(here), to = Make(there);
        _ = Out(from, Udp(Machine, 1, Remote, 53));
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        byte[] there_ = new byte[Move.MessageBytes], back = new byte[64];
        int answer = 0;
        for (int step = 0; step < 50 && source.State != MigrationState.Moved; step++)
        {
            if (source.State is MigrationState.Preparing or MigrationState.Copying)
            {
                // Packets go on while flows are copied, and count.
                _ = Out(from, Udp(Machine, 1, Remote, 53));
            }

            int length = source.Step(back.AsSpan(0, answer), Start, there_);
            answer = target.Step(there_.AsSpan(0, length), Start, back);
            if (target.State == MigrationState.Committing)
            {
                target.Claimed(true);
                answer = target.Step([], Start, back);
            }
        }

        Assert.Equal(MigrationState.Moved, source.State);
        Assert.True(here.Packets > 1);
        Assert.Equal(here.Packets, there.Packets);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_host_that_cannot_take_it_over_refuses_the_machine_and_the_source_goes_on()
    {
        var (here, there) = (new Tally(), new Tally { Refuses = true });
        using ServiceSet from = Make(here), to = Make(there);
        _ = Out(from, Udp(Machine, 1, Remote, 53));
        var source = new MigrationSource(from, Move, Start);
        var target = new MigrationTarget(to, Move, Start);
        byte[] send = new byte[Move.MessageBytes], back = new byte[64];
        int answer = 0;
        for (int step = 0; step < 50 && source.State != MigrationState.Aborted; step++)
        {
            answer = target.Step(send.AsSpan(0, source.Step(back.AsSpan(0, answer), Start, send)), Start, back);
        }

        Assert.Equal((MigrationState.Aborted, MigrationFailure.StateRefused, 0), (source.State, source.Failure, to.FlowCount));
        Assert.Equal(ServiceAction.Forward, Out(from, Udp(Machine, 1, Remote, 53)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Nothing_of_it_is_written_while_packets_flow_and_all_of_it_again_after_each_freeze()
    {
        var tally = new Tally();
        using ServiceSet set = Make(tally);
        byte[] into = new byte[set.MaxRecordBytes];
        set.BeginExport();
        Assert.Equal(0, set.Export(into, Start));
        set.Freeze();
        Assert.Equal(15, set.Export(into, Start));
        Assert.Equal(0, set.Export(into, Start));
        set.Thaw();
        set.Freeze();
        Assert.Equal(15, set.Export(into, Start));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Services_that_are_fused_keep_theirs_apart()
    {
        var (first, second) = (new Tally { Packets = 7 }, new Tally { Packets = 9 });
        var fused = new Fused<Tallied, ProbeState, Tallied, ProbeState>(new Tallied(first), new Tallied(second));
        byte[] entry = new byte[ServiceSet.MaxMachineEntryBytes];
        var (third, fourth) = (new Tally(), new Tally());
        var other = new Fused<Tallied, ProbeState, Tallied, ProbeState>(new Tallied(third), new Tallied(fourth));
        for (int i = 0; i < fused.MachineEntries; i++)
        {
            Assert.True(other.TryImportMachine(entry.AsSpan(0, fused.ExportMachine(i, entry))));
        }

        Assert.Equal((7L, 9L), (third.Packets, fourth.Packets));
        Assert.False(other.TryImportMachine([]));
    }

    private static ServiceSet Make(Tally tally)
    {
        var catalog = new ServiceCatalog();
        catalog.Define<Tallied, ProbeState>("tally", _ => new Tallied(tally));
        return new ServiceSet(Options("tally"), catalog);
    }

    private sealed class Tally
    {
        public long Packets { get; set; }

        public bool Refuses { get; init; }
    }

    /// <summary>Counts the machine's packets, all flows together.</summary>
    private readonly struct Tallied(Tally tally) : IService<ProbeState>
    {
        public static ServiceInfo Info { get; } = new() { Kind = "tally", StateVersion = 1 };

        public int MachineEntries => 1;

        public ServiceVerdict Process(ref ServiceCall call, ref ProbeState state)
        {
            tally.Packets++;
            return ServiceVerdict.Pass;
        }

        public void End(ref ProbeState state)
        {
            // The machine's, not the flow's.
        }

        public int ExportMachine(int entry, Span<byte> into) => BitConverter.TryWriteBytes(into, tally.Packets) ? sizeof(long) : 0;

        public bool TryImportMachine(ReadOnlySpan<byte> entry)
        {
            tally.Packets = entry.Length == sizeof(long) ? BitConverter.ToInt64(entry) : -1;
            return !tally.Refuses;
        }
    }
}
