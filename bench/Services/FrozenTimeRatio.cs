using System.Diagnostics;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>
/// How long a machine with 100,000 flows takes no packet while it moves over a TCP connection of loopback, beside what it may: one and a half times what the same
/// connection takes for the bytes that are sent meanwhile, and two milliseconds. Every fifth flow has changed when the machine is frozen.
/// </summary>
/// <remarks>
/// One thread is both ends, of the move as of the bare connection, and its CPU time is taken: what is measured is work, and not when threads of a busy machine are
/// woken. A second processor would take over half of it.
/// </remarks>
public sealed class FrozenTimeRatio : IRatio
{
    private const int Burst = 64;
    private const int Changed = 5;
    private const double Slack = 1.5;
    private const double AllowanceMilliseconds = 2;

    // Frozen after the first round: with the default little would be left to send.
    private static readonly MigrationOptions Move = new() { Id = 1, Epoch = 1, FreezeBytes = int.MaxValue, Retry = TimeSpan.FromSeconds(1), FreezeBudget = TimeSpan.FromSeconds(10), Timeout = TimeSpan.FromSeconds(20) };

    private readonly ServiceResult[] _results = new ServiceResult[Burst];
    private readonly byte[] _message = new byte[sizeof(int) + Move.MessageBytes];
    private readonly byte[] _head = new byte[sizeof(int)];
    private int _flows;
    private PacketBatch[] _bursts = [];
    private LoopbackPair? _connection;
    private long _frozenBytes;

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => "time for which a machine with 100,000 flows is nobody's while it moves, 20,000 of them changed";

    /// <inheritdoc/>
    public string Unit => "ms";

    /// <inheritdoc/>
    public string PeerName => "1.5 x loopback TCP with the same bytes, and 2 ms";

    /// <inheritdoc/>
    public double Goal => 1;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _flows = shortRun ? 10_000 : 100_000;
        _bursts = ServiceBenchBed.Bursts(_flows);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _connection = new LoopbackPair();
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        using ServiceSet from = ServiceBenchBed.WithTracking(_flows), to = ServiceBenchBed.WithTracking(_flows);
        Offer(from, _bursts);
        long started = Stopwatch.GetTimestamp();
        Timestamp Now() => ServiceBenchBed.Start + Stopwatch.GetElapsedTime(started);
        var source = new MigrationSource(from, Move, Now());
        var target = new MigrationTarget(to, Move, Now());
        bool hasChanged = false;
        long frozenAt = 0;
        while (source.State is not (MigrationState.Moved or MigrationState.Aborted))
        {
            int received = _connection!.Near.Available > 0 ? LoopbackPair.Receive(_connection.Near, _head, _message) : 0;
            long before = frozenAt == 0 ? ThreadClock.Nanoseconds : 0;
            int length = source.Step(_message.AsSpan(0, received), Now(), _message.AsSpan(sizeof(int)));
            frozenAt = frozenAt == 0 && from.IsFrozen ? before : frozenAt;
            if (length > 0)
            {
                LoopbackPair.Send(_connection.Near, _message, length);
                Answer(target, Now());
            }

            if (!hasChanged && source.BytesSent > 0 && to.FlowCount > _flows - _flows / Changed / 2)
            {
                // While the last flows of the first round are on their way.
                hasChanged = true;
                Offer(from, _bursts.AsSpan(0, _bursts.Length / Changed));
            }
        }

        double frozen = (ThreadClock.Nanoseconds - frozenAt) / 1e6;
        _frozenBytes = source.FrozenBytes;
        return new Sample(frozen, source.State == MigrationState.Moved && to.FlowCount == _flows && hasChanged ? 1UL : 0);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long started = ThreadClock.Nanoseconds;
        _connection!.Carry(_frozenBytes, _message);
        return new Sample(Slack * (ThreadClock.Nanoseconds - started) / 1e6 + AllowanceMilliseconds, 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection?.Dispose();

    /// <summary>Takes the message that is on its way, and answers.</summary>
    private void Answer(MigrationTarget target, Timestamp now)
    {
        int received = LoopbackPair.Receive(_connection!.Far, _head, _message);
        int length = target.Step(_message.AsSpan(0, received), now, _message.AsSpan(sizeof(int)));
        if (target.State == MigrationState.Committing)
        {
            target.Claimed(won: true);
            length = target.Step([], now, _message.AsSpan(sizeof(int)));
        }

        if (length > 0)
        {
            LoopbackPair.Send(_connection.Far, _message, length);
        }
    }

    private void Offer(ServiceSet set, ReadOnlySpan<PacketBatch> bursts)
    {
        foreach (PacketBatch burst in bursts)
        {
            PacketBatch packets = burst;
            set.Process(ref packets, ServiceDirection.FromMachine, _results, ServiceBenchBed.Start);
        }
    }
}
