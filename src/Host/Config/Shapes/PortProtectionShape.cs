using Weft.Bridge;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Shapes;

/// <summary>The keys by which a switch protects itself and its machines from what a port sends.</summary>
internal static class PortProtectionShape
{
    private static readonly Scalar<int> Recovery = Scalars.Integer(0, 86_400, "seconds");

    public static Shape<StormSection> Storm { get; } = new(
        "storm",
        "Frames a second that a port may have flooded; what is above is dropped as storm-limit.",
        new ScalarField<StormSection, int>("broadcast", "Broadcasts a second.", Scalars.Integer(0, StormLimits.MaxRate), (s, v) => s.Broadcast = v).IfAbsent("no limit"),
        new ScalarField<StormSection, int>("multicast", "Multicasts a second.", Scalars.Integer(0, StormLimits.MaxRate), (s, v) => s.Multicast = v).IfAbsent("no limit"),
        new ScalarField<StormSection, int>("unknownUnicast", "Frames a second to addresses that nobody knows.", Scalars.Integer(0, StormLimits.MaxRate), (s, v) => s.UnknownUnicast = v).IfAbsent("no limit"),
        new ScalarField<StormSection, int>("burstMilliseconds", "Part of a second's frames that may come at once; at least one frame.", Scalars.Integer(10, 10_000, "milliseconds"), (s, v) => s.BurstMilliseconds = v).Default(100));

    public static Shape<PortLearningSection> Learning { get; } = new(
        "learning",
        "What a port may teach the filtering database.",
        new ScalarField<PortLearningSection, int>("max", "Most addresses behind the port.", Scalars.Integer(0, 1 << 20), (s, v) => s.Max = v).IfAbsent("no limit but the segments'"),
        new ScalarField<PortLearningSection, bool>("sticky", "Whether addresses learned here stay here until they age, so that nobody elsewhere can draw their frames.", Scalars.Boolean, (s, v) => s.Sticky = v).Default(false),
        new ScalarField<PortLearningSection, RefusedSourceAction>(
            "refused",
            "Frames that come from here with a source that may not be learned: one above 'max', or one that a static or sticky entry or 'moveDamping' keeps elsewhere. forward: the table stays as it is. drop or protect: they are dropped as source-refused. restrict: an event says so, too. shutdown: so it does, and the port is shut.",
            Scalars.OneOf(("forward", RefusedSourceAction.Forward), ("drop", RefusedSourceAction.Drop), ("protect", RefusedSourceAction.Drop), ("restrict", RefusedSourceAction.Restrict), ("shutdown", RefusedSourceAction.Shutdown)),
            (s, v) => s.Refused = v).Default(RefusedSourceAction.Forward),
        new ScalarField<PortLearningSection, int>("recoverySeconds", "Time after which a port that was shut opens again; 0 for never, until somebody says 'weft port enable'.", Recovery, (s, v) => s.RecoverySeconds = v).Default(300));

    public static Shape<LoopGuardSection> LoopGuard { get; } = new(
        "loopGuard",
        "Probes that leave by a port in each of its VLANs, and come back if there is a loop.",
        new ScalarField<LoopGuardSection, LoopAction>(
            "action",
            "shutdown: the port that the probe comes back by is shut, or if it has no 'loopGuard' the one that it left by. log: an event says so, and nothing else happens.",
            Scalars.OneOf(("shutdown", LoopAction.Shutdown), ("log", LoopAction.Log)),
            (s, v) => s.Action = v).Default(LoopAction.Shutdown),
        new ScalarField<LoopGuardSection, int>("intervalSeconds", "Time between probes.", Scalars.Integer(1, 300, "seconds"), (s, v) => s.IntervalSeconds = v).Default(1),
        new ScalarField<LoopGuardSection, int>("recoverySeconds", "Time after which a port that was shut opens again; 0 for never, until somebody says 'weft port enable'.", Recovery, (s, v) => s.RecoverySeconds = v).Default(300));

    public static Shape<MoveDampingSection> MoveDamping { get; } = new(
        "moveDamping",
        "Addresses that move too often stay where they are for a while: a loop, or two machines with one address (RFC 7432 section 15.1 counts 5 moves in 180 s).",
        new ScalarField<MoveDampingSection, int>("maxMoves", "Moves within the window that are allowed; 0 for any number.", Scalars.Integer(0, 254), (s, v) => s.MaxMoves = v).Default(0),
        new ScalarField<MoveDampingSection, int>("windowSeconds", "Time in which moves are counted.", Scalars.Integer(1, 1800, "seconds"), (s, v) => s.WindowSeconds = v).Default(180),
        new ScalarField<MoveDampingSection, int>("holdSeconds", "Time for which the address then stays.", Scalars.Integer(1, 1800, "seconds"), (s, v) => s.HoldSeconds = v).Default(30));
}
