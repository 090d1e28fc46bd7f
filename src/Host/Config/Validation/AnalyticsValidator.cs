using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Validation;

/// <summary>Analytics: one database, groups that say something, vectors of whole words.</summary>
internal static class AnalyticsValidator
{
    private const int WordBits = 64;
    private const int MaxMachines = 1024;

    public static void Validate(ValidationContext context)
    {
        AnalyticsSection section = context.Document.Analytics;
        AlarmStoreSection store = section.Store;
        if (store.IsWritten && store.Sqlite.IsWritten == store.PostgreSql.IsWritten)
        {
            context.Problems.Error(store.At, store.Sqlite.IsWritten ? "the store has two databases" : "the store has no database", "exactly one of sqlite and postgresql");
        }

        ProcessWatchSection processes = section.Processes;
        if (processes.FeatureBits is { IsKnown: true } bits && bits.Value % WordBits != 0)
        {
            context.Problems.Error(bits.At, $"{bits.Value} is no multiple of {WordBits}", $"a multiple of {WordBits}");
        }

        UniqueValidator.Check(processes.Groups.Where(group => group.Name.IsKnown).Select(group => (Quoted.Of(group.Name.Value), group.Name.At)), "is the name of another group already", context.Problems);
        foreach (PeerGroupSection group in processes.Groups.Where(group => group.Networks.Count == 0))
        {
            context.Problems.Error(group.At, "the group has no networks", "networks: a list of prefixes");
        }

        Validate(section.Quotients, context);
        if (processes.IsWritten && !store.IsWritten)
        {
            context.Problems.Warning(processes.At, "processes are watched without a store: after each start they are learned anew, and alarms are forgotten");
        }
    }

    private static void Validate(QuotientSection quotients, ValidationContext context)
    {
        if (quotients.IsWritten && quotients.Applications.Count == 0)
        {
            context.Problems.Error(quotients.At, "there is nothing to judge", "applications: a list of applications with machines");
        }

        QuotientMachineSection[] machines = [.. quotients.Applications.SelectMany(application => application.Machines)];
        if (machines.Length > MaxMachines)
        {
            context.Problems.Error(quotients.At, $"there are {machines.Length} machines", $"at most {MaxMachines}");
        }

        UniqueValidator.Check(quotients.Applications.Where(one => one.Name.IsKnown).Select(one => (Quoted.Of(one.Name.Value), one.Name.At)), "is the name of another application already", context.Problems);
        UniqueValidator.Check(machines.Where(one => one.Name.IsKnown).Select(one => (Quoted.Of(one.Name.Value), one.Name.At)), "is the name of another machine already", context.Problems);
        UniqueValidator.Check(machines.SelectMany(one => one.Addresses).Where(one => one.IsKnown).Select(one => ($"{one.Value}", one.At)), "is another machine's address already", context.Problems);
        foreach (QuotientMachineSection machine in machines.Where(machine => machine.Addresses.Count == 0))
        {
            context.Problems.Error(machine.At, "the machine has no address", "addresses: a list of addresses");
        }
    }
}
