using System.Diagnostics;
using System.Net.Sockets;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath.Handover;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <content>One process goes on in the place of another.</content>
public sealed partial class SwitchHost
{
    private static readonly TimeSpan EndLook = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ArrivalsPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ArrivalsPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StorePause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest that a takeover waits for machines that move. Less than the other process waits for an answer.</summary>
    private static readonly TimeSpan MovePatience = HandoverProtocol.PreparationPatience / 2;
    private static readonly TimeSpan MoveLook = TimeSpan.FromMilliseconds(20);

    private readonly Lock _leaseGate = new();
    private Task _predecessor = Task.CompletedTask;
    private DescriptorChannel? _successor;
    private bool _isStandingStill;
    private volatile bool _isHandedOver;
    private int _handovers;

    /// <summary>True once another process has gone on in this one's place.</summary>
    internal bool IsHandedOver => _isHandedOver;

    /// <summary>True if this switch went on in the place of a running one.</summary>
    public bool HasTakenOver => _taker is not null;

    /// <summary>
    /// Completes when the process before this one has let go of everything but what it handed over, such as the port of its web interface: at once if there
    /// was none.
    /// </summary>
    public Task PredecessorEnded => _predecessor;

    /// <summary>True while another process makes itself ready to go on in this one's place.</summary>
    internal bool IsHandingOver => Volatile.Read(ref _handovers) > 0;

    /// <summary>Carries out what moves of machines ask.</summary>
    internal MoveHost Moves => _moves;

    /// <summary>Lets another process go on in this one's place, which asked for it on the control socket. Ends when it does, or did not.</summary>
    /// <param name="client">The connection, which is the host's from now on.</param>
    /// <param name="listener">Descriptor of the control socket.</param>
    internal Task HandOverAsync(Socket client, int listener) =>
        // It waits for minutes, which no thread of the pool should.
        Task.Factory.StartNew(() => HandOver(new DescriptorChannel(client), listener), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void HandOver(DescriptorChannel channel, int listener)
    {
        bool isFirst = Interlocked.Increment(ref _handovers) == 1;
        try
        {
            var giver = new HandoverGiver(_switch, _cluster);
            AwaitMoves(giver);
            if (!isFirst || Wait(() => giver.Offer(channel, listener)) is not null)
            {
                channel.Dispose();
                return;
            }

            HandoverRehearsal.Run(Wait(() => _switch.Plan));
            HandoverProtocol.Expect(channel, HandoverProtocol.Ready, HandoverProtocol.PreparationPatience);
            AwaitMoves(giver);
            // What is asked of the store now would be unknown to the other process.
            _cluster?.PauseAsync().GetAwaiter().GetResult();
            _ = Wait(() => Commit(giver, channel));
        }
        catch (Exception failed) when (failed is IOException or InvalidOperationException)
        {
            _switch.Events.Publish(Timestamp.FromMonotonicClock(), SwitchEventTypes.TakeoverFailed, "");
            _cluster?.Continue();
            channel.Dispose();
        }
        finally
        {
            _ = Interlocked.Decrement(ref _handovers);
        }
    }

    /// <summary>Waits until no machine is on the move, or for as long as somebody who takes over may be kept waiting.</summary>
    private void AwaitMoves(HandoverGiver giver)
    {
        for (long start = Stopwatch.GetTimestamp(); Wait(() => giver.MovingMachine) is not null && Stopwatch.GetElapsedTime(start) < MovePatience;)
        {
            Thread.Sleep(MoveLook);
        }
    }

    private T Wait<T>(Func<T> question) => Ask(question).GetAwaiter().GetResult();

    /// <summary>At the first worker, while the others stand still.</summary>
    private bool Commit(HandoverGiver giver, DescriptorChannel channel)
    {
        StandStill(true);
        // Who connects now waits for the other process, or for this one to go on.
        _control?.Pause();
        try
        {
            giver.Commit(channel);
        }
        catch
        {
            StandStill(false);
            _control?.Resume();
            throw;
        }

        _cluster?.HandOver();
        _successor = channel;
        _isHandedOver = true;
        _stopping = true;
        return true;
    }

    /// <summary>Sequence numbers must not be taken here any more when the other process reads where they go on.</summary>
    private void StandStill(bool stands)
    {
        lock (_leaseGate)
        {
            _isStandingStill = stands;
        }
    }

    private void RenewLeases()
    {
        lock (_leaseGate)
        {
            if (!_isStandingStill)
            {
                _switch.Security.RenewLeases();
            }
        }
    }

    /// <summary>Everything that takes long comes first, while the other switch forwards.</summary>
    private static HandoverTaker? PrepareTakeover(SwitchPlan plan)
    {
        HandoverRehearsal.Run(plan);
        return HandoverTaker.Connect(plan);
    }

    /// <summary>What the other switch knew, and what it was in the cluster. From here on nobody forwards.</summary>
    private SwitchSnapshot Inherit(SwitchPlan plan)
    {
        SwitchSnapshot state = _taker!.Take();
        _cluster?.Adopt(_taker.Session);
        return KeptState.Fitting(state, plan, _taker.Session);
    }

    /// <summary>The only steps during which nobody forwards.</summary>
    private void TakeOver(bool isAhead)
    {
        if (_taker is not null && isAhead)
        {
            _switch.Resume(Inherit(_switch.Plan), Timestamp.FromMonotonicClock());
        }

        _taker?.Confirm();
    }

    private List<IPort> OpenPorts(SwitchPlan plan)
    {
        try
        {
            return PortFactory.OpenAll(plan.Ports, _taker is null ? _openPort : port => _taker.Open(port, _openPort));
        }
        catch
        {
            AbandonTakeover();
            throw;
        }
    }

    /// <summary>The other switch sees that nobody is there any more, and goes on.</summary>
    private void AbandonTakeover() => _taker?.Dispose();

    /// <summary>What the other process still has is taken when it lets go of it.</summary>
    private void FinishTakeover()
    {
        if (_taker is null)
        {
            return;
        }

        TimeSpan stoodStill = Timestamp.FromMonotonicClock() - _taker.StoodStillAt;
        _switch.Events.Publish(_switch.Now, SwitchEventTypes.TakenOver, "", (long)stoodStill.TotalMicroseconds);
        // What is not on a frame's way comes after the first frames.
        _control = ControlServer.Inherit(_taker.TakeListener(), _switch.Plan.ControlSocket!, this);
        _predecessor = Task.Factory.StartNew(Succeed, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void Succeed()
    {
        bool hasEnded = false;
        while (!hasEnded && !_stopping)
        {
            hasEnded = _taker!.HasEnded(EndLook);
        }

        _taker!.Dispose();
        if (_stopping)
        {
            return;
        }

        long ended = Stopwatch.GetTimestamp();
        while (_cluster?.TryOpenStore() == false && !_stopping && Stopwatch.GetElapsedTime(ended) < ArrivalsPatience)
        {
            Thread.Sleep(ArrivalsPause);
        }

        SwitchPlan plan = _switch.Plan;
        _analytics = AnalyticsOf(plan, before: null);
        _analytics?.Start();
        long started = Stopwatch.GetTimestamp();
        while (_arrivals is null && plan.Moves?.Listen is not null && !_stopping)
        {
            try
            {
                _arrivals = MoveListener.Start(plan.Moves, _moves, _owners);
            }
            catch (SwitchStartException) when (Stopwatch.GetElapsedTime(started) < ArrivalsPatience)
            {
                Thread.Sleep(ArrivalsPause);
            }
        }

        // Whoever mends the file finds it used; until then the member goes on as one that does not reach its store, and says why.
        while (_cluster?.TryOpenStore() == false && !_stopping)
        {
            Thread.Sleep(StorePause);
        }
    }
}
