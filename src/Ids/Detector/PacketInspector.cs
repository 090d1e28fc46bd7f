using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>Takes one packet through all there is to do with it.</summary>
internal sealed partial class PacketInspector : IDisposable
{
    private const int MaxDatagram = 4096;

    private readonly DetectorOptions _options;
    private readonly DetectorMeter _meter;
    private readonly ConversationTable _flows;
    private readonly ConnectionInspector _connections;
    private readonly MessageInspector _messages;
    private readonly StreamStore _streams;
    private readonly AppStore _apps;
    private readonly Reassembler _fragments;
    private readonly AddressBitTable _addressBits;
    private readonly RuleMatcher _matcher;
    private readonly PacketRules _rules;
    private readonly Conclusion _conclusion;
    private readonly ConversationTeller? _teller;
    private readonly byte[] _datagram = new byte[MaxDatagram];
    private ImageScratch _scratch = null!;
    private int _generation;
    private int _datagramLength;
    private bool _isFromFragments;
    private FlowState _unremembered;

    public PacketInspector(DetectorOptions options, DetectorMeter meter)
    {
        _options = options;
        _meter = meter;
        _streams = new StreamStore(options.StreamCapacity, 4 * options.StreamWindowBytes);
        _apps = new AppStore(options.SessionCapacity, options.HeadBytes, options.BodyBytes);
        _fragments = new Reassembler(options);
        _addressBits = new AddressBitTable(options.ThresholdCapacity, options.Seed);
        _matcher = new RuleMatcher(new BufferSource(Math.Max(options.HeadBytes, ushort.MaxValue + 1)), _addressBits, meter);
        _teller = options.Observer is null ? null : new ConversationTeller(options.Observer, _apps);
        _messages = new MessageInspector(_apps, _matcher) { Teller = _teller };
        var streams = new StreamInspector(_streams, _apps, new SessionReader(_apps, _messages, options.HeadBytes), _matcher, options);
        _connections = new ConnectionInspector(_streams, _apps, streams, options, meter) { Teller = _teller };
        _rules = new PacketRules(_matcher, streams, meter);
        _conclusion = new Conclusion(_matcher, options, meter);
        _flows = new ConversationTable(options);
    }

    /// <summary>What conversations that begin from now on are marked with.</summary>
    public uint Tag
    {
        get => _flows.Tag;
        set => _flows.Tag = value;
    }

    /// <summary>Takes other rules into use.</summary>
    public void Use(ImageScratch scratch, int generation)
    {
        _scratch = scratch;
        _generation = generation;
        _messages.Scratch = scratch;
        _rules.Scratch = scratch;
        _connections.Streams.Scratch = scratch;
        _connections.Streams.Generation = generation;
    }

    public Verdict Inspect(ReadOnlySpan<byte> frame, Span<byte> writable, in PacketLayout layout, Timestamp now, Span<Alert> alerts, out int alertCount, out bool isChanged)
    {
        _meter.Counters.Packets++;
        _datagramLength = 0;
        alertCount = 0;
        return Inspect(frame, writable, in layout, now, 0, alerts, ref alertCount, out isChanged);
    }

    public bool TryGetConversation(in Alert alert, out Conversation conversation)
    {
        conversation = default;
        if (alert.Conversation == 0 || !_flows.TryFind(alert.Source, alert.Destination, alert.SourcePort, alert.DestinationPort, alert.Protocol, alert.Conversation, out FlowHandle handle))
        {
            return false;
        }

        ref FlowState flow = ref _flows[handle];
        ReadOnlySpan<byte> request = _datagram.AsSpan(0, alert.App == AppProtocol.Dns ? _datagramLength : 0);
        ReadOnlySpan<byte> response = default;
        if (_apps.Slots.IsHeld(flow.Session, flow.SessionUse))
        {
            request = _apps.LastHeadOf(flow.Session, toServer: true);
            response = _apps.LastHeadOf(flow.Session, toServer: false);
        }

        ConversationFacts facts = alert.IsToServer
            ? ConversationFacts.Of(in flow, alert.Source, alert.Destination, alert.SourcePort, alert.DestinationPort)
            : ConversationFacts.Of(in flow, alert.Destination, alert.Source, alert.DestinationPort, alert.SourcePort);
        conversation = new Conversation(in facts, request, response);
        return true;
    }

    public void Dispose()
    {
        _flows.Dispose();
        _fragments.Dispose();
        _addressBits.Dispose();
        _conclusion.Dispose();
    }

    private static Verdict Stronger(Verdict left, Verdict right) => left > right ? left : right;

    private Verdict Inspect(ReadOnlySpan<byte> frame, Span<byte> writable, in PacketLayout layout, Timestamp now, int depth, Span<Alert> alerts, ref int alertCount, out bool isChanged)
    {
        isChanged = false;
        var inspection = new Inspection { Now = now };
        ref PacketFacts packet = ref inspection.Packet;
        PacketReader.Read(frame, in layout, out packet);
        packet.IsReassembled = depth > 0 && writable.IsEmpty && _isFromFragments;
        _isFromFragments = false;
        ReadOnlySpan<byte> whole = default;
        bool isFragment = layout.IsFragment && packet.Version != 0 && layout.Error is (LayoutError.None or LayoutError.TransportTruncated or LayoutError.TransportInvalid);
        bool isWhole = false;
        if (isFragment)
        {
            _meter.Counters.Fragments++;
            isWhole = _fragments.TryAdd(ref packet, PolicyFor(in packet), now, _meter, out whole);
        }

        if (depth < TunnelReader.MaxDepth && TunnelReader.TryService(frame, in layout, out ReadOnlySpan<byte> served, out PacketLayout servedLayout))
        {
            _meter.Counters.Tunnelled++;
            return Inspect(served, default, in servedLayout, now, depth + 1, alerts, ref alertCount, out _);
        }

        Verdict verdict;
        bool isReadable = packet.Version != 0 && layout.Error is (LayoutError.None or LayoutError.TransportTruncated or LayoutError.TransportInvalid);
        if (!isReadable && !isFragment)
        {
            _meter.Counters.NotInspected++;
            verdict = InspectHeader(ref inspection, alerts, ref alertCount);
        }
        else
        {
            verdict = InspectConversation(ref inspection, isFragment, writable, layout.L3Offset, now, alerts, ref alertCount, out isChanged);
        }

        if (isWhole && depth < TunnelReader.MaxDepth)
        {
            EtherType type = packet.Version == 4 ? EtherType.IPv4 : EtherType.IPv6;
            _ = PacketLayout.TryParseNetwork(whole, type, out PacketLayout wholeLayout);
            _isFromFragments = true;
            verdict = Stronger(verdict, Inspect(whole, default, in wholeLayout, now, depth + 1, alerts, ref alertCount, out _));
        }
        else if (isReadable && !isFragment && verdict == Verdict.Accept && depth < TunnelReader.MaxDepth && TunnelReader.TryFind(in packet, out ReadOnlySpan<byte> inner, out PacketLayout innerLayout))
        {
            _meter.Counters.Tunnelled++;
            verdict = Stronger(verdict, Inspect(inner, default, in innerLayout, now, depth + 1, alerts, ref alertCount, out _));
        }

        return verdict;
    }

    private OverlapPolicy PolicyFor(in PacketFacts packet) => _options.PolicyOf?.Invoke(packet.Destination) ?? _options.Overlaps;

    /// <summary>A packet of which no conversation can be told: rules for headers alone.</summary>
    private Verdict InspectHeader(ref Inspection inspection, Span<Alert> alerts, ref int alertCount)
    {
        if (_scratch.Image.HeaderRules.Length == 0)
        {
            return Verdict.Accept;
        }

        _unremembered = default;
        inspection.Flow = ref _unremembered;
        inspection.ToServer = true;
        inspection.Payload = inspection.Packet.Payload;
        inspection.HasBeginning = true;
        _matcher.Matches.Clear();
        _rules.MatchHeader(ref inspection);
        return _conclusion.Conclude(_scratch.Image, ref inspection, alerts, ref alertCount);
    }

    private Verdict InspectConversation(ref Inspection inspection, bool isFragment, Span<byte> writable, int networkOffset, Timestamp now, Span<Alert> alerts, ref int alertCount, out bool isChanged)
    {
        isChanged = false;
        ref PacketFacts packet = ref inspection.Packet;
        ref FlowState flow = ref _unremembered;
        bool sourceIsLow = true;
        bool isNew = true;
        if (isFragment)
        {
            flow = default;
        }
        else
        {
            flow = ref _flows.Get(in packet, now, ref _unremembered, _meter, out sourceIsLow, out isNew, out FlowVictim<FlowTuple, FlowState> lost);
            if (lost.Exists)
            {
                FlowState old = lost.Value;
                Close(lost.Key, ref old, now, alerts, ref alertCount);
                _teller?.TellEnd(in old, lost.Key, ConversationEnd.Forced);
            }

            if (isNew && flow.Id != 0)
            {
                if (flow.ClientPackets + flow.ServerPackets > 0)
                {
                    _teller?.TellEnd(in flow, ConversationTable.KeyOf(in packet), ConversationTable.IsIdle(in flow, now) ? ConversationEnd.Timeout : ConversationEnd.Reused);
                }

                _connections.Release(ref flow);
                _flows.Begin(ref flow, now);
            }
        }

        if (flow.ImageGeneration != _generation)
        {
            flow.Bits = default;
            flow.NumbersSet = 0;
            flow.ImageGeneration = _generation;
        }

        flow.LastSeen = now.Nanoseconds;
        flow.WasEstablished = flow.Stage is FlowStage.Established or FlowStage.Closed;
        _matcher.Matches.Clear();
        inspection.Flow = ref flow;
        inspection.HasBeginning = true;
        TcpStep step = default;
        if (packet.IsTcp && !isFragment)
        {
            step = TcpTracker.Advance(ref flow, in packet, sourceIsLow, isNew, _options.AcceptMidstream, _options.AcceptOneSide);
            inspection.ToServer = step.ToServer;
        }
        else
        {
            inspection.ToServer = AdvancePlain(ref flow, sourceIsLow, isNew);
        }

        Count(ref flow, in packet, inspection.ToServer);
        if (flow.HasMidstream && _options.Midstream != MidstreamPolicy.Inspect)
        {
            flow.IsPassed |= _options.Midstream == MidstreamPolicy.Pass;
            flow.IsDropped |= _options.Midstream == MidstreamPolicy.Drop && _options.IsInline;
        }

        if ((flow.IsPassed && _scratch.Image.IsPassFirst) || flow.IsDropped)
        {
            _meter.Counters.Decided++;
            return flow.IsDropped ? Verdict.Drop : Verdict.Accept;
        }

        bool mustDrop = false;
        if (packet.IsTcp && !isFragment)
        {
            inspection.Packet.StreamEvents |= step.Events;
            inspection.Packet.ClientBytes = flow.Client.Sent;
            inspection.Packet.ServerBytes = flow.Server.Sent;
            mustDrop = _connections.Take(ref inspection, in step, writable, networkOffset, PolicyFor(in packet), out isChanged);
        }

        inspection.Payload = packet.Payload;
        inspection.IsStream = false;
        inspection.HasBeginning = true;
        inspection.StreamEnd = step.Offset + packet.Payload.Length;
        InspectPacket(ref inspection);
        if (step.Closes)
        {
            _connections.Close(ref inspection);
        }
        else if (step.Resets)
        {
            _connections.Flush(ref inspection);
        }

        Verdict verdict = _conclusion.Conclude(_scratch.Image, ref inspection, alerts, ref alertCount);
        flow.IsAppNew = false;
        return mustDrop ? Stronger(verdict, Verdict.Drop) : verdict;
    }

    private static bool AdvancePlain(ref FlowState flow, bool sourceIsLow, bool isNew)
    {
        if (isNew)
        {
            flow.ClientIsLow = sourceIsLow;
            flow.Stage = FlowStage.New;
        }

        bool toServer = flow.ClientIsLow == sourceIsLow;
        flow.Stage = toServer ? flow.Stage : FlowStage.Established;
        return toServer;
    }

    private static void Count(ref FlowState flow, in PacketFacts packet, bool toServer)
    {
        (flow.Protocol, flow.IpVersion) = (packet.Protocol, packet.Version);
        if (toServer)
        {
            flow.ClientPackets++;
            flow.ClientBytes += packet.FrameLength;
            flow.ClientFlags |= (byte)packet.TcpFlags;
        }
        else
        {
            flow.ServerPackets++;
            flow.ServerBytes += packet.FrameLength;
            flow.ServerFlags |= (byte)packet.TcpFlags;
        }
    }

    private void InspectPacket(ref Inspection inspection)
    {
        _rules.Match(ref inspection);
        ref PacketFacts packet = ref inspection.Packet;
        ref FlowState flow = ref inspection.Flow;
        if (packet.IsUdp && flow.App == AppProtocol.Dns && AppProbe.Dns(packet.Payload))
        {
            _datagramLength = Math.Min(packet.Payload.Length, MaxDatagram);
            packet.Payload[.._datagramLength].CopyTo(_datagram);
            inspection.Message = (int)(inspection.ToServer ? flow.ClientPackets : flow.ServerPackets) - 1;
            _messages.InspectDatagram(ref inspection);
        }
    }
}
