using System.CommandLine;
using System.Globalization;
using Weft.Cli.Suricata;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;

namespace Weft.Cli.Commands;

/// <summary>
/// <c>weft suricata ...</c>: answers Suricata's command line for captures, so that programs made to drive Suricata, OISF's test
/// runner among them, drive weft unchanged.
/// </summary>
internal static class SuricataCommand
{
    /// <summary>Version of the rule language and of the output that is answered for.</summary>
    private const string Version = "8.0.0";

    public static Command Create()
    {
        var words = new Argument<string[]>("ARGUMENTS") { Description = "Suricata's options: -r -S -s -l -c -k -T -V --set --runmode --simulate-ips --init-errors-fatal --disable-detection --dump-config --build-info.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("suricata", "Stand in for Suricata: its command line for captures, its eve.json and fast.log.") { words };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(_ => Run([.. Environment.GetCommandLineArgs().SkipWhile(word => word != "suricata").Skip(1)]));
        return command;
    }

    private static int Run(IReadOnlyList<string> words)
    {
        if (SuricataArguments.TryParse(words, out string wrong) is not SuricataArguments arguments)
        {
            Console.Error.WriteLine($"E: suricata: '{wrong}' is not an option that weft answers");
            return ExitCode.Refused;
        }

        try
        {
            return Run(arguments);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SwitchStartException)
        {
            Console.Error.WriteLine($"E: suricata: {failure.Message}");
            return ExitCode.Refused;
        }
    }

    private static int Run(SuricataArguments arguments)
    {
        if (arguments.Has("-V"))
        {
            Console.Out.WriteLine($"This is Suricata version {Version} RELEASE, answered for by weft");
            return ExitCode.Success;
        }

        if (arguments.Has("--build-info"))
        {
            Console.Out.WriteLine($"This is Suricata version {Version} RELEASE, answered for by weft\nFeatures: \n\nSuricata Configuration:\n  Detection enabled:                       yes");
            return ExitCode.Success;
        }

        var configuration = SuricataConfiguration.Read(arguments.ValueOf("-c"), arguments.ValuesOf("--set"));
        if (arguments.Has("--dump-config"))
        {
            foreach (string line in configuration.Lines())
            {
                Console.Out.WriteLine(line);
            }

            return ExitCode.Success;
        }

        var rules = IdsRules.Load(Rules(arguments, configuration));
        foreach (string leftOut in rules.Current.LeftOut)
        {
            Console.Error.WriteLine($"E: detect: {leftOut}");
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"i: detect: {rules.Current.RuleCount} rules loaded, {rules.Current.LeftOut.Count} failed"));
        bool isFatal = (arguments.Has("--init-errors-fatal") || arguments.Has("-T")) && rules.Current.LeftOut.Count > 0;
        return isFatal ? ExitCode.Refused : arguments.Has("-T") ? ExitCode.Success : Replay(arguments, configuration, rules);
    }

    private static int Replay(SuricataArguments arguments, SuricataConfiguration configuration, IdsRules rules)
    {
        string folder = arguments.ValueOf("-l") ?? configuration["default-log-dir"] ?? ".";
        string[] captures = [.. arguments.ValuesOf("-r").SelectMany(path => Directory.Exists(path) ? Directory.GetFiles(path).Order(StringComparer.Ordinal) : Enumerable.Repeat(path, 1))];
        if (captures.Length == 0)
        {
            Console.Error.WriteLine("E: suricata: weft reads captures (-r) and no devices in Suricata's stead; 'weft run' does");
            return ExitCode.Refused;
        }

        Console.Out.WriteLine("Notice: threads: Threads created -> W: 1 FM: 0 FR: 0   Engine started.");
        IdsReplayResult result = IdsReplay.Run(new IdsReplayOptions
        {
            Captures = captures,
            Rules = rules,
            IsInline = arguments.Has("--simulate-ips"),
            AcceptMidstream = configuration.IsOn("stream.midstream"),
            AcceptOneSide = configuration.IsOn("stream.async-oneside"),
            EvePath = Path.Combine(folder, "eve.json"),
            WritesRecords = true,
            FastLogPath = Path.Combine(folder, "fast.log"),
        });
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Notice: pcap: read {captures.Length} file(s), {result.Packets} packets, {result.Bytes} bytes"));
        return result.Damage is null ? ExitCode.Success : ExitCode.Refused;
    }

    private static IdsRuleFiles Rules(SuricataArguments arguments, SuricataConfiguration configuration)
    {
        string[] own = [.. arguments.ValuesOf("-S")];
        string path = configuration["default-rule-path"] ?? ".";
        IEnumerable<string> configured = configuration.Below("rule-files").Select(file => Path.Combine(path, file.Value)).Where(File.Exists);
        string? classes = configuration["classification-file"];
        return new IdsRuleFiles
        {
            Files = arguments.Has("--disable-detection") ? [] : own.Length > 0 ? own : [.. configured, .. arguments.ValuesOf("-s")],
            Variables = [.. configuration.Below("vars.address-groups"), .. configuration.Below("vars.port-groups")],
            Classification = classes is not null && File.Exists(classes) ? classes : null,
        };
    }
}
