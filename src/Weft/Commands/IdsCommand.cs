using System.CommandLine;
using System.Globalization;
using Weft.Cli.Views;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;

namespace Weft.Cli.Commands;

/// <summary><c>weft ids -r CAPTURE -S RULES</c>: compares captures with rules. <c>weft ids reload</c>: a running switch reads its rules again.</summary>
internal static class IdsCommand
{
    public static Command Create()
    {
        var captures = new Option<string[]>("--read", "-r") { Description = "Capture to inspect, pcap or pcapng. Repeatable.", HelpName = "file", AllowMultipleArgumentsPerToken = true };
        var rules = new Option<string[]>("--rules", "-S") { Description = "File of rules in the language of Suricata and Snort. Repeatable.", HelpName = "file", AllowMultipleArgumentsPerToken = true };
        var variables = new Option<string[]>("--variable") { Description = "Value of a variable in rules, such as HOME_NET=[192.0.2.0/24]. Repeatable.", HelpName = "name=value" };
        var classification = new Option<string>("--classification") { Description = "File with texts and priorities of classes (classification.config).", HelpName = "file" };
        var inline = new Option<bool>("--inline") { Description = "Let drop and reject take effect on the rest of a conversation." };
        var midstream = new Option<bool>("--midstream") { Description = "Take TCP conversations whose beginning is missing as established." };
        var eve = new Option<string>("--eve") { Description = "Write alerts as EVE JSON.", HelpName = "file" };
        var records = new Option<bool>("--records") { Description = "Write records of HTTP, files, DNS, TLS and flows into the EVE file, too." };
        var fast = new Option<string>("--fast-log") { Description = "Write alerts as lines of text, which otherwise go to the output.", HelpName = "file" };
        var command = new Command("ids", "Compare the packets of captures with rules of intrusion detection.")
        {
            captures, rules, variables, classification, inline, midstream, eve, records, fast, CreateReload(),
        };
        command.SetAction(parsed =>
        {
            string[] files = parsed.GetValue(captures) ?? [];
            string[] texts = parsed.GetValue(rules) ?? [];
            string[] values = parsed.GetValue(variables) ?? [];
            if (files.Length == 0 || texts.Length == 0 || values.Any(value => !value.Contains('=', StringComparison.Ordinal)))
            {
                Console.Error.WriteLine("'weft ids' needs a capture (-r) and rules (-S); variables are name=value");
                return ExitCode.Refused;
            }

            string? log = parsed.GetValue(fast);
            return Run(
                new IdsRuleFiles
                {
                    Files = texts,
                    Variables = [.. values.Select(value => value.Split('=', 2)).Select(parts => (parts[0], parts[1]))],
                    Classification = parsed.GetValue(classification),
                },
                loaded => new IdsReplayOptions
                {
                    Captures = files,
                    Rules = loaded,
                    IsInline = parsed.GetValue(inline),
                    AcceptMidstream = parsed.GetValue(midstream),
                    EvePath = parsed.GetValue(eve),
                    WritesRecords = parsed.GetValue(records),
                    FastLogPath = log,
                    OnAlert = log is null ? Console.Out.WriteLine : null,
                });
        });
        return command;
    }

    private static int Run(IdsRuleFiles files, Func<IdsRules, IdsReplayOptions> options)
    {
        try
        {
            var rules = IdsRules.Load(files);
            foreach (string leftOut in rules.Current.LeftOut)
            {
                Console.Error.WriteLine($"left out: {leftOut}");
            }

            IdsReplayResult result = IdsReplay.Run(options(rules));
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Tables.Count(result.Packets)} packets, {Tables.Count(rules.Current.RuleCount)} rules ({Tables.Count(rules.Current.LeftOut.Count)} left out), {Tables.Count(result.Alerts)} alerts, {Tables.Count(result.Dropped)} dropped, {Tables.Count(result.NotRead)} not read; {result.Elapsed.TotalSeconds:0.00} s"));
            if (result.Damage is not null)
            {
                Console.Error.WriteLine(result.Damage);
                return ExitCode.Unavailable;
            }

            return ExitCode.Success;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SwitchStartException)
        {
            Console.Error.WriteLine(failure.Message);
            return ExitCode.Unavailable;
        }
    }

    private static Command CreateReload()
    {
        var socket = ControlSocket.Option();
        var command = new Command("reload", "Have the sensors of a running switch read their rule files again, while frames go on.") { socket };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                IdsView.Write(await ControlClient.ReloadRulesAsync(parsed.GetRequiredValue(socket), cancellation).ConfigureAwait(false));
                return ExitCode.Success;
            }
            catch (ControlException refused)
            {
                Console.Error.WriteLine(refused.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }
}
