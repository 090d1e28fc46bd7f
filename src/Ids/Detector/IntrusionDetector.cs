using Weft.Flows;
using Weft.Packets;

namespace Weft.Ids;

/// <summary>
/// Compares packets with rules. It is handed packets and the time and says what to do with each and which rules matched; it
/// does no I/O. One thread uses one detector; <see cref="Swap"/> alone may be called from another.
/// </summary>
/// <remarks>
/// Every packet is inspected by itself: streams are not put together, so a string that two segments share is not found.
/// Nothing is allocated for a packet, except where a regular expression exceeds its time.
/// </remarks>
public sealed class IntrusionDetector : IDisposable
{
    private const int MaxCapacity = 1 << 24;

    private readonly DetectorOptions _options;
    private readonly FlowTable<FlowTuple, FlowState> _flows;
    private readonly ThresholdTable _thresholds;
    private readonly RuleEvaluator _evaluator = new();
    private Worker _worker;
    private Worker? _next;
    private int _generation;
    private DetectorCounters _counters;

    /// <summary>Allocates all that the detector will need.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public IntrusionDetector(RuleImage image, DetectorOptions options)
    {
        Check(options.FlowCapacity, nameof(options.FlowCapacity));
        Check(options.ThresholdCapacity, nameof(options.ThresholdCapacity));
        _options = options;
        _worker = new Worker(image, options.Completion);
        _flows = new FlowTable<FlowTuple, FlowState>(new FlowTableOptions { Capacity = options.FlowCapacity, Seed = options.Seed, WhenFull = FlowFullPolicy.EvictIdle });
        _thresholds = new ThresholdTable(options.ThresholdCapacity, options.Seed);
    }

    /// <summary>What was done so far.</summary>
    public ref readonly DetectorCounters Counters => ref _counters;

    /// <summary>The rules in use.</summary>
    public RuleImage Image => _worker.Image;

    /// <summary>
    /// Exchanges the rules, from any thread, without a lock: the next packet is inspected with the new ones. Conversations and
    /// thresholds live on; flow bits, which belong to the rules, begin anew.
    /// </summary>
    public void Swap(RuleImage next) => Volatile.Write(ref _next, new Worker(next, _options.Completion));

    /// <summary>Inspects one packet.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">Where its headers are.</param>
    /// <param name="now">The time; it does not go back.</param>
    /// <param name="alerts">Receives the alerts, the most urgent action first.</param>
    /// <param name="alertCount">Alerts that were written; those without room are counted in <see cref="DetectorCounters.AlertsLost"/>.</param>
    public Verdict Inspect(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, Span<Alert> alerts, out int alertCount)
    {
        alertCount = 0;
        _counters.Packets++;
        TakeNext();
        if (!PacketFacts.TryRead(frame, in layout, out PacketFacts packet))
        {
            _counters.NotInspected++;
            return Verdict.Accept;
        }

        FlowState unremembered = default;
        ref FlowState flow = ref FlowOf(in packet, ref unremembered, out bool toServer);
        if (flow.IsPassed || flow.IsDropped)
        {
            _counters.Decided++;
            return flow.IsDropped ? Verdict.Drop : Verdict.Accept;
        }

        ReadOnlySpan<int> candidates = _worker.Candidates(packet.Payload, ref _counters.Scan);
        _counters.Candidates += candidates.Length;
        return Apply(candidates, in packet, ref flow, toServer, now, alerts, ref alertCount);
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _flows.Dispose();
        _thresholds.Dispose();
    }

    private static void Check(int value, string name)
    {
        if (value is < 1 or > MaxCapacity)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{nameof(DetectorOptions)}.{name} is 1 to {MaxCapacity}.");
        }
    }

    private void TakeNext()
    {
        if (Volatile.Read(ref _next) is not null && Interlocked.Exchange(ref _next, null) is Worker next)
        {
            _worker = next;
            _generation++;
        }
    }

    private Verdict Apply(ReadOnlySpan<int> candidates, in PacketFacts packet, ref FlowState flow, bool toServer, Timestamp now, Span<Alert> alerts, ref int alertCount)
    {
        Verdict verdict = Verdict.Accept;
        foreach (int index in candidates)
        {
            CompiledRule rule = _worker.Image.CompiledRules[index];
            if (!HeaderFilter.Matches(rule, in packet, in flow, toServer) || !rule.FlowBitsMatch(in flow.Bits) || !PayloadMatches(rule, packet.Payload))
            {
                continue;
            }

            // A match below the filter's count is no match; one above a threshold is one that nobody is told of.
            bool isDue = rule.Rule.Threshold is not ThresholdOptions threshold || _thresholds.Count(rule.Rule, threshold, in packet, now);
            if (!isDue && rule.Rule.Threshold!.Kind == ThresholdKind.DetectionFilter)
            {
                _counters.AlertsSuppressed++;
                continue;
            }

            rule.ChangeFlowBits(ref flow.Bits);
            if (rule.Rule.Action == RuleAction.Pass)
            {
                flow.IsPassed = rule.Rule.Protocol is RuleProtocol.Tcp or RuleProtocol.Udp;
                return verdict;
            }

            if (_options.IsInline && rule.Rule.Action is (RuleAction.Drop or RuleAction.Reject))
            {
                verdict = Stronger(verdict, rule.Rule.Action);
            }

            Report(rule.Rule, isDue, in packet, alerts, ref alertCount);
        }

        flow.IsDropped = verdict != Verdict.Accept;
        return verdict;
    }

    private static Verdict Stronger(Verdict verdict, RuleAction action) =>
        action == RuleAction.Reject || verdict == Verdict.Reject ? Verdict.Reject : Verdict.Drop;

    private void Report(Rule rule, bool isDue, in PacketFacts packet, Span<Alert> alerts, ref int alertCount)
    {
        if (rule.IsSilent)
        {
            return;
        }

        if (!isDue)
        {
            _counters.AlertsSuppressed++;
        }
        else if (alertCount == alerts.Length)
        {
            _counters.AlertsLost++;
        }
        else
        {
            alerts[alertCount++] = new Alert(rule, in packet, (ulong)_counters.Packets);
            _counters.Alerts++;
        }
    }

    private bool PayloadMatches(CompiledRule rule, ReadOnlySpan<byte> payload)
    {
        if (!rule.NeedsEvaluation)
        {
            return true;
        }

        _counters.Evaluations++;
        return _evaluator.Matches(rule, payload, ref _counters);
    }

    private ref FlowState FlowOf(in PacketFacts packet, ref FlowState unremembered, out bool toServer)
    {
        ulong ports = (ulong)packet.Protocol << 32;
        bool sourceIsLow = (packet.Source, packet.SourcePort).CompareTo((packet.Destination, packet.DestinationPort)) <= 0;
        FlowTuple key = sourceIsLow
            ? new FlowTuple(packet.Source, packet.Destination, ports | (uint)packet.SourcePort << 16 | packet.DestinationPort)
            : new FlowTuple(packet.Destination, packet.Source, ports | (uint)packet.DestinationPort << 16 | packet.SourcePort);
        FlowAddResult result = _flows.Add(in key, out FlowHandle handle);
        ref FlowState flow = ref unremembered;
        if (result is FlowAddResult.Refused or FlowAddResult.Conflict)
        {
            _counters.FlowsLost++;
        }
        else
        {
            flow = ref _flows[handle];
            _counters.FlowsLost += result == FlowAddResult.AddedByEvicting ? 1 : 0;
        }

        if (flow.ImageGeneration != _generation)
        {
            flow.Bits = default;
            flow.ImageGeneration = _generation;
        }

        toServer = FlowTracker.Advance(ref flow, in packet, sourceIsLow, isNew: result is not FlowAddResult.AlreadyPresent, _options.AcceptMidstream);
        return ref flow;
    }

    /// <summary>An image with the memory that scanning with it needs.</summary>
    private sealed class Worker(RuleImage image, CompletionDesign design)
    {
        private readonly RuleCompletion _completion = new(image.Patterns, image.Table, design);
        private readonly int[] _candidates = new int[image.RuleCount];

        public RuleImage Image => image;

        /// <summary>Rules to evaluate, in the order in which they apply.</summary>
        public ReadOnlySpan<int> Candidates(ReadOnlySpan<byte> payload, ref ScanCounters counters)
        {
            ReadOnlySpan<int> complete = _completion.Find(payload, ref counters);
            ReadOnlySpan<int> unanchored = image.Unanchored;
            complete.CopyTo(_candidates);
            unanchored.CopyTo(_candidates.AsSpan(complete.Length));
            Span<int> all = _candidates.AsSpan(0, complete.Length + unanchored.Length);
            all.Sort();
            return all;
        }
    }
}
