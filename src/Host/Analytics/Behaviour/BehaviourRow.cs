using Weft.Analytics;
using Weft.Host.Analytics.Processes;

namespace Weft.Host.Analytics.Behaviour;

/// <summary>One action of a process as the scorer sees it: who did what to whom.</summary>
/// <param name="Executable">The program.</param>
/// <param name="Parent">The program that started it.</param>
/// <param name="User">The user's number.</param>
/// <param name="Action">The kind of feature.</param>
/// <param name="Target">The feature's name.</param>
internal readonly record struct BehaviourRow(string Executable, string Parent, string User, string Action, string Target)
{
    public static BehaviourRow Of(ProcessInstance process, ProcessFeature feature) => new(
        Bounded(process, FeatureKind.Executable),
        Bounded(process, FeatureKind.Parent),
        Bounded(process, FeatureKind.User),
        feature.KindName,
        feature.Name);

    /// <summary>The names as features have them: short enough for tables.</summary>
    private static string Bounded(ProcessInstance process, FeatureKind kind) => process.Features.First(feature => feature.Kind == kind).Name;
}
