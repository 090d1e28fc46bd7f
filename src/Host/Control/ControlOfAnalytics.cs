using Weft.Host.Analytics;
using Weft.Host.Datapath;

namespace Weft.Host.Control;

/// <summary>Requests of operators about alarms and behaviour.</summary>
internal static class ControlOfAnalytics
{
    /// <summary>Carries a request out.</summary>
    /// <exception cref="InvalidOperationException">Nothing is watched.</exception>
    public static async Task<ControlResponse> AnswerAsync(SwitchHost host, ControlRequest request)
    {
        AnalyticsService analytics = host.Analytics ?? throw new InvalidOperationException("the configuration has no analytics");
        bool isKnown = request.Verb switch
        {
            "analytics-pin" or "analytics-veto" => await analytics.DecideAsync(request.Cluster ?? -1, approve: request.Verb == "analytics-pin").ConfigureAwait(false),
            "analytics-shelve" or "analytics-unshelve" => await analytics.ShelveAsync(request.AlarmType ?? "", request.Subject ?? "", shelved: request.Verb == "analytics-shelve").ConfigureAwait(false),
            _ => await analytics.FinishLearningAsync().ConfigureAwait(false),
        };
        return isKnown ? new ControlResponse() : new ControlResponse { Error = "there is none such; 'weft show clusters' and 'weft show alarms' list what there is" };
    }
}
