using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The engine of this package: a learning VLAN bridge whose segments extend over tunnels (IEEE 802.1Q clause 8, RFC 7348
/// section 4, RFC 8365 section 5.1.3). It is handed frames and the time, and says where they go.
/// </summary>
/// <remarks>
/// <para>
/// One frame takes <see cref="Decide"/>; a decision to <see cref="BridgeAction.Flood"/> is carried out by
/// <see cref="Flood"/>, one to <see cref="BridgeAction.Answer"/> by <see cref="WriteAnswer"/>. The bridge never changes a
/// frame itself: every output says how its copy's tag is to be rewritten, and <see cref="VlanRewrite.TryApply"/> does it.
/// Frames of one source, destination and priority keep their order, because the bridge holds none back.
/// </para>
/// <para>One instance a worker, no locks. Nothing is allocated after construction.</para>
/// </remarks>
public sealed partial class LearningBridge : IDisposable
{
    /// <summary>Room that <see cref="WriteAnswer"/> needs at most.</summary>
    public const int MaxAnswerBytes = NeighborSuppression.MaxReplyBytes;

    private const int NoSegment = -1;
    private const int VlanCount = 4096;
    private const ushort VlanMask = 0x0FFF;

    private readonly BridgePort[] _ports;
    private readonly BridgeSegment[] _segments;
    private readonly short[] _segmentOfVlan = new short[VlanCount];
    private readonly LearningBridgeOptions _options;
    private readonly int _vtepCount;
    private bool _ownsTables;
    private BridgeCounters _counters;

    /// <summary>Creates a bridge and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public LearningBridge(LearningBridgeOptions options)
        : this(options, predecessor: null)
    {
    }

    /// <summary>
    /// Creates a bridge that is to take the place of another one and goes on with its tables. Until <see cref="TakeOver"/> the other one alone uses
    /// them, on a thread of its own if need be; a bridge that is disposed of before leaves no trace.
    /// </summary>
    /// <param name="options">Ports, segments and endpoints may be others; what tables are made of must be the same, see <see cref="CanSucceed"/>.</param>
    /// <param name="predecessor">The other one; null for tables of its own.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the tables of <paramref name="predecessor"/> do not fit; the message says which.</exception>
    public LearningBridge(LearningBridgeOptions options, LearningBridge? predecessor)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (predecessor is not null && !CanSucceed(options, predecessor))
        {
            throw new ArgumentException("The tables of the predecessor have another size, seed or journal than the options ask for.", nameof(predecessor));
        }

        _options = options;
        _ports = [.. options.Ports.Select(port => new BridgePort(port, options.Start))];
        _segments = [.. options.Segments.Select(segment => new BridgeSegment(segment, options.Ports))];
        _vtepCount = options.VtepCount;
        _segmentOfVlan.AsSpan().Fill(NoSegment);
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            _segmentOfVlan[_segments[segment].Vlan] = (short)segment;
        }

        _ownsTables = predecessor is null;
        Macs = predecessor?.Macs ?? new FilteringDatabase(new FilteringDatabaseOptions
        {
            Capacity = options.MacCapacity,
            PortCount = _ports.Length,
            VtepCount = options.VtepCount,
            Seed = options.Seed,
            Start = options.Start,
            MoveDamping = options.MoveDamping,
            JournalCapacity = options.JournalCapacity,
            Journals = options.Journals,
            SharePeriod = options.SharePeriod,
        });
        Bindings = predecessor?.Bindings ?? new AddressBindings(new AddressBindingsOptions { Capacity = options.BindingCapacity, Seed = options.Seed, Start = options.Start });
        if (_ownsTables)
        {
            SetLimits();
        }
    }

    /// <summary>What was learned, and static entries.</summary>
    public FilteringDatabase Macs { get; }

    /// <summary>IP-to-MAC bindings from which ARP requests and neighbour solicitations are answered.</summary>
    public AddressBindings Bindings { get; }

    /// <summary>What happened to frames so far.</summary>
    public ref readonly BridgeCounters Counters => ref _counters;

    /// <summary>Opens, closes or half-opens a port. Addresses learned there stay; <see cref="FilteringDatabase.Flush(BridgeLocation)"/> forgets them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such port.</exception>
    public void SetPortState(int port, BridgePortState state)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(port, _ports.Length);
        _ports[port].State = state;
    }

    /// <summary>
    /// Opens, closes or half-opens a port in one VLAN. Of its state there and that of the whole port the less open one counts. Allocates when
    /// it is first called for a port.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such port, or the VLAN is none.</exception>
    public void SetPortState(int port, ushort vlan, BridgePortState state)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(port, _ports.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vlan, VlanTag.MaxVlanId);
        _ports[port].SetStateIn(vlan, state);
    }

    /// <summary>Forgets what has aged; call it once a burst. Work is bounded by <paramref name="budget"/> entries a table.</summary>
    public void Advance(Timestamp now, int budget = 64)
    {
        _ = Macs.Advance(now, budget);
        _ = Bindings.Advance(now, budget);
    }

    /// <summary>Learns from a frame that a local port received and decides where it goes.</summary>
    /// <param name="frame">The frame from its Ethernet header on, without frame check sequence.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="port">Number of the port.</param>
    /// <param name="now">The time.</param>
    public BridgeDecision Decide(ReadOnlySpan<byte> frame, in PacketLayout layout, int port, Timestamp now)
    {
        BridgeLocation ingress = BridgeLocation.Port(port);
        if (!FrameClassifier.TryReadAddresses(frame, layout, out MacAddress destination, out MacAddress source, out BridgeDropReason reason))
        {
            return Drop(reason, ingress);
        }

        BridgePort receiver = _ports[port];
        bool tagged = FrameClassifier.IsCustomerTagged(frame, layout);
        reason = FrameClassifier.Classify(receiver, tagged, layout.OuterTci, out int vlan);
        if (reason != BridgeDropReason.None)
        {
            return Drop(reason, ingress);
        }

        int segmentIndex = _segmentOfVlan[vlan];
        if (segmentIndex < 0)
        {
            return Drop(BridgeDropReason.UnknownSegment, ingress);
        }

        BridgeSegment segment = _segments[segmentIndex];
        LearnResult learned = LearnResult.None;
        BridgePortState state = receiver.StateIn(vlan);
        if (segment.Learning && state != BridgePortState.Blocked)
        {
            learned = Macs.Learn((ushort)vlan, source, ingress, now);
        }

        if (state != BridgePortState.Forwarding)
        {
            return Drop(BridgeDropReason.IngressBlocked, ingress, (ushort)vlan, learned);
        }

        if (receiver.DropsRefusedSources
            && learned is LearnResult.StaticConflict or LearnResult.StickyConflict or LearnResult.HeldDown or LearnResult.LimitReached)
        {
            return Drop(BridgeDropReason.SourceRefused, ingress, (ushort)vlan, learned);
        }

        // A tag that a port sends keeps the priority the frame came with (IEEE 802.1Q 6.9.2).
        ushort tci = (ushort)(tagged ? (layout.OuterTci & ~VlanMask) | vlan : vlan);
        var draft = new BridgeDecision { Vlan = (ushort)vlan, Segment = segmentIndex, Ingress = ingress, Learned = learned, IsTagged = tagged, Tci = tci };
        if ((segment.SuppressArp || segment.SuppressNd) && TryAnswer(frame, layout, segment, source, draft, now, out BridgeDecision answer))
        {
            return answer;
        }

        return Forward(segment, destination, draft, now);
    }

    /// <summary>Learns from a frame that came out of a tunnel and decides where it goes.</summary>
    /// <param name="frame">The inner frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="vtep">Number of the remote tunnel endpoint that sent it.</param>
    /// <param name="vlan">Segment that the tunnel's VNI belongs to.</param>
    /// <param name="now">The time.</param>
    public BridgeDecision DecideFromTunnel(ReadOnlySpan<byte> frame, in PacketLayout layout, int vtep, ushort vlan, Timestamp now)
    {
        BridgeLocation ingress = BridgeLocation.Vtep(vtep);
        if (!FrameClassifier.TryReadAddresses(frame, layout, out MacAddress destination, out MacAddress source, out BridgeDropReason reason))
        {
            return Drop(reason, ingress);
        }

        int segmentIndex = vlan < VlanCount ? _segmentOfVlan[vlan] : NoSegment;
        if (segmentIndex < 0 || (uint)vtep >= (uint)_vtepCount)
        {
            return Drop(BridgeDropReason.UnknownSegment, ingress);
        }

        if (FrameClassifier.IsCustomerTagged(frame, layout))
        {
            return Drop(BridgeDropReason.TaggedInTunnel, ingress, vlan);
        }

        BridgeSegment segment = _segments[segmentIndex];
        LearnResult learned = segment.Learning ? Macs.Learn(vlan, source, ingress, now) : LearnResult.None;
        if (segment.SuppressArp || segment.SuppressNd)
        {
            NeighborSuppression.Learn(Bindings, segment, frame, layout, source, now);
        }

        var draft = new BridgeDecision { Vlan = vlan, Segment = segmentIndex, Ingress = ingress, Learned = learned, Tci = vlan };
        return Forward(segment, destination, draft, now);
    }

    /// <summary>Decides where an untagged frame goes that the caller itself sends, as a router does. Nothing is learned from it, and nothing is answered.</summary>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="layout">Its layout; offsets count from the start of <paramref name="frame"/>.</param>
    /// <param name="port">Number of the port that the caller's own address is entered at.</param>
    /// <param name="vlan">Segment that it is sent to.</param>
    /// <param name="now">The time.</param>
    public BridgeDecision DecideOwn(ReadOnlySpan<byte> frame, in PacketLayout layout, int port, ushort vlan, Timestamp now)
    {
        BridgeLocation ingress = BridgeLocation.Port(port);
        if (!FrameClassifier.TryReadAddresses(frame, layout, out MacAddress destination, out _, out BridgeDropReason reason))
        {
            return Drop(reason, ingress);
        }

        int segment = vlan < VlanCount ? _segmentOfVlan[vlan] : NoSegment;
        return segment < 0
            ? Drop(BridgeDropReason.UnknownSegment, ingress)
            : Forward(_segments[segment], destination, new BridgeDecision { Vlan = vlan, Segment = segment, Ingress = ingress, Tci = vlan }, now);
    }

    /// <summary>Builds the reply that a decision to answer asks for, tagged as the request was.</summary>
    /// <param name="decision">A decision of this bridge to <see cref="BridgeAction.Answer"/>.</param>
    /// <param name="frame">The request.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="reply">Where the reply is written; <see cref="MaxAnswerBytes"/> bytes are enough.</param>
    /// <returns>Bytes of the reply, to be sent to <see cref="BridgeDecision.Ingress"/>; 0 if <paramref name="reply"/> is too short.</returns>
    public static int WriteAnswer(in BridgeDecision decision, ReadOnlySpan<byte> frame, in PacketLayout layout, Span<byte> reply) =>
        decision.Action == BridgeAction.Answer ? NeighborSuppression.WriteReply(decision, frame, layout, reply) : 0;

    /// <summary>Frees the tables' memory, unless a successor has them. The bridge must not be used afterwards.</summary>
    public void Dispose()
    {
        if (_ownsTables)
        {
            Macs.Dispose();
            Bindings.Dispose();
        }
    }

    private bool TryAnswer(
        ReadOnlySpan<byte> frame, in PacketLayout layout, BridgeSegment segment, MacAddress source, in BridgeDecision draft, Timestamp now, out BridgeDecision answer)
    {
        answer = default;
        if (!NeighborSuppression.TryAnswer(Bindings, segment, frame, layout, source, now, out AddressKey target, out AddressBinding binding))
        {
            return false;
        }

        // The binding alone is not enough: its machine must be known, and elsewhere than the asker, who hears it directly.
        if (!Macs.TryLookup(segment.Vlan, binding.Mac, now, out BridgeLocation where, out TimeSpan silence) || where == draft.Ingress)
        {
            return false;
        }

        if (segment.AskAgain > TimeSpan.Zero)
        {
            // Who was answered and asks all again did not reach the machine. Unless it was heard since, it may be elsewhere by now, and only a flooded question finds it.
            bool isDoubted = Bindings.Questions.TryFind(source, target, out Timestamp answered) && now < answered + segment.AskAgain && now - silence <= answered;
            Bindings.Questions.Note(source, target, now);
            if (isDoubted)
            {
                _counters.AskedAgain++;
                answer = Forward(segment, MacAddress.Read(frame), draft with { IsAskedAgain = true }, now);
                return true;
            }
        }

        if (layout.EtherType == EtherType.Arp)
        {
            _counters.AnsweredArp++;
        }
        else
        {
            _counters.AnsweredNd++;
        }

        answer = draft with { Action = BridgeAction.Answer, AnswerMac = binding.Mac, AnswerIsRouter = binding.IsRouter };
        return true;
    }

    private BridgeDecision Forward(BridgeSegment segment, MacAddress destination, in BridgeDecision draft, Timestamp now)
    {
        if (destination.IsGroup)
        {
            return FloodOrDrop(segment, destination, draft, now, ref _counters.FloodedGroup);
        }

        if (!Macs.TryLookup(segment.Vlan, destination, now, out BridgeLocation where))
        {
            return segment.FloodUnknown
                ? FloodOrDrop(segment, destination, draft, now, ref _counters.FloodedUnknown)
                : Drop(BridgeDropReason.UnknownUnicast, draft);
        }

        if (where == draft.Ingress)
        {
            return Drop(BridgeDropReason.SameLocation, draft);
        }

        if (where.IsVtep && draft.Ingress.IsVtep)
        {
            return Drop(BridgeDropReason.SplitHorizon, draft);
        }

        bool sendTagged = false;
        if (!where.IsVtep)
        {
            BridgePort port = _ports[where.Index];
            if (port.StateIn(segment.Vlan) != BridgePortState.Forwarding || !port.IsMember(segment.Vlan))
            {
                return Drop(BridgeDropReason.EgressBlocked, draft);
            }

            sendTagged = port.SendsTagged(segment.Vlan);
        }

        _counters.Forwarded++;
        return draft with
        {
            Action = BridgeAction.Forward,
            Output = new BridgeOutput(where, VlanRewrite.Between(draft.IsTagged, sendTagged, draft.Tci), IsLast: true),
        };
    }

    private BridgeDecision Drop(BridgeDropReason reason, BridgeLocation ingress, ushort vlan = 0, LearnResult learned = LearnResult.None) =>
        Drop(reason, new BridgeDecision { Ingress = ingress, Vlan = vlan, Learned = learned });

    private BridgeDecision Drop(BridgeDropReason reason, in BridgeDecision draft)
    {
        _counters.CountDrop(reason);
        return draft with { Action = BridgeAction.Drop, Reason = reason };
    }
}
