using Weft.Host.Config;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>Intrusion detection as a service of a machine: drop and reject of rules are carried out, alerts are counted and published.</summary>
internal struct Inspection : IService<InspectionState>
{
    private readonly InspectionDetector _detector;

    public Inspection(InspectionDetector detector) => _detector = detector;

    /// <summary>What the detector knows of a conversation stays with it: on another host it begins in the middle.</summary>
    public static ServiceInfo Info { get; } = new() { Kind = "ids", StateVersion = 1, State = StateKind.Rebuildable };

    public readonly ServiceVerdict Process(ref ServiceCall call, ref InspectionState state)
    {
        Verdict verdict = _detector.Inspect(call.Frame, call.Layout, call.Now, out int alerts);
        state.Alerts += (ulong)alerts;
        if (verdict == Verdict.Accept)
        {
            return ServiceVerdict.Pass;
        }

        if (verdict == Verdict.Reject && call.TryReject())
        {
            _detector.Rejected++;
        }

        return ServiceVerdict.Drop;
    }

    public readonly void End(ref InspectionState state)
    {
        // The detector forgets by itself.
    }

    public readonly string Explain(in InspectionState state) => $"{state.Alerts} alerts";

    /// <summary>What it has counted.</summary>
    public readonly InspectionDetector Detector => _detector;
}
