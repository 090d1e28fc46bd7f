using System.Text.Json.Serialization;
using Weft.Host.Observe;

namespace Weft.Cli.Web;

/// <summary>Serializers of what the web server says of analytics, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AlarmPage))]
[JsonSerializable(typeof(AlarmEntry))]
[JsonSerializable(typeof(AlarmHistoryPage))]
[JsonSerializable(typeof(BehaviourPage))]
[JsonSerializable(typeof(QuotientsSnapshot))]
[JsonSerializable(typeof(WhatIfQuestion))]
[JsonSerializable(typeof(WhatIfAnswer))]
internal sealed partial class AnalyticsJson : JsonSerializerContext;

/// <summary>Alarms that fit the question.</summary>
/// <param name="Total">How many fit.</param>
/// <param name="Offset">Number of the first one here, from 0.</param>
/// <param name="Alarms">Those of this page, the worst first.</param>
internal sealed record AlarmPage(int Total, int Offset, IReadOnlyList<AlarmEntry> Alarms);

/// <summary>An alarm and its name in addresses.</summary>
/// <param name="Id">Made of resource, type and qualifier: the same after a restart.</param>
/// <param name="Alarm">The alarm with its explanation.</param>
internal sealed record AlarmEntry(string Id, AlarmSnapshot Alarm);

/// <summary>Changes of alarms as they are stored, newest first.</summary>
/// <param name="Changes">The changes.</param>
/// <param name="Before">What to ask next for with <c>before</c>; null if this was the last page.</param>
internal sealed record AlarmHistoryPage(IReadOnlyList<AlarmChangeSnapshot> Changes, long? Before);

/// <summary>What is known of behaviour.</summary>
/// <param name="State"><c>learning</c> or <c>watching</c>.</param>
/// <param name="Roles">Groups of behaviours that are alike.</param>
/// <param name="Behaviours">Clusters of behaviour, the heaviest first.</param>
/// <param name="Anomalies">Processes that are, or were, within none.</param>
internal sealed record BehaviourPage(string State, int Roles, IReadOnlyList<ClusterSnapshot> Behaviours, IReadOnlyList<AnomalySnapshot> Anomalies);

/// <summary>A rule that might be taken away.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Rule">Name of its rule.</param>
internal sealed record WhatIfQuestion(string? Service, string? Rule);

/// <summary>What would become of quotients.</summary>
/// <param name="Forecast">Each entity before and after.</param>
internal sealed record WhatIfAnswer(IReadOnlyList<QuotientForecastSnapshot> Forecast);
