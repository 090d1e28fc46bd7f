using System.Diagnostics;
using System.Globalization;
using Weft.Fuzz.Coverage;
using Weft.Fuzz.Loop;
using Weft.Fuzz.Targets;

namespace Weft.Fuzz;

/// <summary>What the program does.</summary>
internal static class Commands
{
    /// <summary>All targets of this program, by name.</summary>
    public static IReadOnlyList<FuzzTarget> Targets { get; } =
    [
        .. typeof(FuzzTarget).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(FuzzTarget)) && !type.IsAbstract)
            .Select(type => (FuzzTarget)Activator.CreateInstance(type)!)
            .OrderBy(target => target.Name, StringComparer.Ordinal),
    ];

    public static int List()
    {
        foreach (FuzzTarget target in Targets)
        {
            Console.WriteLine($"{target.Name,-22} {target.What}");
        }

        return 0;
    }

    public static int Run(string[] names, FuzzLimits limits, string seeds, string faults, bool keep)
    {
        FuzzTarget[] chosen = [.. names.Length == 0 ? Targets : names.Select(Find)];
        if (Instrumenter.ReadRanges(AppContext.BaseDirectory) is not { } ranges)
        {
            return RunInstrumented(chosen, limits, seeds, faults, keep);
        }

        int found = 0;
        long all = 0;
        Console.WriteLine($"{"target",-22} {"cases",12} {"per second",12} {"blocks reached",22} {"kept",6}  faults");
        foreach (FuzzTarget target in chosen)
        {
            Range[] blocks = [.. target.Assemblies.Select(name => ranges["Weft." + name])];
            using var loop = new FuzzLoop(target, limits, blocks, input => Stuck(target, input, faults));
            FuzzReport report = loop.Run(SeedFile.Read(seeds, target.Name).Concat(target.Beginnings()));
            all += report.Cases;
            found += report.Faults.Count;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Target,-22} {report.Cases,12:N0} {report.CasesPerSecond,12:N0} {report.BlocksReached,10:N0} of {report.Blocks,8:N0} {report.Kept,6}  {report.Faults.Count}"));
            foreach (FuzzFault fault in report.Faults)
            {
                Console.WriteLine($"  {Save(faults, target, fault.Input)}: {string.Join("\n    ", fault.What.Split('\n').Take(8))}");
            }

            if (keep)
            {
                SeedFile.Write(seeds, target.Name, loop.Smallest());
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all:N0} cases, {found} faults, seed {limits.Seed}"));
        return found == 0 ? 0 : 1;
    }

    public static int Replay(string name, string file)
    {
        FuzzTarget target = Find(name);
        target.Reset();
        target.Run(File.ReadAllBytes(file));
        Console.WriteLine("survived");
        return 0;
    }

    private static FuzzTarget Find(string name) => Targets.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException($"no target is called {name}; the names are {string.Join(", ", Targets.Select(target => target.Name))}");

    /// <summary>Copies the program beside itself, instruments the copy and runs it: what is loaded cannot be changed any more.</summary>
    private static int RunInstrumented(FuzzTarget[] chosen, FuzzLimits limits, string seeds, string faults, bool keep)
    {
        string folder = Directory.CreateTempSubdirectory("weft-fuzz-").FullName;
        try
        {
            Copy(AppContext.BaseDirectory, folder);
            using (var instrumenter = new Instrumenter(folder))
            {
                foreach (string assembly in chosen.SelectMany(target => target.Assemblies).Distinct().Order(StringComparer.Ordinal))
                {
                    instrumenter.Instrument(Path.Combine(folder, $"Weft.{assembly}.dll"));
                }

                instrumenter.WriteRanges(folder);
            }

            var start = new ProcessStartInfo(Environment.ProcessPath!);
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            {
                start.ArgumentList.Add("exec");
            }
            else
            {
                start.FileName = "dotnet";
            }

            string[] arguments =
            [
                Path.Combine(folder, "Weft.Fuzz.dll"), keep ? "grow" : "run", "--cases", limits.Cases.ToString(CultureInfo.InvariantCulture),
                "--seconds", limits.Time == TimeSpan.MaxValue ? "1e9" : limits.Time.TotalSeconds.ToString(CultureInfo.InvariantCulture), "--seed", limits.Seed.ToString(CultureInfo.InvariantCulture),
                "--seeds", Path.GetFullPath(seeds), "--faults", Path.GetFullPath(faults), "--target", .. chosen.Select(target => target.Name),
            ];
            foreach (string argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string Save(string folder, FuzzTarget target, byte[] input)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{target.Name}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        return path;
    }

    private static void Stuck(FuzzTarget target, byte[] input, string faults)
    {
        Console.WriteLine($"{target.Name} does not come to an end: {Save(faults, target, input)}");
        Environment.Exit(3);
    }
}
