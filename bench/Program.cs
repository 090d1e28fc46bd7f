using System.Reflection;
using BenchmarkDotNet.Running;
using Weft.Bench.Ratios;

// `ratios …` measures ours beside native peers and prints one JSON line a ratio; everything else is BenchmarkDotNet's.
if (args is ["ratios", .. var rest])
{
    return RatioCommand.Run(rest, Console.Out, Console.Error);
}

BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
return 0;
