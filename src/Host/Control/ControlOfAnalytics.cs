using Weft.Host.Analytics;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Host.Control;

/// <summary>Requests of operators about alarms and behaviour.</summary>
internal static class ControlOfAnalytics
{
    /// <summary>Carries a request out.</summary>
    /// <exception cref="InvalidOperationException">Nothing is watched.</exception>
    public static async Task<ControlResponse> AnswerAsync(SwitchHost host, ControlRequest request)
    {
        AnalyticsService analytics = host.Analytics ?? throw NothingWatched();
        if (request.Verb == "what-if")
        {
            return new ControlResponse { Forecast = await ForecastAsync(host, analytics, request).ConfigureAwait(false) };
        }

        bool isKnown = request.Verb switch
        {
            "analytics-pin" or "analytics-veto" => await analytics.DecideAsync(request.Cluster ?? -1, approve: request.Verb == "analytics-pin").ConfigureAwait(false),
            "analytics-shelve" or "analytics-unshelve" => await analytics.ShelveAsync(request.AlarmType ?? "", request.Subject ?? "", shelved: request.Verb == "analytics-shelve").ConfigureAwait(false),
            "analytics-regroup" => await analytics.RegroupAsync().ConfigureAwait(false),
            _ => await analytics.FinishLearningAsync().ConfigureAwait(false),
        };
        return isKnown ? new ControlResponse() : new ControlResponse { Error = "there is none such; 'weft show behaviours' and 'weft show alarms' list what there is" };
    }

    /// <summary>The refusal of every request where there is nothing to ask.</summary>
    public static InvalidOperationException NothingWatched() => new("the configuration has no analytics");

    /// <summary>The configuration in force without a rule, or another file.</summary>
    private static async Task<IReadOnlyList<QuotientForecastSnapshot>> ForecastAsync(SwitchHost host, AnalyticsService analytics, ControlRequest request)
    {
        if (request.Candidate is string path)
        {
            ConfigurationResult read = ConfigurationFile.Read(path);
            return await analytics.ForecastAsync(read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems))).ConfigureAwait(false);
        }

        return await host.ForecastWithoutAsync(request.Service ?? "", request.Subject ?? "").ConfigureAwait(false);
    }

    /// <summary>What quotients would be without a rule of a firewall.</summary>
    /// <exception cref="InvalidOperationException">There is no such rule, or nobody judges quotients.</exception>
    public static async Task<IReadOnlyList<QuotientForecastSnapshot>> WithoutAsync(SwitchPlan plan, AnalyticsService analytics, string name, string rule)
    {
        ServicePlan service = plan.Services.FirstOrDefault(service => service.Name == name)
            ?? throw new InvalidOperationException($"there is no service '{name}'; there are {string.Join(", ", plan.Services.Select(known => known.Name))}");
        if (!service.Rules.Any(known => known.Name == rule))
        {
            throw new InvalidOperationException($"service '{service.Name}' has no rule '{rule}'; it has {string.Join(", ", service.Rules.Select(known => known.Name))}");
        }

        ServicePlan without = service with { Rules = [.. service.Rules.Where(known => known.Name != rule)] };
        return await analytics.ForecastAsync(plan with { Services = [.. plan.Services.Select(one => one == service ? without : one)] }).ConfigureAwait(false);
    }
}
