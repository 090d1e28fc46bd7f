using System.CommandLine;
using System.CommandLine.Parsing;
using Weft.Cli.Help;
using Weft.Cli.Views;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Cli.Commands;

/// <summary><c>weft show [WHAT] --socket PATH</c>: what a running switch has counted and learned.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var what = new Argument<ShowTopic>("WHAT") { HelpName = "WHAT", Description = $"{string.Join(", ", KnownNames.Topics.Where(name => name != "all"))}, or all.", DefaultValueFactory = _ => ShowTopic.All, CustomParser = ParseTopic };
        var part = new Argument<string?>("PART") { HelpName = "PART", Description = $"{KnownNames.TopicsWithParts}.", Arity = ArgumentArity.ZeroOrOne };
        part.Validators.Add(result =>
        {
            // A topic that is unknown has been complained of already.
            if (result.GetResult(what)?.Errors.Any() != true && result.Tokens.Count > 0 && TopicOf(result.GetValue(what), result.Tokens[0].Value) is null)
            {
                result.AddError($"There is no part '{result.Tokens[0].Value}' of '{result.GetValue(what).ToString().ToLowerInvariant()}'. {KnownNames.TopicsWithParts}.");
            }
        });
        _ = what.Offers((parsed, word) => parsed.GetResult(what)?.Tokens is not [var topic, ..] || topic.Value == word ? KnownNames.Topics : []);
        _ = part.Offers(parsed => parsed.GetResult(what)?.Tokens is [var word, ..] && ShowTopics.TryParse(word.Value, out ShowTopic topic) ? KnownNames.PartsOf(topic) : []);
        var socket = ControlSocket.Option();
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
        string word = result.Tokens[0].Value;
        if (!ShowTopics.TryParse(word, out ShowTopic topic))
        {
            string nearest = Suggestion.Nearest(word, KnownNames.Topics) is string found ? $" Did you mean {found}?" : "";
            result.AddError($"There is no topic '{word}'.{nearest}");
        }

        return topic;
    }

    /// <summary>The part of a topic, null if it has none such.</summary>
    private static ShowTopic? TopicOf(ShowTopic what, string? part) =>
        part is null ? what
        : KnownNames.PartsOf(what).Contains(part) && ShowTopics.TryParse($"{what}{part}", out ShowTopic topic) ? topic
        : null;

    private static async Task<bool> Pause(CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(false);
        Console.Out.WriteLine();
        return true;
    }
}
