using Weft.Packets;

namespace Weft.Bridge;

/// <content>What a node sends, and when.</content>
public sealed partial class BridgeNode
{
    /// <summary>Messages of a transfer that one poll sends.</summary>
    private const int MessagesPerPoll = 16;

    /// <summary>VLANs whose probe one interval sends.</summary>
    private const int ProbesPerInterval = 16;

    /// <summary>Pauses before a request to the hosts is repeated, because nobody acknowledges it.</summary>
    private static readonly TimeSpan[] HostPauses = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(900)];

    private static readonly TimeSpan TransferPause = TimeSpan.FromMilliseconds(1);

    private Timestamp _nextDigest;
    private Timestamp _nextProbe;
    private Timestamp _nextPart = Timestamp.MaxValue;
    private Timestamp _nextHostRequest = Timestamp.MaxValue;
    private int _hostRequests;
    private uint _messageSequence;
    private uint _probeSequence;
    private uint _flushSequence;
    private int _probeVlan;
    private int _addressCursor;
    private bool _addressesDue;
    private bool _ackDue;
    private bool _answerDue;
    private ulong _answered;
    private int _queriesMade;
    private Timestamp _nextQuery;
    private readonly (ulong Name, Timestamp At)[] _queries = new (ulong, Timestamp)[4];

    /// <summary>
    /// Interval of messages and probes of a node that forwards and hears nobody: the other one may do so as well, and when the paths
    /// heal, both forward until one hears the other.
    /// </summary>
    private static readonly TimeSpan UrgentInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether what is said is said in haste: the other node must hear it as soon as it can hear anything.</summary>
    private bool IsUrgent => Forwards ? _state.AllPathsDown
        : Role == BridgeRole.Demoting || (Role == BridgeRole.Standby && (_state.HearsVlan || (!_state.PortUp && !_state.PeerActive)));

    private bool HoldsTable => Role is BridgeRole.Active or BridgeRole.Promoting or BridgeRole.Demoting or BridgeRole.Fenced;

    /// <summary>When <see cref="Poll"/> has something to do at the latest: often enough for the node to know that it did not sleep.</summary>
    public Timestamp NextDue
    {
        get
        {
            if (_todo != NodeActions.None || _ackDue || _answerDue || _addressesDue)
            {
                return _lastPoll;
            }

            Timestamp next = _lastPoll + _options.MaxGap / 4;
            next = Earlier(next, _announcer.NextDue);
            next = Earlier(next, _nextDigest);
            next = Earlier(next, _nextPart);
            next = Earlier(next, _nextHostRequest);
            next = NodeRules.IsAsking(_state, _options, _lastPoll) ? Earlier(next, _nextQuery) : next;
            next = Forwards && _options.ProbeInterval > TimeSpan.Zero ? Earlier(next, _nextProbe) : next;
            return HoldsTable ? Earlier(next, _sender.DeltaDue) : next;
        }
    }

    /// <summary>Does what time demands and sends what is due. Bounded: what is left goes with the next poll.</summary>
    /// <typeparam name="TSink">A struct, so that calls are direct.</typeparam>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes messages and frames.</param>
    public void Poll<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        TimeSpan gap = now - _lastPoll;
        _state = _state with { ListenedUntil = _lastPoll };
        _lastPoll = now;
        if (gap > _options.MaxGap)
        {
            _counters.Gaps++;
            Apply(new NodeEvent(NodeInput.WokeUp) { Gap = gap }, now);
        }

        Apply(new NodeEvent(NodeInput.Tick), now);
        if (Role == BridgeRole.Disabled)
        {
            return;
        }

        Work(now, ref sink);
        SendSync(now, ref sink);
        SendProbes(now, ref sink);
        Announce(now, ref sink);
    }

    private static Timestamp Earlier(Timestamp left, Timestamp right) => left < right ? left : right;

    private void Work<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        NodeActions todo = _todo;
        _todo = NodeActions.None;
        if ((todo & NodeActions.FlushHosts) != 0)
        {
            _hostRequests = 0;
            _nextHostRequest = now;
        }

        if (now >= _nextHostRequest)
        {
            _nextHostRequest = Role is BridgeRole.Active or BridgeRole.Promoting && _hostRequests < HostPauses.Length ? now + HostPauses[_hostRequests] : Timestamp.MaxValue;
            _hostRequests++;
            AskHosts(ref sink);
        }

        if ((todo & NodeActions.Announce) != 0 && Role is BridgeRole.Active or BridgeRole.Promoting)
        {
            Gather(now);
        }

        if ((todo & NodeActions.TellState) != 0)
        {
            _nextDigest = now;
        }

        MacSyncFlags ask = ((todo & NodeActions.AskPreempt) != 0 ? MacSyncFlags.Preempt : MacSyncFlags.None)
            | ((todo & NodeActions.Query) != 0 ? MacSyncFlags.Query : MacSyncFlags.None);
        if (now >= _nextQuery && NodeRules.IsAsking(_state, _options, now))
        {
            ask |= MacSyncFlags.Query;
        }

        if (ask != MacSyncFlags.None)
        {
            _nextQuery = now + (_options.MaxGap / 2);
            Send(MacSyncType.Digest, 0, ask, ref sink);
            if ((ask & MacSyncFlags.Query) != 0)
            {
                _queries[_queriesMade++ % _queries.Length] = (NameOf(_state.Epoch, _messageSequence), now);
            }
        }

        if ((todo & NodeActions.RequestFull) != 0 && !HoldsTable)
        {
            Send(MacSyncType.FullRequest, 0, MacSyncFlags.None, ref sink);
        }

        if ((todo & NodeActions.SendFull) != 0 && HoldsTable)
        {
            BeginTransfer(now, ref sink);
        }
    }

    private void SendSync<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        if (_answerDue)
        {
            _answerDue = false;
            Send(MacSyncType.Answer, 0, MacSyncFlags.None, ref sink);
        }

        if (_ackDue)
        {
            _ackDue = false;
            Send(MacSyncType.Ack, 0, MacSyncFlags.None, ref sink);
        }

        if (HoldsTable)
        {
            if (_sender.Notice(now))
            {
                BeginTransfer(now, ref sink);
            }

            for (int message = 0; message < MessagesPerPoll && _sender.TakeChanges(_entries, now, ref _counters) is > 0 and int count; message++)
            {
                Send(MacSyncType.Delta, count, MacSyncFlags.None, ref sink);
            }

            Transfer(now, ref sink);
        }
        else
        {
            _sender.Stop();
            _nextPart = Timestamp.MaxValue;
        }

        if (now >= _nextDigest)
        {
            _nextDigest = now + Shorter(_options.DigestInterval);
            // The other node compares while nothing is on its way; entries in a transfer are refreshed by it.
            int refreshed = Forwards && !IsUrgent && !_sender.IsTransferring ? _sender.TakeRefresh(_entries.AsSpan(0, 64), now) : 0;
            bool handsOver = Role == BridgeRole.Demoting && !_state.HandedOver;
            Send(MacSyncType.Digest, refreshed, handsOver ? MacSyncFlags.Query : MacSyncFlags.None, ref sink);
        }
    }

    private void BeginTransfer<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        if (_sender.BeginFull())
        {
            _counters.FullTransfersSent++;
            _nextPart = now;
            Send(MacSyncType.FullBegin, 0, MacSyncFlags.None, ref sink);
        }
    }

    private void Transfer<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        for (int message = 0; message < MessagesPerPoll && _sender.IsTransferring && now >= _nextPart; message++)
        {
            int count = _sender.TakePart(_entries, now, out bool isLast);
            Send(isLast ? MacSyncType.FullEnd : MacSyncType.Delta, count, MacSyncFlags.None, ref sink);
        }

        _nextPart = !_sender.IsTransferring ? Timestamp.MaxValue : now >= _nextPart ? now + TransferPause : _nextPart;
    }

    private void Send<TSink>(MacSyncType type, int count, MacSyncFlags extra, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        int length = new MacSyncHeader
        {
            Type = type,
            Priority = _options.Priority,
            Flags = extra | OwnFlags(),
            Bridge = _options.Bridge,
            Node = _options.Node,
            Epoch = _state.Epoch,
            Sequence = ++_messageSequence,
            Count = (ushort)count,
            HoldMilliseconds = (ushort)Math.Min(_options.PreemptHold.TotalMilliseconds, ushort.MaxValue),
            Digest = type == MacSyncType.Answer ? _answered : Table.Digest,
        }.Write(_message);
        foreach (MacSyncEntry entry in _entries.AsSpan(0, count))
        {
            length += entry.Write(_message.AsSpan(length));
        }

        Span<byte> message = _message.AsSpan(0, length);
        _authenticator.Sign(message, MacSyncHeader.AuthenticatorOffset);
        _counters.MessagesSent++;
        sink.ToPeer(message);
    }

    private MacSyncFlags OwnFlags() => RoleFlags() | (_state.HearsVlan ? MacSyncFlags.HearsVlan : MacSyncFlags.None);

    private MacSyncFlags RoleFlags() => Role switch
    {
        BridgeRole.Active or BridgeRole.Promoting => MacSyncFlags.Active,
        BridgeRole.Demoting => _state.HandedOver ? MacSyncFlags.Drain : MacSyncFlags.Active,
        BridgeRole.Standby when !_state.PortUp => MacSyncFlags.Drain,
        BridgeRole.Fenced => MacSyncFlags.Fenced,
        BridgeRole.Init => MacSyncFlags.Init,
        _ => MacSyncFlags.None,
    };

    private void AskHosts<TSink>(ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        if (_options.HostFlush is not HostFlushMode mode || Role is not (BridgeRole.Active or BridgeRole.Promoting))
        {
            return;
        }

        foreach (uint vni in _options.Vnis)
        {
            var flush = new HostFlush
            {
                Mode = mode,
                Bridge = _options.Bridge,
                Node = _options.Node,
                Epoch = _state.Epoch,
                Sequence = ++_flushSequence,
                Vni = vni,
                From = _options.PeerAddress,
                To = _options.OwnAddress,
            };
            Span<byte> message = _frame.AsSpan(0, flush.Write(_frame));
            _hostAuthenticator.Sign(message, HostFlush.AuthenticatorOffset);
            _counters.FlushRequests++;
            sink.ToHosts(message);
        }
    }

    private void SendProbes<TSink>(Timestamp now, ref TSink sink)
        where TSink : IBridgeNodeSink, allows ref struct
    {
        if (!Forwards || _options.ProbeInterval == TimeSpan.Zero || now < _nextProbe)
        {
            return;
        }

        _nextProbe = now + Shorter(_options.ProbeInterval);
        for (int i = 0; i < Math.Min(ProbesPerInterval, _options.Vlans.Count); i++)
        {
            ushort vlan = _options.Vlans[_probeVlan++ % _options.Vlans.Count];
            int length = LoopProbe.Write(_frame, _options.Mac, TagOf(vlan), _options.Bridge, _options.Node, _state.Epoch, ++_probeSequence, _authenticator);
            _counters.ProbesSent++;
            sink.ToVlan(vlan, _frame.AsSpan(0, length));
        }
    }

    private TimeSpan Shorter(TimeSpan interval) => IsUrgent && interval > UrgentInterval ? UrgentInterval : interval;

    /// <summary>Whether that is a query that was made since this node stopped, and just now: an answer that waited may not be true any more.</summary>
    private bool IsAnswer(ulong name, Timestamp now)
    {
        foreach ((ulong query, Timestamp at) in _queries)
        {
            if (query == name && query != 0)
            {
                return now - at <= _options.MaxGap;
            }
        }

        return false;
    }

    private static ulong NameOf(uint epoch, uint sequence) => ((ulong)epoch << 32) | sequence;

    private ushort TagOf(ushort vlan) => vlan == _options.NativeVlan ? (ushort)0 : vlan;
}
