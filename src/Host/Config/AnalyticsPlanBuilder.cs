using System.Net;
using Weft.Host.Config.Document;
using Weft.Host.Config.Validation;

namespace Weft.Host.Config;

/// <summary>Turns the section of analytics into its plan.</summary>
internal static class AnalyticsPlanBuilder
{
    public static AnalyticsPlan? Build(ValidationContext context)
    {
        AnalyticsSection section = context.Document.Analytics;
        return !section.IsWritten ? null : new AnalyticsPlan
        {
            Store = section.Store.IsWritten ? Store(section.Store, context) : null,
            Processes = section.Processes.IsWritten ? Processes(section.Processes) : null,
            Flows = section.Flows.IsWritten || section.Quotients.IsWritten ? Flows(section.Flows) : null,
            Quotients = section.Quotients.IsWritten ? Quotients(section.Quotients) : null,
        };
    }

    private static AlarmStorePlan Store(AlarmStoreSection section, ValidationContext context) => new()
    {
        SqlitePath = section.Sqlite.IsKnown ? context.Resolve(section.Sqlite.Value) : null,
        PostgreSqlFile = section.PostgreSql.IsKnown ? context.Resolve(section.PostgreSql.Value) : null,
        Retain = TimeSpan.FromDays(section.RetainDays.Value),
    };

    private static FlowMeterPlan Flows(FlowMeterSection section) => new()
    {
        Flows = section.Flows.Value,
        Active = TimeSpan.FromSeconds(section.ActiveSeconds.Value),
        Idle = TimeSpan.FromSeconds(section.IdleSeconds.Value),
        Collector = section.Collector.IsKnown ? new IPEndPoint(IPAddress.Parse(section.Collector.Value.ToString()), section.CollectorPort.Value) : null,
        Domain = (uint)section.Domain.Value,
    };

    private static QuotientPlan Quotients(QuotientSection section) => new()
    {
        Applications = [.. section.Applications.Select(application => new QuotientApplicationPlan(
            application.Name.Value,
            [.. application.Machines.Select(machine => new QuotientMachinePlan(machine.Name.Value, [.. machine.Addresses.Select(address => address.Value)]))]))],
        Update = TimeSpan.FromSeconds(section.UpdateSeconds.Value),
        Remember = TimeSpan.FromDays(section.RememberDays.Value),
        AlarmBelow = section.AlarmBelow.IsKnown ? section.AlarmBelow.Value : null,
    };

    private static ProcessWatchPlan Processes(ProcessWatchSection section) => new()
    {
        Collector = section.Collector.Value,
        NetworkNamespaces = [.. section.NetworkNamespaces.Select(name => name.Value)],
        Users = [.. section.Users.Select(user => user.Value)],
        Ignore = [.. section.Ignore.Select(prefix => prefix.Value)],
        Groups = [.. section.Groups.Select(group => new PeerGroupPlan(group.Name.Value, [.. group.Networks.Select(network => network.Value)]))],
        Learn = TimeSpan.FromSeconds(section.LearnSeconds.Value),
        Poll = TimeSpan.FromMilliseconds(section.PollMilliseconds.Value),
        Observe = TimeSpan.FromSeconds(section.ObserveSeconds.Value),
        MaxProcesses = section.MaxProcesses.Value,
        FeatureBits = section.FeatureBits.Value,
        Radius = section.RadiusPercent.Value / 100.0,
        FalseAlarmRate = section.FalseAlarmPermille.Value / 1000.0,
        PromoteAfter = TimeSpan.FromSeconds(section.PromoteSeconds.Value),
        PromoteObservations = section.PromoteObservations.Value,
        PromoteSources = section.PromoteSources.Value,
        HalfLife = TimeSpan.FromHours(section.HalfLifeHours.Value),
        Regroup = TimeSpan.FromSeconds(section.RegroupSeconds.Value),
        ClearAfter = TimeSpan.FromSeconds(section.ClearSeconds.Value),
    };
}
