using Weft.Host.Config;

namespace Weft.Host.Analytics.Processes;

/// <summary>Which processes are watched.</summary>
internal sealed class ProcessScope(ProcessWatchPlan plan)
{
    private readonly HashSet<string> _namespaces = [.. plan.NetworkNamespaces.Select(Procfs.NamespaceOf).OfType<string>()];

    /// <summary>Whether a process is watched. This process itself never is: it would watch itself looking.</summary>
    public bool Contains(ProcessDescription process) =>
        process.ProcessId != Environment.ProcessId
        && (plan.NetworkNamespaces.Count == 0 || _namespaces.Contains(process.NetworkNamespace))
        && (plan.Users.Count == 0 || plan.Users.Contains(process.UserId))
        && !plan.Ignore.Any(prefix => process.Executable.StartsWith(prefix, StringComparison.Ordinal));
}
