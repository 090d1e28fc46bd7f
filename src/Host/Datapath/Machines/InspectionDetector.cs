using Weft.Host.Config;
using Weft.Host.Datapath.Intrusion;
using Weft.Host.Observe;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Datapath.Machines;

/// <summary>The detector of one machine, with its rules, and whom its alerts are told.</summary>
internal sealed class InspectionDetector : IDisposable
{
    private const int AlertsPerPacket = 16;
    private const int MaxStreams = 256;
    private const int TwinCapacity = 16;

    private readonly Alert[] _alerts = new Alert[AlertsPerPacket];
    private readonly string _subject;
    private readonly EventLog _events;
    private readonly bool _isTwin;
    private readonly IntrusionDetector _detector;
    private IdsRules _source;
    private IdsRuleGeneration _rules;
    private EventPace _pace;

    public InspectionDetector(InspectionPlan plan, string subject, HashSeed seed, Timestamp start, EventLog events, bool isTwin)
    {
        (_source, _subject, _events, _isTwin, _rules, _pace) = (plan.Rules, subject, events, isTwin, plan.Rules.Current, new EventPace(start));
        _detector = new IntrusionDetector(_rules.Image, new DetectorOptions
        {
            Seed = seed,
            FlowCapacity = isTwin ? TwinCapacity : plan.MaxFlows,
            StreamCapacity = isTwin ? TwinCapacity : MaxStreams,
            SessionCapacity = isTwin ? TwinCapacity : MaxStreams,
            IsInline = true,
            AcceptMidstream = plan.AcceptMidstream || isTwin,
        });
    }

    /// <summary>Packets looked at.</summary>
    public long Inspected { get; private set; }

    /// <summary>Alerts of all rules.</summary>
    public long AlertCount { get; private set; }

    /// <summary>Senders that were told.</summary>
    public long Rejected { get; set; }

    /// <summary>Takes the rules of a new configuration; conversations go on.</summary>
    public void Take(IdsRules rules) => _source = rules;

    /// <summary>Looks at a packet; an inline detector changes bytes of a stream that contradict what went before.</summary>
    public Verdict Inspect(Span<byte> frame, in PacketLayout layout, Timestamp now, out int alerts)
    {
        if (!ReferenceEquals(_source.Current, _rules))
        {
            _rules = _source.Current;
            _detector.Swap(_rules.Image);
        }

        Verdict verdict = _detector.InspectAndNormalize(frame, in layout, now, _alerts, out alerts, out _);
        Inspected++;
        AlertCount += alerts;
        for (int i = 0; i < alerts && !_isTwin && _pace.MayPublish(now); i++)
        {
            Alert alert = _alerts[i];
            _events.Publish(now, IdsEventTypes.Alert, _subject, alert.Sid, _rules.Find(alert.Gid, alert.Sid)?.Message ?? "", IdsSensor.Field(alert.Source), IdsSensor.Field(alert.Destination), IdsSensor.WordOf(verdict));
        }

        return verdict;
    }

    public void Dispose() => _detector.Dispose();
}
