using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// A port of a group and its machines: receive (clause 6.4.12), periodic transmission (6.4.13), mux (6.4.15) and transmission (6.4.16) of
/// IEEE 802.1AX. Others read it; <see cref="LinkAggregator"/> alone changes it.
/// </summary>
public sealed class LinkMember
{
    private static readonly TimeSpan FastPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongTimeout = TimeSpan.FromSeconds(90);

    /// <summary>Aggregate_Wait_Time (clause 6.4.4).</summary>
    private static readonly TimeSpan AggregateWait = TimeSpan.FromSeconds(2);

    /// <summary>Messages in a second at most (clause 6.4.16), and answered markers.</summary>
    private const int MaxPerSecond = 3, MaxMarkers = 10;

    private readonly bool _speaksLacp;
    private LacpEnd _actor;
    private LacpEnd _partner;
    private LacpCounters _counters;
    private TokenBucket _budget;
    private TokenBucket _markers;
    private Timestamp _currentUntil = Timestamp.MaxValue;
    private Timestamp _nextPeriodic = Timestamp.MaxValue;
    private Timestamp _waitUntil = Timestamp.MaxValue;
    private Timestamp _retry = Timestamp.MaxValue;
    private bool _needToTransmit;

    internal LinkMember(LinkAggregatorOptions system, LinkGroupOptions group, LinkMemberOptions options, int number)
    {
        (Port, Group) = (options.Port, number);
        _speaksLacp = group.Mode != LacpMode.Static;
        LacpState state = LacpState.Aggregation
            | (group.Mode == LacpMode.Active ? LacpState.Activity : LacpState.None)
            | (group.FastRate ? LacpState.ShortTimeout : LacpState.None);
        // Numbers of ports and keys begin with 1: 0 stands for none.
        _actor = new LacpEnd(group.SystemPriority, system.System, (ushort)(number + 1), options.Priority, (ushort)(options.Port + 1), state | LacpState.Defaulted);
        _budget = new TokenBucket(MaxPerSecond, MaxPerSecond, system.Start);
        _markers = new TokenBucket(MaxMarkers, MaxMarkers, system.Start);
    }

    /// <summary>Number of the port.</summary>
    public int Port { get; }

    /// <summary>Number of its group.</summary>
    public int Group { get; }

    /// <summary>This end.</summary>
    public LacpEnd Actor => _actor;

    /// <summary>The other end, as it said last; zeroes if it is not known.</summary>
    public LacpEnd Partner => _partner;

    /// <summary>Whether the link is up.</summary>
    public bool IsEnabled { get; private set; }

    /// <summary>State of the receive machine.</summary>
    public LacpReceiveState Receiver { get; private set; }

    /// <summary>State of the mux machine.</summary>
    public LacpMuxState Mux { get; private set; }

    /// <summary>Whether it is chosen for its group; one that is not stands by.</summary>
    public bool IsSelected { get; internal set; }

    /// <summary>What was counted.</summary>
    public LacpCounters Counters => _counters;

    /// <summary>True if frames that come from it belong to the group.</summary>
    public bool IsCollecting => Mux >= LacpMuxState.Collecting;

    internal bool HasPartner => Receiver is LacpReceiveState.Current or LacpReceiveState.Expired && !_actor.Is(LacpState.Defaulted);

    internal bool IsReady(Timestamp now) => Mux != LacpMuxState.Waiting || now >= _waitUntil;

    internal Timestamp NextDue
    {
        get
        {
            Timestamp next = _currentUntil < _nextPeriodic ? _currentUntil : _nextPeriodic;
            next = _waitUntil < next ? _waitUntil : next;
            return _retry < next ? _retry : next;
        }
    }

    /// <summary>The link came up or went down.</summary>
    internal void SetEnabled(bool enabled, Timestamp now)
    {
        if (enabled == IsEnabled)
        {
            return;
        }

        IsEnabled = enabled;
        _partner = _partner.With(LacpState.Synchronization, isSet: false);
        (_currentUntil, _nextPeriodic) = (Timestamp.MaxValue, Timestamp.MaxValue);
        if (!enabled)
        {
            (Receiver, _needToTransmit) = (LacpReceiveState.PortDisabled, false);
        }
        else if (_speaksLacp)
        {
            BecomeExpired(now);
            _nextPeriodic = now;
        }
    }

    /// <summary>A message came: update_Selected, update_NTT, recordPDU (clause 6.4.9).</summary>
    /// <returns>False if the port must be selected anew.</returns>
    internal bool Record(in LacpEnd actor, in LacpEnd partner, Timestamp now)
    {
        _counters.Received++;
        bool stays = HasPartner && _partner.IsSamePort(actor);
        bool knowsMe = partner.IsSamePort(_actor);
        const LacpState told = LacpState.Activity | LacpState.ShortTimeout | LacpState.Synchronization | LacpState.Aggregation;
        _needToTransmit |= !knowsMe || (partner.State & told) != (_actor.State & told);
        bool willMaintain = actor.Is(LacpState.Activity) || (_actor.Is(LacpState.Activity) && partner.Is(LacpState.Activity));
        bool inStep = actor.Is(LacpState.Synchronization) && willMaintain && (knowsMe || !actor.Is(LacpState.Aggregation));
        bool wasShort = _partner.Is(LacpState.ShortTimeout) && HasPartner;
        _partner = actor.With(LacpState.Synchronization, inStep);
        _actor = _actor.With(LacpState.Defaulted | LacpState.Expired, isSet: false);
        Receiver = LacpReceiveState.Current;
        _currentUntil = now + (_actor.Is(LacpState.ShortTimeout) ? ShortTimeout : LongTimeout);
        if (_partner.Is(LacpState.ShortTimeout) != wasShort || _nextPeriodic == Timestamp.MaxValue)
        {
            _nextPeriodic = _partner.Is(LacpState.ShortTimeout) ? now : now + SlowPeriod;
        }

        return stays;
    }

    internal void NoteMalformed() => _counters.Malformed++;

    /// <summary>Whether a marker is to be answered.</summary>
    internal bool MayAnswerMarker(Timestamp now)
    {
        _counters.Markers++;
        bool may = _markers.TryTake(now, 1);
        _counters.MarkerResponses += may ? 1 : 0;
        return may;
    }

    /// <summary>Runs the timers of receive and periodic machine.</summary>
    /// <returns>True if the partner was given up.</returns>
    internal bool RunTimers(Timestamp now)
    {
        bool lost = false;
        if (now >= _currentUntil)
        {
            if (Receiver == LacpReceiveState.Current)
            {
                BecomeExpired(now);
            }
            else
            {
                (Receiver, _currentUntil, _partner, lost) = (LacpReceiveState.Defaulted, Timestamp.MaxValue, default, true);
                _actor = _actor.With(LacpState.Expired, isSet: false).With(LacpState.Defaulted, isSet: true);
            }
        }

        if (now >= _nextPeriodic)
        {
            bool isPeriodic = _actor.Is(LacpState.Activity) || _partner.Is(LacpState.Activity);
            _needToTransmit |= isPeriodic;
            // An expired partner, and one that never spoke, is spoken to slowly unless it asked otherwise.
            _nextPeriodic = isPeriodic ? now + (_partner.Is(LacpState.ShortTimeout) ? FastPeriod : SlowPeriod) : Timestamp.MaxValue;
        }

        return lost;
    }

    /// <summary>Runs the mux machine until it rests.</summary>
    /// <param name="now">The time.</param>
    /// <param name="groupReady">Whether no member of the group still waits.</param>
    /// <param name="withoutPartner">Whether the link is used although nobody speaks LACP at the other end.</param>
    internal void RunMux(Timestamp now, bool groupReady, bool withoutPartner)
    {
        LacpMuxState before;
        do
        {
            before = Mux;
            bool selected = IsSelected && IsEnabled;
            bool inStep = withoutPartner || _partner.Is(LacpState.Synchronization);
            bool collects = withoutPartner || _partner.Is(LacpState.Collecting);
            Enter(Mux switch
            {
                LacpMuxState.Detached when selected => LacpMuxState.Waiting,
                LacpMuxState.Waiting when !selected => LacpMuxState.Detached,
                LacpMuxState.Waiting when withoutPartner || (groupReady && now >= _waitUntil) => LacpMuxState.Attached,
                LacpMuxState.Attached when !selected => LacpMuxState.Detached,
                LacpMuxState.Attached when inStep => LacpMuxState.Collecting,
                LacpMuxState.Collecting when !selected || !inStep => LacpMuxState.Attached,
                LacpMuxState.Collecting when collects => LacpMuxState.Distributing,
                LacpMuxState.Distributing when !selected || !inStep || !collects => LacpMuxState.Collecting,
                _ => Mux,
            }, now);
        }
        while (Mux != before);
    }

    /// <summary>Whether a message is to be sent now; if so, it is counted as sent.</summary>
    internal bool TakeTransmission(Timestamp now)
    {
        _retry = Timestamp.MaxValue;
        if (!_needToTransmit || !IsEnabled || !_speaksLacp || !(_actor.Is(LacpState.Activity) || _partner.Is(LacpState.Activity)))
        {
            return false;
        }

        if (!_budget.TryTake(now, 1))
        {
            _retry = now + (FastPeriod / MaxPerSecond);
            return false;
        }

        _needToTransmit = false;
        _counters.Sent++;
        return true;
    }

    /// <summary>Goes on where the same member of an engine before was.</summary>
    internal void CarryOver(LinkMember old)
    {
        (_counters, _partner, IsEnabled, Receiver, Mux, IsSelected) = (old._counters, old._partner, old.IsEnabled, old.Receiver, old.Mux, old.IsSelected);
        const LacpState kept = LacpState.Synchronization | LacpState.Collecting | LacpState.Distributing | LacpState.Defaulted | LacpState.Expired;
        _actor = _actor with { State = (_actor.State & ~kept) | (old._actor.State & kept) };
        (_currentUntil, _nextPeriodic, _waitUntil, _needToTransmit) = (old._currentUntil, old._nextPeriodic, old._waitUntil, true);
        _retry = Timestamp.Zero;
    }

    /// <summary>Takes the link as one that a partner agreed to, without having heard it.</summary>
    internal void Assume(bool distributes)
    {
        const LacpState agreed = LacpState.Activity | LacpState.Aggregation | LacpState.Synchronization;
        _partner = new LacpEnd(0, MacAddress.Zero, 0, 0, 0, agreed | (distributes ? LacpState.Collecting : LacpState.None));
        _actor = _actor.With(LacpState.Defaulted | LacpState.Expired, isSet: false);
        (IsEnabled, Receiver, IsSelected) = (true, LacpReceiveState.Current, true);
        Mux = distributes ? LacpMuxState.Distributing : LacpMuxState.Collecting;
    }

    private void BecomeExpired(Timestamp now)
    {
        Receiver = LacpReceiveState.Expired;
        _partner = _partner.With(LacpState.Synchronization, isSet: false).With(LacpState.ShortTimeout, isSet: true);
        _actor = _actor.With(LacpState.Expired, isSet: true);
        _currentUntil = now + ShortTimeout;
        _nextPeriodic = now < _nextPeriodic ? now : _nextPeriodic;
    }

    private void Enter(LacpMuxState state, Timestamp now)
    {
        if (state == Mux)
        {
            return;
        }

        _counters.Joined += state == LacpMuxState.Distributing ? 1 : 0;
        _counters.Left += Mux == LacpMuxState.Distributing ? 1 : 0;
        Mux = state;
        _waitUntil = state == LacpMuxState.Waiting ? now + AggregateWait : Timestamp.MaxValue;
        _actor = _actor
            .With(LacpState.Synchronization, state >= LacpMuxState.Attached)
            .With(LacpState.Collecting, state >= LacpMuxState.Collecting)
            .With(LacpState.Distributing, state == LacpMuxState.Distributing);
        _needToTransmit |= state != LacpMuxState.Waiting;
    }
}
