using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// One of two nodes that join VLANs and an overlay, one of which forwards: watches the other, keeps its table, and takes over so that
/// neither network notices. The engine of failover; it forwards nothing itself, but says whether the port to the VLANs is open.
/// </summary>
/// <remarks>
/// <para>
/// Tell it what happens (<see cref="SetPath"/>, <see cref="SetPort"/>, <see cref="Receive"/>, <see cref="ReceiveProbe"/>), call
/// <see cref="Poll"/> before every burst and whenever <see cref="NextDue"/> has come, and open the port to the VLANs exactly as long
/// as <see cref="Forwards"/> says. A poll that comes too late makes an active node fence itself before it forwards another frame.
/// </para>
/// <para>One thread uses a node, no locks. Nothing is allocated after construction.</para>
/// </remarks>
public sealed partial class BridgeNode : IDisposable
{
    private const int EventCapacity = 64;

    /// <summary>Sounds closer together than this are one.</summary>
    private static readonly TimeSpan SoundInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>Own probes older than this many are replays, not loops.</summary>
    private const int ProbeMemory = 64;

    private readonly MessageAuthenticator _authenticator;
    private readonly MessageAuthenticator _hostAuthenticator;
    private readonly MacSyncReceiver _receiver;
    private readonly FilteringEntry[] _walk = new FilteringEntry[64];
    private readonly MacSyncEntry[] _entries = new MacSyncEntry[MacSyncHeader.MaxEntries];
    private readonly byte[] _message = new byte[MacSyncHeader.MaxMessageLength];
    private readonly byte[] _frame = new byte[128];
    private readonly BridgeNodeEvent[] _events = new BridgeNodeEvent[EventCapacity];
    private BridgeNodeOptions _options;
    private FilteringDatabase _macs;
    private AddressBindings? _bindings;
    private MacSyncSender _sender;
    private MacAnnouncer _announcer;
    private BridgeLocation _port;
    private NodeState _state;
    private NodeActions _todo;
    private BridgeNodeCounters _counters;
    private ReplayGuard _messageGuard;
    private ReplayGuard _probeGuard;
    private Timestamp _lastPoll;
    private int _eventsRead;
    private int _eventsWritten;

    /// <summary>Creates a node that is switched off, and all the memory it will ever use.</summary>
    /// <param name="options">The node.</param>
    /// <param name="macs">The filtering database of the bridge, with a journal.</param>
    /// <param name="now">The time.</param>
    /// <param name="bindings">Known IP addresses, if they are to be announced.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the database has no journal.</exception>
    public BridgeNode(BridgeNodeOptions options, FilteringDatabase macs, Timestamp now, AddressBindings? bindings = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(macs);
        options.Validate();
        FilteringJournal journal = JournalOf(macs, options);
        (_options, _macs, _bindings) = (options, macs, options.AnnounceAddresses ? bindings : null);
        _port = BridgeLocation.Port(options.Port);
        _authenticator = new MessageAuthenticator(options.Key.Span);
        _hostAuthenticator = new MessageAuthenticator(options.HostKey.Span);
        _receiver = new MacSyncReceiver(options);
        _sender = new MacSyncSender(options, macs, journal, _receiver);
        _announcer = new MacAnnouncer(macs.Capacity + options.Capacity, options.AnnouncementsPerMillisecond);
        _state = new NodeState { Since = now, Epoch = options.Incarnation, PortUp = true };
        _lastPoll = _nextDigest = _nextProbe = _nextQuery = now;
    }

    /// <summary>Part that the node plays.</summary>
    public BridgeRole Role => _state.Role;

    /// <summary>Why.</summary>
    public FailoverCause Cause => _state.Cause;

    /// <summary>Since when.</summary>
    public Timestamp Since => _state.Since;

    /// <summary>Grows with every promotion of either node.</summary>
    public uint Epoch => _state.Epoch;

    /// <summary>Whether frames may pass between the VLANs and the rest. While false the port to the VLANs is closed.</summary>
    public bool Forwards => _state.Forwards;

    /// <summary>As standby: the table agrees with that of the active node.</summary>
    public bool InSync => _state.InSync;

    /// <summary>
    /// This node hears none of those whom it would have to, and neither forwards nor takes over. Tell the other node where it may still
    /// hear it, by BFD's AdminDown for instance.
    /// </summary>
    public bool IsCutOff => NodeRules.IsCutOff(_state, _options);

    /// <summary>The node believes that the other one is away.</summary>
    public bool IsAlone => _state.IsAlone;

    /// <summary>A person took the role away.</summary>
    public bool IsDrained => _state.Drained;

    /// <summary>
    /// Frames may wait at the ports since before the last poll. Say so before each <see cref="Poll"/>, if you can: a node that slept drops what
    /// waited, and goes on when this is false, or a quarter of a second after it woke. Without it, a quarter of
    /// <see cref="BridgeNodeOptions.MaxGap"/> must be enough to take everything that was there.
    /// </summary>
    public bool HasBacklog
    {
        get => _state.HasBacklog;
        set => _state = _state with { HasBacklog = value };
    }

    /// <summary>What is known of the path between the tunnel endpoints.</summary>
    public BridgePathState OverlayPath => _state.Overlay;

    /// <summary>What is known of the path through the VLANs.</summary>
    public BridgePathState VlanPath => _state.Vlan;

    /// <summary>What the other node said last; null if it was never heard.</summary>
    public MacSyncHeader? Peer => _state.PeerKnown ? _state.Peer : null;

    /// <summary>When the other node was heard last.</summary>
    public Timestamp PeerHeard => _state.PeerHeard;

    /// <summary>The machines behind the VLANs.</summary>
    public MacSyncTable Table => _receiver.Table;

    /// <summary>Whether the node waits for <see cref="GrantFence"/>.</summary>
    public bool WantsFence { get; private set; }

    /// <summary>What was sent, taken and refused.</summary>
    public ref readonly BridgeNodeCounters Counters => ref _counters;

    /// <summary>Switches the node on.</summary>
    public void Enable(Timestamp now) => Apply(new NodeEvent(NodeInput.Enable), now);

    /// <summary>Switches the node off at once. Use <see cref="Drain"/> first to lose nothing.</summary>
    public void Disable(Timestamp now) => Apply(new NodeEvent(NodeInput.Disable), now);

    /// <summary>Tells what is known of a path now.</summary>
    public void SetPath(BridgePath path, BridgePathState state, Timestamp now) =>
        Apply(new NodeEvent(NodeInput.Path) { Path = path, PathState = state }, now);

    /// <summary>Tells whether the port to the VLANs has a carrier. A node without one does not take over.</summary>
    public void SetPort(bool up, Timestamp now) => Apply(new NodeEvent(NodeInput.Port) { PortUp = up }, now);

    /// <summary>Hands over to the other node; without one the role comes back.</summary>
    public void Drain(Timestamp now) => Apply(new NodeEvent(NodeInput.Drain), now);

    /// <summary>Takes the role: from an active node by asking it to hand over, else at once. Ends an earlier <see cref="Drain"/>.</summary>
    public void Activate(Timestamp now) => Apply(new NodeEvent(NodeInput.Activate), now);

    /// <summary>The witness says that this node may forward.</summary>
    public void GrantFence(Timestamp now)
    {
        WantsFence = false;
        Apply(new NodeEvent(NodeInput.FenceGranted), now);
    }

    /// <summary>The witness says that this node must not forward.</summary>
    public void RevokeFence(Timestamp now) => Apply(new NodeEvent(NodeInput.FenceLost), now);

    /// <summary>Takes a MAC-SYNC message.</summary>
    public MacSyncVerdict Receive(ReadOnlySpan<byte> message, Timestamp now)
    {
        MacSyncVerdict verdict = Judge(message, out MacSyncView view);
        _counters.Count(verdict);
        if (verdict == MacSyncVerdict.Accepted)
        {
            Take(view, now);
        }

        return verdict;
    }

    /// <summary>Takes a frame to a group address that may be a loop probe. All but <see cref="ProbeVerdict.NotProbe"/> is consumed.</summary>
    /// <param name="frame">The frame, tagged or not.</param>
    /// <param name="now">The time.</param>
    public ProbeVerdict ReceiveProbe(ReadOnlySpan<byte> frame, Timestamp now)
    {
        if (!LoopProbe.TryRead(frame, _options.Bridge, _authenticator, out ushort node, out uint epoch, out uint sequence, out bool genuine))
        {
            return ProbeVerdict.NotProbe;
        }

        bool isOwn = node == _options.Node;
        bool isNew = isOwn ? epoch == _state.Epoch && _probeSequence - sequence < ProbeMemory : genuine && _probeGuard.TryAccept(epoch, sequence);
        if (!genuine || !isNew)
        {
            _counters.ProbesRefused++;
            return ProbeVerdict.Refused;
        }

        _counters.OwnProbes += isOwn ? 1 : 0;
        _counters.PeerProbes += isOwn ? 0 : 1;
        Apply(new NodeEvent(isOwn ? NodeInput.OwnProbe : NodeInput.PeerProbe) { ProbeEpoch = epoch }, now);
        return isOwn ? ProbeVerdict.FromOurselves : ProbeVerdict.FromPeer;
    }

    /// <summary>
    /// Somebody on the overlay was heard who is not the other node: proof that this node is connected there. Once it was told this, a node
    /// that hears neither takes itself for cut off. Ask hosts before the other node's silence has lasted for long. Cheap: call it for every frame.
    /// </summary>
    public void HearOverlay(Timestamp now)
    {
        if (now - _state.OverlayHeard >= SoundInterval || !_state.KnowsOverlay)
        {
            Apply(new NodeEvent(NodeInput.OverlayHeard), now);
        }
    }

    /// <summary>The other node gave a sign of life other than those that this node takes itself: a BFD packet, on whichever path. Cheap.</summary>
    public void HearPeer(Timestamp now)
    {
        if (now - _state.PeerSign >= SoundInterval)
        {
            Apply(new NodeEvent(NodeInput.PeerSign), now);
        }
    }

    /// <summary>A machine behind the VLANs was heard there. Cheap: call it for every frame.</summary>
    public void HearVlan(Timestamp now)
    {
        if (now - _state.VlanHeard >= SoundInterval)
        {
            Apply(new NodeEvent(NodeInput.VlanHeard), now);
        }
    }

    /// <summary>
    /// A frame came that only another bridge between the same networks can have sent. A node that believes itself alone stops and asks,
    /// once in ten seconds.
    /// </summary>
    public void Suspect(Timestamp now) => Apply(new NodeEvent(NodeInput.Suspicion), now);

    /// <summary>Takes the oldest change of role that was not taken yet; 64 are kept.</summary>
    public bool TryTakeEvent(out BridgeNodeEvent change)
    {
        bool any = _eventsRead != _eventsWritten;
        change = any ? _events[_eventsRead++ % EventCapacity] : default;
        return any;
    }

    /// <summary>
    /// Goes on with another filtering database, into which the entries of the old one were carried: the switch around the node was built
    /// anew. Role, epoch, table and paths stay; what was being announced is announced from the start. Allocates.
    /// </summary>
    /// <param name="macs">The filtering database, with a journal.</param>
    /// <param name="port">Number of the port to the VLANs there.</param>
    /// <param name="peerVtep">Number of the other node's tunnel endpoint there, −1 if there is none.</param>
    /// <param name="bindings">Known IP addresses, if they are to be announced.</param>
    /// <param name="journal">This node's journal there.</param>
    /// <exception cref="ArgumentException">The database has no such journal, or <paramref name="port"/> is out of range.</exception>
    public void Rebind(FilteringDatabase macs, int port, int peerVtep, AddressBindings? bindings = null, int journal = 0)
    {
        ArgumentNullException.ThrowIfNull(macs);
        BridgeNodeOptions options = _options with { Port = port, PeerVtep = peerVtep, Journal = journal };
        options.Validate();
        FilteringJournal changes = JournalOf(macs, options);
        bool wasAnnouncing = _announcer.NextDue < Timestamp.MaxValue;
        (_options, _macs, _bindings) = (options, macs, options.AnnounceAddresses ? bindings : null);
        _port = BridgeLocation.Port(port);
        _sender = new MacSyncSender(options, macs, changes, _receiver);
        _announcer = new MacAnnouncer(macs.Capacity + options.Capacity, options.AnnouncementsPerMillisecond);
        _addressesDue = false;
        _nextPart = Timestamp.MaxValue;
        // Not everything may have found room in the new table: the holder of the list compares all of it.
        changes.Lose();
        _todo |= wasAnnouncing ? NodeActions.Announce : NodeActions.None;
    }

    /// <summary>Frees the tables. The node must not be used afterwards.</summary>
    public void Dispose()
    {
        _hostAuthenticator.Dispose();
        _receiver.Dispose();
        _authenticator.Dispose();
    }

    private static FilteringJournal JournalOf(FilteringDatabase macs, BridgeNodeOptions options) => options.Journal < macs.Journals.Count
        ? macs.Journals[options.Journal]
        : throw new ArgumentException($"The database has {macs.Journals.Count} journals, of which {nameof(BridgeNodeOptions)}.{nameof(BridgeNodeOptions.Journal)} {options.Journal} is none; see {nameof(FilteringDatabaseOptions)}.{nameof(FilteringDatabaseOptions.JournalCapacity)}.", nameof(macs));

    private MacSyncVerdict Judge(ReadOnlySpan<byte> message, out MacSyncView view)
    {
        if (!MacSyncView.TryParse(message, out view))
        {
            return MacSyncVerdict.Malformed;
        }

        MacSyncHeader header = view.Header;
        if (header.Bridge != _options.Bridge)
        {
            return MacSyncVerdict.ForeignBridge;
        }

        if (header.Node == _options.Node)
        {
            return MacSyncVerdict.OwnMessage;
        }

        if (!_authenticator.Verify(message, MacSyncHeader.AuthenticatorOffset))
        {
            return MacSyncVerdict.Unauthentic;
        }

        return _messageGuard.TryAccept(header.Epoch, header.Sequence) ? MacSyncVerdict.Accepted : MacSyncVerdict.Stale;
    }

    private void Take(in MacSyncView message, Timestamp now)
    {
        MacSyncHeader header = message.Header;
        bool isAnswer = header.Type == MacSyncType.Answer && IsAnswer(header.Digest, now);
        Apply(new NodeEvent(NodeInput.Peer) { Peer = header, IsAnswer = isAnswer }, now);
        if ((header.Flags & MacSyncFlags.Query) != 0 && (header.Flags & MacSyncFlags.Active) == 0)
        {
            (_answerDue, _answered) = (true, NameOf(header.Epoch, header.Sequence));
        }

        if (header.Type == MacSyncType.Answer)
        {
            return;
        }

        bool follows = Role is BridgeRole.Standby or BridgeRole.Init && (header.Flags & (MacSyncFlags.Active | MacSyncFlags.Drain)) != 0;
        if (follows)
        {
            MacSyncType? answer = _receiver.Take(message, now, ref _counters);
            _ackDue |= answer == MacSyncType.Ack;
            _todo |= answer == MacSyncType.FullRequest ? NodeActions.RequestFull : NodeActions.None;
            _state = _state with { InSync = header.Digest == Table.Digest };
        }
        else if (HoldsTable && header.Type == MacSyncType.FullRequest)
        {
            _todo |= NodeActions.SendFull;
        }
        else if (HoldsTable && header.Type == MacSyncType.Ack && header.Digest == Table.Digest)
        {
            Apply(new NodeEvent(NodeInput.PeerSynced), now);
        }
    }

    /// <summary>Feeds the state machine, does at once what concerns tables, and leaves what is to be sent to the next poll.</summary>
    private void Apply(in NodeEvent happened, Timestamp now)
    {
        NodeState before = _state;
        _state = NodeRules.Next(before, happened, _options, now, out NodeActions actions);
        _todo |= actions;
        if (_state.Role != before.Role)
        {
            Note(before, now);
        }

        if (_state.Role == BridgeRole.Fenced && before.Role != BridgeRole.Fenced)
        {
            // Only what is asked from now on tells what the other node does now.
            _queries.AsSpan().Clear();
        }

        if ((actions & NodeActions.FlushPort) != 0)
        {
            _ = _macs.Flush(_port, _receiver.Bridged);
            _sender.Stop();
        }

        if ((actions & NodeActions.Install) != 0)
        {
            Install(now);
        }

        if ((actions & NodeActions.Hush) != 0)
        {
            _announcer.Stop();
        }

        WantsFence |= (actions & NodeActions.AskFence) != 0;
        WantsFence &= _state.Role == BridgeRole.Promoting;
    }

    private void Note(in NodeState before, Timestamp now)
    {
        _counters.Promotions += _state.Role == BridgeRole.Active && before.Role != BridgeRole.Demoting ? 1 : 0;
        _counters.Demotions += before.Forwards && !_state.Forwards ? 1 : 0;
        if (_eventsWritten - _eventsRead == EventCapacity)
        {
            _eventsRead++;
        }

        _events[_eventsWritten++ % EventCapacity] = new BridgeNodeEvent(now, before.Role, _state.Role, _state.Cause, _state.Epoch);
    }

    /// <summary>Takes over the other node's machines: they are behind our port now, and nothing is behind its tunnel any more.</summary>
    private void Install(Timestamp now)
    {
        _receiver.Abandon();
        int cursor = 0;
        do
        {
            int count = Table.CopyTo(ref cursor, _entries, now);
            foreach (MacSyncEntry entry in _entries.AsSpan(0, count))
            {
                _ = _macs.Learn(entry.Vlan, entry.Mac, _port, now);
            }
        }
        while (cursor != 0);
        if (_options.PeerVtep >= 0)
        {
            _ = _macs.Flush(BridgeLocation.Vtep(_options.PeerVtep), _receiver.Bridged);
        }
    }
}
