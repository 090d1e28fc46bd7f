using Weft.Flows;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>One configured sensor on one worker: a detector, its rules, and a queue of alerts for whoever writes them down.</summary>
internal sealed class IdsSensor : IDisposable
{
    private static readonly string[] VerdictWords = ["accept", "drop", "reject"];

    // A trace is one packet; its twin needs no room for conversations.
    private const int TwinCapacity = 16;
    private const int MaxSessions = 512;
    private const int MaxDatagrams = 64;

    // A table is gone through for conversations that are over in five seconds, if it is not too large for slices that nobody notices.
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(10);
    private const int SweepsARound = 500;
    private const int LeastPlaces = 16;
    private const int MostPlaces = 512;

    private readonly Alert[] _alerts;
    private readonly EventLog _events;
    private readonly bool _isTwin;
    private EventPace _pace;
    private readonly HashSeed _seed;
    private IntrusionDetector? _detector;
    private TokenBucket _rejects;
    private Timestamp _nextSweep;

    public IdsSensor(IdsPlan plan, SwitchPlan of, HashSeed seed, Timestamp start, EventLog events, bool isTwin)
    {
        (Plan, _events, _seed, _isTwin) = (plan, events, seed, isTwin);
        _pace = new EventPace(start);
        Scope = new IdsScope(plan, of);
        Rules = plan.Rules.Current;
        _alerts = new Alert[plan.AlertsPerPacket];
        _rejects = new TokenBucket(plan.RejectsPerSecond, plan.RejectsPerSecond, start);
        Outlet = new IdsOutlet(isTwin || plan.EvePath is null ? EveTypes.None : plan.EveTypes, isTwin || plan.PcapPath is null ? 0 : of.PoolBufferBytes, plan.PcapPackets, seed);
    }

    public IdsPlan Plan { get; }

    public IdsScope Scope { get; }

    /// <summary>The rules in use.</summary>
    public IdsRuleGeneration Rules { get; private set; }

    /// <summary>Where alerts and frames wait to be written.</summary>
    public IdsOutlet Outlet { get; private set; }

    /// <summary>What has been done with frames.</summary>
    public IdsSensorCounters Counters;

    /// <summary>What the detector counted.</summary>
    public DetectorCounters Detector => _detector?.Counters ?? default;

    /// <summary>The alerts of the frame that was inspected last.</summary>
    public ReadOnlySpan<Alert> Alerts => _alerts.AsSpan(0, AlertCount);

    public int AlertCount { get; private set; }

    /// <summary>Takes rules that were read since; once a vector.</summary>
    public void TakeRules(Timestamp now)
    {
        // Not in the constructor: after a reload the detector of the configuration before goes on.
        _detector ??= CreateDetector();
        IdsRuleGeneration current = Plan.Rules.Current;
        if (!ReferenceEquals(current, Rules))
        {
            Rules = current;
            _detector.Swap(current.Image);
            _events.Publish(now, IdsEventTypes.RulesChanged, Plan.Name, current.Number, current.Image.RuleCount, current.LeftOut.Count);
        }
    }

    /// <summary>Inspects a frame and hands its alerts on.</summary>
    /// <param name="frame">The frame; an inline sensor changes bytes of a stream that contradict what went before.</param>
    /// <param name="layout">Where its headers are.</param>
    /// <param name="now">The time.</param>
    /// <param name="from">Port that it came from.</param>
    /// <param name="vlan">Its VLAN.</param>
    public Verdict Inspect(Span<byte> frame, in PacketLayout layout, Timestamp now, string from, ushort vlan)
    {
        int count;
        bool isChanged = false;
        if (Outlet.Scribe.IsWanted)
        {
            _detector!.Tag = Outlet.Scribe.TagOf(from, vlan);
        }

        Verdict verdict = Plan.IsInline
            ? _detector!.InspectAndNormalize(frame, in layout, now, _alerts, out count, out isChanged)
            : _detector!.Inspect(frame, in layout, now, _alerts, out count);
        Counters.Changed += isChanged ? 1 : 0;
        AlertCount = count;
        Counters.Inspected++;
        Counters.Dropped += verdict == Verdict.Accept ? 0 : 1;
        if (!_isTwin)
        {
            Outlet.Frame(frame, in layout, now, hasAlert: count > 0);
            Report(verdict, now, from, vlan);
        }

        return verdict;
    }

    /// <summary>Forgets conversations that are over and tells of them, a few at a time; once a round.</summary>
    public void Advance(Timestamp now)
    {
        if (now >= _nextSweep && Outlet.Scribe.IsWanted && !_isTwin && _detector is not null)
        {
            _nextSweep = now + SweepPeriod;
            AlertCount = _detector.Sweep(now, Math.Clamp(Plan.MaxFlows / SweepsARound, LeastPlaces, MostPlaces), _alerts);
            Report(Verdict.Accept, now, from: "", vlan: 0);
        }
    }

    /// <summary>Looks at what is held of all conversations, tells of them and forgets them: the switch ends, or goes on with another sensor.</summary>
    /// <param name="now">The time.</param>
    public void Finish(Timestamp now)
    {
        if (_isTwin || _detector is null || !Outlet.Scribe.IsWanted)
        {
            return;
        }

        do
        {
            AlertCount = _detector.Finish(now, _alerts);
            Report(Verdict.Accept, now, from: "", vlan: 0);
        }
        while (AlertCount == _alerts.Length);
    }

    private void Report(Verdict verdict, Timestamp now, string from, ushort vlan)
    {
        foreach (ref readonly Alert alert in Alerts)
        {
            _ = _detector!.TryGetConversation(in alert, out Weft.Ids.Conversation conversation);
            Outlet.Post(new IdsEvent(alert, Rules, now, verdict, Outlet.ConversationOf(in alert), from, vlan), in conversation);
            Publish(alert, verdict, now);
        }
    }

    private void Publish(in Alert alert, Verdict verdict, Timestamp now)
    {
        if (_pace.MayPublish(now))
        {
            string message = Rules.Find(alert.Gid, alert.Sid)?.Message ?? "";
            _events.Publish(now, IdsEventTypes.Alert, Plan.Name, alert.Sid, message, Field(alert.Source), Field(alert.Destination), VerdictWords[(int)verdict]);
        }
    }

    /// <summary>An address as events have it.</summary>
    internal static EventField Field(IPv6Address address) =>
        address.High == 0 && address.Low >> 32 == 0xFFFF ? new IPv4Address((uint)address.Low) : address;

    /// <summary>A verdict as events have it.</summary>
    internal static string WordOf(Verdict verdict) => VerdictWords[(int)verdict];

    /// <summary>True if one more reset or ICMP error may be sent.</summary>
    public bool MayReject(Timestamp now) => _rejects.TryTake(now, 1);

    /// <summary>Goes on where the sensor of the configuration before left off: conversations, thresholds, counters, what waits to be written.</summary>
    public void CarryOver(IdsSensor old)
    {
        Counters = old.Counters;
        if (old.Plan with { Rules = Plan.Rules, Ports = Plan.Ports, Segments = Plan.Segments, Machines = Plan.Machines } == Plan)
        {
            (_detector, old._detector) = (old._detector, _detector);
            (Outlet, old.Outlet) = (old.Outlet, Outlet);
            _detector?.Swap(Rules.Image);
        }
    }

    public void Dispose() => _detector?.Dispose();

    private IntrusionDetector CreateDetector() => new(Rules.Image, new DetectorOptions
    {
        Seed = _seed,
        FlowCapacity = _isTwin ? TwinCapacity : Plan.MaxFlows,
        ThresholdCapacity = _isTwin ? TwinCapacity : Plan.MaxThresholds,
        StreamCapacity = _isTwin ? TwinCapacity : Plan.MaxStreams,
        SessionCapacity = _isTwin ? TwinCapacity : Math.Min(Plan.MaxStreams, MaxSessions),
        FragmentCapacity = _isTwin ? 1 : MaxDatagrams,
        IsInline = Plan.IsInline,
        // A traced packet stands for one in the middle of its conversation.
        AcceptMidstream = Plan.AcceptMidstream || _isTwin,
        Observer = !_isTwin && Outlet.Scribe.IsWanted ? Outlet.Scribe : null,
    });
}
