using System.CommandLine;
using Weft.Cli.Views;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft show [WHAT] --socket PATH</c>: what a running switch has counted and learned.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var what = new Argument<ShowTopic>("WHAT") { HelpName = "WHAT", Description = "ports, stages, workers, drops, segments, tunnels, bridge, sas, crypto, ids, multicast, fdb, neighbors, routes or all.", DefaultValueFactory = _ => ShowTopic.All };
        var part = new Argument<string?>("PART") { HelpName = "PART", Description = "Of multicast: groups or flows.", Arity = ArgumentArity.ZeroOrOne };
        part.AcceptOnlyFromAmong("groups", "flows");
        part.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValue(what) != ShowTopic.Multicast)
            {
                result.AddError("only multicast has parts: 'weft show multicast groups' or 'weft show multicast flows'");
            }
        });
        var socket = new Option<string>("--socket", "-s") { Description = "The switch's control socket (switch.controlSocket).", Required = true, HelpName = "path" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var watch = new Option<bool>("--watch", "-w") { Description = "Print again every second until interrupted." };
        var command = new Command("show", "Show what a running switch has counted and learned.") { what, part, socket, json, watch };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                do
                {
                    ShowTopic topic = parsed.GetValue(part) switch
                    {
                        "groups" => ShowTopic.MulticastGroups,
                        "flows" => ShowTopic.MulticastFlows,
                        _ => parsed.GetValue(what),
                    };
                    SwitchSnapshot snapshot = await ControlClient.ShowAsync(parsed.GetRequiredValue(socket), topic, cancellation).ConfigureAwait(false);
                    if (parsed.GetValue(json))
                    {
                        Console.Out.WriteLine(SnapshotJson.Serialize(snapshot, indented: !parsed.GetValue(watch)));
                    }
                    else
                    {
                        SnapshotView.Write(snapshot, topic);
                    }
                }
                while (parsed.GetValue(watch) && await Pause(cancellation).ConfigureAwait(false));
                return ExitCode.Success;
            }
            catch (ControlException unreachable)
            {
                Console.Error.WriteLine(unreachable.Message);
                return ExitCode.Unavailable;
            }
        });
        return command;
    }

    private static async Task<bool> Pause(CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false);
        Console.Out.WriteLine();
        return true;
    }
}
