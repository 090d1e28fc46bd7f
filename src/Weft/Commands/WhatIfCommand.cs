using System.CommandLine;
using Weft.Cli.Views;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft what-if --without SERVICE RULE | --config FILE --socket PATH</c>: what a change of policy would do to quotients.</summary>
internal static class WhatIfCommand
{
    public static Command Create()
    {
        var without = new Option<string[]>("--without") { Description = "A service and its rule that is taken away, such as 'web-firewall allow-db'.", HelpName = "service rule", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true };
        var config = new Option<string?>("--config") { Description = "Another configuration instead.", HelpName = "path" };
        var socket = ControlSocket.Option();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("what-if", "Tell what a change of policy would do to quotients, before it is made.") { without, config, socket, json };
        command.Validators.Add(result =>
        {
            if (result.GetResult(without) is null == result.GetResult(config) is null)
            {
                result.AddError("exactly one of --without and --config is needed");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                string path = parsed.GetRequiredValue(socket);
                string[]? rule = parsed.GetValue(without);
                IReadOnlyList<QuotientForecastSnapshot> forecast = rule is { Length: 2 }
                    ? await ControlClient.WhatIfWithoutAsync(path, rule[0], rule[1], cancellation).ConfigureAwait(false)
                    : await ControlClient.WhatIfAsync(path, parsed.GetValue(config)!, cancellation).ConfigureAwait(false);
                if (parsed.GetValue(json))
                {
                    Console.Out.WriteLine(SnapshotJson.Serialize(forecast));
                }
                else
                {
                    Write(forecast);
                }

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

    private static void Write(IReadOnlyList<QuotientForecastSnapshot> forecast) => Terminal.Write("Forecast", Tables.Of(
        forecast,
        ("type", f => f.Type),
        ("name", f => f.Name),
        ("#now", f => f.Before is double now ? Tables.Number(now) : "-"),
        ("#then", f => Tables.Number(f.After)),
        ("#change", f => f.Before is double now ? (f.After - now).ToString("+0.0;-0.0;0", System.Globalization.CultureInfo.InvariantCulture) : "new")));
}
