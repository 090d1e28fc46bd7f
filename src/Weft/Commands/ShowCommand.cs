using System.CommandLine;
using System.CommandLine.Parsing;
using Weft.Cli.Help;
using Weft.Cli.Views;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft show [WHAT] --socket PATH</c>: what a running switch has counted and learned.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var what = new Argument<ShowTopic>("WHAT") { HelpName = "WHAT", Description = "ports, stages, workers, drops, segments, tunnels, bridge, sas, crypto, ids, multicast, fdb, neighbors, lldp, bonds, guard, acl, qos, mirrors, dhcp-relays, routes, nat, lb, services, mesh, alarms, anomalies, behaviours (or clusters), quotients or all.", DefaultValueFactory = _ => ShowTopic.All, CustomParser = ParseTopic };
        var part = new Argument<string?>("PART") { HelpName = "PART", Description = "Of multicast: groups or flows; of nat: sessions or blocks; of lb: flows or members; of mesh: flows.", Arity = ArgumentArity.ZeroOrOne };
        part.AcceptOnlyFromAmong("groups", "flows", "sessions", "blocks", "members");
        part.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && TopicOf(result.GetValue(what), result.Tokens[0].Value) is null)
            {
                result.AddError($"there is no part '{result.Tokens[0].Value}'; multicast has groups and flows, nat has sessions and blocks, lb has flows and members, mesh has flows");
            }
        });
        _ = what.Offers((parsed, word) => parsed.GetResult(what)?.Tokens is not [var topic, ..] || topic.Value == word ? KnownNames.Topics : []);
        _ = part.Offers(parsed => parsed.GetResult(what)?.Tokens is [var word, ..] && ShowTopics.TryParse(word.Value, out ShowTopic topic) ? KnownNames.PartsOf(topic) : []);
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
                    ShowTopic topic = TopicOf(parsed.GetValue(what), parsed.GetValue(part)) ?? parsed.GetValue(what);
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

    private static ShowTopic ParseTopic(ArgumentResult result)
    {
        if (!ShowTopics.TryParse(result.Tokens[0].Value, out ShowTopic topic))
        {
            result.AddError($"there is no topic '{result.Tokens[0].Value}'; there are {string.Join(", ", Enum.GetNames<ShowTopic>()).ToLowerInvariant()}");
        }

        return topic;
    }

    /// <summary>The part of a topic, null if it has none such.</summary>
    private static ShowTopic? TopicOf(ShowTopic what, string? part) => (what, part) switch
    {
        (_, null) => what,
        (ShowTopic.Multicast, "groups") => ShowTopic.MulticastGroups,
        (ShowTopic.Multicast, "flows") => ShowTopic.MulticastFlows,
        (ShowTopic.Nat, "sessions") => ShowTopic.NatSessions,
        (ShowTopic.Nat, "blocks") => ShowTopic.NatBlocks,
        (ShowTopic.Nat, "owners") => ShowTopic.NatOwners,
        (ShowTopic.Lb, "flows") => ShowTopic.LbFlows,
        (ShowTopic.Lb, "members") => ShowTopic.LbMembers,
        (ShowTopic.Mesh, "flows") => ShowTopic.MeshFlows,
        _ => null,
    };

    private static async Task<bool> Pause(CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false);
        Console.Out.WriteLine();
        return true;
    }
}
