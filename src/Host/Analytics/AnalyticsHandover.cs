using Weft.Analytics;
using Weft.Host.Analytics.Behaviour;
using Weft.Host.Analytics.Quotients;

namespace Weft.Host.Analytics;

/// <summary>What one configuration's analytics leaves to the next one's.</summary>
/// <param name="Alarms">Alarms that are there, oldest first.</param>
/// <param name="Behaviour">What was learned of processes; null if none are watched.</param>
/// <param name="Flows">Flows that were seen, and the quotient's history; null if nobody asks for quotients.</param>
internal sealed record AnalyticsHandover(
    IReadOnlyList<AlarmRecord> Alarms, BehaviourState? Behaviour, FlowLog? Flows);
