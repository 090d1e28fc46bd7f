using System.Reflection;
using BenchmarkDotNet.Running;
using Weft.Bench.Analytics;
using Weft.Bench.MeshAgent;
using Weft.Bench.Ratios;

// `ratios …` measures ours beside native peers and prints one JSON line a ratio; everything else is BenchmarkDotNet's.
if (args is ["ratios", .. var rest])
{
    return RatioCommand.Run(rest, Console.Out, Console.Error);
}

// An end of a tunnel in a process of its own, so that what it costs can be told from what the load costs.
if (args is ["mesh-agent", .. var agent])
{
    return await MeshAgentProcess.Run(agent).ConfigureAwait(false);
}

// Scores of public data sets for bench/analytics-table, which holds them beside those of other programs.
if (args is ["scores", string folder])
{
    return ScoreCommand.Run(folder);
}

BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
return 0;
