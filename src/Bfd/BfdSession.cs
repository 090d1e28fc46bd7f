using Weft.Packets;

namespace Weft.Bfd;

/// <summary>
/// One BFD session in asynchronous mode (RFC 5880 section 6.8), without sockets and clocks: packets and the time come in,
/// packets to send and events come out.
/// </summary>
/// <remarks>
/// <para>Use: hand every packet to <see cref="Receive"/>, call <see cref="TryPoll"/> until it is false whenever
/// <see cref="NextDue"/> has come, and take events with <see cref="TryTakeEvent"/>. Late calls detect a failure late and are
/// otherwise harmless.</para>
/// <para>Demand mode of the other side is honoured (we fall silent); we never ask for it. Echo and authentication are not offered.
/// One thread uses a session; nothing is allocated after construction.</para>
/// </remarks>
public sealed class BfdSession
{
    private readonly BfdSessionOptions _options;
    private BfdCounters _counters;
    private BfdState _state = BfdState.Down;
    private BfdDiagnostic _diagnostic;

    // What the other side said last (RFC 5880 section 6.8.1).
    private BfdState _remoteState = BfdState.Down;
    private uint _remoteDiscriminator;
    private uint _remoteMinRx = 1;
    private uint _remoteDesiredMinTx;
    private byte _remoteMultiplier;
    private bool _remoteDemand;

    // What we say, and what is in force until the other side has confirmed it by a poll sequence (section 6.8.3).
    private uint _configuredMinTx;
    private uint _desiredMinTx;
    private uint _desiredMinTxInForce;
    private uint _requiredMinRx;
    private uint _requiredMinRxInForce;
    private bool _polling;
    private bool _finalDue;

    private ulong _jitter;
    private Timestamp _lastSent;
    private Timestamp _nextSend;
    private Timestamp _detectBy = Timestamp.MaxValue;
    private BfdEvent _event;
    private bool _hasEvent;

    /// <summary>Creates a session that is down and about to send.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public BfdSession(BfdSessionOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _configuredMinTx = BfdSessionOptions.Microseconds(options.DesiredMinTx, nameof(options.DesiredMinTx), allowZero: false);
        _desiredMinTx = _desiredMinTxInForce = Math.Max(_configuredMinTx, BfdSessionOptions.SlowMicroseconds);
        _requiredMinRx = _requiredMinRxInForce = BfdSessionOptions.Microseconds(options.RequiredMinRx, nameof(options.RequiredMinRx), allowZero: true);
        // xorshift has no way out of zero.
        _jitter = options.JitterSeed * 0x9E37_79B9_7F4A_7C15 | 1;
        _lastSent = now;
        _nextSend = now;
    }

    /// <summary>Our state.</summary>
    public BfdState State => _state;

    /// <summary>Why the session last left up.</summary>
    public BfdDiagnostic Diagnostic => _diagnostic;

    /// <summary>State of the other side, as it last said.</summary>
    public BfdState RemoteState => _remoteState;

    /// <summary>The other side's name of the session; 0 while unknown.</summary>
    public uint RemoteDiscriminator => _remoteDiscriminator;

    /// <summary>Our name of the session.</summary>
    public uint Discriminator => _options.Discriminator;

    /// <summary>What was received and sent.</summary>
    public ref readonly BfdCounters Counters => ref _counters;

    /// <summary>Interval at which we send before jitter, the slower of our wish and the other side's bearing (RFC 5880 section 6.8.2).</summary>
    public TimeSpan TransmitInterval => TimeSpan.FromMicroseconds(Math.Max(_desiredMinTxInForce, _remoteMinRx));

    /// <summary>
    /// Silence after which the other side is called down: its multiplier times the slower of our bearing and its wish
    /// (RFC 5880 section 6.8.4). Zero until it was heard.
    /// </summary>
    public TimeSpan DetectionTime => TimeSpan.FromMicroseconds((double)_remoteMultiplier * Math.Max(_requiredMinRxInForce, _remoteDesiredMinTx));

    /// <summary>When <see cref="TryPoll"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp send = _finalDue ? _lastSent : MaySend ? _nextSend : Timestamp.MaxValue;
            return send < _detectBy ? send : _detectBy;
        }
    }

    private bool MaySend =>
        // A passive end waits to be spoken to; nobody sends to an end that wants nothing, or that watches on demand while both
        // are up and nothing is to be confirmed (RFC 5880 section 6.8.7).
        !(_options.Passive && _remoteDiscriminator == 0)
        && _remoteMinRx != 0
        && !(_remoteDemand && _state == BfdState.Up && _remoteState == BfdState.Up && !_polling);

    /// <summary>Takes one packet.</summary>
    /// <param name="payload">The UDP payload.</param>
    /// <param name="timeToLive">TTL or hop limit of the packet, which must be 255 (RFC 5881 section 5).</param>
    /// <param name="now">The time.</param>
    public BfdReceiveVerdict Receive(ReadOnlySpan<byte> payload, byte timeToLive, Timestamp now)
    {
        // Who slept through the detection time learns of it before the packets that waited meanwhile can hide it.
        if (_detectBy <= now)
        {
            DetectionTimeExpired(now);
        }

        BfdReceiveVerdict verdict = Check(payload, timeToLive, out BfdControlView packet);
        if (verdict == BfdReceiveVerdict.Accepted)
        {
            verdict = Accept(packet, now);
        }

        Count(verdict);
        return verdict;
    }

    /// <summary>Does what time demands and says whether a packet must be sent now. Call until false.</summary>
    public bool TryPoll(Timestamp now, out BfdControlPacket packet)
    {
        packet = default;
        if (_detectBy <= now)
        {
            DetectionTimeExpired(now);
        }

        if (_finalDue)
        {
            // The answer to a poll goes at once and does not disturb the rhythm (RFC 5880 section 6.8.7).
            _finalDue = false;
            packet = Packet(BfdFlags.Final);
            _counters.Sent++;
            return true;
        }

        if (!MaySend || _nextSend > now)
        {
            return false;
        }

        packet = Packet(_polling ? BfdFlags.Poll : BfdFlags.None);
        _lastSent = now;
        _nextSend = now + Jittered();
        _counters.Sent++;
        return true;
    }

    /// <summary>Takes the change of state since the last call. Changes in between are merged: only first and last state remain.</summary>
    public bool TryTakeEvent(out BfdEvent change)
    {
        change = _event;
        bool had = _hasEvent && change.From != change.To;
        _hasEvent = false;
        return had;
    }

    /// <summary>Takes the session down on purpose (RFC 5880 section 6.8.16). The other side is told for as long as this lasts.</summary>
    public void AdminDown(Timestamp now)
    {
        _diagnostic = BfdDiagnostic.AdministrativelyDown;
        Enter(BfdState.AdminDown, now);
        _detectBy = Timestamp.MaxValue;
    }

    /// <summary>Ends <see cref="AdminDown"/>.</summary>
    public void AdminUp(Timestamp now)
    {
        if (_state == BfdState.AdminDown)
        {
            Enter(BfdState.Down, now);
        }
    }

    /// <summary>Changes intervals while the session runs, by a poll sequence where one is due (RFC 5880 section 6.8.3).</summary>
    /// <exception cref="ArgumentOutOfRangeException">An interval is outside the range of <see cref="BfdSessionOptions"/>.</exception>
    public void ChangeIntervals(TimeSpan desiredMinTx, TimeSpan requiredMinRx, Timestamp now)
    {
        uint wanted = BfdSessionOptions.Microseconds(desiredMinTx, nameof(desiredMinTx), allowZero: false);
        uint bearable = BfdSessionOptions.Microseconds(requiredMinRx, nameof(requiredMinRx), allowZero: true);
        _configuredMinTx = wanted;
        SetDesired(_state == BfdState.Up ? wanted : Math.Max(wanted, BfdSessionOptions.SlowMicroseconds), now);
        if (bearable != _requiredMinRx)
        {
            // Less patience takes force only when the other side has sped up; more takes force at once.
            _requiredMinRx = bearable;
            if (_state != BfdState.Up || bearable > _requiredMinRxInForce)
            {
                _requiredMinRxInForce = bearable;
            }

            _polling = _state == BfdState.Up;
        }
    }

    private BfdReceiveVerdict Check(ReadOnlySpan<byte> payload, byte timeToLive, out BfdControlView packet)
    {
        packet = default;
        if (timeToLive != byte.MaxValue)
        {
            return BfdReceiveVerdict.NotSingleHop;
        }

        if (!BfdControlView.TryParse(payload, out packet))
        {
            return BfdReceiveVerdict.Malformed;
        }

        if ((packet.Flags & BfdFlags.Authentication) != 0)
        {
            return BfdReceiveVerdict.AuthenticationMismatch;
        }

        // A packet without our discriminator says Down or AdminDown, or the view would have refused it.
        return packet.YourDiscriminator == _options.Discriminator || packet.YourDiscriminator == 0
            ? BfdReceiveVerdict.Accepted
            : BfdReceiveVerdict.UnknownDiscriminator;
    }

    private BfdReceiveVerdict Accept(in BfdControlView packet, Timestamp now)
    {
        _remoteDiscriminator = packet.MyDiscriminator;
        _remoteState = packet.State;
        _remoteDemand = (packet.Flags & BfdFlags.Demand) != 0;
        _remoteMinRx = packet.RequiredMinRxMicroseconds;
        _remoteDesiredMinTx = packet.DesiredMinTxMicroseconds;
        _remoteMultiplier = packet.DetectMultiplier;
        if (_polling && (packet.Flags & BfdFlags.Final) != 0)
        {
            _polling = false;
            _desiredMinTxInForce = _desiredMinTx;
            _requiredMinRxInForce = _requiredMinRx;
        }

        if (_state == BfdState.AdminDown)
        {
            return BfdReceiveVerdict.AdministrativelyDown;
        }

        Advance(packet.State, now);
        // Who asks for no packets cannot miss any.
        _detectBy = _requiredMinRxInForce == 0 ? Timestamp.MaxValue : now + DetectionTime;
        // A rhythm that has become faster takes force at once, not after the old interval.
        Timestamp latest = _lastSent + TransmitInterval;
        _nextSend = latest < _nextSend ? latest : _nextSend;
        _finalDue |= (packet.Flags & BfdFlags.Poll) != 0;
        return BfdReceiveVerdict.Accepted;
    }

    /// <summary>The state machine of RFC 5880 section 6.8.6.</summary>
    private void Advance(BfdState heard, Timestamp now)
    {
        if (heard == BfdState.AdminDown)
        {
            if (_state != BfdState.Down)
            {
                _diagnostic = BfdDiagnostic.NeighborSignaledDown;
                Enter(BfdState.Down, now);
            }

            return;
        }

        switch (_state)
        {
            case BfdState.Down when heard == BfdState.Down:
                Enter(BfdState.Init, now);
                break;
            case BfdState.Down when heard == BfdState.Init:
            case BfdState.Init when heard is BfdState.Init or BfdState.Up:
                Enter(BfdState.Up, now);
                break;
            case BfdState.Up when heard == BfdState.Down:
                _diagnostic = BfdDiagnostic.NeighborSignaledDown;
                Enter(BfdState.Down, now);
                break;
        }
    }

    private void DetectionTimeExpired(Timestamp now)
    {
        _detectBy = Timestamp.MaxValue;
        _remoteDiscriminator = 0;
        _remoteMinRx = 1;
        _counters.DetectionTimeouts++;
        if (_state is BfdState.Init or BfdState.Up)
        {
            _diagnostic = BfdDiagnostic.ControlDetectionTimeExpired;
            Enter(BfdState.Down, now);
        }
    }

    private void Enter(BfdState state, Timestamp now)
    {
        if (state == _state)
        {
            return;
        }

        BfdState from = _state;
        _state = state;
        if (!_hasEvent)
        {
            _event = new BfdEvent(from, state, _diagnostic, false);
            _hasEvent = true;
        }

        _event = _event with { To = state, Diagnostic = state == BfdState.Up ? BfdDiagnostic.None : _diagnostic, RemoteAdminDown = _remoteState == BfdState.AdminDown };
        if (state == BfdState.Up)
        {
            _diagnostic = BfdDiagnostic.None;
            _counters.WentUp++;
            SetDesired(_configuredMinTx, now);
        }
        else if (from == BfdState.Up)
        {
            _counters.WentDown++;
            SetDesired(Math.Max(_configuredMinTx, BfdSessionOptions.SlowMicroseconds), now);
        }

        if (state != BfdState.Up)
        {
            // What was agreed on belongs to a session that is gone.
            _polling = false;
            _desiredMinTxInForce = _desiredMinTx;
            _requiredMinRxInForce = _requiredMinRx;
        }

        // The news goes out at once; the rhythm begins anew behind it.
        _nextSend = now;
    }

    private void SetDesired(uint microseconds, Timestamp now)
    {
        if (microseconds == _desiredMinTx)
        {
            return;
        }

        _desiredMinTx = microseconds;
        _polling = _state == BfdState.Up;
        if (_state != BfdState.Up || microseconds < _desiredMinTxInForce)
        {
            // Slowing down waits for the poll sequence, else the other side would miss packets; speeding up need not.
            _desiredMinTxInForce = microseconds;
            Timestamp latest = _lastSent + TransmitInterval;
            _nextSend = latest < _nextSend ? (latest < now ? now : latest) : _nextSend;
        }
    }

    private BfdControlPacket Packet(BfdFlags flag) => new()
    {
        Diagnostic = _diagnostic,
        State = _state,
        Flags = flag | (_options.ControlPlaneIndependent ? BfdFlags.ControlPlaneIndependent : BfdFlags.None),
        DetectMultiplier = _options.DetectMultiplier,
        MyDiscriminator = _options.Discriminator,
        YourDiscriminator = _remoteDiscriminator,
        DesiredMinTxMicroseconds = _desiredMinTx,
        RequiredMinRxMicroseconds = _requiredMinRx,
        RequiredMinEchoRxMicroseconds = 0,
    };

    /// <summary>The interval less 0 to 25 %, or 10 to 25 % if a single lost packet counts (RFC 5880 section 6.8.7).</summary>
    private TimeSpan Jittered()
    {
        _jitter ^= _jitter << 13;
        _jitter ^= _jitter >> 7;
        _jitter ^= _jitter << 17;
        double least = 0.75;
        double most = _options.DetectMultiplier == 1 ? 0.90 : 1.00;
        double factor = least + (most - least) * ((_jitter >> 11) * (1.0 / (1UL << 53)));
        return TransmitInterval * factor;
    }

    private void Count(BfdReceiveVerdict verdict)
    {
        switch (verdict)
        {
            case BfdReceiveVerdict.Accepted: _counters.Accepted++; break;
            case BfdReceiveVerdict.Malformed: _counters.Malformed++; break;
            case BfdReceiveVerdict.AuthenticationMismatch: _counters.AuthenticationMismatch++; break;
            case BfdReceiveVerdict.UnknownDiscriminator: _counters.UnknownDiscriminator++; break;
            case BfdReceiveVerdict.NotSingleHop: _counters.NotSingleHop++; break;
            default: _counters.AdministrativelyDown++; break;
        }
    }
}
