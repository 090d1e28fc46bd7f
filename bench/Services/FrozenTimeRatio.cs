using System.Diagnostics;
using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>
/// How long a machine with 100,000 flows takes no packet while it moves over a TCP connection of loopback, packets going on until then, beside what it may: one and
/// a half times what the same connection takes for the bytes that are sent meanwhile, and two milliseconds.
/// </summary>
public sealed class FrozenTimeRatio : IRatio
{
    private const int Burst = 64;
    private const double Slack = 1.5;
    private const double AllowanceMilliseconds = 2;

    private static readonly MigrationOptions Move = new() { Id = 1, Epoch = 1 };

    private readonly ServiceResult[] _results = new ServiceResult[Burst];
    private int _flows;
    private PacketBatch[] _bursts = [];
    private LoopbackPair? _connection;
    private long _frozenBytes;

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => "time for which a machine with 100,000 flows is nobody's while it moves";

    /// <inheritdoc/>
    public string Unit => "ms";

    /// <inheritdoc/>
    public string PeerName => "1.5 x loopback TCP with the same bytes, and 2 ms";

    /// <inheritdoc/>
    public double Goal => 1;

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

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
        using ServiceSet from = Make(), to = Make();
        foreach (PacketBatch burst in _bursts)
        {
            Offer(from, burst);
        }

        long started = Stopwatch.GetTimestamp();
        Timestamp Now() => ServiceBenchBed.Start + Stopwatch.GetElapsedTime(started);
        var target = new MigrationTarget(to, Move, Now());
        var receiver = new Thread(() => Receive(target, Now));
        receiver.Start();
        var source = new MigrationSource(from, Move, Now());
        byte[] message = new byte[sizeof(int) + Move.MessageBytes];
        byte[] head = new byte[sizeof(int)];
        byte[] answer = new byte[64];
        int next = 0;
        while (source.State is not (MigrationState.Moved or MigrationState.Aborted))
        {
            int received = _connection!.Near.Available > 0 ? LoopbackPair.Receive(_connection.Near, head, answer) : 0;
            int length = source.Step(answer.AsSpan(0, received), Now(), message.AsSpan(sizeof(int)));
            if (length > 0)
            {
                LoopbackPair.Send(_connection.Near, message, length);
            }
            else if (source.State == MigrationState.Copying)
            {
                Offer(from, _bursts[next++ % _bursts.Length]);
            }
        }

        double frozen = (Now() - source.FrozenAt).TotalMilliseconds;
        receiver.Join();
        _frozenBytes = source.FrozenBytes;
        return new Sample(frozen, source.State == MigrationState.Moved && to.FlowCount == _flows ? 1UL : 0);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long started = Stopwatch.GetTimestamp();
        _connection!.Carry(_frozenBytes, Move.MessageBytes);
        return new Sample(Slack * Stopwatch.GetElapsedTime(started).TotalMilliseconds + AllowanceMilliseconds, 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection?.Dispose();

    private void Receive(MigrationTarget target, Func<Timestamp> now)
    {
        byte[] head = new byte[sizeof(int)];
        byte[] message = new byte[Move.MessageBytes];
        byte[] answer = new byte[sizeof(int) + 64];
        while (target.State is not (MigrationState.Moved or MigrationState.Aborted))
        {
            int received = LoopbackPair.Receive(_connection!.Far, head, message);
            int length = target.Step(message.AsSpan(0, received), now(), answer.AsSpan(sizeof(int)));
            if (target.State == MigrationState.Committing)
            {
                target.Claimed(won: true);
                length = target.Step([], now(), answer.AsSpan(sizeof(int)));
            }

            if (length > 0)
            {
                LoopbackPair.Send(_connection.Far, answer, length);
            }
        }
    }

    private ServiceSet Make() => ServiceBenchBed.WithTracking(_flows);

    private void Offer(ServiceSet set, PacketBatch burst)
    {
        PacketBatch packets = burst;
        set.Process(ref packets, ServiceDirection.FromMachine, _results, ServiceBenchBed.Start);
    }
}
